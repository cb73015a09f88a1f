"""What features are computed from, and over which span.

Belongs here: the tables handed in, the window of periods. Does not belong here: any sum
(``sums``) or feature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ibis.expr import types as ir

from pipeline.periods import Calendar
from pipeline.settings import Project

#: Periods in the longest window, so the most that any ledger is read for (law L10).
WINDOW_PERIODS = 12


@dataclass(frozen=True)
class FeatureInputs:
    """Customers and links of the period; ledgers of up to the last twelve periods.

    A ledger is none where the project has no source of its entity. Periods outside the window
    are ignored.
    """

    customers: ir.Table
    links: ir.Table
    orders: ir.Table | None
    order_keys: ir.Table | None
    campaigns: ir.Table | None


@dataclass(frozen=True)
class Window:
    """The periods that features of ``period`` look at: the last twelve, or all of a young project."""

    calendar: Calendar
    first_period: str
    period: str

    @classmethod
    def of(cls, project: Project, period: str) -> "Window":
        """Window of ``period``. Raises ``ValueError`` for a period before the project's first."""
        if project.calendar.start_date(period) < project.calendar.start_date(project.first_period):
            raise ValueError(f"period {period} is before {project.first_period}, the first of the project")
        return cls(project.calendar, project.first_period, period)

    @cached_property
    def history(self) -> list[str]:
        """All periods of the project up to this one, oldest first."""
        return self.calendar.between(self.first_period, self.period)

    @property
    def periods(self) -> list[str]:
        """Periods of the window, oldest first."""
        return self.history[-WINDOW_PERIODS:]

    @property
    def last_three(self) -> list[str]:
        """The last three periods, or fewer in a young project."""
        return self.history[-3:]

    @property
    def three_before(self) -> list[str]:
        """The three periods before the last three; fewer, or none, in a young project."""
        return self.history[-6:-3]

    def days(self, periods: Sequence[str]) -> float:
        """Length of ``periods`` together, in days."""
        return sum(self.calendar.days(one) for one in periods)
