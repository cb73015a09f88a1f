"""What of a number changed: each way of changing has the measure that sees it."""

import numpy as np
import pytest

from pipeline.drift.binning import NumberBins, Row, fit_edges
from pipeline.drift.measured import Measured
from pipeline.drift.number_changes import WEIGHTS, number_changes
from pipeline.drift.usual import judge_usual
from pipeline.drift.verdicts import judged
from pipeline.settings import DriftSettings

RNG = np.random.default_rng(5)
SIZE = 20_000
SETTINGS = DriftSettings()
MONEY = RNG.lognormal(3, 1, SIZE)


def rows(values: np.ndarray, edges: list[float]) -> list[Row]:
    bins = NumberBins(edges, is_quasi=False)
    bins.add(values)
    return bins.rows()


def changes(before: np.ndarray, now: np.ndarray, is_amount: bool | None = None) -> dict[str, Measured]:
    edges = fit_edges(before[np.isfinite(before)], SETTINGS.bins)
    found = number_changes("spend", rows(before, edges), rows(now, edges), SETTINGS, is_amount)
    return {one.measure: one for one in found}


def verdicts(found: dict[str, Measured]) -> dict[str, str]:
    told = judged(judge_usual(list(found.values()), {}, SETTINGS), "2024-03", SETTINGS.false_discovery_rate)
    return {row["measure"]: row["verdict"] for row in told}


def test_the_weights_of_a_feature_sum_to_one() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("now", "leading", "verdict"),
    [
        (1.1 * RNG.lognormal(3, 1, SIZE), "mean_change", "minor"),
        (np.where(RNG.random(SIZE) < 0.025, 100, 1) * RNG.lognormal(3, 1, SIZE), "mean_change", "major"),
        (np.where(RNG.random(SIZE) < 0.02, np.nan, MONEY), "missing_share_change", "minor"),
    ],
)  # fmt: skip
def test_what_became_of_money_is_told(now: np.ndarray, leading: str, verdict: str) -> None:
    found = verdicts(changes(RNG.lognormal(3, 1, SIZE), now))
    assert found[leading] == verdict
    assert {measure for measure, one in found.items() if one in ("major", "minor")} == {leading}


def test_a_spread_about_the_same_mean_is_told() -> None:
    found = changes(RNG.normal(0, 1, SIZE), RNG.normal(0, 1.2, SIZE))
    assert verdicts(found)["spread_change"] == "minor"
    assert found["spread_change"].effect == pytest.approx(np.log(1.2), abs=0.02)
    assert verdicts(found)["mean_change"] == "cannot_tell"


def test_a_spread_that_few_customers_make_is_not_judged() -> None:
    # of a Pareto distribution without a variance a standard deviation says who was there
    assert "spread_change" not in changes(RNG.pareto(1.5, SIZE), RNG.pareto(1.5, SIZE))


def test_only_amounts_have_floors_in_shares_of_the_mean() -> None:
    before = RNG.normal(100, 200, SIZE)
    now = before + 7
    assert changes(before, now, is_amount=True)["mean_change"].is_relevant
    assert not changes(before, now, is_amount=False)["mean_change"].is_relevant


def test_numbers_below_zero_have_no_share_of_a_total() -> None:
    assert "tail_share_change" not in changes(RNG.normal(0, 1, SIZE), RNG.normal(0, 1, SIZE))
