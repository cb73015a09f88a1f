"""Absent: how many accounts are gone altogether, apart from all of them coming less.

Belongs here: estimating it. Does not belong here: how much of it is usual (``accounts``).

An account comes at random with a rate of its own, and rates are gamma distributed (Ehrenberg, 1959: the
negative binomial). So how often accounts came in the periods before says how often each will come in this
one, were all to come so much more or less often, as in a season: how much follows from how often those come
that do. Accounts that are lost do not come at all, however often they would have: so fewer come than that
leaves (zeros apart from counts: Mullahy, 1986, "hurdle" models).
"""

from collections.abc import Mapping, Sequence
from math import exp, log

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]

#: Periods looked back to, at least: how often an account comes is learned after the one that it is first seen
#: in, since nobody is known for not having come yet.
LEAST_PERIODS = 2
#: Accounts known for longer than one period, and of those that come, at least.
_LEAST = 20
#: Bounds of logarithms of parameters.
_BOUND = 6.0
#: Step of a derivative.
_SMALL = 1e-3


def left(
    before: Sequence[Mapping[str, float]], after: Mapping[str, float], limit: str | None
) -> tuple[float, float] | None:
    """Logarithm of the part of the accounts of periods ``before`` that is left in the one ``after``, and its
    error: zero where nobody is lost, as far as accounts come at random.

    Both are days with an event by account, ``before`` oldest first; ids after ``limit`` are left out. None
    where too few accounts are known, or come.
    """
    known = sorted({key for one in before for key in one if limit is None or key <= limit})
    days = np.array([[one.get(key, 0.0) for one in before] for key in known]).reshape(-1, len(before))
    first = (days > 0).argmax(axis=1)
    periods = len(before) - 1.0 - first
    times = (days * (np.arange(len(before)) > first[:, None])).sum(axis=1)
    now = np.array([after.get(key, 0.0) for key in known])
    if min((periods > 0).sum(), (now > 0).sum()) < _LEAST:
        return None
    shape, rate = _rates(times, periods)
    return _left(now, shape + times, rate + periods)


def _rates(times: Series, periods: Series) -> tuple[float, float]:
    """Shape and rate of the gamma distribution of how often accounts come in a period."""
    from scipy.optimize import minimize
    from scipy.special import gammaln

    cells, count = np.unique(np.stack([times, periods])[:, periods > 0], axis=1, return_counts=True)

    def loss(at: Series) -> float:
        shape, rate = np.exp(at)
        some = gammaln(shape + cells[0]) - gammaln(shape) + shape * np.log(rate)
        return -float(count @ (some - (shape + cells[0]) * np.log(rate + cells[1])))

    found = minimize(loss, [0.0, 0.0], method="Nelder-Mead", bounds=[(-_BOUND, _BOUND)] * 2)
    shape, rate = np.exp(found.x)
    return float(shape), float(rate)


def _left(now: Series, shape: Series, rate: Series) -> tuple[float, float]:
    """Logarithm of how many accounts come over how many would in a season as that of those that come; and its
    error. Rates of accounts are gamma distributed with ``shape`` and ``rate`` each."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    (now, shape, rate), count = np.unique(np.stack([now, shape, rate]), axis=1, return_counts=True)
    comes = now > 0
    fixed = gammaln(shape + now) - gammaln(shape)

    def silent(season: float) -> Series:
        return (rate / (rate + exp(season))) ** shape

    def loss(season: float) -> float:
        some = fixed + now * season - (shape + now) * np.log(rate + exp(season)) + shape * np.log(rate)
        return -float(count[comes] @ (some - np.log1p(-silent(season)))[comes])

    def expected(season: float) -> float:
        return log(float(count @ (1 - silent(season))))

    season = float(minimize_scalar(loss, bounds=(-_BOUND, _BOUND), method="bounded").x)
    curve = (loss(season + _SMALL) - 2 * loss(season) + loss(season - _SMALL)) / _SMALL**2
    slope = (expected(season + _SMALL) - expected(season - _SMALL)) / (2 * _SMALL)
    seen, zero = float(count[comes].sum()), silent(season)
    by_chance = float(count @ (zero * (1 - zero))) / exp(expected(season)) ** 2
    return log(seen) - expected(season), (by_chance + slope**2 / max(curve, _SMALL)) ** 0.5
