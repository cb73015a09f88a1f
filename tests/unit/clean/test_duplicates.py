"""Duplicates: which row survives does not depend on the order of rows."""

from collections import Counter
from decimal import Decimal
from typing import Any

from pipeline.clean import clean
from pipeline.engine import Engine
from tests.conftest import KEY
from tests.unit.clean.rows import LATER, ORDERS, aside, columns, kept, raw_rows


def test_exact_duplicates_are_dropped_within_source_and_period(engine: Engine, write_project: Any) -> None:
    rows = [{"_collected_at": LATER}, {}, {}, {"period": "2024-02"}, {"price": "9.5"}]

    cleaned = clean(ORDERS, {"till": raw_rows(engine, rows)}, write_project(), KEY)

    assert [(row["row"], row["disposition"], row["rule"]) for row in aside(cleaned)] == [
        (1, "duplicate", "exact_duplicate"),
        (3, "duplicate", "exact_duplicate"),
    ]
    assert Counter(row["period"] for row in kept(cleaned)) == {"2024-01": 2, "2024-02": 1}


def test_equal_lines_may_be_kept_under_numbered_keys(engine: Engine, write_project: Any) -> None:
    sources = columns()
    sources["till"]["exact_duplicates"] = "keep"

    cleaned = clean(ORDERS, {"till": raw_rows(engine, [{}, {}, {}])}, write_project(sources=sources), KEY)

    keys = [row["line_key"] for row in kept(cleaned)]
    assert keys == [keys[0], f"{keys[0]}-1", f"{keys[0]}-2"]
    assert aside(cleaned) == []


def test_of_equal_keys_the_latest_collected_survives(engine: Engine, write_project: Any) -> None:
    project = write_project(sources=columns(line_key="product"))
    rows = [
        {"price": "1"},
        {"price": "2", "_collected_at": LATER},
        {"price": "3"},
        {"price": "x", "_collected_at": LATER},
    ]

    cleaned = clean(ORDERS, {"till": raw_rows(engine, rows)}, project, KEY)

    assert [row["unit_price_amount"] for row in kept(cleaned)] == [Decimal(2)]
    assert [(row["row"], row["rule"]) for row in aside(cleaned)] == [
        (1, "key_duplicate"),
        (3, "key_duplicate"),
        (4, "amount_unreadable"),
    ]


def test_of_equal_keys_collected_together_the_order_of_rows_does_not_decide(
    engine: Engine, write_project: Any
) -> None:
    project = write_project(sources=columns(line_key="product"))
    rows = [{"price": str(price)} for price in range(1, 9)]

    forward = kept(clean(ORDERS, {"till": raw_rows(engine, rows)}, project, KEY))
    backward = kept(clean(ORDERS, {"till": raw_rows(engine, rows[::-1])}, project, KEY))

    assert len(forward) == 1
    assert forward == backward
