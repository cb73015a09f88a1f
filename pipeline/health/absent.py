"""Absent: the share of accounts that are gone altogether, apart from all of them coming less.

Belongs here: estimating it. Does not belong here: how much of it is usual (``accounts``).

An account comes at random with a rate of its own, and rates are gamma distributed (Ehrenberg, 1959: the
negative binomial). So how often accounts came in the periods before says how often each will come in this
one, were all to come so much more or less often, as in a season. Accounts that are lost do not come at all,
however often they would have: more zeros than that leaves (zero inflation: Lambert, 1992).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]

#: Periods looked back to, at least: how often an account comes is learned after the one that it is first seen
#: in, since nobody is known for not having come yet.
LEAST_PERIODS = 2
#: Accounts known for longer than one period, at least.
_LEAST = 20
#: Bounds of logarithms of parameters, and the least share at which its error is taken.
_BOUND, _LEAST_SHARE = 6.0, 0.01
#: Step of a derivative.
_SMALL = 1e-3


def absent(
    before: Sequence[Mapping[str, float]], after: Mapping[str, float], limit: str | None
) -> tuple[float, float] | None:
    """The share of the accounts of periods ``before`` that is gone in the one ``after``, and its error.

    Both are days with an event by account, ``before`` oldest first; ids after ``limit`` are left out. None
    where too few accounts are known.
    """
    known = sorted({key for one in before for key in one if limit is None or key <= limit})
    days = np.array([[one.get(key, 0.0) for one in before] for key in known]).reshape(-1, len(before))
    first = (days > 0).argmax(axis=1)
    periods = len(before) - 1.0 - first
    times = (days * (np.arange(len(before)) > first[:, None])).sum(axis=1)
    if (periods > 0).sum() < _LEAST:
        return None
    now = np.array([after.get(key, 0.0) for key in known])
    shape, rate = _rates(times, periods)
    return _zeros(now, shape + times, rate + periods)


def _rates(times: Series, periods: Series) -> tuple[float, float]:
    """Shape and rate of the gamma distribution of how often accounts come in a period."""
    from scipy.special import gammaln

    cells, count = np.unique(np.stack([times, periods])[:, periods > 0], axis=1, return_counts=True)

    def loss(at: Series) -> float:
        shape, rate = np.exp(at)
        some = gammaln(shape + cells[0]) - gammaln(shape) + shape * np.log(rate)
        return -float(count @ (some - (shape + cells[0]) * np.log(rate + cells[1])))

    shape, rate = np.exp(_least(loss, [0.0, 0.0]))
    return float(shape), float(rate)


def _zeros(now: Series, shape: Series, rate: Series) -> tuple[float, float]:
    """Share of zeros beyond those of counts ``now`` with rates of their own, in any season; its error."""
    from scipy.special import expit, gammaln

    (now, shape, rate), count = np.unique(np.stack([now, shape, rate]), axis=1, return_counts=True)
    fixed = gammaln(shape + now) - gammaln(shape) + shape * np.log(rate)

    def loss(season: float, share: float) -> float:
        some = np.exp(fixed + now * season - (shape + now) * np.log(rate + np.exp(season)))
        return -float(count @ np.log((1 - share) * some + share * (now == 0)))

    season, odds = _least(lambda at: loss(at[0], float(expit(at[1]))), [0.0, -3.0])
    share = float(expit(odds))
    at = np.array([season, max(share, _LEAST_SHARE)])
    steps = _SMALL * np.eye(2)
    second = [
        [loss(*(at + a + b)) - loss(*(at + a - b)) - loss(*(at - a + b)) + loss(*(at - a - b)) for a in steps]
        for b in steps
    ]
    error = np.linalg.pinv(np.array(second) / (4 * _SMALL**2))[1, 1]
    return share, float(max(error, 0.0) ** 0.5)


def _least(function: Callable[[Series], float], start: Sequence[float]) -> Series:
    """Where a function of logarithms, or of the logarithm of odds, is least."""
    from scipy.optimize import minimize

    bounds = [(-_BOUND, _BOUND)] * len(start)
    found: Series = minimize(function, start, method="Nelder-Mead", bounds=bounds).x
    return found
