"""What a source would give, for ``segments check``.

Belongs here: counts and a masked sample. Does not belong here: collecting anything.
"""

from dataclasses import dataclass
from datetime import datetime

from ibis.expr import types as ir

from pipeline.collect.cautions import cautions
from pipeline.collect.masking import masked
from pipeline.collect.placing import has_usable_time, mapped_instant
from pipeline.collect.reading import read_source
from pipeline.collect.readings import reading_of
from pipeline.collect.sharing import Shared
from pipeline.engine import Engine
from pipeline.engine.values import moment, origin_text
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES

_SAMPLE_ROWS = 10
_COUNTS = ("rows", "rows_before", "rows_inside", "rows_after", "rows_without_time", "rows_not_latest")


@dataclass(frozen=True)
class SourceSummary:
    """A source as ``segments check`` shows it.

    ``rows_inside`` lie in the project's complete periods; ``rows_without_time`` have no usable
    event time (they would be quarantined in the first period). Snapshots count all rows as
    inside; of events that tell a state ``rows_not_latest`` tell none at the end of a period.
    ``columns`` are those found, with their types; ``sample`` holds mapped columns as
    they came, identifiers masked. ``warnings`` are what is probably not meant.
    """

    rows: int
    rows_before: int
    rows_inside: int
    rows_after: int
    rows_without_time: int
    rows_not_latest: int
    columns: dict[str, str]
    sample: list[dict[str, str | None]]
    warnings: list[str]


def summary(
    engine: Engine, project: Project, name: str, now: datetime, shared: Shared | None = None
) -> SourceSummary:
    """Read a source once, unless ``shared`` knows it, and say what it holds. Raises ``InputError``."""
    raw = read_source(engine, project, name, shared=shared)
    counts = _counts(project, name, raw, now)
    own = [one for one in raw.columns if one not in ("_source", "_file", "_row")]
    columns = {one: str(raw[one].type()).lstrip("!") for one in own}
    sample = _sample(project, name, raw)
    return SourceSummary(**counts, columns=columns, sample=sample, warnings=cautions(project, name, raw))


def _counts(project: Project, name: str, raw: ir.Table, now: datetime) -> dict[str, int]:
    periods = project.periods(now)
    if project.sources[name].latest_by is not None:
        return _of_a_state_told(project, name, raw, periods or [project.first_period], now)
    column = ENTITIES[project.sources[name].entity].event_time
    at = mapped_instant(project, name, raw, column) if column else None
    if at is None:
        return dict.fromkeys(_COUNTS, 0) | dict.fromkeys(("rows", "rows_inside"), int(raw.count().execute()))
    calendar = project.calendar
    start = calendar.starts_at(project.first_period)
    end = calendar.as_of(periods[-1]) if periods else start
    usable = has_usable_time(at, now)
    timed = raw.select(
        usable=usable, before=usable & (at < moment(start)), after=usable & (at >= moment(end))
    )
    found = (
        timed.agg(
            rows=timed.count(),
            rows_before=timed["before"].sum(),
            rows_after=timed["after"].sum(),
            rows_without_time=(~timed["usable"]).sum(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    counts = {key: int(value or 0) for key, value in found.items()}
    outside = counts["rows_before"] + counts["rows_after"] + counts["rows_without_time"]
    return counts | {"rows_inside": counts["rows"] - outside, "rows_not_latest": 0}


def _of_a_state_told(
    project: Project, name: str, raw: ir.Table, periods: list[str], now: datetime
) -> dict[str, int]:
    found = reading_of(project, name, raw, periods, now)
    return dict.fromkeys(_COUNTS, 0) | {
        "rows": found.rows_read_count,
        "rows_inside": found.rows_in_periods_count,
        "rows_after": found.rows_after_last_count,
        "rows_not_latest": found.rows_not_latest_count,
    }


def _sample(project: Project, name: str, raw: ir.Table) -> list[dict[str, str | None]]:
    source = project.sources[name]
    mapped = {column: origin_text(raw, mapping) for column, mapping in source.columns.items()}
    ordered = raw.select("_file", "_row", **mapped).order_by("_file", "_row").limit(_SAMPLE_ROWS)
    return masked(source, ordered.drop("_file", "_row").to_pyarrow().to_pylist())
