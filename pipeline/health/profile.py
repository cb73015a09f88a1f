"""The profile of one source in one period, as signals read it.

Belongs here: from rows of ``SOURCE_PROFILES`` to numbers by measure; which earlier periods a source is judged
against. Does not belong here: measuring (``profiling``), judging (``judging``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from statistics import median

import pyarrow as pa

from pipeline.health.signal import State
from pipeline.periods import Calendar
from pipeline.settings import HealthSettings
from pipeline.tables.entities import Entity

Numbers = Mapping[str, float]

#: Share of days with rows from which a source is a steady one: others come in lumps, as campaigns do.
STEADY = 0.5


@dataclass(frozen=True)
class Profile:
    """What was measured of one source in ``period``: by measure and column, numbers by item."""

    period: str
    numbers: Mapping[tuple[str, str], Numbers] = field(default_factory=dict)

    def by_item(self, measure: str, column: str = "") -> Numbers:
        """Numbers of a measure by item; none where nothing was measured."""
        return self.numbers.get((measure, column), {})

    def one(self, measure: str, item: str = "", column: str = "") -> float:
        """One number; 0 where nothing was measured."""
        return self.by_item(measure, column).get(item, 0.0)

    def columns(self, measure: str) -> list[str]:
        """Columns of which a measure was taken."""
        return sorted(column for one, column in self.numbers if one == measure)

    @property
    def rows(self) -> float:
        """Rows in the clean table."""
        return self.one("rows", "rows_kept")


@dataclass(frozen=True)
class Known:
    """A source in a period: its profile ``now``, those of ``earlier`` periods in which it was whole, oldest
    first, since its first row; ``resting`` counts the periods without a row just before, ``seen`` are the
    signals told of in the period before, ``siblings`` other sources with which nothing is wrong."""

    source: str
    entity: Entity
    now: Profile
    earlier: Sequence[Profile]
    calendar: Calendar
    settings: HealthSettings
    resting: int = 0
    seen: frozenset[str] = frozenset()
    siblings: Mapping[str, "Known"] = field(default_factory=dict)

    @property
    def last(self) -> Profile:
        """The last period in which it was whole."""
        return self.earlier[-1]

    @property
    def lively(self) -> Sequence[Profile]:
        """Earlier periods with rows."""
        return [one for one in self.earlier if one.rows]

    @property
    def usual_rows(self) -> float:
        """Rows of a usual period: the median of the last ones with rows."""
        return median([one.rows for one in self.lively[-6:]] or [0.0])

    @cached_property
    def is_steady(self) -> bool:
        """Whether rows come on most of its days; states are read whole, and steady."""
        if self.entity.event_time is None:
            return True
        return bool(self.lively) and median(self._covered(one) for one in self.lively[-6:]) >= STEADY

    def _covered(self, one: Profile) -> float:
        return len(one.by_item("rows_by_day")) / max(len(self.days(one.period)), 1)

    def days(self, period: str) -> list[date]:
        """Local days of ``period``."""
        first = self.calendar.start_date(period)
        end = self.calendar.start_date(self.calendar.next(period))
        return [first + timedelta(days=one) for one in range((end - first).days)]

    def state(self, share: float) -> State:
        """What a source is of which ``share`` of the rows is missing or wrong."""
        return "broken" if share >= self.settings.broken_share else "suspect"

    def level(self, signal: str) -> float:
        """Chance of a false alarm that is allowed: what was told of in the period before is told until the
        source is whole, so little is needed to go on."""
        return 0.1 if signal in self.seen else self.settings.false_alarm


def profiles_by_source(rows: pa.Table | None) -> dict[str, dict[str, Profile]]:
    """Profiles by source and period, from rows of ``SOURCE_PROFILES``."""
    if rows is None or not rows.num_rows:
        return {}
    found: dict[str, dict[str, dict[tuple[str, str], dict[str, float]]]] = {}
    columns = (rows[name].to_pylist() for name in ("source", "period", "measure", "column", "item", "value"))
    for source, period, measure, column, item, value in zip(*columns, strict=True):
        by_measure = found.setdefault(source, {}).setdefault(period, {})
        by_measure.setdefault((measure, column), {})[item] = value
    return {
        source: {period: Profile(period, numbers) for period, numbers in by_period.items()}
        for source, by_period in found.items()
    }


def since_first_row(profiles: Iterable[Profile]) -> list[Profile]:
    """Profiles from the first with rows on: before it there was no source."""
    found: list[Profile] = []
    for one in profiles:
        if found or one.rows:
            found.append(one)
    return found
