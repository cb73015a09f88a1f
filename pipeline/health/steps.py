"""Steps at the border of a period: how far a daily measure falls there, and how far it does by itself.

Belongs here: ``Step``, and steps of daily measures. Does not belong here: what a step means (``volume``,
``beside``, ``numbers``).

A faulty delivery is wrong from its first row on, behaviour changes from day to day: a level that has been
growing goes on growing through the border. So a step is measured in two ways, each day of the week against
itself, over four weeks on both sides: as the difference of the levels, and as what is left of it beyond the
trend within both sides (a discontinuity: Imbens and Lemieux, 2008, "Regression discontinuity designs"). A
trend of four weeks is known with an error, so it counts as far as it is known. How large both kinds of steps
are by themselves is learned at every other day of the history (where it is more at most borders of periods,
there: some business changes with the calendar), and the smaller ones tell more: levels where nothing grows,
trends where much does. But where a level has a trend now such as it never had, what levels did before says
nothing of it.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import exp, log

import numpy as np
import numpy.typing as npt

from pipeline.health.chance import Scale, scale
from pipeline.health.profile import Known, Profile

Series = npt.NDArray[np.float64]

#: Days on both sides of a border.
WINDOW = 28
#: History taken for steps, in days: more would not make scales better.
_MOST_DAYS = 400
#: Days from one border in the history to the next at which steps are learned.
_EVERY = 2
#: How much a level drifts from one side to the other where it has a trend, over the prior scale of its steps.
_DRIFT = 2.0
#: Chance of a trend as steep as this, up or down, below which it is one that the source never had.
_NEVER = 0.05
#: Standard deviation of a normal over the median of its size.
_NORMAL = 1.4826
#: Halvings after which a share is exact enough.
_HALVINGS = 40


@dataclass(frozen=True)
class Step:
    """A step of a logarithm, and how large such steps are by themselves.

    ``orders`` counts orders by their lines, where the step is one of lines an order; ``now`` is the
    logarithm after the step, where it says something by itself, ``of_levels`` the step with any trend in it.
    """

    size: float
    usual: Scale
    orders: Mapping[str, float] = field(default_factory=dict)
    now: float = 0.0
    of_levels: float = 0.0

    @property
    def chance(self) -> float:
        """Chance of a step as low as this or lower."""
        return self.usual.tail(self.size)

    @property
    def lost(self) -> float:
        """Share of the rows, or orders, that the step says are missing."""
        return self._share(self.size)

    @property
    def surely(self) -> float:
        """The same, were the step smaller by as much as is usual: where most orders have one line, few lines
        less an order may be many or few lost, and only what is sure withholds a publication."""
        return self._share(self.size + self.usual.size)

    def unseen(self, chance: float) -> float:
        """Share that may be missing: with more of them missing, what is there would be so much by a rise less
        likely than ``chance``."""
        return self._share(self.size - self.usual.limit(chance))

    def _share(self, size: float) -> float:
        """Share that is missing where a step is ``size``.

        Of single lines a share p is lost: of orders of k lines p^k are lost whole, so what is left have
        (1 - p) / (1 - sum of p^k) times as many lines.
        """
        if size >= 0:
            return 0.0
        if not self.orders:
            return 1 - exp(size)
        whole = sum(self.orders.values())
        parts = {int(lines): count / whole for lines, count in self.orders.items()}
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            share = (low + high) / 2
            left = (1 - share) / (1 - sum(part * share**lines for lines, part in parts.items()))
            low, high = (share, high) if log(left) > size else (low, share)
        return high


@dataclass(frozen=True)
class _Found:
    """A step, and its sampling error."""

    size: float
    error: float


def step_at_border(known: Known, measure: str, per: str | None, prior: float) -> Step | None:
    """Step of a daily measure (``per`` another one) from the last healthy days to those of this period;
    ``prior`` is the scale of such steps before any is known."""
    earlier = _series(known, known.earlier, measure, per)[-_MOST_DAYS:]
    now = _series(known, [known.now], measure, per)[:WINDOW]
    days = [day for one in known.earlier for day in known.days(one.period)][-_MOST_DAYS:]
    here = known.days(known.now.period)[:WINDOW]
    drift = _DRIFT * prior
    found = _steps(earlier[-WINDOW:], days[-WINDOW:], now, here, drift)
    if found is None:
        return None
    starts = {known.calendar.start_date(one.period) for one in known.earlier}
    seen, is_start = _seen(earlier, days, len(now), starts, drift)
    # some days apart, over windows that overlap: so many are independent
    count = len(seen) * 2 * _EVERY / (WINDOW + len(now))

    def usual(spread: float, steps: Series) -> Scale:
        typical = [_NORMAL * float(np.median(np.abs(steps[is_start])))] if is_start.any() else []
        some = [scale(spread, one, prior, count) for one in (list(steps), typical)]
        return max(some, key=lambda one: one.size)

    of_levels = found[0].size
    level, beyond = (
        Step(one.size, usual(one.error, seen[:, way]), of_levels=of_levels) for way, one in enumerate(found)
    )
    trend = usual(0.0, seen[:, 0] - seen[:, 1]).tail(-abs(level.size - beyond.size))
    return beyond if 2 * trend < _NEVER else min(level, beyond, key=lambda one: one.usual.size)


def _seen(
    values: Series, days: Sequence[date], size: int, starts: Set[date], drift: float
) -> tuple[Series, npt.NDArray[np.bool_]]:
    """Steps within a history, of levels and beyond the trend, some days apart and where periods start; and
    where these are."""
    steps, is_start = [], []
    for at in range(WINDOW, len(values) - size + 1):
        around = days[at - WINDOW : at + size]
        if (days[at] in starts or not at % _EVERY) and _is_unbroken(around):
            before, after = values[at - WINDOW : at], values[at : at + size]
            if found := _steps(before, around[:WINDOW], after, around[WINDOW:], drift):
                steps.append([one.size for one in found])
                is_start.append(days[at] in starts)
    return np.array(steps).reshape(-1, 2), np.array(is_start, bool)


def _is_unbroken(days: Sequence[date]) -> bool:
    """Whether no period between is left out."""
    return days[-1] - days[0] == timedelta(days=len(days) - 1)


def _series(known: Known, profiles: Sequence[Profile], measure: str, per: str | None) -> Series:
    """Logarithm of a measure by day; not a number on days without rows."""
    values: list[float] = []
    for one in profiles:
        above: Mapping[str, float] = one.by_item(measure)
        below = one.by_item(per) if per else None
        for day in known.days(one.period):
            key = day.isoformat()
            count = above.get(key, 0.0)
            by = 1.0 if below is None else below.get(key, 0.0)
            values.append(log(count / by) if count > 0 and by > 0 else float("nan"))
    return np.array(values)


def _steps(
    before: Series, days_before: Sequence[date], after: Series, days_after: Sequence[date], drift: float
) -> tuple[_Found, _Found] | None:
    """The step from ``before`` to ``after`` and its sampling error, as the difference of levels and beyond
    the trend; none where days of the week are hardly ever on both sides.

    The trend is one of both sides, by least squares within each side and day of the week. It counts by the
    part of its square that is no error, were it ``drift`` from one side to the other.
    """
    every, place = np.concatenate([before, after]), np.arange(-float(len(before)), len(after))
    cell = np.array([day.weekday() for day in days_before] + [7 + day.weekday() for day in days_after])
    every, place, cell = (one[~np.isnan(every)] for one in (every, place, cell))
    count = np.bincount(cell, minlength=14)
    both = (count[:7] > 0) & (count[7:] > 0)
    if not both.any():
        return None
    each = np.maximum(count, 1)
    means, middle = (np.bincount(cell, one, 14) / each for one in (every, place))
    inside = both[cell % 7]
    off, time = (every - means[cell])[inside], (place - middle[cell])[inside]
    rise, later = ((one[7:] - one[:7])[both] for one in (means, middle))
    step, apart, parts = float(rise.mean()), float(later.mean()), len(rise)
    freedom = len(off) - 2 * parts
    if freedom < parts:  # hardly a day of the week twice: days of the week tell it of each other
        if parts < 2:
            return None
        level = _Found(step, float(rise.std(ddof=1)) / parts**0.5)
        return level, level
    share = float((1 / each[:7] + 1 / each[7:])[both].sum()) / parts**2
    level = _Found(step, float(off @ off / freedom * share) ** 0.5)
    span = float(time @ time)
    trend = float(time @ off) / span
    rest = off - trend * time
    variance = float(rest @ rest) / max(freedom - 1, 1)
    error = variance / span * apart**2
    known = drift**2 / (drift**2 + error)
    beyond = _Found(step - known * trend * apart, float(variance * share + known**2 * error) ** 0.5)
    return level, beyond
