"""New categories: pairs, what models learn of them, and what a rolling origin says of the likeliest."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from pipeline.forecasts.new_category import METHODS
from pipeline.models.category import methods
from pipeline.models.category.methods import AFFINITY, COMMON, POPULAR
from pipeline.models.category.pairs import categories_of, pairs_of, with_bought
from pipeline.models.category.target import NEW_CATEGORY, told_first
from pipeline.models.frame import Frame
from pipeline.models.parameters import from_json, rounded, to_json
from pipeline.models.probability import measures
from pipeline.models.rolling import FORECAST, Rolling
from tests.unit.models.category.synthetic import CATEGORIES, origin

BY_NAME = {one.name: one for one in METHODS}


def frame_of(bought: dict[str, list[float]]) -> Frame:
    ids = pa.array([f"c{one}" for one in range(len(next(iter(bought.values()))))])
    return with_bought(Frame(ids, {}, {}), {name: np.array(one) for name, one in bought.items()})


def fitted(name: str, count: int = 3):
    return methods.fit(BY_NAME[name].models[0], [origin(place) for place in range(count)])


def test_pairs_are_candidates_that_were_not_bought_in_one_order():
    frame = frame_of({"b": [0, 1, np.nan], "a": [1, 0, 0]})
    assert sorted(categories_of(frame)) == ["a", "b"]
    pairs = pairs_of(frame, ["a", "b", "never seen"])
    assert list(zip(pairs.customer.tolist(), pairs.category.tolist(), strict=True)) == [
        (0, 1),
        (1, 0),
        (2, 0),
    ]


def test_the_likeliest_is_the_first_of_equals_and_there_is_none_where_all_was_bought():
    pairs = pairs_of(frame_of({"a": [0, 1, 0], "b": [0, 1, 0]}), ["a", "b"])
    has, place, value = pairs.best(np.array([0.3, 0.3, 0.1, 0.2]))
    assert (has.tolist(), place.tolist()) == ([True, False, True], [0, -1, 1])
    assert value[[0, 2]].tolist() == [0.3, 0.2]
    assert np.isnan(value[1])
    nobody = pairs_of(frame_of({"a": [1, 1]}), []).best(np.empty(0))
    assert nobody[0].tolist() == [False, False]


def test_popularity_is_the_rate_among_those_without_the_category():
    found = methods.fit(BY_NAME[POPULAR].models[0], [origin(0)])
    pairs = pairs_of(origin(0).frame, CATEGORIES)
    of_a1 = origin(0).outcome[pairs.category == 0]
    assert found["categories"] == CATEGORIES
    assert found["popularity"][0] == pytest.approx(
        np.log((of_a1.sum() + 0.5) / (len(of_a1) - of_a1.sum() + 0.5))
    )


def test_what_was_bought_tells_of_what_is_not_where_tastes_differ_and_nothing_where_they_do_not():
    def auc(name: str, taste: float) -> float:
        past = [origin(place, taste=taste) for place in range(3)]
        there = origin(9, taste=taste)
        return measures.auc(
            methods.score(methods.fit(BY_NAME[name].models[0], past), there.frame), there.outcome
        )

    assert auc(POPULAR, 12.0) + 0.02 < auc(COMMON, 12.0) < auc(AFFINITY, 12.0) - 0.02
    assert auc(AFFINITY, 1.0) == pytest.approx(auc(COMMON, 1.0), abs=0.01)


@pytest.mark.parametrize("name", [*BY_NAME])
def test_frozen_parameters_are_text_and_a_customer_is_told_the_same_whoever_stands_beside(name):
    read = from_json(to_json(rounded(fitted(name))))
    frame = origin(5).frame
    flags = np.arange(len(frame)) % 5 == 2
    pairs = pairs_of(frame, sorted(categories_of(frame)))
    whole, some = methods.score(read, frame), methods.score(read, frame.taken(flags))
    assert whole[flags[pairs.customer]] == pytest.approx(some, abs=1e-12)
    assert np.isfinite(whole).all()


@pytest.mark.parametrize("name", [*BY_NAME])
def test_a_category_that_no_fit_has_seen_and_one_that_is_gone_are_no_obstacle(name):
    frame = origin(5).frame
    numbers = {
        key.replace("bought:b4", "bought:new"): value
        for key, value in frame.numbers.items()
        if key != "bought:a1"
    }
    other = replace(frame, numbers=numbers)
    told = methods.score(fitted(name), other)
    pairs = pairs_of(other, sorted(categories_of(other)))
    assert len(told) == len(pairs) > 0
    assert np.isfinite(told).all()


@pytest.fixture(scope="module")
def rolling() -> Rolling:
    return Rolling([origin(place) for place in range(6)], 1, METHODS, NEW_CATEGORY, seed=1)


def test_the_likeliest_is_bought_more_often_than_the_most_popular_and_as_often_as_is_said(rolling):
    told, came = told_first(rolling, FORECAST, 6)
    _, popular = told_first(rolling, POPULAR, 6)
    assert rolling.chosen(6).name == AFFINITY
    assert came.mean() > popular.mean() + 0.02
    assert told.mean() == pytest.approx(came.mean(), abs=0.03)


@pytest.mark.parametrize("place", [2, 4])
def test_what_comes_after_an_origin_changes_nothing_that_was_told_at_it(place, rolling):
    """Law L2."""
    turned = [replace(one, outcome=1 - one.outcome) if one.place >= place else one for one in rolling.origins]
    other = Rolling(turned, 1, METHODS, NEW_CATEGORY, seed=1)
    before, after = (one.forecast(one.origins[place])[1].values for one in (rolling, other))
    assert (before == after).all()


def test_the_order_of_customers_changes_no_fit():
    past = [origin(place, customers=300) for place in range(2)]
    turned = []
    for one in past:
        order = np.random.default_rng(one.place).permutation(len(one.frame))
        numbers = {name: values[order] for name, values in one.frame.numbers.items()}
        frame = Frame(one.frame.customer_id.take(pa.array(order)), numbers, {})
        here, there = pairs_of(one.frame, CATEGORIES), pairs_of(frame, CATEGORIES)
        whole = np.zeros(here.bought.shape)
        whole[here.customer, here.category] = one.outcome
        turned.append(replace(one, frame=frame, outcome=whole[order][there.customer, there.category]))
    for name in BY_NAME:
        one, two = (rounded(methods.fit(BY_NAME[name].models[0], given)) for given in (past, turned))
        assert to_json(one) == to_json(two), name
