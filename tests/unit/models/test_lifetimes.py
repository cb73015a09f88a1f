"""Lifetime models as a way to a forecast: what histories are made of, what is told of orders and silence."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.models import lifetimes
from pipeline.models.candidates import Method, Model
from pipeline.models.design import Column
from pipeline.models.frame import Frame
from pipeline.models.lifetime import MODELS, Histories, staying
from pipeline.models.probability import measures
from pipeline.models.probability.calibration import probability
from pipeline.models.probability.methods import features_read
from pipeline.models.probability.target import PROBABILITY
from pipeline.models.rolling import Origin, Rolling
from tests.unit.models.quantity.synthetic import HISTORY, frame_with, origin


@pytest.fixture(scope="module")
def origins() -> list[Origin]:
    return [origin(place) for place in range(5)]


def test_a_history_is_read_off_order_days_mean_gap_and_recency():
    given = frame_with(days=[1, 4, 0, 3], gap=[np.nan, 10.0, np.nan, 6.5], recency=[12.4, 3.0, np.nan, 0.2])
    found = lifetimes.histories_of(given, ["days", "gap", "recency"])
    assert found.frequency[[0, 1, 3]].tolist() == [0, 3, 2]
    assert found.recency[[0, 1, 3]].tolist() == [0, 30, 13]
    assert found.age[[0, 1, 3]].tolist() == [12, 33, 13]
    assert np.isnan(found.frequency[2])


def test_where_nobody_leaves_gamma_poisson_stands_in_for_a_model_that_its_gates_refuse():
    random = np.random.default_rng(4)
    age = np.full(3_000, 300.0)
    rate = random.gamma(1.5, 1 / 40.0, 3_000)
    frequency = random.poisson(rate * age) * 1.0
    recency = np.where(frequency > 0, np.rint(age * frequency / (frequency + 1)), 0.0)
    gap = np.where(frequency > 0, recency / np.maximum(frequency, 1), np.nan)
    given = frame_with(days=frequency + 1, gap=gap, recency=age - recency)
    found = lifetimes.fit(Model("pareto_nbd", HISTORY, 90.0), [Origin("p", 0, given, rate * 90)])
    assert found["model"] == lifetimes.STAYING
    assert found["orders"]["shape"] == pytest.approx(1.5, rel=0.1)
    assert found["level"] == pytest.approx(1.0, abs=0.05)
    told = lifetimes.score(found, given)
    assert np.corrcoef(told, rate)[0, 1] > 0.9
    silent = staying.silence(found["orders"], Histories(frequency, recency, age), 90.0)
    assert silent.mean() == pytest.approx(np.exp(-rate * 90).mean(), abs=0.03)


USE = tuple(Column(one, False) for one in ("used", "recency", "tenure"))


def users(count: int, leaving: bool) -> tuple[Frame, np.ndarray]:
    """Users of a service over twelve periods, and in how many of the next three they use it."""
    random = np.random.default_rng(8)
    uses = random.beta(1.2, 0.75, count)
    stays = random.geometric(random.beta(0.66, 2.8, count)) if leaving else np.full(count, 99)
    is_used = (random.random((count, 15)) < uses[:, None]) & (np.arange(15)[None, :] < stays[:, None])
    is_used[:, 0] = True
    ago = 11.0 - np.array([np.flatnonzero(one)[-1] for one in is_used[:, :12]])
    given = frame_with(used=is_used[:, :12].sum(axis=1), recency=ago, tenure=np.full(count, 11.0))
    return given, is_used[:, 12:].sum(axis=1) * 1.0


def test_a_history_by_period_is_read_off_periods_used_and_those_since_the_last_and_the_first():
    given = frame_with(used=[1, 4, 0], recency=[2.0, 0.0, np.nan], tenure=[2.0, 9.0, np.nan])
    found = lifetimes.histories_by_period(given, ["used", "recency", "tenure"])
    assert found.frequency[:2].tolist() == [0, 3]
    assert found.recency[:2].tolist() == [0, 9]
    assert found.age[:2].tolist() == [2, 9]
    assert np.isnan(found.frequency[2])


@pytest.mark.parametrize("leaving", [True, False])
def test_a_service_that_is_used_or_not_in_each_period_is_told_by_period(leaving):
    given, came = users(8_000, leaving)
    model = Model("bg_bb", USE, 91.3, 3)
    found = lifetimes.fit(model, [Origin("p", 0, given, came)])
    # Where nobody leaves beta-binomial stands in.
    assert found["model"] == ("bg_bb" if leaving else lifetimes.STAYING_PERIODS)
    assert found["level"] == pytest.approx(1.0, abs=0.03)
    told = lifetimes.score(found, given)
    assert 0 <= told.min() <= told.max() <= 3 * found["level"]
    # Without leaving: .78 if everybody's share were known, times .92 of the share that eleven periods tell.
    assert np.corrcoef(told, came)[0, 1] > 0.70
    silent = lifetimes.silence(lifetimes.fit_histories(model, given), given)
    assert measures.calibration_error(silent, (came == 0) * 1.0) < 0.02
    if not leaving:
        assert found["orders"]["alpha"] == pytest.approx(1.2, rel=0.1)


@pytest.mark.parametrize("model", ["mbg_cnbd_k", "pareto_nbd"])
def test_counting_like_histories_once_changes_no_expectation(origins, model):
    names = ["days", "gap", "recency"]
    found = lifetimes.fit(Model(model, HISTORY, 90.0), origins[:1])
    if found["model"] != model:
        pytest.skip("refused")
    some = lifetimes.histories_of(origins[1].frame, names)
    there = MODELS[model].alive(found["orders"], some)
    each = MODELS[model].outlook(found["orders"], some, there, 90.0).expected_orders * found["level"]
    assert lifetimes.score(found, origins[1].frame) == pytest.approx(each, rel=1e-6)


def test_silence_means_what_it_says_and_is_one_less_the_chance_of_an_order(origins):
    found = lifetimes.fit_histories(Model("mbg_cnbd_k", HISTORY, 90.0), origins[0].frame)
    for one in origins[1:]:
        told = lifetimes.silence(found, one.frame)
        some = lifetimes.histories_of(one.frame, ["days", "gap", "recency"])
        there = MODELS["mbg_cnbd_k"].alive(found["orders"], some)
        each = MODELS["mbg_cnbd_k"].outlook(found["orders"], some, there, 90.0).no_order_probability
        assert told == pytest.approx(each, abs=1e-9)
    silent = np.concatenate([one.outcome == 0 for one in origins[1:]])
    told = np.concatenate([lifetimes.silence(found, one.frame) for one in origins[1:]])
    assert measures.calibration_error(told, silent * 1.0) < 0.02


def test_a_lifetime_model_competes_to_be_a_probability_and_wins_where_it_knows_best(origins):
    silent = [replace(one, outcome=(one.outcome == 0) * 1.0) for one in origins]
    lifetime = Method("mbg_cnbd_k", (Model("mbg_cnbd_k", HISTORY, 90.0),), is_plain=False)
    one_column = Method("one_column", (Model("logistic", HISTORY[2:]),), is_plain=False)
    rolling = Rolling(silent, 1, (one_column, lifetime), PROBABILITY, 1)
    assert rolling.chosen(5) == lifetime
    [parameters] = rolling.models(lifetime, 5)
    assert features_read({"models": [parameters]}) == ["days", "gap", "recency"]
    nobody = frame_with(days=[0.0], gap=[np.nan], recency=[np.nan])
    rate = np.concatenate([one.outcome for one in silent]).mean()
    assert probability(PROBABILITY.raw(parameters, nobody)) == pytest.approx(rate, abs=0.01)
