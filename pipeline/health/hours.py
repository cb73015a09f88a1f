"""Hours: events that all come some hours earlier, or later, than they do.

Belongs here: signal *hours*, what a wrong time zone leaves, and the note *clocks*, of times that stay where
they were when the clocks are changed. Does not belong here: missing days (``days``).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.health.profile import Known, Profile
from pipeline.health.signal import Signal
from pipeline.health.steps import Series

#: Periods whose hours are taken together.
_PERIODS = 6
#: Hours of the day with rows that a source has at least: dates alone have no hours.
_LEAST_HOURS = 6
#: Total variation from which hours differ, and the part of it that a shift must take away.
_DIFFERENT, _EXPLAINED = 0.15, 0.5


def hours(known: Known) -> Iterator[Signal]:
    """The hours of a day as they usually are, shifted.

    Where summer time began or ended and the hours of UTC are those of every period before, nothing changed at
    the source: its times are not local, or its customers live by other clocks. That is noted.
    """
    some = [one for one in known.lively if one.by_item("rows_by_hour")][-_PERIODS:]
    if not some or known.now.rows < known.settings.min_rows:
        return
    each = [_shares(one) for one in some]
    usual, now = np.mean(each, axis=0), _shares(known.now)
    if min((usual > 0.005).sum(), (now > 0.005).sum()) < _LEAST_HOURS:
        return
    distances = [float(np.abs(np.roll(now, -shift) - usual).sum() / 2) for shift in range(24)]
    most = max(float(np.abs(one - usual).sum() / 2) for one in each)
    best = int(np.argmin(distances))
    least = max(_DIFFERENT + _by_chance(usual, known.now), 2 * most)
    if best and distances[0] > least and distances[best] < _EXPLAINED * distances[0]:
        facts = {"hours": best if best <= 12 else best - 24}
        if _by_utc(known, some) < _EXPLAINED * distances[0] + _by_chance(usual, known.now):
            yield Signal("clocks", 0.0, "healthy", facts)
        else:
            yield Signal("hours", 1.0, "suspect", facts)


def _by_utc(known: Known, some: Sequence[Profile]) -> float:
    """Total variation of hours of UTC from those of periods before, summer and winter each: the larger."""
    here = _ahead(known, known.now)
    by_clock: dict[int, list[Series]] = {}
    for one in some:
        by_clock.setdefault(here - _ahead(known, one), []).append(_shares(one))
    usual = [np.roll(np.mean(shares, axis=0), shift) for shift, shares in by_clock.items()]
    return max(float(np.abs(_shares(known.now) - one).sum() / 2) for one in usual)


def _ahead(known: Known, one: Profile) -> int:
    """Hours that local time is ahead of UTC in the middle of a period."""
    days = known.days(one.period)
    noon = datetime.combine(days[len(days) // 2], time(12), ZoneInfo(known.calendar.time_zone))
    offset = noon.utcoffset()
    return round(offset.total_seconds() / 3600) if offset else 0


def _by_chance(usual: Series, now: Profile) -> float:
    """Total variation from ``usual`` that drawing so many orders (or rows, where there are none) gives in the
    mean: that of normal deviations, hour by hour. Lines of an order come at one hour."""
    drawn = now.one("orders") or now.rows
    return float(np.sqrt(2 / np.pi) * np.sqrt(usual * (1 - usual) / drawn).sum() / 2)


def _shares(one: Profile) -> Series:
    counts: Series = np.zeros(24)
    for hour, rows in one.by_item("rows_by_hour").items():
        counts[int(hour)] = rows
    counts /= max(float(counts.sum()), 1.0)
    return counts
