"""Row accounts: for every source and period, what became of the rows read (law L1).

Belongs here: counting, from the stored tables themselves. Does not belong here: judging a
difference (the checks do).
"""

from collections.abc import Mapping, Sequence

import ibis
from ibis.expr import types as ir

from pipeline.settings import Project
from pipeline.tables.zones import ROW_ACCOUNTS

_BY = ["period", "source"]


def row_accounts(
    project: Project,
    raw: Mapping[str, ir.Table],
    kept: Mapping[str, ir.Table],
    aside: Mapping[str, ir.Table],
    periods: Sequence[str],
) -> ir.Table:
    """``zones.ROW_ACCOUNTS``: a row for every source of ``raw`` and every period, zeros included.

    The counts come from three kinds of tables independently: raw rows by source, clean rows and
    rows set aside by entity. A row is late when it was collected after the first row of its
    source and period. Rows kept are counted where the clean tables say they come from.
    """
    sources = [{"source": name, "entity": project.sources[name].entity} for name in raw]
    grid = ibis.memtable(
        [{"period": period, **one} for period in periods for one in sources],
        schema={"period": "string", "source": "string", "entity": "string"},
    )
    read = ibis.union(*(_read(name, rows) for name, rows in raw.items()))
    keeping = ibis.union(*(rows.select(_BY) for rows in kept.values()))
    setting = ibis.union(*(rows.select(*_BY, "disposition") for rows in aside.values()))
    counted = grid
    for part in (
        read,
        keeping.group_by(_BY).agg(rows_kept_count=keeping.count()),
        setting.group_by(_BY).agg(
            duplicates_dropped_count=(setting["disposition"] == "duplicate").sum(),
            rows_quarantined_count=(setting["disposition"] == "quarantined").sum(),
        ),
    ):
        counted = counted.left_join(part, _BY).drop("period_right", "source_right")
    counts = [field.name for field in ROW_ACCOUNTS.fields if field.name.endswith("_count")]
    filled = counted.mutate(**{one: counted[one].cast("int64").fill_null(0) for one in counts})
    share = filled["rows_quarantined_count"].cast("float64") / filled["rows_read_count"].cast(
        "float64"
    ).nullif(0)
    return filled.mutate(quarantined_share=share.round(6)).select(ROW_ACCOUNTS.columns)


def _read(name: str, rows: ir.Table) -> ir.Table:
    first = rows.group_by("period").agg(first=rows["_collected_at"].min())
    dated = rows.select("period", "_collected_at").join(first, "period")
    return (
        dated.group_by("period")
        .agg(
            rows_read_count=dated.count(),
            late_rows_count=(dated["_collected_at"] > dated["first"]).sum(),
        )
        .mutate(source=ibis.literal(name))
    )
