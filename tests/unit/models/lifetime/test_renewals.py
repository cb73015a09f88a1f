"""BG/NBD and MBG/CNBD-k: the likelihood is that of the story, and the story's parameters are found again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import gamma

from pipeline.models.lifetime.histories import Histories, counted
from pipeline.models.lifetime.renewals import Renewals

positive = st.floats(0.05, 20)
histories = st.tuples(st.integers(0, 30), st.floats(0.01, 0.99), st.floats(1, 100)).map(
    lambda one: (float(one[0]), one[1] * one[2] * (one[0] > 0), one[2])
)


def one(history):
    return counted(Histories(*(np.array([value]) for value in history)))


@settings(max_examples=60, deadline=None)
@given(st.tuples(positive, positive, positive, positive), histories, st.integers(1, 4), st.booleans())
def test_the_gradient_is_the_likelihoods(parameters, history, k, may_leave_at_once):
    renewals, data = Renewals(k, may_leave_at_once), one(history)
    parameters = np.array(parameters)
    _, gradient = renewals.log_likelihood(parameters, data)
    for position in range(4):
        step = np.zeros(4)
        step[position] = 1e-5 * parameters[position]
        up, down = (renewals.log_likelihood(parameters + sign * step, data)[0] for sign in (1, -1))
        slope = (up - down) / (2 * step[position])
        assert gradient[position] == pytest.approx(slope, rel=1e-4, abs=1e-4 * max(1, abs(up)))


@pytest.mark.parametrize("may_leave_at_once", [False, True], ids=["BG", "MBG"])
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("history", [(0.0, 0.0, 6.0), (1.0, 2.0, 6.0), (4.0, 5.0, 6.0)], ids=str)
def test_the_likelihood_is_the_storys_averaged_over_customers(history, k, may_leave_at_once):
    """λ and p by numerical integration: Erlang densities, then no order since the last, or gone."""
    r, alpha, a, b = 0.7, 2.0, 1.2, 2.5
    x, recency, age = history
    could = x + may_leave_at_once

    def of_rate(rate, is_alive):
        # Density of kx phases in the recency but for what depends on k alone; then fewer than k phases.
        value = rate ** (k * x) * np.exp(-rate * recency) * gamma.pdf(rate, r, scale=1 / alpha)
        return value * gamma.sf(age - recency, k, scale=1 / rate) if is_alive else value

    def mean(is_alive):
        return quad(of_rate, 0, 1, is_alive)[0] + quad(of_rate, 1, np.inf, is_alive)[0]

    def beta_mean(left, stayed):
        return np.exp(
            gammaln(a + left) + gammaln(b + stayed) - gammaln(a + b + left + stayed)
            - gammaln(a) - gammaln(b) + gammaln(a + b)
        )  # fmt: skip

    is_there = mean(True) * beta_mean(0, could)
    is_gone = mean(False) * beta_mean(1, could - 1) if could else 0.0
    renewals = Renewals(k, may_leave_at_once)
    parameters = np.array([r, alpha, a, b])
    value, _ = renewals.log_likelihood(parameters, one(history))
    assert value == pytest.approx(np.log(is_there + is_gone), rel=1e-6)
    alive = renewals.alive(parameters, one(history).histories)
    assert alive[0] == pytest.approx(is_there / (is_there + is_gone), rel=1e-6)
