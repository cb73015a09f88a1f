"""The map from memberships of one look to shares of second looks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.parameters import from_json, to_json
from pipeline.models.softmax import fit, mapped

CLASSES, SIZE = 3, 900


def told(rng: np.random.Generator, size: int = SIZE) -> np.ndarray:
    """Memberships of customers who stand near one class, or between two."""
    return rng.dirichlet([0.6] * CLASSES, size).T


def looked_at(rng: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    """In which class a second look found each customer: shares of one look."""
    chosen = (rng.random(shares.shape[1]) > shares.cumsum(axis=0)[:-1]).sum(axis=0)
    return (np.arange(CLASSES)[:, None] == chosen).astype(float)


def test_what_was_told_too_surely_is_told_as_it_is():
    rng = np.random.default_rng(4)
    true = told(rng)
    boasted = true**2 / (true**2).sum(axis=0)
    found = mapped(fit(boasted, {}, looked_at(rng, true)), boasted, {})
    assert np.abs(boasted - true).mean() > 0.05
    assert np.abs(found - true).mean() < 0.03


def test_a_number_beside_tells_how_much_memberships_are_worth():
    """Of those who were seen little the memberships are chance: all of them are usual customers."""
    rng = np.random.default_rng(5)
    first, orders = told(rng, 3_000), rng.integers(1, 21, 3_000).astype(float)
    usual = np.array([0.7, 0.2, 0.1])[:, None]
    true = np.where(orders <= 4, usual, first)
    parameters = fit(first, {"orders": orders}, looked_at(rng, true), by="orders")
    found = mapped(parameters, first, {"orders": orders})
    assert np.abs(found - true)[:, orders <= 3].mean() < 0.06
    assert np.abs(found - true)[:, orders >= 8].mean() < 0.06
    assert np.abs(first - true)[:, orders <= 3].mean() > 0.25


def test_where_nothing_sets_customers_apart_everybody_is_usual():
    rng = np.random.default_rng(6)
    usual = np.array([0.5, 0.3, 0.2])[:, None] * np.ones(SIZE)
    first = told(rng)
    found = mapped(fit(first, {}, looked_at(rng, usual)), first, {})
    assert found == pytest.approx(usual, abs=0.1)


def test_an_unknown_number_and_one_without_spread_say_nothing():
    rng = np.random.default_rng(7)
    first = told(rng)
    again = looked_at(rng, first)
    nothing = {"same": np.full(SIZE, 3.0), "unknown": np.full(SIZE, np.nan)}
    assert fit(first, nothing, again) == fit(first, {}, again)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, SIZE - 1))
def test_each_customer_is_mapped_alone_to_probabilities_that_add_up(seed, cut):
    rng = np.random.default_rng(seed)
    first, numbers = told(rng), {"x": np.where(rng.random(SIZE) < 0.1, np.nan, rng.normal(size=SIZE))}
    parameters = fit(first, numbers, looked_at(rng, first))
    whole = mapped(parameters, first, numbers)
    assert whole.sum(axis=0) == pytest.approx(np.ones(SIZE))
    assert ((whole >= 0) & (whole <= 1)).all()
    order = rng.permutation(SIZE)
    parts = [order[:cut], order[cut:]]
    alone = [mapped(parameters, first[:, one], {"x": numbers["x"][one]}) for one in parts]
    assert np.array_equal(np.concatenate(alone, axis=1), whole[:, order])


def test_parameters_are_what_their_text_says():
    rng = np.random.default_rng(8)
    first = told(rng)
    parameters = fit(first, {"x": rng.normal(size=SIZE)}, looked_at(rng, first))
    assert from_json(to_json(parameters)) == parameters
