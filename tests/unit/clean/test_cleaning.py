"""Typing and judging: a row is kept, or set aside with the first rule that it breaks."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.clean import clean
from pipeline.engine import Engine
from pipeline.errors import InputError
from tests.conftest import KEY
from tests.unit.clean.rows import (
    FIRST,
    GOOD,
    ORDERS,
    aside,
    columns,
    kept,
    raw_rows,
)


def test_a_good_line_has_all_columns_of_the_contract(engine: Engine, write_project: Any) -> None:
    project = write_project(time_zone="America/New_York")
    cleaned = clean(
        ORDERS, {"till": raw_rows(engine, [{"at": "2024-01-05 23:30:00", "order": " A 1 "}])}, project, KEY
    )

    (row,) = kept(cleaned)
    assert aside(cleaned) == []
    assert cleaned.restricted is None
    assert row.pop("account_id").startswith("a_")
    assert len(row.pop("line_key")) == 32
    assert row == {
        "period": "2024-01",
        "source": "till",
        "order_id": "A 1",
        "ordered_at": datetime(2024, 1, 6, 4, 30, tzinfo=UTC),
        "ordered_date": date(2024, 1, 5),
        "ordered_hour": 23,
        "product_id": "P1",
        "quantity": Decimal(2),
        "unit_price_amount": Decimal("9.5"),
        "net_amount": Decimal(19),
        "discount_amount": Decimal(0),
        "coupon_amount": Decimal(0),
        "list_price_amount": None,
        "cost_amount": None,
        "currency": None,
        "channel": None,
        "store_id": None,
        "is_return": False,
    }


BROKEN = [
    ({"customer": " "}, "account_missing", "source_account_id", " "),
    ({"customer": "NaN"}, "account_missing", "source_account_id", "NaN"),
    ({"at": ""}, "time_missing", "ordered_at", ""),
    ({"at": "yesterday"}, "time_unreadable", "ordered_at", "yesterday"),
    ({"at": "9999-01-01"}, "time_implausible", "ordered_at", "9999-01-01"),
    ({"at": "1899-12-31"}, "time_implausible", "ordered_at", "1899-12-31"),
    ({"at": "2024-04-03 00:00:01"}, "time_implausible", "ordered_at", "2024-04-03 00:00:01"),
    ({"quantity": "two"}, "quantity_unreadable", "quantity", "two"),
    ({"quantity": "0.0"}, "quantity_zero", "quantity", "0.0"),
    ({"quantity": None}, "required_missing", "quantity", None),
    ({"price": "-1"}, "price_negative", "unit_price_amount", "-1"),
    ({"price": "1.234,00"}, "amount_unreadable", "unit_price_amount", "1.234,00"),
    ({"price": None}, "required_missing", "unit_price_amount", None),
    ({"order": "none"}, "required_missing", "order_id", "none"),
    (
        {"price": "90000000000000", "quantity": "90000000000000"},
        "value_out_of_range",
        "unit_price_amount",
        "90000000000000",
    ),
    ({"customer": "", "at": "", "quantity": "x"}, "account_missing", "source_account_id", ""),
    ({"at": "x", "quantity": "x"}, "time_unreadable", "ordered_at", "x"),
]


@pytest.mark.parametrize(("change", "rule", "column", "found"), BROKEN)
def test_a_broken_row_is_set_aside_once_with_the_first_rule_it_breaks(
    change: dict[str, Any], rule: str, column: str, found: str | None, engine: Engine, write_project: Any
) -> None:
    cleaned = clean(ORDERS, {"till": raw_rows(engine, [change, {}])}, write_project(), KEY)

    (row,) = aside(cleaned)
    assert len(kept(cleaned)) == 1
    assert (row["disposition"], row["rule"], row["column"], row["found"]) == (
        "quarantined",
        rule,
        column,
        found,
    )
    assert (row["file"], row["row"], row["collected_at"]) == ("orders.csv", 1, FIRST)
    assert row["expected"]
    assert json.loads(row["raw_row"]) == GOOD | change


def test_values_with_a_price_from_the_value(engine: Engine, write_project: Any) -> None:
    project = write_project(sources=columns(unit_price_amount=None, net_amount="price"))
    rows = [
        {"price": "10", "quantity": "3"},
        {"price": "-5", "quantity": "1"},
        {"price": "5", "quantity": "-2"},
        {"price": "-5", "quantity": "-2", "order": "B"},
    ]

    cleaned = clean(ORDERS, {"till": raw_rows(engine, rows)}, project, KEY)

    found = sorted(
        (row["quantity"], row["net_amount"], row["unit_price_amount"], row["is_return"])
        for row in kept(cleaned)
    )
    assert found == [
        (Decimal(-2), Decimal(-5), Decimal("2.5"), True),
        (Decimal(-2), Decimal(-5), Decimal("2.5"), True),
        (Decimal(3), Decimal(10), Decimal("3.3333"), False),
    ]
    assert [(row["rule"], row["found"]) for row in aside(cleaned)] == [("amount_negative", "-5")]


def test_a_line_marked_as_return_becomes_negative(engine: Engine, write_project: Any) -> None:
    project = write_project(
        sources=columns(is_return={"column": "product", "values": {"P1": "no", "R": "yes"}}, product_id=None)
    )

    cleaned = clean(ORDERS, {"till": raw_rows(engine, [{"product": "R"}, {"product": "P1"}])}, project, KEY)

    assert sorted((row["quantity"], row["net_amount"], row["is_return"]) for row in kept(cleaned)) == [
        (Decimal(-2), Decimal(-19), True),
        (Decimal(2), Decimal(19), False),
    ]


def test_accounts_are_shared_within_an_account_space(engine: Engine, write_project: Any) -> None:
    sources = columns()
    sources["shop"] = sources["till"] | {"account_space": "people"}
    sources["app"] = sources["till"] | {"account_space": "people"}
    project = write_project(sources=sources)
    raw = {
        name: raw_rows(engine, [{"customer": one}], name)
        for name, one in (("till", "7"), ("shop", "7"), ("app", " 7.0"))
    }

    account = {row["source"]: row["account_id"] for row in kept(clean(ORDERS, raw, project, KEY))}

    assert account["shop"] == account["app"] != account["till"]


def test_limits_of_the_contract(engine: Engine, write_project: Any) -> None:
    project = write_project(sources=columns(discount_amount="product", product_id=None))

    cleaned = clean(
        ORDERS,
        {"till": raw_rows(engine, [{"product": "-0.01"}, {"product": "0"}, {"product": "?"}])},
        project,
        KEY,
    )

    assert [(row["rule"], row["expected"]) for row in aside(cleaned)] == [
        ("value_out_of_range", "at least 0"),
        ("amount_unreadable", "a plain number such as 1234.5, below 100,000,000,000,000 in size"),
    ]


def test_a_column_mapped_after_collection_is_one_clear_error(engine: Engine, write_project: Any) -> None:
    with pytest.raises(InputError, match="source till: the rows collected earlier have no column shop"):
        clean(ORDERS, {"till": raw_rows(engine, [{}])}, write_project(sources=columns(store_id="shop")), KEY)


def test_no_rows_give_empty_tables_of_the_contract(engine: Engine, write_project: Any) -> None:
    cleaned = clean(ORDERS, {"till": raw_rows(engine, [])}, write_project(), KEY)

    assert kept(cleaned) == []
    assert aside(cleaned) == []
