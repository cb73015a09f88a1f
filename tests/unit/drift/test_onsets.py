"""Where a change began: jumps and slow rises are found where they were planted."""

import numpy as np
import pytest

from pipeline.drift.onsets import onset

RNG = np.random.default_rng(8)


@pytest.mark.parametrize("place", [3, 8, 14])
def test_a_jump_is_found_where_it_is(place: int) -> None:
    series = RNG.normal(0, 0.1, 18) + (np.arange(18) >= place)
    assert onset(series, [0.1] * 18) == (place, place, place)


def test_a_slow_rise_is_found_where_it_begins() -> None:
    found = []
    for _ in range(100):
        series = RNG.normal(0, 0.01, 20) + 0.02 * np.maximum(0, np.arange(20) - 11)
        found.append(onset(series, [0.01] * 20))
    assert np.mean([abs(place - 12) <= 1 for place, _, _ in found]) >= 0.9
    assert np.mean([first <= 12 <= last for _, first, last in found]) >= 0.9


def test_a_faint_jump_has_a_wide_interval() -> None:
    series = RNG.normal(0, 1, 20) + 0.8 * (np.arange(20) >= 10)
    place, first, last = onset(series, [1.0] * 20)
    assert first <= place <= last
    assert last - first >= 3


def test_two_values_change_at_the_second() -> None:
    assert onset([0.0, 1.0], [0.1, 0.1]) == (1, 1, 1)
