"""The own share, shrunken: what it learns from outcomes, and what it says of whom nothing is known."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame
from pipeline.models.parameters import from_json, rounded, to_json
from pipeline.models.probability import own_share
from pipeline.models.probability.calibration import probability

COLUMNS = (Column("hits", is_skewed=False), Column("trials", is_skewed=False))


def seen(hits: Floats, trials: Floats) -> Frame:
    numbers = {"hits": np.asarray(hits, float), "trials": np.asarray(trials, float)}
    return Frame(pa.array([f"c{one}" for one in range(len(hits))]), numbers, {})


def drawn(successes: float, failures: float, customers: int = 40_000) -> tuple[Frame, Floats]:
    random = np.random.default_rng(3)
    share = random.beta(successes, failures, customers)
    trials = random.integers(0, 12, customers)
    return seen(random.binomial(trials, share), trials), (random.uniform(size=customers) < share).astype(
        float
    )


@pytest.mark.parametrize(("successes", "failures"), [(0.8, 3.2), (6.0, 14.0)])
def test_the_prior_that_customers_were_drawn_from_is_found_by_what_came_next(successes, failures):
    found = own_share.fit(COLUMNS, *drawn(successes, failures))
    assert found["successes"] / (found["successes"] + found["failures"]) == pytest.approx(
        successes / (successes + failures), abs=0.01
    )
    assert found["successes"] + found["failures"] == pytest.approx(successes + failures, rel=0.2)


def test_log_odds_are_those_of_the_posterior_mean_and_of_the_prior_where_nothing_is_known():
    frozen = {"features": ["hits", "trials"], "successes": 1.0, "failures": 3.0}
    told = probability(own_share.score(frozen, seen([0, 2, np.nan, 4], [0, 4, np.nan, 4])))
    assert told == pytest.approx([1 / 4, 3 / 8, 1 / 4, 5 / 8])


def test_a_past_that_tells_nothing_leaves_the_rate():
    random = np.random.default_rng(4)
    trials = random.integers(0, 12, 5_000)
    frame = seen(random.binomial(trials, random.beta(1, 3, 5_000)), trials)
    outcome = (random.uniform(size=5_000) < 0.1).astype(float)
    told = probability(own_share.score(own_share.fit(COLUMNS, frame, outcome), frame))
    assert np.ptp(told) < 0.02
    assert told.mean() == pytest.approx(outcome.mean(), abs=0.005)


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_one_outcome_alone_gives_a_finite_rate_of_everybody(outcome):
    frame = seen([0, 3, 5], [2, 3, 9])
    found = own_share.fit(COLUMNS, frame, np.full(3, outcome))
    told = probability(own_share.score(found, frame))
    assert told == pytest.approx((3 * outcome + 0.5) / 4, abs=1e-4)


def test_frozen_parameters_are_text_and_the_order_of_rows_changes_nothing():
    frame, outcome = drawn(1.0, 4.0, customers=2_000)
    order = np.random.default_rng(1).permutation(2_000)
    turned = seen(frame.number("hits")[order], frame.number("trials")[order])
    found = own_share.fit(COLUMNS, frame, outcome)
    assert found == own_share.fit(COLUMNS, turned, outcome[order])
    assert from_json(to_json(rounded(found))) == rounded(found)
