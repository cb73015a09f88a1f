"""Training sets: features as they were stored, outcomes from features stored later, and nothing else."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.forecasts import FORECASTS
from pipeline.forecasts.training import History, read_history
from tests.unit.forecasts.stored import (
    CALENDAR,
    FIRST,
    orders_of,
    periods,
    plan,
    stored,
    with_contacts,
)

CHURN = FORECASTS["churn_probability_2p"]
GROWTH = FORECASTS["growth_probability_3p"]
RESPONSE = FORECASTS["response_probability_2p"]


def history(engine, table: pa.Table, count: int, most_rows: int = 50_000) -> History:
    here = plan(periods(count)[-1])
    read = [one.reads for one in FORECASTS.values()]
    return read_history(
        engine.from_arrow(table), read, CALENDAR, FIRST, here.periods, here.retention_days, most_rows
    )


def by_customer(origin) -> dict[str, float]:
    return dict(zip(origin.frame.customer_id.to_pylist(), origin.outcome.tolist(), strict=True))


def test_the_outcome_is_what_was_ordered_in_the_periods_after(engine):
    orders = orders_of(6, customers=60)
    first, *_ = history(engine, stored(orders), 6).origins(CHURN)
    assert first.period == FIRST
    expected = {f"c{one:05d}": float(orders[one, 1:3].sum() == 0) for one in range(60) if orders[one, 0] > 0}
    assert by_customer(first) == expected


@pytest.mark.duckdb_daily
def test_origins_whose_horizon_is_not_over_are_no_training_set(engine):
    found = history(engine, stored(orders_of(6, customers=60)), 6)
    assert [one.period for one in found.origins(CHURN)] == periods(6)[:4]
    assert [one.place for one in found.origins(CHURN)] == [0, 1, 2, 3]


@pytest.mark.duckdb_daily
def test_growth_compares_rates_per_30_days_and_is_asked_of_those_who_were_there(engine):
    orders = np.array(
        [[1, 1, 1, 1, 1, 1], [2, 2, 2, 0, 0, 1], [1, 1, 1, 2, 2, 2], [0, 1, 1, 9, 9, 9], [1, 0, 0, 0, 0, 0]]
    )
    found = {one.period: by_customer(one) for one in history(engine, stored(orders), 6).origins(GROWTH)}
    # January to March have 91 days, as have April to June: three orders against three are no growth.
    assert found == {"2024-03": {"c00000": 0.0, "c00001": 0.0, "c00002": 1.0, "c00004": 0.0}}


@pytest.mark.duckdb_daily
def test_an_answer_is_asked_of_who_was_contacted_before_and_again_in_the_next_period_alone(engine):
    orders = np.ones((4, 5), int)
    contacts = np.array([[1, 2, 0, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [1, 0, 1, 1, 0]])
    answers = np.array([[0, 2, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 1, 0]])
    table = with_contacts(stored(orders), contacts, answers)
    found = {one.period: by_customer(one) for one in history(engine, table, 5).origins(RESPONSE)}
    assert found == {
        "2024-01": {"c00000": 1.0, "c00001": 0.0},  # two answers are one outcome; the last was in March
        "2024-02": {"c00001": 1.0, "c00002": 0.0, "c00003": 0.0},
        "2024-03": {"c00003": 1.0},
    }


def test_who_is_missing_because_it_long_did_nothing_did_not_order_and_who_vanished_is_left_out(engine):
    orders = orders_of(4, customers=60)
    table = stored(orders)
    there = [f"c{one:05d}" for one in range(60) if orders[one, 0] > 0]
    faded, merged = there[:2]
    after = pc.and_(
        pc.not_equal(table["period"], FIRST), pc.is_in(table["customer_id"], pa.array([faded, merged]))
    )
    table = table.filter(pc.invert(after))
    long_ago = CALENDAR.as_of(FIRST) - timedelta(days=350)
    at = table.schema.get_field_index("last_active_at")
    dates = [
        long_ago if customer == faded else value
        for customer, value in zip(
            table["customer_id"].to_pylist(), table["last_active_at"].to_pylist(), strict=True
        )
    ]
    table = table.set_column(at, table.schema.field(at), pa.array(dates, table.schema.field(at).type))
    first = by_customer(history(engine, table, 4).origins(CHURN)[0])
    assert first[faded] == 1.0
    assert merged not in first
    assert set(first) == set(there) - {merged}


def told_by_the_future(engine, place: int, make=stored) -> set[str]:
    """Features at an origin that differ where nothing differs but what came after it."""
    orders = orders_of(6, customers=60)
    other = orders.copy()
    other[:, place + 1 :] = orders_of(6, customers=60, seed=2)[:, place + 1 :]
    one, two = (history(engine, make(given), 6).origins(CHURN)[place].frame for given in (orders, other))
    assert one.customer_id.equals(two.customer_id)
    return {
        name
        for name, values in one.numbers.items()
        if not np.array_equal(values, two.number(name), equal_nan=True)
    }


@pytest.mark.duckdb_daily
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_comes_after_an_origin_changes_no_feature_at_it(engine, place):
    """Law L2: whatever happens later, an origin is learned from as it stood."""
    assert told_by_the_future(engine, place) == set()


@pytest.mark.duckdb_daily
def test_a_planted_leak_is_caught(engine):
    def leaking(given: np.ndarray) -> pa.Table:
        table = stored(given)
        at = table.schema.get_field_index("mean_gap_days_12p")
        future = {f"c{one:05d}": float(given[one].sum()) for one in range(len(given))}
        values = [future[one] for one in table["customer_id"].to_pylist()]
        return table.set_column(at, table.schema.field(at), pa.array(values))

    assert told_by_the_future(engine, 0, leaking) == {"mean_gap_days_12p"}


def test_many_customers_are_sampled_by_id_the_same_ones_in_every_period(engine):
    table = stored(orders_of(5, customers=600))
    few = history(engine, table, 5, most_rows=600)
    everybody = history(engine, table, 5)
    assert sum(map(len, few.frames)) == pytest.approx(600, rel=0.25)
    chosen = set(few.frames[-1].customer_id.to_pylist())
    for some, whole in zip(few.frames, everybody.frames, strict=True):
        assert set(some.customer_id.to_pylist()) == chosen & set(whole.customer_id.to_pylist())
