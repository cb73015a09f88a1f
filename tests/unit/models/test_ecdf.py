import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.ecdf import fit_ecdf, percent_at

NUMBERS = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=1, max_size=60)


def test_the_median_stands_at_fifty_and_the_ends_at_zero_and_a_hundred():
    grid = fit_ecdf(np.arange(101.0))
    assert percent_at(grid, np.array([0.0, 50.0, 100.0])).tolist() == [0, 50, 100]


def test_a_value_shared_by_many_stands_at_their_middle():
    grid = fit_ecdf(np.array([0.0] * 60 + list(range(1, 41))))
    assert percent_at(grid, np.array([0.0]))[0] == pytest.approx(29.5, abs=1)


def test_ties_at_the_lowest_count_the_customers_strictly_below():
    grid = fit_ecdf(np.array([1.0] * 60 + [2.0] * 25 + [5.0] * 15), ties="lowest")
    assert grid["values"] == [1, 2, 5]
    assert percent_at(grid, np.array([1.0, 2.0, 5.0])) == pytest.approx([0, 60, 85], abs=1)


def test_an_only_value_stands_in_the_middle():
    assert percent_at(fit_ecdf(np.array([7.0, 7.0])), np.array([7.0])).tolist() == [50]


def test_values_beyond_the_fit_stay_at_the_ends_and_unknown_stays_unknown():
    percents = percent_at(fit_ecdf(np.arange(101.0)), np.array([-5.0, 1e9, np.nan]))
    assert percents[:2].tolist() == [0, 100]
    assert np.isnan(percents[2])


def test_nothing_known_cannot_be_fitted():
    with pytest.raises(ValueError, match="no known value"):
        fit_ecdf(np.array([np.nan]))


@given(NUMBERS, NUMBERS)
def test_more_never_stands_lower(fitted, asked):
    percents = percent_at(fit_ecdf(np.array(fitted)), np.sort(np.array(asked)))
    assert (np.diff(percents) >= -1e-9).all()
    assert percents.min() >= 0
    assert percents.max() <= 100
