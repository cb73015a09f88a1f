"""Amounts of orders: as published on CDNOW, found again when drawn, between the own mean and everybody's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.lifetime import Amounts, amount_interval, expected_amount, fit_amounts
from pipeline.models.parameters import to_json
from tests.unit.models.lifetime.buyers import LEVELS, by_renewals, cdnow_amounts, per_level, spent

PARAMETERS = {"p": 4.0, "q": 3.5, "gamma": 60.0}


def one(orders, mean_amount):
    return Amounts(np.array([float(orders)]), np.array([float(mean_amount)]))


def test_published_parameters_of_cdnow():
    """Fader, Hardie (2013): 6.25, 3.74, 15.44; customers 1 and 2 in ``lifetimes``: 24.66, 18.91."""
    found = fit_amounts(cdnow_amounts())
    assert list(found.parameters.values()) == pytest.approx([6.25, 3.74, 15.44], rel=0.01)
    amounts = Amounts(cdnow_amounts().orders[:2], cdnow_amounts().mean_amount[:2])
    assert expected_amount(found.parameters, amounts) == pytest.approx([24.66, 18.91], abs=0.03)
    assert found.notes["orders_amount_correlation"] == pytest.approx(0.206, abs=0.005)


def test_drawn_parameters_are_found_again_in_any_currency_and_order_of_rows():
    drawn = spent(by_renewals(30_000, 1), 2).amounts
    found = fit_amounts(drawn)
    for name, value in PARAMETERS.items():
        assert abs(found.parameters[name] - value) <= 4 * found.notes["standard_errors"][name]
    order = np.random.default_rng(3).permutation(30_000)
    assert to_json(fit_amounts(drawn.taken(order)).parameters) == to_json(found.parameters)
    other = fit_amounts(Amounts(drawn.orders, drawn.mean_amount * 7.8))
    assert other.parameters["gamma"] == pytest.approx(found.parameters["gamma"] * 7.8, rel=0.01)
    assert other.parameters["p"] == pytest.approx(found.parameters["p"], rel=0.01)


@given(st.integers(1, 500), st.floats(0.01, 1e6))
def test_the_expectation_is_between_the_own_mean_and_everybodys(orders, mean_amount):
    everybodys = 4.0 * 60.0 / 2.5
    assert expected_amount(PARAMETERS, one(0, np.nan))[0] == pytest.approx(everybodys)
    found = expected_amount(PARAMETERS, one(orders, mean_amount))[0]
    low, high = sorted((mean_amount, everybodys))
    assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)


def test_more_orders_weigh_more():
    found = [expected_amount(PARAMETERS, one(orders, 10.0))[0] for orders in (0, 1, 5, 50)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(10, rel=0.15)


def test_an_80_percent_interval_holds_the_next_amount_at_every_level_of_evidence():
    buyers = by_renewals(60_000, 5)
    drawn = spent(buyers, 6)
    parameters = fit_amounts(spent(by_renewals(40_000, 7), 8).amounts).parameters
    low, high = amount_interval(parameters, drawn.amounts)
    held = (drawn.next_amount >= low) & (drawn.next_amount <= high)
    covered = per_level(buyers.histories, held * 1.0)
    assert len(covered) == len(LEVELS)
    assert all(0.75 <= one <= 0.85 for one in covered), covered


@pytest.mark.parametrize("mean_amount", [0.0, -5.0, np.nan])
def test_what_is_no_amount_is_unknown(mean_amount):
    assert np.isnan(expected_amount(PARAMETERS, one(3, mean_amount))).all()


def failed(fit):
    assert fit.parameters is None
    return {gate.name for gate in fit.gates if not gate.passed}


def test_one_order_each_tells_nothing():
    assert failed(fit_amounts(Amounts(np.ones(500), np.linspace(1, 9, 500)))) == {"repeat_customers"}


def test_amounts_without_a_mean_over_customers_are_refused():
    drawn = spent(by_renewals(20_000, 1), 2, q=0.8, gamma=1.0).amounts
    assert failed(fit_amounts(drawn)) == {"mean_exists"}
