"""Random expressions mean the same on every engine and by hand."""

import math
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.expressions import ExpressionError, compiled
from tests.engines import each_engine
from tests.unit.expressions.by_hand import Part, UnsureError
from tests.unit.expressions.grammar import ROW, one_of_each
from tests.unit.expressions.rows import TYPES

on_spark = pytest.fixture(scope="module", params=["spark"])(each_engine)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def check(engine: Any, rows: list[dict[str, Any]], parts: list[Part]) -> None:
    """Computed by ``engine`` and by hand, all of ``parts`` in all of ``rows`` are the same."""
    columns = {name: pa.array([row[name] for row in rows], TYPES[name]) for name in rows[0]}
    table = engine.from_arrow(pa.table(columns))
    values = {name: table[name] for name in columns}
    made = {}
    for one in parts:
        with suppress(TooMuchError):
            made[one] = _made(one, values)
    named = {f"e{at}": value for at, value in enumerate(made.values())}
    found = engine.to_arrow(table.select(n=values["i"], **named)).to_pydict()
    judged = 0
    for one, name in zip(made, named, strict=True):
        is_whole = one.digits is not None and one.digits[1] == 0
        for row, value in zip(rows, found[name], strict=True):
            with suppress(UnsureError):
                expected = one.of(row)
                if is_whole and expected is not None and abs(expected) >= 2**63:
                    expected = None
                judged += 1
                assert same(value, expected), f"{one.text} in {row}: {value!r}, by hand {expected!r}"
    event(f"judged {round(judged / (len(rows) * len(parts)), 1)}")


class TooMuchError(Exception):
    """The expression is refused for its size."""


def _made(one: Part, values: dict[str, Any]) -> Any:
    try:
        return compiled(one.text, values, untyped=("q",))
    except ExpressionError as error:
        if "too much stands" not in str(error):
            raise
        raise TooMuchError from error


def same(value: Any, expected: Any) -> bool:
    if value is None or expected is None:
        return value is expected
    if isinstance(expected, Fraction) and not isinstance(value, float):
        return Fraction(value) == expected
    if isinstance(value, float):
        return math.isclose(value, float(expected), rel_tol=1e-9, abs_tol=1e-300)
    if isinstance(expected, float):
        return isinstance(value, Decimal | int) and math.isclose(float(value), expected, rel_tol=1e-9)
    return type(value) is type(expected) and value == expected


# not shrunk: a failure names its one expression and row
@settings(max_examples=4, deadline=None, suppress_health_check=SLOW, phases=[Phase.generate])
@given(rows=st.lists(ROW, min_size=6, max_size=6), parts=one_of_each(2))
def test_on_duckdb(duckdb: Engine, rows: list[dict[str, Any]], parts: list[Part]) -> None:
    check(duckdb, rows, parts)


@settings(
    max_examples=1, derandomize=True, phases=[Phase.generate], deadline=None, suppress_health_check=SLOW
)
@given(rows=st.lists(ROW, min_size=8, max_size=12), parts=one_of_each(2))
def test_on_spark(on_spark: Any, rows: list[dict[str, Any]], parts: list[Part]) -> None:
    check(on_spark, rows, parts)
