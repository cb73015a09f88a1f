"""Numbers that are not plain: read as the mapping states, or not at all."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean import clean
from pipeline.clean.typed import origins, typed
from pipeline.engine import Engine
from pipeline.engine.values import held
from pipeline.settings import ColumnMap
from pipeline.tables import fields as f
from tests.conftest import KEY
from tests.unit.clean.rows import ORDERS, aside, columns, kept, raw_rows
from tests.unit.clean.test_typed import read

GERMAN: dict[str, Any] = {"decimal": ",", "thousands": "."}

BLANKS: dict[str, Any] = {"decimal": ",", "thousands": " "}


def amounts(engine: Engine, texts: list[str], **mapping: Any) -> list[Any]:
    found = read(engine, f.net_amount, pa.array(texts, pa.string()), **mapping)
    return [one if one in (None, "unread") else str(one.normalize() + 0) for one in found]


@pytest.mark.parametrize(
    ("texts", "form", "value"),
    [
        (["1.234,50", "1234,5", "+1.234,5", " １.２３４，５ ", "1.234,50000"], GERMAN, "1234.5"),
        (["-12.345.678,9"], GERMAN, "-12345678.9"),
        (["9,50", "9,5"], {"decimal": ","}, "9.5"),
        ([",5", "0,5", "5E-1", "5,0e-1"], {"decimal": ","}, "0.5"),
        (["7", "7,", "7,0", "007"], {"decimal": ","}, "7"),
        (["1,234.50", "1234.5"], {"thousands": ","}, "1234.5"),
        (["1'234.50", "1’234.5", "1234.5"], {"thousands": "'"}, "1234.5"),
        (["1 234,50", "1\u00a0234,5", "1\u202f234,5", "1\u2009234,5"], BLANKS, "1234.5"),
        ([".5"], {"decimal": "."}, "0.5"),
    ],
)
def test_numbers_are_read_in_the_stated_form(
    texts: list[str], form: dict[str, Any], value: str, engine: Engine
) -> None:
    assert amounts(engine, texts, **form) == [value] * len(texts)


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["1,234.50", "12.34,5", "1.2345", "0.123", "1.23", "9.50", ".123", "1.234.5", "1..234"], GERMAN),
        (["1,2,3", "1,5.", "1.234,5.0", "--1", "-", ",", "1 234", "€ 5", "1e", "1_000", "inf"], GERMAN),
        (["9.50", "1.234,50", "1 234"], {"decimal": ","}),
        (["9,50", "1.234,5", "12,34", "1,234,5", "0,123"], {"thousands": ","}),
        (["1,234", "9,5"], {"decimal": "."}),
        (["1'234 567"], {"thousands": "'"}),
    ],
)
def test_what_does_not_fit_the_form_is_never_guessed(
    texts: list[str], form: dict[str, Any], engine: Engine
) -> None:
    assert amounts(engine, texts, **form) == ["unread"] * len(texts)


def test_no_value_is_none_in_any_form(engine: Engine) -> None:
    assert amounts(engine, ["", " null ", "NaN"], **GERMAN) == [None] * 3


def test_numbers_that_are_no_text_have_no_form(engine: Engine) -> None:
    for given_ in (pa.array([1.125]), pa.array([Decimal("1.125")])):
        assert read(engine, f.net_amount, given_, **GERMAN) == [Decimal("1.125")]
        assert read(engine, f.net_amount, given_, values={"2": 3}, **GERMAN) == [Decimal("1.125")]


def test_whole_numbers_scales_and_sums(engine: Engine) -> None:
    assert read(engine, f.household_size_count, pa.array(["1.000", "2,0", "2,5", "2.0"]), **GERMAN) == [
        1000,
        2,
        "unread",
        "unread",
    ]
    assert amounts(engine, ["1.999,5"], scale=0.01, **GERMAN) == ["19.995"]
    raw = engine.from_arrow(pa.table({"a": ["1.000,5"], "b": ["2,25"], "at": [0]}))
    mapping = ColumnMap(sum_of=["a", "b"], **GERMAN)
    table = typed(
        raw.select("at", **origins(raw, f.discount_amount, mapping)), [(f.discount_amount, mapping)], "UTC"
    )
    assert held(table)["v:discount_amount"].to_pyarrow().to_pylist() == [Decimal("1002.75")]


def test_recoded_values_are_plain(engine: Engine) -> None:
    """1.000 is a thousand and no other way to write the code 1; 2.5 is what the settings say."""
    texts = ["1.000", "1", "free", "ask", "1.234,5", "2.5"]
    codes = {"1": 2.5, "free": 0, "ask": None}
    assert amounts(engine, texts, values=codes, **GERMAN) == ["1000", "2.5", "0", None, "1234.5", "unread"]


@settings(max_examples=10, deadline=None)
@given(
    numbers=st.lists(st.decimals(-(10**12), 10**12, allow_nan=False, places=4), min_size=1, max_size=40),
    form=st.sampled_from([(",", "."), (",", " "), (".", ","), (".", "'"), (",", "'"), (",", None)]),
)
def test_law_a_number_in_its_form_is_that_number(
    engine: Engine, numbers: list[Decimal], form: tuple[str, str | None]
) -> None:
    decimal, thousands = form
    signs = str.maketrans({",": thousands or "", ".": decimal})
    texts = [f"{one:,f}".translate(signs) for one in numbers]

    found = read(engine, f.net_amount, pa.array(texts), decimal=decimal, thousands=thousands)

    assert found == numbers


def test_a_row_whose_price_does_not_fit_is_quarantined_and_told_the_form(
    engine: Engine, write_project: Any
) -> None:
    price = {"column": "price", "decimal": ",", "thousands": "."}
    rows = [{"order": "A", "price": "1.234,50"}, {"order": "B", "price": "9.50"}]

    found = clean(
        ORDERS,
        {"till": raw_rows(engine, rows)},
        write_project(sources=columns(unit_price_amount=price)),
        KEY,
    )

    assert [(one["order_id"], str(one["unit_price_amount"])) for one in kept(found)] == [("A", "1234.5000")]
    [bad] = aside(found)
    assert (bad["rule"], bad["column"], bad["found"]) == ("amount_unreadable", "unit_price_amount", "9.50")
    assert bad["expected"] == "a number written as 1.234,5"
    unsaid = clean(ORDERS, {"till": raw_rows(engine, [{"price": "9,50"}])}, write_project(), KEY)
    assert [one["rule"] for one in aside(unsaid)] == ["amount_unreadable"]
