"""Shares: some of so many. Each customer's successes are binomial, shares are beta over customers.

Belongs here: the beta-binomial model (Skellam, 1948). With the prior beta(a, b), k of n give the posterior
beta(a + k, b + n - k): mean (a + k) / (a + b + n), evidence n / (a + b + n); the next m hold a beta-binomial
number. ``total`` is successes, ``exposure`` trials.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats
from pipeline.models.normal import normal_below
from pipeline.models.traits.observed import WORTH, Observed, Posterior, bins, fitted, found, grouped

Parameters = dict[str, float]
#: Up to so many trials the chances of each number of successes are added up; beyond, the normal distribution
#: with the same mean and variance is within a hundredth of it for shares from .05 to .95.
EXACT_TRIALS = 200


def fit(observed: Observed, fewest: int) -> Fit:
    """The prior of shares by greatest marginal likelihood: ``successes`` and ``failures`` it is worth."""
    from scipy.special import betaln

    seen = observed.taken(observed.is_seen)
    (hits, trials), weights = grouped(seen.total, seen.exposure)
    trials = np.maximum(trials, hits)
    mean = float(np.clip(seen.total.sum() / max(seen.exposure.sum(), 1e-9), 1e-6, 1 - 1e-6))

    def likelihood(point: Sequence[float]) -> float:
        share, worth = 1 / (1 + np.exp(-point[0])), np.exp(point[1])
        ours, others = share * worth, (1 - share) * worth
        return float((weights * (betaln(ours + hits, others + trials - hits) - betaln(ours, others))).sum())

    odds = float(np.log(mean / (1 - mean)))
    bounds = [(odds - 5, odds + 5), tuple(np.log(WORTH).tolist())]
    place, gates = found(likelihood, [odds, 1.0], bounds, len(seen), fewest)
    if place is None:
        return fitted({}, gates, len(seen))
    share, worth = 1 / (1 + np.exp(-place[0])), np.exp(place[1])
    return fitted(
        {"successes": float(share * worth), "failures": float((1 - share) * worth)}, gates, len(seen)
    )


def posterior(prior: Parameters, observed: Observed) -> Posterior:
    """The share of each customer; that of the prior where nothing was observed."""
    ours, others, known = _updated(prior, observed)
    worth = ours + others
    mean = ours / worth
    usual = prior["successes"] / (prior["successes"] + prior["failures"])
    return Posterior(mean, np.sqrt(mean * (1 - mean) / (worth + 1)), known.exposure / worth, usual)


def next_draw(prior: Parameters, observed: Observed, ahead: float, level: float) -> tuple[Floats, Floats]:
    """Least and greatest number of successes in the next ``ahead`` trials, with ``level`` or more."""
    ours, others, _ = _updated(prior, observed)
    trials = np.full(len(ours), round(ahead), np.float64)
    ends = []
    for chance in ((1 - level) / 2, (1 + level) / 2):
        # the least number that has at least this chance below or at it
        least, most = np.full(len(ours), -1.0), trials.copy()
        while (wide := most - least > 1).any():
            middle = np.floor((least + most) / 2)
            reached = _at_most(middle, ours, others, trials) >= chance
            most = np.where(wide & reached, middle, most)
            least = np.where(wide & ~reached, middle, least)
        ends.append(most)
    return ends[0], ends[1]


def anew(prior: Parameters, observed: Observed, borders: Sequence[float]) -> Floats:
    """Probability that the posterior mean would lie in each bin between ``borders`` (rising) if the customer
    were observed anew as often: bins x customers."""
    ours, others, known = _updated(prior, observed)
    worth = ours + others
    # (a + k') / (a + b + n) < border: the greatest such k'
    most = [np.ceil(border * worth - prior["successes"]) - 1 for border in borders]
    trials = np.round(known.exposure)
    rows = np.stack([ours, others, trials, *most])
    distinct, back = np.unique(rows, axis=1, return_inverse=True)
    return bins([_at_most(one, *distinct[:3])[back.ravel()] for one in distinct[3:]])


def _updated(prior: Parameters, observed: Observed) -> tuple[Floats, Floats, Observed]:
    known = observed.filled()
    return prior["successes"] + known.total, prior["failures"] + known.exposure - known.total, known


def _at_most(most: Floats, ours: Floats, others: Floats, trials: Floats) -> Floats:
    """Probability of at most ``most`` successes of ``trials``, if shares are beta(``ours``, ``others``)."""
    from scipy.special import betaln, gammaln

    share = ours / (ours + others)
    worth = ours + others
    spread = np.sqrt(trials * share * (1 - share) * (worth + trials) / (worth + 1))
    found = normal_below((most + 0.5 - trials * share) / np.maximum(spread, 1e-9))
    exact = trials <= EXACT_TRIALS
    total = np.zeros(int(exact.sum()))
    a, b, n, k = ours[exact], others[exact], trials[exact], most[exact]
    for hits in range(int(n.max()) + 1 if len(n) else 0):
        wanted = (hits <= k) & (hits <= n)
        m = n[wanted]
        ways = gammaln(m + 1) - gammaln(hits + 1) - gammaln(m - hits + 1)
        total[wanted] += np.exp(
            ways + betaln(a[wanted] + hits, b[wanted] + m - hits) - betaln(a[wanted], b[wanted])
        )
    found[exact] = np.minimum(total, 1.0)
    return np.asarray(np.where(most >= trials, 1.0, np.where(most < 0, 0.0, found)), np.float64)
