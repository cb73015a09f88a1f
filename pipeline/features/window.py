"""The span of periods that features look at.

Belongs here: the window of a period, its spans and its end. Does not belong here: any sum
(``sums``) or feature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from pipeline.ledgers import WINDOW_PERIODS
from pipeline.periods import Calendar


@dataclass(frozen=True)
class Window:
    """The periods that features of ``period`` look at: the last twelve, or all of a young project."""

    calendar: Calendar
    first_period: str
    period: str

    def __post_init__(self) -> None:
        if self.calendar.start_date(self.period) < self.calendar.start_date(self.first_period):
            raise ValueError(f"period {self.period} is before {self.first_period}, the first of the project")

    @property
    def as_of(self) -> datetime:
        """The end of the period, exclusive."""
        return self.calendar.as_of(self.period)

    @property
    def end_date(self) -> date:
        """The first day after the period, in the project's time zone."""
        return self.calendar.start_date(self.calendar.next(self.period))

    @cached_property
    def history(self) -> list[str]:
        """All periods of the project up to this one, oldest first."""
        return self.calendar.between(self.first_period, self.period)

    @property
    def periods(self) -> list[str]:
        """Periods of the window, oldest first."""
        return self.history[-WINDOW_PERIODS:]

    def span(self, periods: int, before: int = 0) -> list[str]:
        """``periods`` periods that end ``before`` periods before this one; fewer in a young project."""
        end = len(self.history) - before
        return self.history[max(0, end - periods) : max(0, end)]

    def days(self, periods: Sequence[str]) -> float:
        """Days in ``periods``."""
        return float(sum(self.calendar.days(one) for one in periods))
