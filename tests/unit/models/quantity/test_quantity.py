"""Quantities: what each way expects, that frozen numbers give the same again, and that intervals hold."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from pipeline.models.candidates import Method, Model
from pipeline.models.design import Column
from pipeline.models.frame import Frame
from pipeline.models.parameters import from_json, rounded, to_json
from pipeline.models.probability.measures import auc
from pipeline.models.quantity import binomial, intervals, measures, plain, poisson
from pipeline.models.quantity.gate import earned
from pipeline.models.quantity.methods import expected, features_read, fit_model, predict, predict_ends
from pipeline.models.quantity.target import Quantity
from pipeline.models.rolling import FORECAST, Origin, Rolling, Told
from tests.unit.models.quantity.synthetic import HISTORY, frame_with, origin

RATE = Model(plain.OWN_RATE, (Column("rate", False), Column("whole", False)), days=90.0)
SAME = Model(plain.SAME_AGAIN, (Column("same", False),))
LIFETIME = Model("mbg_cnbd_k", HISTORY, days=90.0)
REGRESSION = Model("poisson", (Column("rate", True), Column("recency", True)))
METHODS = (
    Method("combined", (LIFETIME, REGRESSION, SAME), is_plain=False),
    Method("mbg_cnbd_k", (LIFETIME,), is_plain=False),
    Method("regression", (REGRESSION,), is_plain=False),
    Method("mean", (Model(plain.MEAN, ()),), is_plain=True),
    Method("same_again", (SAME,), is_plain=True),
)


@pytest.fixture(scope="module")
def origins() -> list[Origin]:
    return [origin(place) for place in range(5)]


@pytest.fixture(scope="module")
def rolling(origins) -> Rolling:
    return Rolling(origins, 1, METHODS, Quantity(), 1)


@pytest.fixture(scope="module")
def record(rolling):
    return rolling.record(5)


def test_plain_ways_say_what_a_first_analyst_would():
    given = frame_with(
        rate=[3.0, 6.0, np.nan], whole=[100.0, 4.0, np.nan], silent=[5.0, 400.0, np.nan], same=[7, 0, 1]
    )
    names = ["rate", "whole", "silent"]
    own = {"kind": plain.OWN_RATE, "features": names[:2], "days": 90.0}
    # Of who has been seen for a short while: no more than all that was seen.
    assert plain.score(own, given).tolist() == [9.0, 4.0, 0.0]
    long_gone = own | {"kind": plain.SILENCE, "features": names, "longest": 60.0}
    assert plain.score(long_gone, given).tolist() == [9.0, 0.0, 0.0]
    assert plain.score({"kind": plain.SAME_AGAIN, "features": ["same"]}, given).tolist() == [7, 0, 1]
    used = frame_with(share=[0.5, 1.0, np.nan])
    own_share = plain.fit(Model(plain.OWN_SHARE, (Column("share", False),), periods=3), used, np.ones(3))
    assert plain.score(own_share, used).tolist() == [1.5, 3.0, 0.0]


def test_the_border_of_silence_is_the_one_that_erred_least():
    random = np.random.default_rng(2)
    silent = random.uniform(0, 200, 4_000)
    given = frame_with(rate=np.full(4_000, 2.0), whole=np.full(4_000, 50.0), silent=silent)
    outcome = np.where(silent < 100, 6.0, 0.0)
    columns = tuple(Column(one, False) for one in ("rate", "whole", "silent"))
    found = plain.fit(Model(plain.SILENCE, columns, 90.0), given, outcome)
    assert found["longest"] == pytest.approx(100, abs=6)


def test_regression_finds_powers_and_goes_on_beyond_what_was_seen():
    random = np.random.default_rng(3)
    bought = random.gamma(1.0, 5.0, 8_000)
    given = frame_with(bought=bought)
    found = poisson.fit([Column("bought", True)], given, random.poisson(0.5 * (1 + bought)) * 1.0)
    beyond = poisson.score(found, frame_with(bought=[0.0, 10.0, 500.0]))
    assert beyond == pytest.approx([0.5, 5.5, 250.5], rel=0.25)
    nothing = poisson.fit([Column("bought", True)], given, np.zeros(8_000))
    assert poisson.score(nothing, given).max() == 0.0


def test_of_so_many_periods_no_more_is_expected_than_there_are():
    random = np.random.default_rng(9)
    share = random.beta(0.7, 0.7, 8_000)
    given = frame_with(odds=np.log(share / (1 - share)))
    came = random.binomial(3, share) * 1.0
    model = Model("binomial", (Column("odds", False),), periods=3)
    told = expected(fit_model(model, [Origin("p", 0, given, came)]), given)
    assert told == pytest.approx(3 * share, abs=0.15)
    target = Quantity(3)
    calibration = target.calibrate([Told(told * 0.8, came, is_fresh=True)] * 3, is_right=False)
    assert calibration["factor"] == pytest.approx(1.25, rel=0.02)
    said = target.say(told, calibration)
    assert said.values.max() == said.high.max() == 3
    frozen = {"models": [binomial.fit(model.columns, given, came, 3) | {"kind": "binomial"}]}
    assert predict(frozen | calibration, given) == pytest.approx(said.values)


def test_frozen_parameters_are_text_and_give_each_customer_the_same_whoever_stands_beside(rolling, origins):
    method = METHODS[0]
    frozen = rounded({"models": rolling.models(method, 4), **rolling.calibration(method, 4)})
    read = from_json(to_json(frozen))
    assert features_read(read) == ["days", "gap", "recency", "rate", "same"]
    flags = np.arange(len(origins[4].frame)) % 7 == 3
    whole = predict(frozen, origins[4].frame)
    assert (predict(read, origins[4].frame.taken(flags)) == whole[flags]).all()
    low, high = predict_ends(read, whole)
    assert (low <= high).all()
    assert (low >= 0).all()


def test_no_order_of_rows_changes_a_fit(origins):
    turn = np.random.default_rng(5).permutation(len(origins[0].frame))
    given = origins[0]
    frame = Frame(
        given.frame.customer_id.take(pa.array(turn)),
        {name: values[turn] for name, values in given.frame.numbers.items()},
        {},
    )
    turned = replace(given, frame=frame, outcome=given.outcome[turn])
    for model in (LIFETIME, SAME, RATE):
        one, two = (fit_model(model, [first]) for first in (given, turned))
        assert rounded(one) == rounded(two)
        assert expected(one, given.frame)[turn] == pytest.approx(expected(two, frame), abs=1e-9)


def test_intervals_hold_what_they_state_of_counts_and_of_amounts():
    random = np.random.default_rng(6)
    for draw in (random.poisson, lambda mean: random.gamma(2.0, mean / 2.0)):
        told = random.gamma(0.8, 3.0, 20_000)
        table = intervals.fit(told, draw(told) * 1.0)
        fresh = random.gamma(0.8, 3.0, 20_000)
        outcome = draw(fresh) * 1.0
        low, high = intervals.ends(table, fresh)
        assert 0.77 <= measures.coverage_share(low, high, outcome) <= 0.84
        many = fresh > np.quantile(fresh, 0.8)
        assert 0.74 <= measures.coverage_share(low[many], high[many], outcome[many]) <= 0.86
    assert intervals.fit(told[:50], outcome[:50]) is None


def test_where_there_can_be_no_more_an_interval_ends_there_and_begins_with_the_fifth_of_the_least():
    random = np.random.default_rng(10)
    told, came = np.full(5_000, 2.4), random.choice([1.0, 2.0, 3.0], 5_000, p=[0.17, 0.26, 0.57])
    assert intervals.fit(told, came, 3) == {"told": [pytest.approx(2.4)], "low": [2.0], "high": [3.0]}
    assert intervals.fit(told, came)["low"] == [1.0]  # the 10th percentile: it would hold all


def test_measures_are_those_of_the_books():
    told, came = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 4.0, 2.0, 8.0])
    assert measures.root_mean_squared_error(told, came) == pytest.approx(np.sqrt(22 / 4))
    assert measures.mean_absolute_error(told, came) == 2.0
    assert measures.rank_correlation(told, came) == pytest.approx((5 - 1) / 6)
    assert measures.rank_correlation(np.ones(4), came) == 0.0
    assert measures.rank_correlation(told, np.ones(4)) is None
    of_two = np.array([0.0, 1.0, 0.0, 1.0])
    assert measures.rank_correlation(told, of_two) == pytest.approx(2 * auc(told, of_two) - 1)
    assert measures.total_error_share(told, came) == pytest.approx(10 / 14 - 1)
    assert measures.coverage_share(np.zeros(4), np.array([1.0, 1, 2, np.nan]), came) == pytest.approx(2 / 3)


def test_telling_apart_who_all_orders_nothing_does_not_count_against_a_ranking():
    random = np.random.default_rng(7)
    rate = random.gamma(0.3, 1.0, 20_000)
    came = random.poisson(rate) * 1.0
    few_levels = np.where(random.poisson(rate) > 0, 1.0, 0.0)
    assert (came == 0).mean() > 0.75
    assert measures.rank_correlation(rate, came) > measures.rank_correlation(few_levels, came) + 0.2


def test_what_comes_after_an_origin_changes_nothing_that_was_said_at_it(origins):
    """Law L2: outcomes of the origin and of all that were not over yet are others."""
    other = [replace(one, outcome=one.outcome * 3 + 1) if one.place > 2 else one for one in origins]
    before, after = (Rolling(one, 1, METHODS, Quantity(), 1).forecast(one[3]) for one in (origins, other))
    assert before[0] == after[0]
    assert (before[1].values == after[1].values).all()
    assert (before[1].high == after[1].high).all()


def test_a_model_that_knows_who_buys_earns_its_name_and_its_intervals(record):
    found = earned(record, ["mean", "same_again"])
    assert found.method == FORECAST, [one for one in found.gates if not one.passed]
    assert all(one.passed for one in found.gates)
    assert found.has_interval == all(one.passed for one in found.interval_gates)


@pytest.mark.parametrize(
    ("figure", "value", "failed"),
    [
        ("root_mean_squared_error", 99.0, "squared_error_per_best_baseline"),
        ("rank_correlation", 0.0, "rank_correlation_over_best_baseline"),
        ("total_error_share", -0.3, "total_error_share"),
    ],
)
def test_a_forecast_that_fails_gives_way_to_the_nearest_baseline_that_is_sound(record, figure, value, failed):
    given = [
        replace(one, **{figure: value})
        if one.method == FORECAST
        else replace(one, total_error_share=0.0, root_mean_squared_error=2.0 + (one.method == "mean"))
        for one in record
    ]
    found = earned(given, ["mean", "same_again"])
    assert failed in [one.name for one in found.gates if not one.passed]
    assert found.method == "same_again"
    off = [replace(one, total_error_share=0.5) for one in given]
    assert earned(off, ["mean", "same_again"]).method is None


def test_intervals_that_hold_too_little_or_too_much_are_not_published(record):
    for held, is_held in ((0.6, False), (0.8, True), (0.95, False), (None, False)):
        given = [replace(one, coverage_share=held) for one in record]
        assert earned(given, ["mean", "same_again"]).has_interval == is_held


def test_a_single_origin_earns_nothing(origins):
    few = Rolling(origins[:2], 1, METHODS, Quantity(), 1).record(2)
    assert earned(few, ["mean", "same_again"]).method is None
    assert earned([], ["mean", "same_again"]).method is None
