"""Beta-binomial: periods with an order of customers who stay, what ``bg_bb`` becomes where nobody leaves.

Belongs here: fit, expectation, silence. Does not belong here: who leaves (``bg_bb``).

Source: Chatfield and Goodhardt, "The beta-binomial model for consumer purchasing behaviour", Applied
Statistics 19 (1970). A customer orders, or uses, in each period with a probability of its own, which is beta
(alpha, beta) over customers: of x such periods of n the likelihood is B(α + x, β + n − x) / B(α, β), beside
what no parameter changes.
"""

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats
from pipeline.models.lifetime.histories import Histories
from pipeline.models.lifetime.likelihood import maximise
from pipeline.models.lifetime.model import Parameters

NAMES = ("alpha", "beta")
_STARTS = ((0.5, 0.5), (1.0, 1.0), (3.0, 1.0), (1.0, 3.0))


def fit(histories: Histories) -> Fit:
    """By maximum likelihood; ``histories`` are known."""
    from scipy.special import betaln, psi

    x, n = histories.frequency, histories.age

    def log_likelihood(values: Floats) -> tuple[float, Floats]:
        alpha, beta = values
        value = betaln(alpha + x, beta + n - x) - betaln(alpha, beta)
        both = psi(alpha + beta) - psi(alpha + beta + n)
        by_alpha, by_beta = psi(alpha + x) - psi(alpha) + both, psi(beta + n - x) - psi(beta) + both
        return float(value.sum()), np.array([by_alpha.sum(), by_beta.sum()])

    return maximise(NAMES, log_likelihood, _STARTS, float(len(x)))


def expected(parameters: Parameters, histories: Histories, periods: float) -> Floats:
    """Periods with an order among the next ``periods``."""
    alpha, beta = parameters["alpha"], parameters["beta"]
    found: Floats = periods * (alpha + histories.frequency) / (alpha + beta + histories.age)
    return found


def silence(parameters: Parameters, histories: Histories, periods: float) -> Floats:
    """Probability of no order in any of the next ``periods``."""
    from scipy.special import betaln

    a = parameters["alpha"] + histories.frequency
    b = parameters["beta"] + histories.age - histories.frequency
    return np.asarray(np.exp(betaln(a, b + periods) - betaln(a, b)))
