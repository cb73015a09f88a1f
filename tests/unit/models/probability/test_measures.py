"""Measures of probabilities against what came, beside independent ways to compute them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from pipeline.models.probability import measures

rows = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=2)


@given(rows)
def test_ranking_and_distance_are_those_of_the_library(given):
    probabilities, outcome = (np.array(one, dtype=float) for one in zip(*given, strict=True))
    assert measures.brier(probabilities, outcome) == pytest.approx(brier_score_loss(outcome, probabilities))
    if 0 < outcome.sum() < len(outcome):
        assert measures.auc(probabilities, outcome) == pytest.approx(roc_auc_score(outcome, probabilities))
    else:
        assert measures.auc(probabilities, outcome) is None


@given(rows)
def test_measures_keep_their_bounds(given):
    probabilities, outcome = (np.array(one, dtype=float) for one in zip(*given, strict=True))
    assert 0 <= measures.calibration_error(probabilities, outcome) <= 1
    lift = measures.top_decile_lift(probabilities, outcome)
    assert lift is None if not outcome.sum() else 0 <= lift <= len(outcome) / outcome.sum() + 1e-9


def test_perfect_probabilities_are_off_by_chance_alone_as_much_as_foreseen():
    random = np.random.default_rng(3)
    probabilities = random.uniform(size=2_000)
    found = [
        measures.calibration_error(probabilities, (random.uniform(size=2_000) < probabilities).astype(float))
        for _ in range(200)
    ]
    assert np.mean(found) == pytest.approx(measures.calibration_noise(probabilities), rel=0.05)


def test_a_probability_that_is_always_a_tenth_too_high_is_off_by_a_tenth():
    random = np.random.default_rng(4)
    truth = random.uniform(0, 0.9, 50_000)
    outcome = (random.uniform(size=len(truth)) < truth).astype(float)
    assert measures.calibration_error(truth + 0.1, outcome) == pytest.approx(0.1, abs=0.01)


def test_lift_is_the_share_caught_in_the_top_tenth_per_share_in_all_with_ties_by_their_own_share():
    outcome = np.array([1.0] * 5 + [0.0] * 45)
    assert measures.top_decile_lift(np.linspace(1, 0, 50), outcome) == pytest.approx(10)
    assert measures.top_decile_lift(np.full(50, 0.3), outcome) == pytest.approx(1)
    assert measures.top_decile_lift(np.linspace(0, 1, 50), outcome) == 0
