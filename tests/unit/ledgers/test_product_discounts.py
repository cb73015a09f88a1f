"""The ledger of discounts by product: logarithms of prices and quantities, exact."""

import math
from decimal import Decimal

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.ledgers.product_discounts import product_discounts
from tests.unit.ledgers.lines import Company, line, order_lines


def points(engine: Engine, *lines) -> dict:
    table = product_discounts.of({"orders": engine.from_arrow(order_lines(*lines))}, Company())
    assert list(table.columns) == product_discounts.table.columns
    return {row["product_id"]: row for row in engine.to_arrow(table).to_pylist()}


def bought(day: int, **values):
    return line(f"2024-01-{day:02} 10:00", **{"product_id": "p"} | values)


def test_logarithms_of_price_and_quantity_are_summed_by_product(engine):
    found = points(
        engine,
        bought(3, net_amount=10, quantity=1),
        bought(4, net_amount=16, discount_amount=4, quantity=2),
        bought(5, net_amount=5, discount_amount=5, quantity=3, product_id="other"),
    )
    row = found["p"]
    p, q = round(math.log(0.8), 4), round(math.log(2), 4)
    assert (row["points_count"], row["discounted_points_count"]) == (2, 1)
    assert row["log_price_sum"] == Decimal(str(p))
    assert row["log_quantity_sum"] == Decimal(str(q))
    assert row["log_price_squared_sum"] == Decimal(str(p)) ** 2
    assert row["log_product_sum"] == Decimal(str(p)) * Decimal(str(q))
    assert found["other"]["log_price_sum"] == Decimal("-0.6931")


@pytest.mark.duckdb_daily
def test_returns_gifts_and_lines_of_no_known_product_are_no_points(engine):
    found = points(
        engine,
        bought(3, net_amount=-10, quantity=-1, is_return=True),
        bought(4, net_amount=0, discount_amount=10),
        bought(5, product_id=None),
        bought(6, coupon_amount=2),
    )
    assert found.keys() == {"p"}
    assert (found["p"]["points_count"], found["p"]["log_price_sum"]) == (1, 0)


@pytest.mark.duckdb_daily
def test_sums_are_the_same_in_any_order(engine):
    lines = [
        bought(
            day, net_amount=round(10 - day / 7, 4), discount_amount=round(day / 3, 4), quantity=1 + day % 4
        )
        for day in range(1, 28)
    ]
    assert points(engine, *lines) == points(engine, *lines[::-1])
    assert isinstance(pa.scalar(points(engine, *lines)["p"]["log_product_sum"]).as_py(), Decimal)
