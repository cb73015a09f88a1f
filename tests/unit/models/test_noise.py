"""How much a score usually changes."""

import numpy as np
import pytest

from pipeline.models.noise import NOISE_FALLBACK, NOISE_FLOOR, robust_noise


def test_noise_ignores_a_shift_of_everybody_and_a_few_extremes():
    random = np.random.default_rng(1)
    changes = random.normal(3, 4, 2000)
    changes[:20] = 90
    assert robust_noise(changes, 50) == pytest.approx(4, abs=0.3)
    assert robust_noise(np.zeros(100), 50) == NOISE_FLOOR


def test_noise_of_which_most_is_zero_is_not_taken_for_calm():
    changes = np.array([0.0] * 60 + [30.0] * 20 + [-30.0] * 20)
    assert robust_noise(changes, 50) == pytest.approx(30 / 1.281552)


def test_fewer_changes_than_can_teach_give_the_fallback():
    assert robust_noise(np.full(49, 3.0), 50) == NOISE_FALLBACK
