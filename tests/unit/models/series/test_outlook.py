"""What is told of series: by the closest method, or the last value; with intervals that held."""

import numpy as np
import pytest

from pipeline.models.series.outlook import INTERVAL, LEAST_VALUES, outlook


def walks(rng, many=12, length=24, trend=0.0, noise=10.0):
    return [500 + np.cumsum(rng.normal(trend, noise, length)) for _ in range(many)]


def test_a_trend_is_followed_where_it_was_closer():
    found = outlook(walks(np.random.default_rng(1), trend=40, noise=5), 3, 12)
    assert found.method == "drift"
    assert found.error < found.plain_error / 3


def test_of_what_has_no_pattern_the_last_value_is_told():
    methods = [outlook(walks(np.random.default_rng(seed)), 1, 12).method for seed in range(20)]
    assert methods.count("last_period") >= 12


def test_a_season_is_found_in_its_second_year():
    season = 100 * np.sin(np.arange(36) * np.pi / 6)
    series = [1000 + season + one for one in np.random.default_rng(3).normal(0, 5, (8, 36))]
    found = outlook(series, 3, 12)
    assert found.method == "year_ago"
    assert found.expected == pytest.approx([one[-10] for one in series])


@pytest.mark.parametrize("ahead", [1, 3])
def test_intervals_hold_what_they_state_out_of_sample(ahead):
    inside = []
    for seed in range(40):
        every = walks(np.random.default_rng(seed), length=26)
        found = outlook([one[: 26 - ahead] for one in every], ahead, 12)
        if found.low is not None:
            came = np.array([one[-1] for one in every])
            inside += list((found.low <= came) & (came <= found.high))
    assert len(inside) > 300
    assert np.mean(inside) == pytest.approx(INTERVAL, abs=0.06)


def test_of_few_periods_no_interval_is_told_however_many_series():
    """What happens to a company happens to all its series: a hundred of them are one observation."""
    shared = np.cumsum(np.random.default_rng(9).normal(0, 30, 30))
    series = [one + shared for one in walks(np.random.default_rng(10), many=100, length=30)]
    told = [outlook([one[:length] for one in series], 1, 12).low is not None for length in range(8, 31)]
    assert not any(told[:10])
    assert any(told)


def test_where_intervals_did_not_hold_none_is_told():
    rng = np.random.default_rng(5)
    growing = np.cumprod(np.full(26, 2.0)) * rng.uniform(0.9, 1.1, (12, 26))
    found = outlook([1000 + one for one in growing], 2, 12)
    assert found.covered_share < 0.7
    assert found.low is None


def test_too_short_a_past_tells_nothing():
    assert outlook([], 1, 12) is None
    short = walks(np.random.default_rng(6), length=LEAST_VALUES + 1)
    assert outlook(short, 1, 12) is None
    assert outlook(walks(np.random.default_rng(6), many=1, length=8), 1, 12) is None
    long = walks(np.random.default_rng(7), length=12)
    found = outlook([*long, np.array([4.0, 5.0])], 1, 12)
    assert np.isnan(found.expected[-1])
    assert not np.isnan(found.expected[:-1]).any()


def test_counts_are_never_told_below_zero():
    falling = [np.maximum(100.0 - 11 * np.arange(12) + shift, 3) for shift in range(6)]
    found = outlook(falling, 3, 12, least=0)
    assert (found.expected >= 0).all()
    assert found.low is None or (found.low >= 0).all()


def test_what_comes_later_changes_no_earlier_word():
    series = walks(np.random.default_rng(8), length=20)
    before = outlook(series, 1, 12)
    again = outlook([one.copy() for one in series], 1, 12)
    assert (before.method, before.error) == (again.method, again.error)
    assert before.expected == pytest.approx(again.expected)
