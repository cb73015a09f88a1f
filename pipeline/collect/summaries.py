"""What a source would give, for ``segments check``.

Belongs here: counts and a masked sample. Does not belong here: collecting anything.
"""

from dataclasses import dataclass
from datetime import datetime

from ibis.expr import types as ir

from pipeline.collect.cautions import cautions
from pipeline.collect.masking import masked
from pipeline.collect.placing import event_mapping
from pipeline.collect.reading import SourceRows, read_rows
from pipeline.collect.readings import reading_of
from pipeline.collect.sharing import Shared
from pipeline.engine import Engine
from pipeline.engine.values import origin_text
from pipeline.settings import Project

_SAMPLE_ROWS = 10


@dataclass(frozen=True)
class SourceSummary:
    """A source as ``segments check`` shows it.

    ``rows_left_out`` are those for which ``where`` is not true; what follows is about the others.
    ``rows_inside`` lie in the project's complete periods; ``rows_without_time`` have no usable
    event time (they would be quarantined in the first period). Snapshots count all rows as
    inside; of events that tell a state ``rows_not_latest`` tell none at the end of a period.
    ``columns`` are those found, with their types; ``sample`` holds mapped columns as
    they came, identifiers masked. ``warnings`` are small things worth a look (``cautions``).
    """

    rows: int
    rows_left_out: int
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
    return summary_of(project, name, read_rows(engine, project, name, shared=shared), now)


def summary_of(project: Project, name: str, rows: SourceRows, now: datetime) -> SourceSummary:
    """What the rows of a source hold."""
    raw, counts = rows.wanted, _counts(project, name, rows, now)
    own = [one for one in raw.columns if one not in ("_source", "_file", "_row")]
    columns = {one: str(raw[one].type()).lstrip("!") for one in own}
    sample = _sample(project, name, raw)
    return SourceSummary(**counts, columns=columns, sample=sample, warnings=cautions(project, name, raw))


def _counts(project: Project, name: str, rows: SourceRows, now: datetime) -> dict[str, int]:
    periods = project.periods(now)
    found = reading_of(project, name, rows, periods or [project.first_period], now)
    inside, after = found.rows_in_periods_count - found.rows_without_time_count, found.rows_after_last_count
    if event_mapping(project, name) is None:
        inside, after = inside + after, 0
    elif not periods:
        inside, after = 0, inside + after
    return {
        "rows": found.rows_read_count,
        "rows_left_out": found.rows_left_out_count,
        "rows_before": found.rows_before_first_count,
        "rows_inside": inside,
        "rows_after": after,
        "rows_without_time": found.rows_without_time_count,
        "rows_not_latest": found.rows_not_latest_count,
    }


def _sample(project: Project, name: str, raw: ir.Table) -> list[dict[str, str | None]]:
    source = project.sources[name]
    mapped = {column: origin_text(raw, mapping) for column, mapping in source.columns.items()}
    ordered = raw.select("_file", "_row", **mapped).order_by("_file", "_row").limit(_SAMPLE_ROWS)
    return masked(source, ordered.drop("_file", "_row").to_pyarrow().to_pylist())
