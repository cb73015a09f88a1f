"""The rolling origin: only the past is learned from, and what is said of the forecast was decided before."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.models.probability.gate import earned
from pipeline.models.probability.target import PROBABILITY
from pipeline.models.rolling import FORECAST, Rolling
from tests.unit.models.probability.synthetic import METHODS, origins

PLAIN = [one.name for one in METHODS if one.is_plain]


def rolling(given, horizon=1) -> Rolling:
    return Rolling(given, horizon, METHODS, PROBABILITY, seed=1)


def test_an_origin_is_known_when_its_horizon_is_over_and_tested_when_another_was_known_before_it():
    here = rolling(origins(6, customers=50), horizon=2)
    assert [one.place for one in here.past(4)] == [0, 1, 2]
    assert [one.place for one in here.tested(5)] == [2, 3]
    assert here.tested(3) == []


@pytest.mark.parametrize("horizon", [1, 2])
def test_what_comes_after_an_origin_changes_nothing_that_was_said_at_it(horizon):
    """Law L2: outcomes of the origin and of all that were not over yet are turned round."""
    true = origins(6, customers=200)
    turned = [replace(one, outcome=1 - one.outcome) if one.place + horizon > 4 else one for one in true]
    before, after = (rolling(one, horizon).forecast(one[4]) for one in (true, turned))
    assert before[0] == after[0]
    assert (before[1].values == after[1].values).all()


def test_a_feature_that_holds_the_future_is_shown_up_by_the_next_origin():
    """A planted leak: the outcome itself among the features, at origins that are over. Where nothing is known
    yet it says nothing, so the record is worse than the rate's and nothing is earned by it."""
    true = origins(6, customers=400, strength=0.0)
    last = true[-1]
    leaking = [
        replace(one, frame=replace(one.frame, numbers=one.frame.numbers | {"share": one.outcome + 0.0}))
        for one in true[:-1]
    ]
    nothing = replace(
        last, frame=replace(last.frame, numbers=last.frame.numbers | {"share": np.zeros(len(last.frame))})
    )
    here = rolling([*leaking, nothing])
    _, said = here.forecast(nothing)
    assert np.mean((said.values - nothing.outcome) ** 2) > nothing.outcome.var() * 1.2


def test_the_record_has_the_forecast_beside_every_method_at_every_tested_origin():
    record = rolling(origins(5)).record(5)
    assert {(one.period, one.method) for one in record} == {
        (period, name)
        for period in ("p01", "p02", "p03", "p04", None)
        for name in (FORECAST, *(m.name for m in METHODS))
    }
    assert all(
        one.chosen in {m.name for m in METHODS if not m.is_plain} for one in record if one.method == FORECAST
    )
    assert all(one.customers == (800 if one.period else 3_200) for one in record)


def test_a_signal_earns_the_forecast_its_name():
    found = earned(rolling(origins(5)).record(5), PLAIN)
    assert found.method == FORECAST
    assert all(one.passed for one in found.gates)


def test_without_a_signal_nothing_is_earned():
    found = earned(rolling(origins(5, strength=0.0)).record(5), PLAIN)
    assert found.method is None
    assert [one.name for one in found.gates if not one.passed]


def test_a_single_origin_or_a_handful_of_outcomes_earns_nothing():
    assert earned(rolling(origins(2)).record(2), PLAIN).method is None
    assert earned(rolling(origins(5, customers=20)).record(5), PLAIN).method is None
    assert earned([], PLAIN).method is None


def test_a_forecast_worse_than_its_baseline_gives_way_to_it():
    record = rolling(origins(5)).record(5)
    worse = [replace(one, auc=0.5, brier=0.3) if one.method == FORECAST else one for one in record]
    found = earned(worse, PLAIN)
    assert found.method == "one_column"
    assert all(one.passed for one in found.baseline_gates)


def test_a_baseline_that_does_not_mean_what_it_says_does_not_take_the_place():
    record = rolling(origins(5)).record(5)
    off = [
        replace(one, brier=one.brier + 0.1, calibration_error=0.2)
        if one.method in (FORECAST, "one_column")
        else one
        for one in record
    ]
    assert earned(off, PLAIN).method is None
