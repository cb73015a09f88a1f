"""What became of an event later: openings, answers, closings that have a time of their own.

Belongs here: telling what had come by the end of the event's period, and by the end of the next. Does not
belong here: what is waited for (each ledger).

As of the end of a period only what came before counts (law L2), so a ledger counts twice: what came by
the end of the event's period, and by the end of the next, which is as long as is waited for.
"""

from datetime import datetime

import ibis
from ibis.expr import types as ir

from pipeline.engine.dialect import INSTANT
from pipeline.engine.values import moment
from pipeline.ledgers.declaration import Company


def ends_of(rows: ir.Table, company: Company) -> tuple[ir.TimestampValue, ir.TimestampValue]:
    """End of each row's period, exclusive, and of the period after it."""
    periods = rows.select("period").distinct().to_pyarrow()["period"].to_pylist()
    calendar = company.calendar
    this = {one: calendar.as_of(one) for one in periods}
    following = {one: calendar.as_of(calendar.next(one)) for one in periods}
    return _of_period(rows, this), _of_period(rows, following)


def one(condition: "ir.BooleanValue | bool") -> ir.IntegerValue:
    """1 where ``condition`` holds, else 0."""
    return ibis.ifelse(condition, 1, 0).cast("int64")


def _of_period(rows: ir.Table, found: dict[str, datetime]) -> ir.TimestampValue:
    nothing = ibis.null(INSTANT)
    branches = [(period, moment(end)) for period, end in found.items()]
    return rows.period.cases(*branches, else_=nothing) if branches else nothing
