"""Which period a row of a source is accounted to.

Belongs here: event time to period. Does not belong here: whether the time is good (``clean``
quarantines), or which rows are new (``collecting``).
"""

from datetime import datetime

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import instant, moment, origin, period_of, row_zone
from pipeline.periods import AHEAD, EARLIEST
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES


def mapped_instant(project: Project, name: str, raw: ir.Table, column: str) -> ir.TimestampValue | None:
    """The instant that the source maps to ``column``, or none when it is not mapped."""
    source = project.sources[name]
    mapping = source.columns.get(column)
    if mapping is None:
        return None
    return instant(
        origin(raw, mapping), mapping.formats, row_zone(raw, mapping, source.time_zone or project.time_zone)
    )


def has_usable_time(at: ir.TimestampValue, collected_at: datetime) -> ir.BooleanValue:
    """Whether an event time was read and is plausible at ``collected_at``; never null."""
    return (at.notnull() & (at >= moment(EARLIEST)) & (at <= moment(collected_at + AHEAD))).fill_null(False)


def is_snapshot(project: Project, name: str) -> bool:
    """Whether the rows of a source are a state (profiles, products), not events."""
    return ENTITIES[project.sources[name].entity].event_time is None


def place(project: Project, name: str, raw: ir.Table, periods: list[str], collected_at: datetime) -> ir.Table:
    """``raw`` with ``period``: the rows that belong to ``periods``, one expression for all.

    Events: by event time; those without a usable one belong to the project's first period.
    Snapshots: every row to every period; rows whose ``created_at`` is known only to the periods
    that end after it.
    """
    if is_snapshot(project, name):
        return _snapshots(project, name, raw, periods)
    last = max(periods, key=project.calendar.start_date)
    return of_periods(located(project, name, raw, last, collected_at), periods)


def of_periods(rows: ir.Table, periods: list[str]) -> ir.Table:
    """Those of ``rows`` whose ``period`` is one of ``periods``.

    A join, not a filter: DuckDB would move a filter below the column it reads and so work out the
    event time anew for every comparison, ten times the cost of all else.
    """
    return rows.semi_join(ibis.array(periods).unnest().name("period").as_table(), "period")


def located(project: Project, name: str, raw: ir.Table, last: str, collected_at: datetime) -> ir.Table:
    """Every event with its ``period``, from the project's first to ``last``; null outside of them."""
    at = event_instant(project, name, raw)
    key = ibis.ifelse(
        has_usable_time(at, collected_at),
        period_of(at, project.calendar, project.first_period, last),
        ibis.literal(project.first_period),
    )
    return raw.mutate(period=key)


def event_instant(project: Project, name: str, raw: ir.Table) -> ir.TimestampValue:
    """When the event of each row happened; null where that cannot be read."""
    at = mapped_instant(project, name, raw, str(ENTITIES[project.sources[name].entity].event_time))
    assert at is not None  # settings require it
    return at


def _snapshots(project: Project, name: str, raw: ir.Table, periods: list[str]) -> ir.Table:
    created = mapped_instant(project, name, raw, "created_at")
    known = raw if created is None else raw.mutate(_created=created)
    spread = known.mutate(period=ibis.array(periods).unnest())
    if created is None:
        return spread
    ends = [(one, moment(project.calendar.as_of(one))) for one in periods]
    before = spread["_created"] < spread["period"].cases(*ends)
    return spread.filter(before | spread["_created"].isnull()).drop("_created")
