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
from pipeline.engine import Engine
from pipeline.engine.values import moment, origin_text
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES

_SAMPLE_ROWS = 10


@dataclass(frozen=True)
class SourceSummary:
    """A source as ``segments check`` shows it.

    ``rows_inside`` lie in the project's complete periods; ``rows_without_time`` have no usable
    event time (they would be quarantined in the first period). Snapshots count all rows as
    inside. ``columns`` are those found, with their types; ``sample`` holds mapped columns as
    they came, identifiers masked. ``warnings`` are small things worth a look (``cautions``).
    """

    rows: int
    rows_before: int
    rows_inside: int
    rows_after: int
    rows_without_time: int
    columns: dict[str, str]
    sample: list[dict[str, str | None]]
    warnings: list[str]


def summary(engine: Engine, project: Project, name: str, now: datetime) -> SourceSummary:
    """Read a source once and say what it holds. Raises ``InputError``."""
    return summary_of(project, name, read_source(engine, project, name), now)


def summary_of(project: Project, name: str, raw: ir.Table, now: datetime) -> SourceSummary:
    """What the raw rows of a source hold."""
    counts = _counts(project, name, raw, now)
    own = [one for one in raw.columns if one not in ("_source", "_file", "_row")]
    columns = {one: str(raw[one].type()).lstrip("!") for one in own}
    sample = _sample(project, name, raw)
    return SourceSummary(**counts, columns=columns, sample=sample, warnings=cautions(project, name, raw))


def _counts(project: Project, name: str, raw: ir.Table, now: datetime) -> dict[str, int]:
    column = ENTITIES[project.sources[name].entity].event_time
    at = mapped_instant(project, name, raw, column) if column else None
    if at is None:
        rows = int(raw.count().execute())
        return {"rows": rows, "rows_before": 0, "rows_inside": rows, "rows_after": 0, "rows_without_time": 0}
    calendar, periods = project.calendar, project.periods(now)
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
    return counts | {"rows_inside": counts["rows"] - outside}


def _sample(project: Project, name: str, raw: ir.Table) -> list[dict[str, str | None]]:
    source = project.sources[name]
    mapped = {column: origin_text(raw, mapping) for column, mapping in source.columns.items()}
    ordered = raw.select("_file", "_row", **mapped).order_by("_file", "_row").limit(_SAMPLE_ROWS)
    return masked(source, ordered.drop("_file", "_row").to_pyarrow().to_pylist())
