"""What one reading of a source read, and how much of it lies in no period (law L1).

Belongs here: counting rows by where their times lie. Does not belong here: what becomes of rows in
periods (``clean.accounts``), or which rows are new (``changes``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
from ibis.expr import types as ir

from pipeline.collect.counting import check_all_arrived
from pipeline.collect.placing import (
    AFTER,
    NTH,
    SINCE,
    event_instant,
    has_usable_time,
    is_snapshot,
    mapped_instant,
    ranked,
)
from pipeline.collect.reading import SourceRows
from pipeline.engine.values import held, instant, moment, origin
from pipeline.periods import AHEAD, EARLIEST
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES

#: No time zone is further from UTC.
_NEAR = timedelta(days=2)
#: No column of a source is called like this.
AT = "at:"
_KINDS = ("inside", "before", "after", "untimed", "not_latest")
_NO = ibis.literal(False)


@dataclass(frozen=True)
class Reading:
    """Rows of one reading: read = in periods + before the first + after the last + not the latest
    + left out by ``where``.

    Periods are those from the project's first to the last that is collected. Events without a
    usable time count as in the first period, where cleaning quarantines them: they are
    ``rows_without_time_count`` of ``rows_in_periods_count``. Of a state (profiles, products) a row
    is in periods when it was there at the end of one. Of events that tell a state (``latest_by``) a row is
    in periods when it is the latest of its account at the end of one; ``rows_not_latest_count`` are the
    others: a later one of the account stands for them, or they name no account, or no usable time.
    """

    rows_read_count: int
    rows_in_periods_count: int
    rows_before_first_count: int
    rows_after_last_count: int
    rows_without_time_count: int
    rows_not_latest_count: int = 0
    rows_left_out_count: int = 0


def reading_of(
    project: Project, name: str, rows: SourceRows, periods: Sequence[str], collected_at: datetime
) -> Reading:
    """Count the rows read by where they lie; ``periods`` are those collected, this time or before. Raises
    ``InputError`` when a row is neither in a period, nor outside of them, nor left out."""
    last = max(periods, key=project.calendar.start_date)
    raw, read = rows.wanted, int(rows.every.count().execute())
    left_out = 0 if rows.left_out is None else int(rows.left_out.count().execute())
    if project.sources[name].latest_by is not None:
        found = _of_a_state_told(project, name, raw, last, collected_at)
    elif is_snapshot(project, name):
        found = _of_a_state(project, name, raw, last, read - left_out)
    else:
        found = _of_events(project, name, raw, last, collected_at)
    inside, before, after, untimed, not_latest = found
    check_all_arrived(f"source {name}", read, inside + before + after + not_latest + left_out)
    return Reading(read, inside, before, after, untimed, not_latest, left_out)


def _of_events(
    project: Project, name: str, raw: ir.Table, last: str, collected_at: datetime
) -> tuple[int, int, int, int, int]:
    rows = timed_events(project, name, raw, last, collected_at)
    inside = ~(rows["before"] | rows["after"])
    return _sums(rows.select("before", "after", "untimed", inside=inside, not_latest=_NO))


def timed_events(project: Project, name: str, raw: ir.Table, last: str, collected_at: datetime) -> ir.Table:
    """``_file``, ``_row`` and event time (``AT``) of each event, and whether it lies ``before`` the first
    period or ``after`` the ``last``, has no usable time (``untimed``), or one yet to come (``ahead``).

    Times are exact near the borders that matter, elsewhere up to a day off, as a time zone costs ten times
    what all else does. A choice, not a filter, as in ``placing.of_periods``.
    """
    start, end = project.calendar.starts_at(project.first_period), project.calendar.as_of(last)
    future = collected_at + AHEAD
    rows = _timed(project, name, raw, (EARLIEST, start, end, future))
    at, usable = rows[AT], has_usable_time(rows[AT], collected_at)
    return rows.mutate(
        before=usable & (at < moment(start)).fill_null(False),
        after=usable & (at >= moment(end)).fill_null(False),
        untimed=~usable,
        ahead=(at > moment(future)).fill_null(False),
    )


def _timed(project: Project, name: str, raw: ir.Table, borders: Sequence[datetime]) -> ir.Table:
    source = project.sources[name]
    mapping = source.columns[str(ENTITIES[source.entity].event_time)]
    if mapping.time_zone_column is not None:
        return raw.select("_file", "_row", **{AT: event_instant(project, name, raw)})
    rough = raw.mutate(**{AT: instant(origin(raw, mapping), mapping.formats, "UTC")})
    is_near = ibis.or_(*(rough[AT].between(moment(one - _NEAR), moment(one + _NEAR)) for one in borders))
    exact = ibis.ifelse(is_near, event_instant(project, name, rough), rough[AT])
    return rough.select("_file", "_row", **{AT: exact})


def _of_a_state(
    project: Project, name: str, raw: ir.Table, last: str, read: int
) -> tuple[int, int, int, int, int]:
    created = mapped_instant(project, name, raw, "created_at")
    if created is None:
        return read, 0, 0, 0, 0
    rows = raw.select(**{AT: created})
    later = (rows[AT] >= moment(project.calendar.as_of(last))).fill_null(False)
    return _sums(rows.select(inside=~later, before=_NO, after=later, untimed=_NO, not_latest=_NO))


def _of_a_state_told(
    project: Project, name: str, raw: ir.Table, last: str, collected_at: datetime
) -> tuple[int, int, int, int, int]:
    rows = ranked(project, name, raw, last, collected_at)
    tells = rows[SINCE].notnull()
    return _sums(
        rows.select(
            inside=tells & (rows[NTH] == 0),
            before=_NO,
            after=rows[AFTER],
            untimed=_NO,
            not_latest=(tells & (rows[NTH] > 0)) | (~tells & ~rows[AFTER]),
        )
    )


def _sums(rows: ir.Table) -> tuple[int, int, int, int, int]:
    """How many rows say yes, column by column."""
    row = held(rows.agg(**{one: rows[one].sum() for one in rows.columns})).to_pyarrow().to_pylist()[0]
    inside, before, after, untimed, not_latest = (int(row[one] or 0) for one in _KINDS)
    return inside, before, after, untimed, not_latest
