"""How numbers, flags, times, ids and texts are read."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from pipeline.clean.typed import origins, typed
from pipeline.engine import Engine
from pipeline.engine.values import held, instant, row_zone
from pipeline.settings import ColumnMap
from pipeline.tables import fields as f
from pipeline.tables.model import Field
from tests.unit.clean.rows import FIRST


def read(engine: Engine, field: Field, given: pa.Array, **mapping: Any) -> list[Any]:
    """Typed values; what could not be read is 'unread'."""
    beside = {"at": range(len(given)), "collected_at": [FIRST] * len(given)}
    raw = engine.from_arrow(pa.table({"x": given} | beside))
    column = ColumnMap(**({"column": "x"} | mapping))
    table = typed(raw.select(*beside, **origins(raw, field, column)), [(field, column)], "Europe/Berlin")
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


@pytest.mark.parametrize("kind", [pa.decimal128(18, 2), pa.decimal128(30, 4), pa.decimal128(38, 10)])
def test_decimals_of_few_places_are_read_as_those_of_many(kind: pa.DataType, engine: Engine) -> None:
    amounts = [Decimal("1.25"), Decimal("-0.5"), None, Decimal("99999999999999.99")]
    assert read(engine, f.unit_price_amount, pa.array(amounts, kind)) == amounts
    beyond = Decimal("100000000000000.25")
    assert read(engine, f.unit_price_amount, pa.array([beyond], kind)) == ["unread"]
    assert read(engine, f.unit_price_amount, pa.array([Decimal("1.25")], kind), scale=100) == [Decimal("125")]


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
        ("1704067200", {"format": "epoch"}, "2024-01-01T00:00:00"),
        ("1704067200.25", {"format": "epoch"}, "2024-01-01T00:00:00.250000"),
        ("-86400", {"format": "epoch"}, "1969-12-31T00:00:00"),
        ("1704067200250", {"format": "epoch_ms"}, "2024-01-01T00:00:00.250000"),
        ("1704067200250", {"format": "epoch"}, "unread"),
        ("99999999999999999999999", {"format": "epoch"}, "unread"),
        ("45292", {"format": "excel"}, "2023-12-31T23:00:00"),
        ("45292.5208333333", {"format": "excel"}, "2024-01-01T11:30:00"),
        ("2958466", {"format": "excel"}, "unread"),
        ("x", {"format": "excel"}, "unread"),
        ("2024-02-01", {"format": ["%d.%m.%Y", "iso"]}, "2024-01-31T23:00:00"),
        ("01.02.2024", {"format": ["iso", "%d.%m.%Y"]}, "2024-01-31T23:00:00"),
        ("01.02.24", {"format": ["%d.%m.%Y", "%d.%m.%y"]}, "2024-01-31T23:00:00"),
        ("01.02.24", {"format": "%d.%m.%Y"}, "unread"),
        ("45292", {"format": ["iso", "excel"]}, "2023-12-31T23:00:00"),
        ("soon", {"format": ["iso", "excel", "%d.%m.%Y"]}, "unread"),
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


def test_times_in_numbers_and_in_dates(engine: Engine) -> None:
    serial = read(engine, f.ordered_at, pa.array([45292.0, 45292.25, None]), format="excel")
    seconds = read(engine, f.ordered_at, pa.array([1704067200, None]), format="epoch")
    dates = read(engine, f.ordered_at, pa.array([date(2024, 1, 1)]), format="excel")

    assert [str(one) for one in serial] == ["2023-12-31 23:00:00+00:00", "2024-01-01 05:00:00+00:00", "None"]
    assert [str(one) for one in seconds] == ["2024-01-01 00:00:00+00:00", "None"]
    assert [str(one) for one in dates] == ["2023-12-31 23:00:00+00:00"]


def test_a_row_may_have_a_time_zone_of_its_own(engine: Engine) -> None:
    zones = ["Asia/Shanghai", "America/New_York", None, "", "Mars/Olympus", "Asia/Shanghai"]
    times = ["2024-01-01 12:00"] * 5 + ["2024-01-01T12:00:00Z"]
    raw = engine.from_arrow(pa.table({"x": times, "zone": zones, "at": range(6)}))
    column = ColumnMap(column="x", time_zone_column="zone")

    table = typed(
        raw.select("at", **origins(raw, f.ordered_at, column)), [(f.ordered_at, column)], "Europe/Berlin"
    )
    rows = held(table).order_by("at").to_pyarrow().to_pylist()

    assert [row["v:ordered_at"] and row["v:ordered_at"].hour for row in rows] == [4, 17, 11, 11, None, 12]
    assert [row["u:ordered_at"] for row in rows] == [False] * 4 + [True, False]
    # a row is placed in its period by the same instant
    placed = raw.select(
        "at", placed=instant(raw["x"], column.formats, row_zone(raw, column, "Europe/Berlin"))
    )
    assert [one["placed"] for one in placed.order_by("at").to_pyarrow().to_pylist()] == [
        row["v:ordered_at"] for row in rows
    ]


def test_birth_dates_of_two_digit_years_lie_before_the_collection(engine: Engine) -> None:
    two = read(
        engine, f.birth_date, pa.array(["01.05.80", "01.05.50", "01.05.23", "01.05.25"]), format="%d.%m.%y"
    )
    formats = ["iso", "%d.%m.%Y", "%d.%m.%y"]
    mixed = read(engine, f.birth_date, pa.array(["2025-05-01", "01.05.1980", "01.05.25"]), format=formats)

    assert [str(one) for one in two] == ["1980-05-01", "1950-05-01", "2023-05-01", "1925-05-01"]
    # four digits are taken at their word: a date to come is no birth date, and is left out later
    assert [str(one) for one in mixed] == ["2025-05-01", "1980-05-01", "1925-05-01"]


def test_rates_have_eight_places(engine: Engine) -> None:
    assert read(engine, f.rate, pa.array(["0.123456785", "0.123456775", "10000000000", "x", None])) == [
        Decimal("0.12345678"),
        Decimal("0.12345678"),
        "unread",
        "unread",
        None,
    ]
    assert read(engine, f.rate, pa.array([1, 2])) == [Decimal(1), Decimal(2)]
    assert read(engine, f.rate, pa.array([0.9137])) == [Decimal("0.9137")]
