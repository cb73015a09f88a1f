"""Raw rows of periods: what was collected before stays, what is new is added.

Belongs here: the append-only rule. Does not belong here: reading (``reading``) and periods of
rows (``placing``).
"""

from datetime import datetime

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from pipeline.collect.placing import place
from pipeline.collect.reading import read_source
from pipeline.engine import Engine
from pipeline.engine.values import digest, moment, source_columns
from pipeline.errors import InputError
from pipeline.settings import Project


def collect(
    engine: Engine,
    project: Project,
    name: str,
    periods: list[str],
    existing: ir.Table | None,
    collected_at: datetime,
) -> ir.Table:
    """Raw rows of a source for ``periods``: ``period``, ``_collected_at``, ``_source``, ``_file``,
    ``_row`` and the source's columns.

    ``existing`` are the raw rows of these periods that were collected before: they are kept as
    they are. A row that is read now is added only when its content is not among them; of equal
    rows as many are added as there are more of them now. A row that the source no longer gives
    stays. Rows outside ``periods`` are not collected. Raises ``InputError``, also when the
    source's columns are not those of ``existing``.
    """
    if not periods:
        raise ValueError("no periods asked for")
    raw = read_source(engine, project, name)
    read = place(project, name, raw, periods, collected_at).mutate(_collected_at=moment(collected_at))
    columns = ["period", "_collected_at", *raw.columns]
    read = read.select(columns)
    if existing is None or not existing.count().execute():
        return read
    _check_same_columns(name, existing, read)
    known, found = _alike(existing.select(columns), read)
    return known.union(_unseen(found, known))


def _unseen(read: ir.Table, known: ir.Table) -> ir.Table:
    """Rows of ``read`` whose n-th occurrence of a content in a period is not in ``known``."""

    def numbered(rows: ir.Table) -> ir.Table:
        with_content = rows.mutate(_content=digest([rows[one] for one in source_columns(rows)]))
        order = ibis.window(group_by=["period", "_content"], order_by=["_file", "_row"])
        return with_content.mutate(_occurrence=ibis.row_number().over(order))

    keys = ["period", "_content", "_occurrence"]
    return numbered(read).anti_join(numbered(known).select(keys), keys).select(read.columns)


def _check_same_columns(name: str, existing: ir.Table, read: ir.Table) -> None:
    before, now = _kinds(existing), _kinds(read)
    if before == now:
        return
    lost = [f"{one} ({before[one]})" for one in before if before[one] != now.get(one)]
    new = [f"{one} ({now[one]})" for one in now if now[one] != before.get(one)]
    raise InputError(
        f"source {name}",
        f"its columns have changed; collected before: {', '.join(lost) or 'the same'}; "
        f"now: {', '.join(new) or 'the others only'}",
        "the columns that were collected before",
        f"Restore the columns, or remove raw/{name} from the lake to collect the source anew.",
    )


def _kinds(rows: ir.Table) -> dict[str, str]:
    """Kind of each column of the source: widths of numbers and fractions of seconds do not count."""
    kinds = {}
    for one in source_columns(rows):
        kind = rows[one].type()
        words = {
            "integer": kind.is_integer(),
            "float": kind.is_floating(),
            "timestamp": kind.is_timestamp() and not kind.timezone,
        }
        kinds[one] = next((word for word, yes in words.items() if yes), str(kind).lstrip("!"))
    return kinds


def _alike(one: ir.Table, other: ir.Table) -> tuple[ir.Table, ir.Table]:
    """Both tables with the wider type of each column."""
    wider = {
        name: dt.highest_precedence([one[name].type(), other[name].type()])(nullable=True)
        for name in one.columns
    }
    return one.cast(wider), other.cast(wider)
