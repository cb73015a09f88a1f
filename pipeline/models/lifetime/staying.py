"""Gamma-Poisson: orders of customers who stay, what the other models become where nobody leaves.

Belongs here: fit, expectation, silence. Does not belong here: who leaves (the other models).

Source: Ehrenberg, "The pattern of consumer purchases", Applied Statistics 8 (1959). Orders of a customer come
at random at a rate of its own, rates are gamma (shape, rate) over customers: of x orders in T days the
likelihood is Γ(shape + x)/Γ(shape) · rate^shape / (rate + T)^(shape + x), beside what no parameter changes.
"""

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats
from pipeline.models.lifetime.histories import Histories
from pipeline.models.lifetime.likelihood import maximise
from pipeline.models.lifetime.model import Parameters

NAMES = ("shape", "rate")


def fit(histories: Histories) -> Fit:
    """By maximum likelihood; ``histories`` are known."""
    from scipy.special import gammaln, psi

    x, age = histories.frequency, histories.age

    def log_likelihood(values: Floats) -> tuple[float, Floats]:
        shape, rate = values
        span = np.log(rate + age)
        value = gammaln(shape + x) - gammaln(shape) + shape * np.log(rate) - (shape + x) * span
        by_shape = psi(shape + x) - psi(shape) + np.log(rate) - span
        by_rate = shape / rate - (shape + x) / (rate + age)
        return float(value.sum()), np.array([by_shape.sum(), by_rate.sum()])

    mean = max(float(x.sum()), 1.0) / max(float(age.sum()), 1.0)
    starts = [(shape, shape / mean) for shape in (0.3, 1.0, 3.0)]
    return maximise(NAMES, log_likelihood, starts, float(len(x)))


def expected(parameters: Parameters, histories: Histories, days: float) -> Floats:
    """Orders within the next ``days``."""
    found: Floats = days * (parameters["shape"] + histories.frequency) / (parameters["rate"] + histories.age)
    return found


def silence(parameters: Parameters, histories: Histories, days: float) -> Floats:
    """Probability of no order within the next ``days``."""
    shape, rate = parameters["shape"] + histories.frequency, parameters["rate"] + histories.age
    found: Floats = np.exp(-shape * np.log1p(days / rate))
    return found
