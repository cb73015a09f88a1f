"""Rates: events over time. Each customer's events are Poisson, rates are gamma over customers.

Belongs here: the gamma-Poisson model (Greenwood and Yule, 1920; in marketing Ehrenberg, 1959). With the prior
gamma(shape a, rate b), k events in t days give the posterior gamma(a + k, b + t): mean (a + k) / (b + t),
evidence t / (b + t); the next h days hold a negative binomial number of events. ``total`` is events,
``exposure`` days.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats
from pipeline.models.traits.observed import WORTH, Observed, Posterior, bins, fitted, found, grouped

Parameters = dict[str, float]


def fit(observed: Observed, fewest: int) -> Fit:
    """The prior of rates by greatest marginal likelihood: ``shape`` and ``rate`` (days)."""
    from scipy.special import gammaln

    seen = observed.taken(observed.is_seen)
    (counts, days), weights = grouped(seen.total, seen.exposure)
    mean = max(float(seen.total.sum() / max(seen.exposure.sum(), 1e-9)), 1e-9)

    def likelihood(point: Sequence[float]) -> float:
        shape, rate = np.exp(point[1]), np.exp(point[1] - point[0])
        one = gammaln(shape + counts) - gammaln(shape) - gammaln(counts + 1)
        one += shape * np.log(rate / (rate + days)) + counts * np.log(days / (rate + days))
        return float((weights * one).sum())

    bounds = [(float(np.log(mean)) - 5, float(np.log(mean)) + 5), tuple(np.log(WORTH).tolist())]
    place, gates = found(likelihood, [np.log(mean), 0.0], bounds, len(seen), fewest)
    prior = (
        {}
        if place is None
        else {"shape": float(np.exp(place[1])), "rate": float(np.exp(place[1] - place[0]))}
    )
    return fitted(prior, gates, len(seen))


def posterior(prior: Parameters, observed: Observed) -> Posterior:
    """The rate per day of each customer; that of the prior where nothing was observed."""
    known = observed.filled()
    shape, rate = prior["shape"] + known.total, prior["rate"] + known.exposure
    return Posterior(
        shape / rate, np.sqrt(shape) / rate, known.exposure / rate, prior["shape"] / prior["rate"]
    )


def posterior_gap(prior: Parameters, observed: Observed) -> Posterior:
    """The mean time between events, 1 over the rate, of each customer: so many events after so many days.

    Gaps scatter by their own size, so that not days tell how well one is known but events: the evidence share
    k / (a + k) is by what share the squared spread of the rate, relative to its size, shrinks.
    """
    known = observed.filled()
    shape = prior["shape"] + known.total
    gap = (prior["rate"] + known.exposure) / shape
    return Posterior(gap, gap / np.sqrt(shape), known.total / shape, prior["rate"] / prior["shape"])


def next_draw(prior: Parameters, observed: Observed, ahead: float, level: float) -> tuple[Floats, Floats]:
    """Least and greatest number of events in the next ``ahead`` days, with ``level`` or a little more."""
    from scipy.stats import nbinom

    known = observed.filled()
    shape, rate = prior["shape"] + known.total, prior["rate"] + known.exposure
    low, high = ((1 - level) / 2, (1 + level) / 2)
    chance = rate / (rate + ahead)
    return nbinom.ppf(low, shape, chance), nbinom.ppf(high, shape, chance)


def anew(prior: Parameters, observed: Observed, borders: Sequence[float]) -> Floats:
    """Probability that the posterior mean would lie in each bin between ``borders`` (rates per day,
    rising) if the customer were observed anew for as long: bins x customers."""
    from scipy.special import betainc

    known = observed.filled()
    shape, rate = prior["shape"] + known.total, prior["rate"] + known.exposure
    chance = rate / (rate + np.maximum(known.exposure, 1e-9))
    below = []
    for border in borders:
        # (a + k') / (b + t) < border: the greatest such k'
        most = np.ceil(border * rate - prior["shape"]) - 1
        below.append(np.where(most < 0, 0.0, betainc(shape, np.maximum(most, 0) + 1, chance)))
    return bins(below)
