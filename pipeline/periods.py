"""Periods: weeks or months of the project's time zone, with their bounds in UTC.

Belongs here: the calendar. Does not belong here: which periods are due or stale
(``lineage.plan``), or Dagster partitions (``assets.lib.partitions``), which are built
from the same key format so that both always agree.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Cadence = Literal["month", "week"]

#: strftime formats of period keys. Weeks are ISO weeks and start on Monday; the trailing
#: weekday makes the key parseable, and keeps readers from mistaking it for a date.
KEY_FORMATS: dict[Cadence, str] = {"month": "%Y-%m", "week": "%G-W%V-%u"}

#: Event times before this, or further ahead of their collection than that, are mistakes of the source.
#: Collecting accounts such rows to the first period, cleaning quarantines them: both by these limits.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """The periods of one project: cadence and time zone."""

    cadence: Cadence
    time_zone: str

    def start_date(self, period: str) -> date:
        """First local day of ``period``. Raises ``ValueError`` for a key of another form."""
        start = datetime.strptime(period, KEY_FORMATS[self.cadence]).date()
        if self.key(start) != period:
            raise ValueError(f"{period!r} is not the key of a {self.cadence}")
        return start

    def key(self, day: date) -> str:
        """Key of the period that holds the local ``day``."""
        if self.cadence == "week":
            day = day - timedelta(days=day.weekday())
        return day.strftime(KEY_FORMATS[self.cadence])

    def next(self, period: str) -> str:
        """Key of the period after ``period``."""
        return self.key(self.start_date(period) + timedelta(days=7 if self.cadence == "week" else 32))

    def previous(self, period: str) -> str:
        """Key of the period before ``period``."""
        return self.key(self.start_date(period) - timedelta(days=1))

    def back(self, period: str, count: int) -> list[str]:
        """The ``count`` periods that end with ``period``, oldest first."""
        keys = [period]
        while len(keys) < count:
            keys.append(self.previous(keys[-1]))
        return keys[::-1]

    def year_before(self, period: str) -> str:
        """Key of the same month a year before, or of the week 52 weeks before."""
        start = self.start_date(period)
        if self.cadence == "week":
            return self.key(start - timedelta(days=364))
        return self.key(start.replace(year=start.year - 1))

    @property
    def year(self) -> int:
        """Periods of a year."""
        return 52 if self.cadence == "week" else 12

    def between(self, first: str, last: str) -> list[str]:
        """Keys from ``first`` to ``last``, both included; empty when ``last`` is earlier."""
        keys, key = [], first
        while self.start_date(key) <= self.start_date(last):
            keys.append(key)
            key = self.next(key)
        return keys

    def starts_at(self, period: str) -> datetime:
        """Instant at which ``period`` begins, in UTC."""
        return datetime.combine(self.start_date(period), time(), ZoneInfo(self.time_zone)).astimezone(UTC)

    def as_of(self, period: str) -> datetime:
        """End of ``period``, exclusive, in UTC: the instant as of which features are computed."""
        return self.starts_at(self.next(period))

    @property
    def mean_days(self) -> float:
        """Mean length of a period in days: the calendar's year has 365.2425 of them."""
        return 7.0 if self.cadence == "week" else 365.2425 / 12

    def days(self, period: str) -> float:
        """Length of ``period`` in days (a month of a clock change is an hour off)."""
        return (self.as_of(period) - self.starts_at(period)).total_seconds() / 86_400
