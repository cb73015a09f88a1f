"""What is usual: learned from earlier periods and from the others, never less than sampling."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.drift.measured import Measured
from pipeline.drift.measures import Test, two_sided
from pipeline.drift.usual import LEAST_OTHERS, judge_usual, past_scores
from pipeline.settings import DriftSettings

RNG = np.random.default_rng(2)
SETTINGS = DriftSettings()
COLUMNS = 30


def measured(scores: list[float], measure: str = "mean_change") -> list[Measured]:
    return [
        Measured("feature", f"f{place}", measure, "", test=Test(score, 1.0, two_sided(score)))
        for place, score in enumerate(scores)
    ]


def history(scores: np.ndarray, measure: str = "mean_change") -> list[dict[str, Any]]:
    """Rows of findings from scores by period and feature."""
    return [
        {
            "period": f"2022-{number:02}",
            "level": "feature",
            "subject": f"f{place}",
            "measure": measure,
            "comparison": "previous_period",
            "sampling_score": score,
            "history_status": "history_short",
        }
        for number, row in enumerate(scores, 1)
        for place, score in enumerate(row)
    ]


def p_values(scores: list[float], past: np.ndarray, measure: str = "mean_change") -> list[float]:
    known = past_scores(history(past, measure), "2023-01", 26)
    return [one.p_value or 0.0 for one in judge_usual(measured(scores, measure), known, SETTINGS)]


def nothing() -> np.ndarray:
    return np.zeros((0, COLUMNS))


def test_sampling_alone_is_told_as_sampling() -> None:
    past = RNG.normal(0, 1, (24, COLUMNS))
    found = p_values([6.0, *RNG.normal(0, 1, COLUMNS - 1)], past)
    assert found[0] < 1e-6


def test_a_p_value_is_never_below_that_of_sampling() -> None:
    scores = list(RNG.normal(0, 2, COLUMNS))
    for past in (nothing(), 0.1 * RNG.normal(0, 1, (24, COLUMNS)), 3 * RNG.normal(0, 1, (24, COLUMNS))):
        assert all(p >= two_sided(score) for p, score in zip(p_values(scores, past), scores, strict=True))


@pytest.mark.parametrize("periods", [0, 1, 2, 3, 6, 12, 24])
def test_shocks_beyond_sampling_are_usual_from_the_first_period_on(periods: int) -> None:
    false = []
    for _ in range(40):
        scores = 4 * RNG.normal(0, 1, (periods + 1, COLUMNS))
        false += [p < 0.001 for p in p_values(list(scores[-1]), scores[:-1])]
    assert np.mean(false) < 0.005


def test_shocks_that_all_share_are_usual_once_the_period_has_them() -> None:
    for periods in (0, 1, 3, 24):
        shocks = 4 * RNG.normal(0, 1, (periods + 1, 1)) + RNG.normal(0, 0.3, (periods + 1, COLUMNS))
        assert min(p_values(list(shocks[-1]), shocks[:-1])) > 1e-4


def test_one_feature_that_stands_out_among_the_others_is_told_without_any_history() -> None:
    assert p_values([8.0, *RNG.normal(0, 1, COLUMNS - 1)], nothing())[0] < 1e-5


def test_few_features_without_history_are_told_by_sampling_and_it_is_said() -> None:
    some = measured([4.0] * LEAST_OTHERS)
    (one, *_) = judge_usual(some, {}, SETTINGS)
    assert one.p_value == two_sided(4.0)
    assert one.doubt.endswith("0 earlier periods do not tell what is usual (12 are needed)")


def test_a_feature_that_always_swings_has_a_scale_of_its_own() -> None:
    past = RNG.normal(0, 1, (24, COLUMNS))
    past[:, 0] *= 6
    found = p_values([8.0, 8.0, *RNG.normal(0, 1, COLUMNS - 2)], past)
    assert found[0] > 0.01
    assert found[1] < 1e-5


def test_what_swings_by_nature_is_known_after_a_few_swings() -> None:
    past = RNG.normal(0, 1, (3, COLUMNS))
    past[:, 0] = 12.0, -20.0, 18.0
    found = p_values([-25.0, -25.0, *RNG.normal(0, 1, COLUMNS - 2)], past)
    assert found[0] > 0.01
    assert found[1] < 1e-5


def test_one_true_change_of_then_does_not_hide_the_next() -> None:
    past = RNG.normal(0, 1, (24, COLUMNS))
    past[5, 0] = 50.0
    assert p_values([9.0, *RNG.normal(0, 1, COLUMNS - 1)], past)[0] < 1e-5


def test_usual_is_known_once_enough_periods_have_told() -> None:
    for periods, status in ((11, "history_short"), (12, "learned")):
        known = past_scores(history(RNG.normal(0, 1, (periods, COLUMNS))), "2023-01", 26)
        assert {one.history_status for one in judge_usual(measured([0.0] * COLUMNS), known, SETTINGS)} == {
            status
        }


def test_what_could_not_be_compared_teaches_nothing() -> None:
    rows = [row | {"history_status": "not_comparable"} for row in history(np.ones((3, 2)))]
    assert past_scores(rows, "2023-01", 26) == {}
    one = replace(measured([9.0])[0], unjudged="the window was not full")
    assert judge_usual([one], {}, SETTINGS) == [one]


def test_a_mix_that_moves_in_one_direction_is_judged_by_how_much_it_usually_does() -> None:
    def score(share: float) -> Test:
        statistic = share**2 + 5.0  # one direction beside five of sampling
        return Test(0.0, 1.0, 1e-12, statistic, 6, "chi_squared")

    past = np.sqrt((np.square(10 * RNG.normal(0, 1, (24, COLUMNS))) + 5) / 6)
    known = past_scores(history(past, "total_variation"), "2023-01", 26)
    some = [
        replace(one, test=score(size)) for one, size in zip(measured([0.0] * 3), (10, 30, 100), strict=True)
    ]
    usual = judge_usual([replace(one, measure="total_variation") for one in some], known, SETTINGS)
    assert (usual[0].p_value or 0) > 0.1
    assert (usual[1].p_value or 0) > 1e-3
    assert (usual[2].p_value or 0) < 1e-6
