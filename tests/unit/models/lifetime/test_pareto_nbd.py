"""Pareto/NBD: sums at few nodes are as good as adaptive quadrature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from pipeline.models.lifetime import pareto_nbd
from pipeline.models.lifetime.histories import Histories, counted

shapes, times = st.floats(0.05, 20), st.floats(0.2, 300)
histories = st.tuples(st.integers(0, 400), st.floats(0.01, 0.99), st.floats(0.5, 150)).map(
    lambda one: (float(one[0]), one[1] * one[2] * (one[0] > 0), one[2])
)


def one(history):
    return Histories(*(np.array([value]) for value in history))


@settings(max_examples=150, deadline=None)
@given(st.tuples(shapes, times, shapes, times), histories)
def test_the_probability_alive_is_the_integral(parameters, history):
    r, alpha, s, beta = parameters
    x, recency, age = history

    def gone_at(share):
        moment = recency + (age - recency) * share
        logs = s * np.log((beta + age) / (beta + moment)) + (r + x) * np.log((alpha + age) / (alpha + moment))
        return np.exp(np.log(s / (beta + moment)) + logs - most)

    # The integrand falls from its start, where it may be beyond what a float holds.
    most = s * np.log((beta + age) / (beta + recency)) + (r + x) * np.log((alpha + age) / (alpha + recency))
    quick = min(1.0, 30 * min(alpha + recency, beta + recency) / ((r + x + s) * (age - recency)))
    integral = quad(gone_at, 0, quick, epsrel=1e-11)[0] + quad(gone_at, quick, 1, epsrel=1e-11)[0]
    log_odds = most + np.log(integral * (age - recency))
    found = pareto_nbd.alive(np.array(parameters), one(history))[0]
    assert found == pytest.approx(1 / (1 + np.exp(min(log_odds, 700))), abs=1e-8)


@settings(max_examples=60, deadline=None)
@given(st.tuples(shapes, times, shapes, times), histories)
def test_the_gradient_is_the_likelihoods(parameters, history):
    parameters, data = np.array(parameters), counted(one(history))
    _, gradient = pareto_nbd.log_likelihood(parameters, data)
    for position in range(4):
        step = np.zeros(4)
        step[position] = 1e-5 * parameters[position]
        up, down = (pareto_nbd.log_likelihood(parameters + sign * step, data)[0] for sign in (1, -1))
        slope = (up - down) / (2 * step[position])
        assert gradient[position] == pytest.approx(slope, rel=1e-4, abs=1e-4 * max(1, abs(up)))


@pytest.mark.parametrize("s", [0.4, 1.0, 3.0])
@pytest.mark.parametrize("history", [(0.0, 0.0, 1.0), (3.0, 20.0, 30.0), (200.0, 90.0, 91.0)], ids=str)
def test_the_law_of_orders_has_the_published_mean(s, history):
    parameters, horizon = np.array([0.55, 10.0, s, 11.0]), 40.0
    mean = pareto_nbd.expected(parameters, one(history), horizon)[0]
    orders = np.arange(1.0, 2000.0)
    everyone = Histories(*(np.full(len(orders), value) for value in history))
    law = pareto_nbd.at_least(parameters, everyone, horizon, orders)
    assert (np.diff(law) <= 1e-12).all()
    assert law.sum() == pytest.approx(mean, rel=1e-6)
