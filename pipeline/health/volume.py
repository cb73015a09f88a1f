"""Volume: rows that are missing on every day, or twice as many as there were.

Belongs here: signals *volume* and *lines*, and steps at the border of a period. Does not belong here: days
without any row (``days``), whose rows are missing (``accounts``, ``values``).

Behaviour changes from day to day, a faulty delivery from its first row on: so what counts is the step at the
border of the period, each day of the week against itself, over four weeks on both sides. How large such steps
are by themselves is learned at every other day of the history.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import exp, log

import numpy as np
import numpy.typing as npt

from pipeline.health.chance import Scale, about_mean, differences, scale
from pipeline.health.profile import Known, Profile
from pipeline.health.signal import Signal

Series = npt.NDArray[np.float64]

#: Days on both sides of a border.
WINDOW = 28
#: Scales of steps before any is known, on the logarithm: of rows a day, of lines an order, of the rows of a
#: state, and of the rows of a source that comes in lumps.
PRIOR_ROWS, PRIOR_LINES, PRIOR_STATE, PRIOR_LUMPS = 0.10, 0.05, 0.05, 0.7
#: History taken for steps, in days: more would not make scales better.
_MOST_DAYS = 400
#: Halvings after which a share is exact enough.
_HALVINGS = 40


@dataclass(frozen=True)
class Step:
    """A step of a logarithm, and how large such steps are by themselves.

    ``orders`` counts orders by their lines, where the step is one of lines an order; ``now`` is the
    logarithm after the step, where it says something by itself.
    """

    size: float
    usual: Scale
    orders: Mapping[str, float] = field(default_factory=dict)
    now: float = 0.0

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


def volume(known: Known) -> Iterator[Signal]:
    """Rows missing on all days, or far more than before."""
    steps = steps_of(known)
    for name, step in steps.items():
        share = step.lost
        if step.chance < known.level(name) and share >= known.settings.suspect_share:
            facts = {"before": known.last.period, "fewer": 1 - exp(step.size)}
            yield Signal(name, share, known.state(step.surely if step.orders else share), facts)
    if "volume" in steps and known.is_steady and known.entity.event_time is not None:
        yield from _more(known, steps["volume"])


def steps_of(known: Known) -> dict[str, Step]:
    """Steps of a source by the signal that they may give."""
    if not known.now.rows or not known.lively or known.usual_rows < known.settings.min_rows:
        return {}
    if known.entity.event_time is None:
        return {"volume": _of_states(known)}
    if not known.is_steady:
        return {"volume": _of_lumps(known)}
    found = {"volume": step_at_border(known, "rows_by_day", None, PRIOR_ROWS)}
    if known.now.by_item("orders_by_day"):
        lines = step_at_border(known, "rows_by_day", "orders_by_day", PRIOR_LINES)
        found["lines"] = lines and replace(lines, orders=known.lively[-1].by_item("orders_by_lines"))
    return {name: step for name, step in found.items() if step is not None}


def _more(known: Known, step: Step) -> Iterator[Signal]:
    """A rise that a fall by the share of a broken source would undo; it is never called broken: it may be
    true."""
    limit = -log(1 - known.settings.broken_share)
    if step.size >= limit and 1 - step.chance < known.level("more"):
        facts = {"times": exp(step.size), "before": known.last.period}
        yield Signal("more", 1 - exp(-step.size), "suspect", facts)


def _of_states(known: Known) -> Step:
    """Rows of a state against the last one."""
    logs = [log(one.rows) for one in known.lively]
    error = (1 / known.now.rows) ** 0.5
    return Step(log(known.now.rows) - logs[-1], scale(error, differences(logs), PRIOR_STATE))


def _of_lumps(known: Known) -> Step:
    """Rows of a period against the mean of those before."""
    logs = [log(one.rows) for one in known.lively]
    error = (1 / known.now.rows) ** 0.5
    return Step(log(known.now.rows) - sum(logs) / len(logs), scale(error, about_mean(logs), PRIOR_LUMPS))


def step_at_border(known: Known, measure: str, per: str | None, prior: float) -> Step | None:
    """Step of a daily measure (``per`` another one) from the last healthy days to those of this period."""
    earlier = _series(known, known.earlier, measure, per)
    now = _series(known, [known.now], measure, per)[:WINDOW]
    if not len(earlier) or np.isnan(now).all():
        return None
    days = [day for one in known.earlier for day in known.days(one.period)][-_MOST_DAYS:]
    earlier = earlier[-_MOST_DAYS:]
    here = known.days(known.now.period)[:WINDOW]
    step, spread = _step(earlier[-WINDOW:], days[-WINDOW:], now, here)
    size = len(now)
    seen = [
        one
        for at in range(WINDOW, len(earlier) - size + 1, 2)
        if _is_unbroken(days[at - WINDOW : at + size])
        and not np.isnan(
            one := _step(
                earlier[at - WINDOW : at],
                days[at - WINDOW : at],
                earlier[at : at + size],
                days[at : at + size],
            )[0]
        )
    ]
    if np.isnan(step):
        return None
    # two days apart, over windows that overlap: so many are independent
    return Step(step, scale(spread, seen, prior, len(seen) * 2 / (WINDOW + size) * 2))


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


def _step(
    before: Series, days_before: Sequence[date], after: Series, days_after: Sequence[date]
) -> tuple[float, float]:
    """Mean over the days of the week of after less before, and its sampling error from the spread within
    them."""
    steps, squares, counts = [], [], []
    week_before = np.array([one.weekday() for one in days_before])
    week_after = np.array([one.weekday() for one in days_after])
    for weekday in range(7):
        a = before[week_before == weekday]
        b = after[week_after == weekday]
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        if len(a) and len(b):
            steps.append(b.mean() - a.mean())
            squares += [*(a - a.mean()), *(b - b.mean())]
            counts.append(1 / len(a) + 1 / len(b))
    if not steps:
        return float("nan"), 0.0
    freedom = max(len(squares) - 2 * len(steps), 1)
    variance = sum(one * one for one in squares) / freedom
    return float(np.mean(steps)), float(np.sqrt(variance * sum(counts)) / len(steps))
