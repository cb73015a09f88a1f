"""The model that told best what happened afterwards is published, if it beats what is plain."""

import numpy as np
import pytest

from pipeline.models.lifetime import Histories, choose, fit, score
from pipeline.models.lifetime.choice import PAST_FREQUENCY, SEGMENT_MEAN, baselines, measured
from tests.unit.models.lifetime.buyers import by_renewals, cdnow


def records(choice):
    return {record.name: record for record in choice.records}


def test_on_cdnow_the_model_with_the_lower_likelihood_tells_better():
    choice = choose(*cdnow(), 39.0)
    assert choice.name == "pareto_nbd"
    assert choice.is_model
    likelihoods = {name: found.notes["log_likelihood"] for name, found in choice.fits.items()}
    assert likelihoods["bg_nbd"] > likelihoods["pareto_nbd"]
    told = records(choice)
    assert told["pareto_nbd"].mean_squared_error < 0.6 * told[PAST_FREQUENCY].mean_squared_error
    assert told["pareto_nbd"].correlation > told[PAST_FREQUENCY].correlation + 0.04


@pytest.mark.parametrize("k", [2, 4])
def test_regular_buyers_are_told_better_by_the_model_of_regular_buyers(k):
    buyers = by_renewals(15_000, 3, k=k, alpha=45.0 / k)
    choice = choose(buyers.histories, buyers.next_orders, 90.0)
    assert choice.name == "mbg_cnbd_k"
    assert choice.fits["mbg_cnbd_k"].parameters["k"] == k
    told = records(choice)
    for other in ("pareto_nbd", "bg_nbd"):
        assert told["mbg_cnbd_k"].mean_absolute_error < told[other].mean_absolute_error
    assert told["mbg_cnbd_k"].interval_share == pytest.approx(
        told["mbg_cnbd_k"].interval_probability, abs=0.01
    )


def test_where_orders_to_come_have_nothing_to_do_with_those_seen_a_baseline_is_published():
    buyers = by_renewals(5_000, 4)
    actual = np.random.default_rng(5).poisson(0.7, 5_000).astype(float)
    choice = choose(buyers.histories, actual, 90.0, models=["pareto_nbd", "bg_nbd"])
    assert choice.name in {PAST_FREQUENCY, SEGMENT_MEAN}
    assert not choice.is_model


def test_a_model_whose_gates_fail_is_not_considered():
    nobody_again = Histories(np.zeros(200), np.zeros(200), np.linspace(1, 90, 200))
    choice = choose(nobody_again, np.zeros(200), 30.0)
    assert not choice.is_model
    assert set(records(choice)) == {PAST_FREQUENCY, SEGMENT_MEAN}
    assert all(found.parameters is None for found in choice.fits.values())


def test_what_is_in_force_stays_while_another_is_better_by_no_more_than_noise():
    histories, actual = cdnow()
    told = records(choose(histories, actual, 39.0))
    assert told["pareto_nbd"].mean_squared_error < told["bg_nbd"].mean_squared_error
    assert choose(histories, actual, 39.0, in_force="bg_nbd").name == "bg_nbd"
    regular = by_renewals(15_000, 3, k=4, alpha=11.0)
    assert choose(regular.histories, regular.next_orders, 90.0, in_force="bg_nbd").name == "mbg_cnbd_k"


def unsettled(seed):
    """Buyers whose rates change at the cut, each by a factor of its own: no model knows that."""
    buyers = by_renewals(15_000, seed, r=2.0, alpha=30.0, a=0.1, b=8.0)
    often = np.random.default_rng(seed).gamma(2.0, 0.5, 15_000)
    return buyers.histories, np.random.default_rng(seed + 1).poisson(often * buyers.next_orders) * 1.0


def test_intervals_are_widened_until_they_would_have_held_80_percent():
    histories, actual = unsettled(1)
    record = records(choose(histories, actual, 90.0, models=["mbg_cnbd_k"]))["mbg_cnbd_k"]
    assert record.interval_share < record.interval_probability - 0.05
    assert record.interval_level > 0.85
    later, then = unsettled(5)
    parameters = fit("mbg_cnbd_k", later).parameters
    (outlook,) = score("mbg_cnbd_k", parameters, later, [90.0], interval=record.interval_level).outlooks
    held = (then >= outlook.orders_low) & (then <= outlook.orders_high)
    # Orders are whole: of all customers the intervals hold 80% and a little more.
    assert 0.8 <= held.mean() <= 0.87


def test_intervals_of_buyers_who_stay_as_they_are_need_no_widening():
    buyers = by_renewals(15_000, 3)
    record = records(choose(buyers.histories, buyers.next_orders, 90.0, models=["mbg_cnbd_k"]))["mbg_cnbd_k"]
    assert record.interval_level == pytest.approx(0.8, abs=0.02)


def test_baselines_are_what_their_names_say():
    histories = Histories(
        np.array([2.0, 0.0, 4.0, 0.0]), np.array([5.0, 0.0, 9.0, 0.0]), np.array([10.0, 10.0, 20.0, 0.0])
    )
    told = baselines(histories, 5.0, np.array([0, 0, 1, 1]))
    assert told[PAST_FREQUENCY] == pytest.approx([1.0, 0.0, 1.0, 1.0])
    assert told[SEGMENT_MEAN] == pytest.approx([0.5, 0.5, 1.0, 1.0])


def test_measures():
    actual = np.array([0.0, 0.0, 1.0, 3.0] + [0.0] * 16)
    record = measured("some", np.array([0.0, 1.0, 0.0, 2.0] + [0.0] * 16), actual)
    assert record.mean_squared_error == pytest.approx(3 / 20)
    assert record.mean_absolute_error == pytest.approx(3 / 20)
    assert record.top_share == 0.5
    assert record.total_ratio == pytest.approx(3 / 4)
    assert np.isnan(measured("none", np.full(20, 0.1), actual).correlation)


def test_customers_that_cannot_be_compared_are_refused():
    histories, actual = cdnow()
    with pytest.raises(ValueError, match="differ in length"):
        choose(histories, actual[1:], 39.0)
    with pytest.raises(ValueError, match="no customer"):
        choose(histories, np.full(len(histories), np.nan), 39.0)
