"""Row accounts: for every source and period, what became of the rows read (law L1).

Belongs here: counting, from the stored tables themselves. Does not belong here: judging a
difference (the checks do).
"""

from collections.abc import Collection, Mapping, Sequence

import ibis
from ibis.expr import types as ir

from pipeline.clean.canonical import BLANKED
from pipeline.clean.typed import written
from pipeline.clean.withdrawals import rows_read
from pipeline.engine.values import origin
from pipeline.settings import Project
from pipeline.tables.zones import ROW_ACCOUNTS

_BY = ["period", "source"]
_RAW_ID = ["_file", "_row", "_collected_at"]


def row_accounts(
    project: Project,
    raw: Mapping[str, ir.Table],
    kept: Mapping[str, ir.Table],
    aside: Mapping[str, ir.Table],
    periods: Sequence[str],
    restricted: Mapping[str, ir.Table] | None = None,
    began_empty: Mapping[str, Collection[str]] | None = None,
) -> ir.Table:
    """``zones.ROW_ACCOUNTS``: a row for every source of ``raw`` and every period, zeros included.

    The counts come from the tables independently: raw rows by source, clean rows, rows set aside
    and rows of the restricted zone by entity. A row is late when its period of the source had been
    collected before: after the first row of it, or, in the periods of ``began_empty`` by source, all
    rows, as its first collection gave none. Markers of withdrawn rows are no rows. Rows kept are
    counted where the clean tables say they come from. Identifiers are blanked where the raw rows of
    kept rows have a value and the clean or restricted table (counted only where it is given) has none.
    """
    sources = [{"source": name, "entity": project.sources[name].entity} for name in raw]
    grid = ibis.memtable(
        [{"period": period, **one} for period in periods for one in sources],
        schema={"period": "string", "source": "string", "entity": "string"},
    )
    given = {name: rows_read(rows) for name, rows in raw.items()}
    empty = began_empty or {}
    read = ibis.union(*(_read(name, rows, empty.get(name, ())) for name, rows in given.items()))
    keeping = ibis.union(*(rows.select(_BY) for rows in kept.values()))
    setting = ibis.union(*(rows.select(*_BY, "disposition") for rows in aside.values()))
    counted = grid
    for part in (
        read,
        keeping.group_by(_BY).agg(rows_kept_count=keeping.count()),
        setting.group_by(_BY).agg(
            duplicates_dropped_count=(setting["disposition"] == "duplicate").sum(),
            rows_withdrawn_count=(setting["disposition"] == "withdrawn").sum(),
            rows_quarantined_count=(setting["disposition"] == "quarantined").sum(),
            rows_excluded_count=(setting["disposition"] == "excluded").sum(),
        ),
        _blanked(project, given, kept, aside, restricted or {}),
    ):
        counted = counted.left_join(part, _BY).drop("period_right", "source_right")
    counts = [field.name for field in ROW_ACCOUNTS.fields if field.name.endswith("_count")]
    filled = counted.mutate(**{one: counted[one].cast("int64").fill_null(0) for one in counts})
    share = filled["rows_quarantined_count"].cast("float64") / filled["rows_read_count"].cast(
        "float64"
    ).nullif(0)
    return filled.mutate(quarantined_share=share.round(6)).select(ROW_ACCOUNTS.columns)


def _read(name: str, rows: ir.Table, began_empty: Collection[str]) -> ir.Table:
    first = rows.group_by("period").agg(first=rows["_collected_at"].min())
    dated = rows.select("period", "_collected_at").join(first, "period")
    late = dated["_collected_at"] > dated["first"]
    if began_empty:
        late = late | dated["period"].isin(list(began_empty))
    return (
        dated.group_by("period")
        .agg(
            rows_read_count=dated.count(),
            late_rows_count=late.sum(),
        )
        .mutate(source=ibis.literal(name))
    )


def _blanked(
    project: Project,
    raw: Mapping[str, ir.Table],
    kept: Mapping[str, ir.Table],
    aside: Mapping[str, ir.Table],
    restricted: Mapping[str, ir.Table],
) -> ir.Table:
    """``identifiers_blanked_count`` by period and source: values given, less values that remain."""
    counted = {"period": "string", "source": "string", "values": "int64"}
    parts = [ibis.memtable([], schema=counted)]
    for name, rows in raw.items():
        source = project.sources[name]
        tables = [one for one in (kept.get(source.entity), restricted.get(source.entity)) if one is not None]
        columns = [(one, table) for table in tables for one in BLANKED if one in table.columns]
        if any(one in source.columns for one, _ in columns):
            live = _kept_rows(rows, name, aside[source.entity])
            for one, table in columns:
                if one in source.columns:
                    mine = table.filter(table["source"] == name)
                    parts.append(_count(live, name, written(origin(live, source.columns[one])), 1))
                    parts.append(_count(mine, name, mine[one], -1))
    every = ibis.union(*parts)
    return every.group_by(_BY).agg(identifiers_blanked_count=every["values"].sum())


def _kept_rows(raw: ir.Table, source: str, aside: ir.Table) -> ir.Table:
    mine = aside.filter(aside["source"] == source)
    ids = mine.select("period", _file="file", _row="row", _collected_at="collected_at")
    return raw.mutate(_row=raw["_row"].cast("int64")).anti_join(ids, ["period", *_RAW_ID])


def _count(rows: ir.Table, source: str, value: ir.Value, sign: int) -> ir.Table:
    """Values that are there, by period, with a sign."""
    some = rows.select(period=rows["period"], there=value.notnull().cast("int64"))
    sums = some.group_by("period").agg(values=(some["there"].sum() * sign).cast("int64"))
    return sums.select(period="period", source=ibis.literal(source), values="values")
