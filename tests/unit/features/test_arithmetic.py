"""Formulae on one row: against the definition, and null where not defined."""

import statistics
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.features.arithmetic import coefficient_of_variation, ratio, trend_index

DECIMAL = "decimal(38, 8)"


def expression_values(engine: Engine, *expressions: ir.Value) -> list[Any]:
    first, *others = expressions
    named = {f"value_{number}": one for number, one in enumerate(others)}
    [row] = engine.backend.to_pyarrow(first.name("value").as_table().mutate(**named)).to_pylist()
    return list(row.values())


def expression_value(engine: Engine, expression: ir.Value) -> Any:
    return expression_values(engine, expression)[0]


def decimal(value: Decimal | int) -> ir.DecimalValue:
    return ibis.literal(value, DECIMAL)


@pytest.mark.duckdb_suffices
@settings(max_examples=40, deadline=None)
@given(st.lists(st.decimals("0.01", "9999.99", places=2), min_size=2, max_size=12))
def test_variation_from_sums_is_the_variation_of_the_values(engine, values):
    found = expression_value(
        engine,
        coefficient_of_variation(
            ibis.literal(len(values)), decimal(sum(values)), decimal(sum(one * one for one in values))
        ),
    )
    expected = float(statistics.stdev(values) / statistics.mean(values))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_variation_is_null_where_it_is_not_defined(engine):
    undefined = {
        "no value": (0, 0, 0),
        "one value": (1, 5, 25),
        "mean of zero": (2, 0, 0),
        "unknown": (None, None, None),
    }
    variations = [
        coefficient_of_variation(*(ibis.literal(one, DECIMAL) for one in sums)) for sums in undefined.values()
    ]
    found = expression_values(engine, *variations)
    assert dict(zip(undefined, found, strict=True)) == dict.fromkeys(undefined)


def test_equal_values_do_not_vary(engine):
    value = Decimal("0.1")
    assert (
        expression_value(
            engine, coefficient_of_variation(decimal(3), decimal(3 * value), decimal(3 * value**2))
        )
        == 0
    )


def test_trend_compares_rates_per_day(engine):
    expected = {
        (10, 5): 0, (10, 0): 1, (0, 10): -1, (30, 5): 0.5, (0, 0): None, (-10, 5): -1, (None, 5): None,
    }  # fmt: skip
    trends = [
        trend_index(ibis.literal(now, "int64"), ibis.literal(before, "int64"), 60, 30)
        for now, before in expected
    ]
    found = expression_values(engine, *trends)
    assert dict(zip(expected, found, strict=True)) == pytest.approx(expected)


def test_division_by_zero_is_null(engine):
    assert expression_value(engine, ratio(ibis.literal(1), ibis.literal(0))) is None
