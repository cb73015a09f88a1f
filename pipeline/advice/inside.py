"""Why no row of a source falls into the project's periods: unreadable times, or other years.

Belongs here: the words of that problem. Does not belong here: counting the rows (``collect.summaries``).
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from pipeline.advice.mending import times
from pipeline.advice.model import Sample
from pipeline.advice.shapes import commonest_shape
from pipeline.engine import Engine
from pipeline.periods import AHEAD, EARLIEST
from pipeline.settings import Project


def none_inside(engine: Engine, project: Project, sample: Sample, without_time: int, now: datetime) -> str:
    """What is the matter where none of a source's rows lies in the project's periods; ``without_time`` of
    them have no usable time."""
    event = str(sample.entity.event_time)
    texts = sample.texts[event].dropna() if event in sample.texts else pd.Series(dtype=str)
    if without_time * 2 > sample.rows:
        formats = ", ".join(sample.source.columns[event].formats) or "iso (none is given)"
        if texts.empty:
            return f"{event}: its column {sample.column(event)} has no value in any row; map the column that holds the time"
        found = times(engine, sample, event, now)
        read = int(sample.times[event].notna().sum()) if event in sample.times else 0
        what = "gives no plausible time for any" if read else f"reads 0 of {len(texts):,}"
        said = (
            f"{event}: the format {formats} {what} value{'s' if not read else ''} of its column {sample.column(event)}"
            f" (like {commonest_shape(texts)}){sample.sampled}. {found.remedy[0].upper()}{found.remedy[1:]}"
        )
        return said + (f": {_one_line(found.yaml)}" if found.yaml else "")
    zone = ZoneInfo(project.time_zone)
    given = sample.times[event].dropna()
    low, high = (pd.Timestamp(one).tz_localize(None) for one in (EARLIEST, now + AHEAD))
    plausible = given[(given >= low) & (given <= high)]
    at = (given if plausible.empty else plausible).dt.tz_localize("UTC").dt.tz_convert(zone)
    first = project.calendar.key(at.min().date())
    last = project.calendar.key(at.max().date())
    until = f" to {project.last_period}" if project.last_period else ", the last complete one being the end,"
    return (
        f"none of its {sample.rows:,} rows falls into the project's periods: they lie in {first} to {last}{sample.sampled},"
        f" the periods are {project.first_period}{until}. Correct first_period and last_period, or the format of {event}"
    )


def _one_line(yaml: str) -> str:
    return " ".join(line.strip() for line in yaml.splitlines())
