"""How likely a healthy source shows so much: statistics of signals.

Belongs here: scales of normal change, learned where there is history, and their tails. Does not belong here:
what is measured (the signals).

A scale is pooled of a prior one, worth ``PRIOR_PERIODS`` periods, and of what earlier periods showed; the
tail is Student's t with as many degrees of freedom: the predictive distribution of a normal with unknown
variance under a conjugate prior (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6). So a short history
widens it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

#: Periods of experience that a prior scale is worth.
PRIOR_PERIODS = 3.0


@dataclass(frozen=True)
class Scale:
    """How large a difference is by chance and usual change: Student's t of this ``size`` and ``freedom``."""

    size: float
    freedom: float

    def tail(self, value: float) -> float:
        """Chance of a value as low as ``value`` or lower in a healthy source."""
        from scipy.special import stdtr  # Student's t; its distribution in scipy.stats takes a second to load

        return float(stdtr(self.freedom, value / self.size))

    def limit(self, chance: float) -> float:
        """Size that a fall must have to be less likely than ``chance``."""
        from scipy.special import stdtrit

        return -float(stdtrit(self.freedom, chance)) * self.size


def scale(spread: float, observed: Sequence[float], prior: float, count: float | None = None) -> Scale:
    """The scale of a difference.

    ``observed`` are the same differences in earlier healthy periods (about zero), ``count`` how many of them
    are independent (default: all); ``prior`` is their scale before any is known, and ``spread`` the sampling
    error of the difference, below which the scale never falls.
    """
    known = float(len(observed)) if count is None else count
    mean_square = sum(one * one for one in observed) / len(observed) if observed else 0.0
    freedom = PRIOR_PERIODS + known
    variance = (PRIOR_PERIODS * prior * prior + known * mean_square) / freedom
    return Scale(sqrt(max(variance, spread * spread, 1e-12)), freedom)


def differences(values: Sequence[float]) -> list[float]:
    """Steps from each value to the next."""
    return [after - before for before, after in pairwise(values)]


def about_mean(values: Sequence[float]) -> list[float]:
    """Values less their mean, each taken apart from it: those of a new value against the others."""
    count = len(values)
    if count < 2:
        return []
    mean = sum(values) / count
    return [(one - mean) * count / (count - 1) for one in values]
