"""Random expressions mean the same on every engine and by hand."""

import math
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
from tests.unit.expressions.by_hand import Part, Unsure
from tests.unit.expressions.grammar import ROW, part
from tests.unit.expressions.rows import TYPES

spark = pytest.fixture(scope="module", params=["spark"])(each_engine)
SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
    HealthCheck.function_scoped_fixture,
]
PARTS = st.sampled_from(["number", "number", "boolean", "boolean", "text", "date"]).flatmap(
    lambda kind: part(kind, 3)
)


def check(engine: Any, rows: list[dict[str, Any]], parts: list[Part]) -> None:
    """Computed by ``engine`` and by hand, all of ``parts`` in all of ``rows`` are the same."""
    types = {name: TYPES[name] for name in rows[0]}
    table = engine.from_arrow(
        pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()})
    )
    values = {name: table[name] for name in types}
    made = {}
    for at, one in enumerate(parts):
        try:
            made[f"e{at}"] = compiled(one.text, values, untyped=("q",))
        except ExpressionError as error:
            assert "too much stands" in str(error), one.text
    found = engine.to_arrow(table.select(n=values["i"], **made)).to_pydict()
    judged = 0
    for at, one in enumerate(parts):
        if f"e{at}" not in made:
            continue
        for row, value in zip(rows, found[f"e{at}"], strict=True):
            try:
                expected = one.of(row)
            except Unsure:
                continue
            judged += 1
            if (
                isinstance(expected, Fraction)
                and one.digits
                and one.digits[1] == 0
                and abs(expected) >= 2**63
            ):
                expected = None
            assert same(value, expected), f"{one.text} in {row}: {value!r}, by hand {expected!r}"
    event(f"judged {round(judged / (len(rows) * len(parts)), 1)}")


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


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(rows=st.lists(ROW, min_size=1, max_size=6), parts=st.lists(PARTS, min_size=1, max_size=12))
def test_on_duckdb(duckdb: Engine, rows: list[dict[str, Any]], parts: list[Part]) -> None:
    check(duckdb, rows, parts)


@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=SLOW
)
@given(rows=st.lists(ROW, min_size=8, max_size=12), parts=st.lists(PARTS, min_size=25, max_size=40))
def test_on_spark(spark: Any, rows: list[dict[str, Any]], parts: list[Part]) -> None:
    check(spark, rows, parts)
