"""Statistics of one period from its bins: those of the values, and errors that hold."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.drift.binning import NumberBins, fit_edges
from pipeline.drift.number_profile import TAIL, NumberProfile, Statistic, number_profile

RNG = np.random.default_rng(11)


def profile(values: np.ndarray, edges: list[float] | None = None, is_quasi: bool = False) -> NumberProfile:
    bins = NumberBins(fit_edges(values, 20) if edges is None else edges, is_quasi)
    bins.add(values)
    return number_profile(bins.rows())


def tail_share(values: np.ndarray) -> float:
    ordered = np.sort(values)[::-1]
    return float(ordered[: round(TAIL * values.size)].sum() / values.sum())


@given(
    st.lists(st.floats(0.01, 1e6).map(lambda one: round(one, 2)), min_size=100, max_size=300).map(np.array)
)
def test_mean_and_spread_are_those_of_the_values(values: np.ndarray) -> None:
    one = profile(values)
    assert one.mean.value == pytest.approx(values.mean(), rel=1e-6)
    assert one.variance == pytest.approx(values.var(), rel=1e-3, abs=1e-3)
    assert 0 <= one.tail_share.value <= 1


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5])
def test_the_tail_is_what_the_top_hundredth_carries(sigma: float) -> None:
    values = RNG.lognormal(3, sigma, 50_000)
    assert profile(values).tail_share.value == pytest.approx(tail_share(values), rel=0.02)


def test_a_tail_that_grew_is_seen_in_the_bins_of_before() -> None:
    before = RNG.lognormal(3, 1, 50_000)
    edges = fit_edges(before, 20)
    now = np.where(before >= np.quantile(before, 0.99), 3 * before, before)
    grown = profile(now, edges).tail_share.value - profile(before, edges).tail_share.value
    assert grown == pytest.approx(tail_share(now) - tail_share(before), abs=0.01)


def test_sums_that_are_hidden_are_said_to_be() -> None:
    assert profile(np.arange(100.0)).are_sums_known
    assert not profile(np.array([50.0] * 12 + [900.0] * 3), [100.0], is_quasi=True).are_sums_known


def test_a_constant_has_no_spread() -> None:
    assert profile(np.full(200, 7.0)).log_spread(is_relative=False) is None


@pytest.mark.parametrize(
    "statistic",
    [
        lambda one: one.mean,
        lambda one: one.tail_share,
        lambda one: one.log_spread(is_relative=False),
        lambda one: one.log_spread(is_relative=True),
    ],
    ids=["mean", "tail", "spread", "variation"],
)
def test_standard_errors_are_the_spread_over_samples(statistic: Callable[[NumberProfile], Statistic]) -> None:
    edges = fit_edges(RNG.lognormal(3, 0.6, 5000), 20)
    found = [statistic(profile(RNG.lognormal(3, 0.6, 2000), edges)) for _ in range(300)]
    spread = np.std([one.value for one in found])
    assert np.median([one.error for one in found]) == pytest.approx(spread, rel=0.25)


def test_a_spread_in_shares_of_the_mean_stays_when_all_have_more() -> None:
    values = RNG.lognormal(3, 0.6, 5000)
    edges = fit_edges(values, 20)
    then, here = (profile(one, edges).log_spread(is_relative=True) for one in (values, 1.3 * values))
    assert then is not None
    assert here is not None
    assert here.value == pytest.approx(then.value, abs=1e-6)
