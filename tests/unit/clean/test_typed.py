"""How numbers, flags, times, ids and texts are read."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from pipeline.clean.typed import origins, typed
from pipeline.engine import Engine
from pipeline.engine.values import held
from pipeline.settings import ColumnMap
from pipeline.tables import fields as f
from pipeline.tables.model import Field


def read(engine: Engine, field: Field, given: pa.Array, **mapping: Any) -> list[Any]:
    """Typed values; what could not be read is 'unread'."""
    raw = engine.from_arrow(pa.table({"x": given, "at": range(len(given))}))
    column = ColumnMap(**({"column": "x"} | mapping))
    table = typed(raw.select("at", **origins(raw, field, column)), [(field, column)], "Europe/Berlin")
    rows = (
        held(table.select("at", value=table[f"v:{field.name}"], unread=table[f"u:{field.name}"]))
        .order_by("at")
        .to_pyarrow()
        .to_pylist()
    )
    return ["unread" if one["unread"] else one["value"] for one in rows]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", Decimal("12.5000")),
        (" -3 ", Decimal("-3.0000")),
        ("1e3", Decimal("1000.0000")),
        ("0.00005", Decimal("0.0000")),
        ("0.00015", Decimal("0.0002")),
        ("-0.00025", Decimal("-0.0002")),
        ("-0.00035", Decimal("-0.0004")),
        ("12345678901234.5678", Decimal("12345678901234.5678")),
        ("100000000000000", "unread"),
        ("1,234.50", "unread"),
        ("1,5", "unread"),
        ("€ 5", "unread"),
        ("twelve", "unread"),
        ("inf", "unread"),
        ("", None),
        (" NaN ", None),
        ("null", None),
        (None, None),
        ("１２.５", Decimal("12.5000")),
    ],
)
def test_amounts_from_text(text: str | None, value: Any, engine: Engine) -> None:
    assert read(engine, f.net_amount, pa.array([text], pa.string())) == [value]


def test_amounts_from_numbers(engine: Engine) -> None:
    floats = pa.array([0.1, 4.35, float("nan"), float("inf"), None, 1e15, 0.03125, 0.09375, -0.03125])
    tenths = pa.array(["1.23456", None]).cast(pa.decimal128(10, 5))

    expected = ["0.1", "4.35", None, "unread", None, "unread", "0.0312", "0.0938", "-0.0312"]
    assert read(engine, f.net_amount, floats) == [
        one if one in (None, "unread") else Decimal(one) for one in expected
    ]
    assert read(engine, f.net_amount, tenths) == [Decimal("1.2346"), None]
    assert read(engine, f.net_amount, pa.array([7, None])) == [Decimal(7), None]
    assert read(engine, f.net_amount, pa.array([True])) == ["unread"]


@settings(max_examples=10, deadline=None)
@hypothesis_given(
    st.lists(st.decimals(-(10**13), 10**13, allow_nan=False, places=7), min_size=1, max_size=50)
)
def test_amounts_from_text_round_half_to_even(engine: Engine, amounts: list[Decimal]) -> None:
    found = read(engine, f.net_amount, pa.array([f"{one:f}" for one in amounts]))

    with localcontext(prec=40):
        assert found == [one.quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for one in amounts]


def test_amounts_are_scaled_and_summed(engine: Engine) -> None:
    assert read(engine, f.net_amount, pa.array(["1999", "x"]), scale=0.01) == [Decimal("19.99"), "unread"]
    raw = engine.from_arrow(
        pa.table({"a": [0.1, None, None, 1.0], "b": ["0.2", "1", None, "x"], "at": [0, 1, 2, 3]})
    )
    mapping = ColumnMap(sum_of=["a", "b"])
    table = typed(
        raw.select("at", **origins(raw, f.discount_amount, mapping)), [(f.discount_amount, mapping)], "UTC"
    )
    rows = held(table).order_by("at").to_pyarrow().to_pylist()

    assert [row["v:discount_amount"] for row in rows] == [Decimal("0.3"), Decimal(1), None, None]
    assert [row["u:discount_amount"] for row in rows] == [False, False, False, True]


def test_whole_numbers_flags_and_codes(engine: Engine) -> None:
    words = pa.array(["5", "5.0", "5.5", "5+", None])

    assert read(engine, f.household_size_count, words, values={"5+": 5}) == [5, 5, "unread", 5, None]
    assert read(engine, f.is_return, pa.array(["Yes", "0", "maybe", None, "T"])) == [
        True,
        False,
        "unread",
        None,
        True,
    ]
    assert read(engine, f.is_return, pa.array([1, 0, 2])) == [True, False, "unread"]
    assert read(engine, f.gender, pa.array(["m", " f ", "x"]), values={"m": "male", "f": "female"}) == [
        "male",
        "female",
        "x",
    ]


def test_text_is_normalised(engine: Engine) -> None:
    written = pa.array(["  New   York ", "Ｚürich", "e\u0301tage", "None", "", "北京", "tab\tbed", "\u3000"])

    assert read(engine, f.city, written) == [
        "New York",
        "Zürich",
        "étage",
        None,
        None,
        "北京",
        "tab bed",
        None,
    ]


def test_ids_of_whole_floats_are_whole(engine: Engine) -> None:
    assert read(engine, f.product_id, pa.array(["12346.0", "0012", "1.5", "A.0", " 7 "])) == [
        "12346",
        "0012",
        "1.5",
        "A.0",
        "7",
    ]
    assert read(engine, f.product_id, pa.array([12346.0, None, float("nan")])) == ["12346", None, None]


@pytest.mark.parametrize(
    ("text", "mapping", "value"),
    [
        ("2024-07-01", {}, "2024-06-30T22:00:00"),
        ("2024-01-01 12:30", {}, "2024-01-01T11:30:00"),
        ("2024-01-01T12:30:00.250Z", {}, "2024-01-01T12:30:00.250000"),
        ("2024-01-01T12:30:00+0900", {}, "2024-01-01T03:30:00"),
        ("2024-01-01T12:30:00+09:00", {}, "2024-01-01T03:30:00"),
        ("01.02.2024", {"format": "%d.%m.%Y"}, "2024-01-31T23:00:00"),
        ("2024-02-01", {"format": "%d.%m.%Y"}, "unread"),
        ("infinity", {"format": "%Y-%m-%d"}, "unread"),
        ("2024-02-30", {}, "unread"),
        ("1704067200", {}, "unread"),
        ("now", {}, "unread"),
        (None, {}, None),
    ],
)
def test_times(text: str | None, mapping: dict[str, Any], value: str | None, engine: Engine) -> None:
    found = read(engine, f.ordered_at, pa.array([text], pa.string()), **mapping)[0]

    assert (found if found in (None, "unread") else found.replace(tzinfo=None).isoformat()) == value


def test_a_day_is_the_day_as_written(engine: Engine) -> None:
    days = read(engine, f.birth_date, pa.array(["1980-05-01", "1980-05-01 23:30:00", "1980-13-01"]))

    assert [str(one) for one in days] == ["1980-05-01", "1980-05-01", "unread"]
