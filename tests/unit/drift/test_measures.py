"""Measures on bins agree with the same measures on the values."""

import numpy as np
import pytest
from scipy import stats

from pipeline.drift import measures
from pipeline.drift.binning import NumberBins, fit_edges

RNG = np.random.default_rng(7)
BEFORE = np.round(RNG.lognormal(3, 0.8, 4000), 6)
NOW = np.round(RNG.lognormal(3.1, 0.8, 5000), 6)


def _binned(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    bins = NumberBins(fit_edges(BEFORE, 20), False)
    bins.add(values)
    rows = bins.rows()[:-1]
    counts = np.array([row["bin_count"] for row in rows], float)
    return counts, np.array([row["bin_sum"] for row in rows]) / np.maximum(counts, 1)


def test_kolmogorov_smirnov_is_a_little_below_that_of_the_values() -> None:
    exact = stats.ks_2samp(BEFORE, NOW)
    found = measures.kolmogorov_smirnov(_binned(BEFORE)[0], _binned(NOW)[0])
    assert exact.statistic - 0.02 < found.value <= exact.statistic
    assert found.p_value >= exact.pvalue


def test_wasserstein_is_that_of_the_values() -> None:
    before, now = _binned(BEFORE), _binned(NOW)
    exact = stats.wasserstein_distance(BEFORE, NOW)
    assert measures.wasserstein(*before, *now) == pytest.approx(exact, rel=0.06)


def test_distributions_are_those_of_scipy() -> None:
    """Which loads a second for them: here are its special functions alone."""
    before, now = _binned(BEFORE), _binned(NOW)
    filled = before[0] > 0, now[0] > 0
    exact = stats.wasserstein_distance(
        before[1][filled[0]], now[1][filled[1]], before[0][filled[0]], now[0][filled[1]]
    )
    assert measures.wasserstein(*before, *now) == pytest.approx(exact)
    found = measures.kolmogorov_smirnov(before[0], now[0])
    assert found.statistic is not None
    assert found.p_value == pytest.approx(stats.kstwobign.sf(np.sqrt(found.statistic * np.pi**2 / 12)))
    past = [1.0, 2.0, 3.0, 2.5, 2.2]
    score = (4 - np.mean(past)) / (np.std(past, ddof=1) * np.sqrt(1 + 1 / 5))
    assert measures.unusual(4, 0.1, past, is_signed=False) == pytest.approx(stats.t.sf(score, 4))
    assert measures.unusual(4, 0.1, past, is_signed=True) == pytest.approx(2 * stats.t.sf(score, 4))
    assert measures.normal_reach(0.95) == pytest.approx(stats.norm.ppf(0.975))


def test_nothing_changed_when_the_profiles_are_the_same() -> None:
    counts, means = _binned(BEFORE)
    assert measures.kolmogorov_smirnov(counts, counts).value == 0
    assert measures.population_stability_index(counts, counts) == 0
    assert measures.wasserstein(counts, means, counts, means) == 0
    test, excess = measures.total_variation(counts, counts)
    assert (test.value, test.p_value, excess) == (0, 1, 0)


def test_total_variation_tests_like_the_contingency_table() -> None:
    before, now = np.array([500.0, 300, 200]), np.array([450.0, 340, 210])
    test, excess = measures.total_variation(before, now)
    assert test.value == pytest.approx(0.05)
    assert test.p_value == pytest.approx(stats.chi2_contingency(np.stack([before, now])).pvalue)
    assert 0 < excess < test.value


def test_excess_total_variation_is_near_zero_under_sampling_alone() -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    pairs = RNG.multinomial(2000, shares, (300, 2)).astype(float)
    tests = [measures.total_variation(one, other)[0] for one, other in pairs]
    values = np.array([one.value for one in tests])
    # value less expectation, before it is cut at zero
    variances = shares * (1 - shares) * 2 / 2000
    assert values.mean() == pytest.approx(np.sqrt(2 * variances / np.pi).sum() / 2, rel=0.05)
    assert np.mean([one.p_value < 0.05 for one in tests]) == pytest.approx(0.05, abs=0.04)


def test_cells_too_small_to_test_are_pooled() -> None:
    test, _ = measures.total_variation(np.array([1000.0, 0]), np.array([1000.0, 3]))
    assert test.p_value is None or test.p_value > 0.05


def test_one_value_shared_by_all_cannot_be_tested() -> None:
    assert measures.total_variation(np.array([100.0, 0]), np.array([90.0, 0]))[0].p_value is None


@pytest.mark.parametrize(
    ("mean", "variance", "expected"), [(1.0, 4.0, 0.5), (1.0, 0.0, 10.0), (-1.0, 0.0, -10.0), (0.0, 0.0, 0.0)]
)
def test_standardized_difference(mean: float, variance: float, expected: float) -> None:
    assert measures.standardized_difference(0.0, variance, mean, variance) == expected


def test_shorrocks_index_of_known_matrices() -> None:
    assert measures.mobility([100, 100], [100, 100])[0] == 0
    assert measures.mobility([50, 50], [100, 100])[0] == 1
    # the diagonal (0.9, 0.8, 0.7) of three states: (3 - 2.4) / 2
    assert measures.mobility([90, 80, 70], [100, 100, 100])[0] == pytest.approx(0.3)


def test_interval_of_the_shorrocks_index_covers() -> None:
    survive, stay = np.array([60, 200, 500]), np.array([0.5, 0.8, 0.95])
    truth = (3 - stay.sum()) / 2
    covered = []
    for drawn in RNG.binomial(survive, stay, (400, 3)):
        index, error = measures.mobility(drawn.tolist(), survive.tolist())
        covered.append(abs(index - truth) <= 1.96 * error)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_a_value_like_the_earlier_ones_is_usual_and_an_outlier_is_not() -> None:
    past = [0.20, 0.22, 0.18, 0.21, 0.19, 0.20, 0.23, 0.17, 0.20, 0.21, 0.19, 0.20]
    assert measures.unusual(0.22, 0.001, past, is_signed=True) > 0.1
    assert measures.unusual(0.40, 0.001, past, is_signed=True) < 1e-5
    assert measures.unusual(0.00, 0.001, past, is_signed=True) < 1e-5
    # A distance that is smaller than usual is no change.
    assert measures.unusual(0.00, 0.001, past, is_signed=False) > 0.99


def test_the_scale_is_never_below_sampling_error() -> None:
    assert measures.unusual(0.22, 0.02, [0.2] * 12, is_signed=True) > 0.3


def test_log_ratio_counts_per_exposure() -> None:
    assert measures.log_ratio(280, 310, 28, 31).value == pytest.approx(0, abs=1e-3)
    assert measures.log_ratio(0, 1000, 30, 30).value > 5


def test_no_p_values_no_q_values() -> None:
    assert measures.family_wise([]) == []
    assert measures.family_wise([0.01, 0.02]) == pytest.approx([0.02, 0.02])
    assert measures.family_wise([0.04, 0.01, 0.9]) == pytest.approx([0.08, 0.03, 0.9])
