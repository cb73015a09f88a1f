"""Levels: values that scatter round a customer's own middle; middles are normal over customers.

Belongs here: the normal model with known scatter (empirical Bayes: Efron and Morris, 1973). With the prior
normal(m, t²) and values of variance s², n of mean y give the posterior mean w y + (1 - w) m with the evidence
w = n t² / (n t² + s²). ``total`` is the sum of values, ``exposure`` how many, ``squares`` the sum of
squares, if known.

The scatter is one for all customers: for values that scatter more where they are larger, take their
logarithm, or a model of amounts (``lifetime``). Where the squares are not known, the scatter is read off how
much less means differ the more values they are made of: var(y) = t² + s²/n (Bühlmann and Straub, 1970). That
also holds where values come in bunches (lines of an order), as it counts what a value really tells.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.models.fitting import Fit, Gate, at_least
from pipeline.models.frame import Floats
from pipeline.models.normal import normal_below
from pipeline.models.parameters import DECIMALS
from pipeline.models.traits.observed import Observed, Posterior, bins, fitted, found

Parameters = dict[str, float]
#: Twice a log-likelihood ratio below this is met by chance once in 20 times (Wilks, 1938; one parameter).
LIKELIHOOD_RATIO = 3.841


def fit(observed: Observed, fewest: int) -> Fit:
    """The prior of levels: ``mean``, ``variance`` between customers and ``scatter`` (variance) within.

    The scatter is pooled over customers with two values or more; without ``fewest`` of them nothing is known
    of it, and the fit fails. Without ``squares`` it is found with the variance; the fit then fails, too,
    where the data do not show that means of fewer values differ more: so where everybody gave as many
    values. Where they do not show that customers differ at all, the variance is next to nothing, and so is
    what any number of values tells of a customer.
    """
    seen = observed.taken(observed.is_seen)
    repeated = at_least("customers_with_two_values", int((seen.exposure > 1).sum()), fewest)
    if not repeated.passed:
        return fitted({}, (repeated,), len(seen))
    means = seen.total / seen.exposure
    if seen.squares is None:
        return _by_counts(means, seen.exposure, repeated, fewest)
    n = seen.exposure
    within = np.maximum(seen.squares - seen.total * means, 0.0)
    total = float(means.var())
    scatter = max(float(within.sum() / (n - 1)[n > 1].sum()), 1e-12)
    # A thousandth of the scatter, or of all variance, is as good as none: nobody differs.
    least = 1e-3 * max(min(scatter, total), 1e-12)

    def likelihood(point: Sequence[float]) -> float:
        return _likelihood(means, np.exp(point[0]) + scatter / n)

    bounds = [(float(np.log(least)), float(np.log(max(total, least) * 10)))]
    place, gates = found(likelihood, [float(np.log(max(total, least)))], bounds, len(seen), fewest)
    if place is None:
        return fitted({}, (repeated, *gates), len(seen))
    prior = _prior(means, n, float(np.exp(place[0])), scatter)
    return fitted(prior, (repeated, *gates), len(seen))


def _by_counts(means: Floats, n: Floats, repeated: Gate, fewest: int) -> Fit:
    """The prior with the scatter that the means at each count show."""
    total = float(means.var())
    varied = at_least("distinct_means", len(np.unique(np.round(means, DECIMALS))), 2)
    if not varied.passed:
        return fitted({}, (repeated, varied), len(means))

    def likelihood(point: Sequence[float]) -> float:
        return _likelihood(means, np.exp(point[0]) + np.exp(point[1]) / n)

    # To ten times all variance, from a ten-thousandth of it, which is as good as none: for means of as many
    # values as are usual, or of one.
    low, high = float(np.log(total * 1e-4)), float(np.log(total * 10))
    usual = float(np.log(np.median(n)))
    start = [float(np.log(total / 2)), float(np.log(total / 2)) + usual]
    place, gates = found(likelihood, start, [(low, high), (low, high + usual)], len(means), fewest)
    if place is None:
        return fitted({}, (repeated, *gates), len(means))
    best = likelihood(place)
    without_scatter = _likelihood(means, np.full(len(means), total))
    shown = at_least("scatter_shown", round(2 * (best - without_scatter), 6), LIKELIHOOD_RATIO)
    prior = _prior(means, n, float(np.exp(place[0])), float(np.exp(place[1])))
    return fitted(prior, (repeated, *gates, shown), len(means))


def _likelihood(means: Floats, variances: Floats) -> float:
    mean = (means / variances).sum() / (1 / variances).sum()
    return float(-0.5 * (np.log(variances) + (means - mean) ** 2 / variances).sum())


def _prior(means: Floats, n: Floats, variance: float, scatter: float) -> Parameters:
    weights = 1 / (variance + scatter / n)
    return {"mean": float((weights * means).sum() / weights.sum()), "variance": variance, "scatter": scatter}


def posterior(prior: Parameters, observed: Observed) -> Posterior:
    """The level of each customer; that of the prior where nothing was observed."""
    known = observed.filled()
    weight = known.exposure * prior["variance"] / (known.exposure * prior["variance"] + prior["scatter"])
    means = np.divide(known.total, known.exposure, out=np.zeros(len(known)), where=known.exposure > 0)
    mean = weight * means + (1 - weight) * prior["mean"]
    return Posterior(mean, np.sqrt(prior["variance"] * (1 - weight)), weight, prior["mean"])


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
