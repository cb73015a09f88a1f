"""What was observed of a trait, and what is then known of it.

Belongs here: the words that all kinds of traits share, and the search for a prior. Does not belong here: any
distribution.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.fitting import Fit, Gate, at_least
from pipeline.models.frame import Flags, Floats

#: Least and greatest spread of a prior, as the number of observations it is worth: beyond these everybody is
#: alike, or nobody like another, as far as any customer's observations can tell.
WORTH = (1e-3, 1e6)
#: Digits of exposures that customers are grouped by in a fit: a thousandth of a window tells nothing.
DIGITS = 3
#: First steps of a search, in logarithms (or log odds) of parameters.
STEP = 0.5


@dataclass(frozen=True)
class Observed:
    """Sums of each customer's observations.

    ``total``: events, successes, or the sum of values. ``exposure``: days, trials, or how many values.
    ``squares``: the sum of the values' squares (levels only). NaN is unknown, as if nothing were observed.
    """

    total: Floats
    exposure: Floats
    squares: Floats | None = None

    def __len__(self) -> int:
        return len(self.total)

    @property
    def is_seen(self) -> Flags:
        """Where anything was observed."""
        return ~np.isnan(self.total) & (np.nan_to_num(self.exposure) > 0)

    def filled(self) -> "Observed":
        """The same with nothing observed in place of the unknown."""
        seen = self.is_seen
        squares = None if self.squares is None else np.where(seen, self.squares, 0.0)
        return Observed(np.where(seen, self.total, 0.0), np.where(seen, self.exposure, 0.0), squares)

    def taken(self, flags: Flags) -> "Observed":
        """The customers where ``flags`` holds."""
        squares = None if self.squares is None else self.squares[flags]
        return Observed(self.total[flags], self.exposure[flags], squares)


@dataclass(frozen=True)
class Posterior:
    """What is known of a trait: its mean, its standard deviation, and the evidence share, 0-1.

    ``usual`` is the mean of the prior.
    """

    mean: Floats
    spread: Floats
    evidence_share: Floats
    usual: float

    def anew(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of ``mean`` if the customer were observed anew for as long.

        With the evidence share w the mean is w y + (1 - w) m of what was seen, y, and what is usual, m; what
        will be seen has the mean ``mean``, and in all conjugate models the posterior mean after it a variance
        of w (1 + w) times the posterior variance (Raiffa and Schlaifer, 1961: preposterior analysis).
        """
        share = self.evidence_share
        return self.usual + share * (self.mean - self.usual), self.spread * np.sqrt(share * (1 + share))


def grouped(*columns: Floats) -> tuple[list[Floats], Floats]:
    """Distinct rows of ``columns`` to ``DIGITS`` significant digits, and how often each stands there."""
    rows, counts = np.unique(np.stack([_digits(one) for one in columns]), axis=1, return_counts=True)
    return list(rows), counts.astype(np.float64)


def _digits(values: Floats) -> Floats:
    size = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.maximum(np.abs(values), 1e-300))))
    whole = np.abs(values) < 10.0**DIGITS
    exact = whole & (values == np.round(values))
    return np.asarray(np.where(exact | (values == 0), values, np.round(values * size) / size), np.float64)


def found(
    likelihood: Callable[[Sequence[float]], float],
    start: Sequence[float],
    bounds: Sequence[tuple[float, float]],
    customers: int,
    fewest: int,
) -> tuple[list[float] | None, tuple[Gate, ...]]:
    """Where ``likelihood`` is greatest within ``bounds`` (simplex: Nelder and Mead, 1965), and the gates.

    Nothing is searched with fewer than ``fewest`` customers. Deterministic: one start, no chance.
    """
    enough = at_least("customers_observed", customers, fewest)
    if not enough.passed:
        return None, (enough,)
    from scipy.optimize import minimize  # a third of a second to load: only a fit pays for it

    inside = [min(max(one, low), high) for one, (low, high) in zip(start, bounds, strict=True)]
    # Steps of one size in all directions: those that scipy makes of a start at 0 are next to none, and so
    # thin a simplex may never arrive.
    first = np.array([inside, *(np.array(inside) + STEP * one for one in np.eye(len(inside)))])
    first = np.where(first > [high for _, high in bounds], first - 2 * STEP, first)
    result = minimize(
        lambda point: -likelihood(point),
        inside,
        method="Nelder-Mead",
        bounds=bounds,
        options={
            "initial_simplex": first,
            "xatol": 1e-6,
            "fatol": 1e-9 * max(1, customers),
            "maxiter": 2000,
            "maxfev": 4000,
        },
    )
    converged = at_least("converged", float(result.success and np.isfinite(result.fun)), 1)
    return [float(one) for one in result.x], (enough, converged)


def fitted(parameters: dict[str, float], gates: tuple[Gate, ...], customers: int) -> Fit:
    """The fit of a prior; none where a gate failed."""
    passed = all(one.passed for one in gates)
    return Fit(dict(parameters) if passed else None, gates, customers)


def bins(below: Sequence[Floats]) -> Floats:
    """Probability of each bin (bins x customers), low to high, from that of lying below each border."""
    size = len(below[0])
    edges = np.stack([np.zeros(size), *below, np.ones(size)])
    return np.asarray(np.clip(np.diff(edges, axis=0), 0.0, 1.0), np.float64)
