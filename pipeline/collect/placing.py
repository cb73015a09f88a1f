"""Which period a row of a source is accounted to.

Belongs here: event time to period. Does not belong here: whether the time is good (``clean``
quarantines), or which rows are new (``collecting``).
"""

from datetime import datetime

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import (
    digest,
    held,
    identifier_text,
    instant,
    moment,
    origin,
    period_of,
    raw_name,
    row_zone,
    source_columns,
)
from pipeline.periods import AHEAD, EARLIEST
from pipeline.settings import ColumnMap, Project
from pipeline.tables.entities import ENTITIES

#: Columns of ``ranked``, and on the way to it: no column of a source is called like these.
AFTER, SINCE, NTH = "after:", "since:", "nth:"
_AT, _WHO, _WHAT, _USABLE, _NAMED, _UNTIL = "at:", "who:", "what:", "usable:", "named:", "until:"


def mapped_instant(project: Project, name: str, raw: ir.Table, column: str) -> ir.TimestampValue | None:
    """The instant that the source maps to ``column``, or none when it is not mapped."""
    source = project.sources[name]
    mapping = source.columns.get(column)
    if mapping is None:
        return None
    return _instant(project, name, raw, mapping)


def _instant(project: Project, name: str, raw: ir.Table, mapping: ColumnMap) -> ir.TimestampValue:
    zone = project.sources[name].time_zone or project.time_zone
    return instant(origin(raw, mapping), mapping.formats, row_zone(raw, mapping, zone))


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
    that end after it. States told by events (``latest_by``): of each account the latest event before the end
    of a period is its row there (law L2).
    """
    if project.sources[name].latest_by is not None:
        return _latest(project, name, raw, periods, collected_at)
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


def event_mapping(project: Project, name: str) -> ColumnMap | None:
    """What says when the event of a row happened; none for a source whose rows are no events."""
    source = project.sources[name]
    return source.latest_by or source.columns.get(ENTITIES[source.entity].event_time or "")


def event_instant(project: Project, name: str, raw: ir.Table) -> ir.TimestampValue:
    """When the event of each row happened; null where that cannot be read."""
    mapping = event_mapping(project, name)
    assert mapping is not None  # settings require it
    return _instant(project, name, raw, mapping)


def ranked(project: Project, name: str, raw: ir.Table, last: str, collected_at: datetime) -> ir.Table:
    """Events that tell a state, with three columns more.

    ``AFTER``: whether the event lies after ``last``. ``SINCE``: the first period that ends after it; null
    where it tells no state: it lies after ``last``, has no usable time, or names no account. ``NTH``: 0
    for the latest of its account in that period; of equal times the one of the greatest content, whatever
    the order of rows.
    """
    at = event_instant(project, name, raw)
    who = [identifier_text(raw[raw_name(one)]) for one in project.sources[name].keyed_by]
    rows = raw.mutate(
        **{_AT: at, _WHO: digest(who), _WHAT: digest([raw[one] for one in source_columns(raw)])},
        **{_USABLE: has_usable_time(at, collected_at)},
        **{_NAMED: ibis.and_(*(one.notnull() for one in who))},
    )
    first, calendar = project.first_period, project.calendar
    key = ibis.ifelse(
        rows[_AT] < moment(calendar.starts_at(first)),
        ibis.literal(first),
        period_of(rows[_AT], calendar, first, last),
    )
    rows = rows.mutate(
        **{
            AFTER: rows[_USABLE] & (rows[_AT] >= moment(calendar.as_of(last))),
            SINCE: ibis.ifelse(rows[_USABLE] & rows[_NAMED], key, ibis.null("string")),
        }
    )
    order = [rows[_AT].desc(), rows[_WHAT].desc(), rows["_file"], rows["_row"]]
    nth = ibis.row_number().over(ibis.window(group_by=[_WHO, SINCE], order_by=order))
    return rows.mutate(**{NTH: nth}).select(*raw.columns, _WHO, AFTER, SINCE, NTH)


def _latest(
    project: Project, name: str, raw: ir.Table, periods: list[str], collected_at: datetime
) -> ir.Table:
    last = max(periods, key=project.calendar.start_date)
    rows = ranked(project, name, raw, last, collected_at)
    told = held(rows.filter(rows[SINCE].notnull() & (rows[NTH] == 0)))
    # keys of periods sort as their periods do
    until = told[SINCE].lead().over(ibis.window(group_by=_WHO, order_by=SINCE))
    spread = told.mutate(**{_UNTIL: until}).mutate(period=ibis.array(periods).unnest())
    is_over = (spread["period"] >= spread[_UNTIL]).fill_null(False)
    return spread.filter((spread["period"] >= spread[SINCE]) & ~is_over).select(*raw.columns, "period")


def _snapshots(project: Project, name: str, raw: ir.Table, periods: list[str]) -> ir.Table:
    created = mapped_instant(project, name, raw, "created_at")
    known = raw if created is None else raw.mutate(_created=created)
    spread = known.mutate(period=ibis.array(periods).unnest())
    if created is None:
        return spread
    ends = [(one, moment(project.calendar.as_of(one))) for one in periods]
    before = spread["_created"] < spread["period"].cases(*ends)
    return spread.filter(before | spread["_created"].isnull()).drop("_created")
