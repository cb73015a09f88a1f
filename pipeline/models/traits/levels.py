"""Levels: values that scatter round a customer's own middle; middles are normal over customers.

Belongs here: the normal model with known scatter (empirical Bayes: Efron and Morris, 1973). With the prior
normal(m, t²) and values of variance s², n of mean y give the posterior mean w y + (1 - w) m with the evidence
w = n t² / (n t² + s²). ``total`` is the sum of values, ``exposure`` how many, ``squares`` the sum of squares.

The scatter is one for all customers: for values that scatter more where they are larger, take their
logarithm, or a model of amounts (``lifetime``).
"""

from collections.abc import Sequence

import numpy as np

from pipeline.models.fitting import Fit, at_least
from pipeline.models.frame import Floats
from pipeline.models.normal import normal_below
from pipeline.models.traits.observed import Observed, Posterior, bins, fitted, found

Parameters = dict[str, float]


def fit(observed: Observed, fewest: int) -> Fit:
    """The prior of levels: ``mean``, ``variance`` between customers and ``scatter`` (variance) within.

    The scatter is pooled over customers with two values or more; without ``fewest`` of them nothing is known
    of it, and the fit fails.
    """
    seen = observed.taken(observed.is_seen)
    if seen.squares is None:
        raise ValueError("levels need the sum of squares of the values")
    n, means = seen.exposure, seen.total / seen.exposure
    within = np.maximum(seen.squares - seen.total * means, 0.0)
    repeated = at_least("customers_with_two_values", int((n > 1).sum()), fewest)
    if not repeated.passed:
        return fitted({}, (repeated,), len(seen))
    total = float(means.var())
    scatter = max(float(within.sum() / (n - 1)[n > 1].sum()), 1e-12)
    # A thousandth of the scatter, or of all variance, is as good as none: nobody differs.
    least = 1e-3 * max(min(scatter, total), 1e-12)

    def likelihood(point: Sequence[float]) -> float:
        variances = np.exp(point[0]) + scatter / n
        mean = (means / variances).sum() / (1 / variances).sum()
        return float(-0.5 * (np.log(variances) + (means - mean) ** 2 / variances).sum())

    bounds = [(float(np.log(least)), float(np.log(max(total, least) * 10)))]
    place, gates = found(likelihood, [float(np.log(max(total, least)))], bounds, len(seen), fewest)
    if place is None:
        return fitted({}, (repeated, *gates), len(seen))
    variance = float(np.exp(place[0]))
    weights = 1 / (variance + scatter / n)
    prior = {"mean": float((weights * means).sum() / weights.sum()), "variance": variance, "scatter": scatter}
    return fitted(prior, (repeated, *gates), len(seen))


def posterior(prior: Parameters, observed: Observed) -> Posterior:
    """The level of each customer; that of the prior where nothing was observed."""
    known = observed.filled()
    weight = known.exposure * prior["variance"] / (known.exposure * prior["variance"] + prior["scatter"])
    means = np.divide(known.total, known.exposure, out=np.zeros(len(known)), where=known.exposure > 0)
    mean = weight * means + (1 - weight) * prior["mean"]
    return Posterior(mean, np.sqrt(prior["variance"] * (1 - weight)), weight)


def next_draw(prior: Parameters, observed: Observed, ahead: float, level: float) -> tuple[Floats, Floats]:
    """Least and greatest mean of the next ``ahead`` values, with probability ``level``."""
    from scipy.special import ndtri

    known = posterior(prior, observed)
    half = ndtri((1 + level) / 2) * np.sqrt(known.spread**2 + prior["scatter"] / ahead)
    return known.mean - half, known.mean + half


def anew(prior: Parameters, observed: Observed, borders: Sequence[float]) -> Floats:
    """Probability that the posterior mean would lie in each bin between ``borders`` (rising) if the customer
    were observed anew as often: bins x customers."""
    known = posterior(prior, observed)
    often = np.maximum(observed.filled().exposure, 1e-9)
    weight = known.evidence_share
    middle = weight * known.mean + (1 - weight) * prior["mean"]
    spread = weight * np.sqrt(known.spread**2 + prior["scatter"] / often)
    return bins([normal_below((one - middle) / np.maximum(spread, 1e-12)) for one in borders])
