"""Each method against its definition, from every point of a series."""

import numpy as np
import pytest

from pipeline.models.series.methods import METHODS

SERIES = np.array([10.0, 12.0, 15.0, 11.0, 18.0])


def test_no_method_looks_at_what_comes_after():
    changed = np.concatenate([SERIES[:3], [900.0, -900.0]])
    for name, method in METHODS.items():
        assert method(SERIES, 3, 4)[:3] == pytest.approx(method(changed, 3, 4)[:3]), name


def test_values_by_hand():
    told = {name: method(SERIES, 2, 4)[-1] for name, method in METHODS.items()}
    assert told["last_period"] == pytest.approx([18, 18])
    assert told["mean_of_three"] == pytest.approx([44 / 3, 44 / 3])
    assert told["drift"] == pytest.approx([20, 22])
    assert told["year_ago"] == pytest.approx([12, 15])
    assert METHODS["year_ago"](SERIES, 2, 12)[-1] == pytest.approx([18, 18])


def test_a_trend_fades_and_a_level_stays():
    rising = METHODS["damped_trend"](np.arange(0.0, 200.0, 10), 3, 12)[-1]
    assert 190 < rising[0] < rising[1] < rising[2] < 220
    assert np.diff(rising)[1] < np.diff(rising)[0]
    assert METHODS["damped_trend"](np.full(9, 7.0), 3, 12) == pytest.approx(np.full((9, 3), 7.0))
