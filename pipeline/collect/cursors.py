"""How far a source with a cursor has been collected.

Belongs here: the value from which the next reading starts. Does not belong here: reading from it
on (the connectors), or remembering it (the shell).
"""

from datetime import datetime

import ibis
from ibis.expr import types as ir

from pipeline.collect.placing import event_instant, event_mapping, has_usable_time
from pipeline.engine.dialect import INSTANT
from pipeline.engine.values import moment, raw_name
from pipeline.settings import Project

_NUMBER = "decimal(38, 9)"


def next_cursor(
    project: Project, name: str, raw: ir.Table, periods: list[str], collected_at: datetime, since: str | None
) -> str | None:
    """The cursor's value from which the next reading of a source must start; none without a cursor.

    That is the greatest value read. Events after the last of ``periods`` were read and not kept:
    where there are any, it is the least value among them, so that they are read again when their
    period is due. ``since`` when nothing was read. Values are compared as numbers or as instants
    where all of them are, else as text.
    """
    column = getattr(project.sources[name].connector, "cursor", None)
    if column is None:
        return None
    at = raw[raw_name(column)].cast("string")
    values = raw.select(
        _at=at,
        _number=at.try_cast(_NUMBER),
        _instant=at.try_cast(INSTANT),
        _later=_later(project, name, raw, periods, collected_at),
    )
    values = values.filter(values["_at"].notnull())
    kinds = {"number": "_number", "instant": "_instant", "text": "_at"}
    found = values.agg(
        number=values["_number"].isnull().sum() == 0,
        instant=values["_instant"].isnull().sum() == 0,
        **{f"greatest_{one}": values["_at"].argmax(values[by]) for one, by in kinds.items()},
        **{
            f"least_{one}": values["_at"].argmin(values[by], where=values["_later"])
            for one, by in kinds.items()
        },
    )
    row = found.to_pyarrow().to_pylist()[0]
    kind = next((one for one in ("number", "instant") if row[one]), "text")
    return row[f"least_{kind}"] or row[f"greatest_{kind}"] or since


def _later(
    project: Project, name: str, raw: ir.Table, periods: list[str], collected_at: datetime
) -> ir.BooleanValue:
    """Whether an event happened after the last of ``periods``."""
    if event_mapping(project, name) is None:
        return ibis.literal(False)
    at, calendar = event_instant(project, name, raw), project.calendar
    end = max(calendar.as_of(one) for one in periods)
    return has_usable_time(at, collected_at) & (at >= moment(end)).fill_null(False)
