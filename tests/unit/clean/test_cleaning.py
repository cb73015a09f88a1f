"""Every raw row is kept or set aside with its reason, whatever the order of rows and sources."""

import json
import random
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean import Cleaned, clean, row_accounts
from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.errors import InputError
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES
from pipeline.tables.zones import set_aside
from tests.conftest import shop_settings

ORDERS, PRODUCTS, PROFILES = ENTITIES["orders"], ENTITIES["products"], ENTITIES["profiles"]
FIRST, LATER = datetime(2024, 4, 2, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)
GOOD = {
    "customer": "7",
    "order": "A1",
    "at": "2024-01-05 10:00:00",
    "product": "P1",
    "quantity": "2",
    "price": "9.50",
}


def raw_rows(
    engine: Engine, rows: list[dict[str, Any]], source: str = "till", defaults: dict[str, Any] = GOOD
) -> Any:
    """Raw rows: ``defaults`` changed by each row; ``period`` and the collector's columns too."""
    table = []
    for number, row in enumerate(rows, 1):
        stamped = {
            "period": "2024-01",
            "_collected_at": FIRST,
            "_source": source,
            "_file": "orders.csv",
            "_row": number,
        }
        table.append(stamped | defaults | row)
    schema = pa.schema(
        [
            ("period", pa.string()),
            ("_collected_at", pa.timestamp("us", tz="UTC")),
            ("_source", pa.string()),
            ("_file", pa.string()),
            ("_row", pa.int64()),
            *((one, pa.string()) for one in defaults),
        ]
    )
    return engine.from_arrow(pa.Table.from_pylist(table, schema=schema))


def columns(**changes: Any) -> dict[str, Any]:
    """The small shop's source with other columns mapped (None takes one away)."""
    sources = shop_settings()["sources"]
    mapped = sources["till"]["columns"] | changes
    sources["till"]["columns"] = {name: one for name, one in mapped.items() if one is not None}
    return sources


def kept(cleaned: Cleaned, entity: Any = ORDERS) -> list[dict[str, Any]]:
    table = cast(cleaned.kept.to_pyarrow(), entity.clean.schema)
    return sorted(table.to_pylist(), key=lambda row: [str(row[one]) for one in entity.clean.key])


def aside(cleaned: Cleaned, entity: str = "orders") -> list[dict[str, Any]]:
    table = cast(cleaned.set_aside.to_pyarrow(), set_aside(entity).schema)
    return sorted(
        table.to_pylist(),
        key=lambda row: (row["source"], row["period"], row["file"], row["row"], row["collected_at"]),
    )


def test_a_good_line_has_all_columns_of_the_contract(engine: Engine, write_project: Any) -> None:
    project = write_project(time_zone="America/New_York")
    cleaned = clean(
        ORDERS, {"till": raw_rows(engine, [{"at": "2024-01-05 23:30:00", "order": " A 1 "}])}, project
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
    cleaned = clean(ORDERS, {"till": raw_rows(engine, [change, {}])}, write_project())

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

    cleaned = clean(ORDERS, {"till": raw_rows(engine, rows)}, project)

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

    cleaned = clean(ORDERS, {"till": raw_rows(engine, [{"product": "R"}, {"product": "P1"}])}, project)

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

    account = {row["source"]: row["account_id"] for row in kept(clean(ORDERS, raw, project))}

    assert account["shop"] == account["app"] != account["till"]


def test_exact_duplicates_are_dropped_within_source_and_period(engine: Engine, write_project: Any) -> None:
    rows = [{"_collected_at": LATER}, {}, {}, {"period": "2024-02"}, {"price": "9.5"}]

    cleaned = clean(ORDERS, {"till": raw_rows(engine, rows)}, write_project())

    assert [(row["row"], row["disposition"], row["rule"]) for row in aside(cleaned)] == [
        (1, "duplicate", "exact_duplicate"),
        (3, "duplicate", "exact_duplicate"),
    ]
    assert Counter(row["period"] for row in kept(cleaned)) == {"2024-01": 2, "2024-02": 1}


def test_equal_lines_may_be_kept_under_numbered_keys(engine: Engine, write_project: Any) -> None:
    sources = columns()
    sources["till"]["exact_duplicates"] = "keep"

    cleaned = clean(ORDERS, {"till": raw_rows(engine, [{}, {}, {}])}, write_project(sources=sources))

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

    cleaned = clean(ORDERS, {"till": raw_rows(engine, rows)}, project)

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

    forward = kept(clean(ORDERS, {"till": raw_rows(engine, rows)}, project))
    backward = kept(clean(ORDERS, {"till": raw_rows(engine, rows[::-1])}, project))

    assert len(forward) == 1
    assert forward == backward


CRM = {"id": "1", "city": "Bonn", "mail": "ann@example.org", "income": "high", "changed": "2024-01-01"}


def crm_sources() -> dict[str, Any]:
    mapped = {
        "source_account_id": "id",
        "city": "city",
        "email": "mail",
        "income_amount": {"column": "income", "strict": True, "values": {"high": 90000, "low": 20000}},
        "updated_at": "changed",
    }
    one = {
        "entity": "profiles",
        "account_space": "people",
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": mapped,
    }
    return {"crm": one, "web": one | {"priority": 1}}


def test_profiles_survive_by_change_then_priority_and_identifiers_are_split_off(
    engine: Engine, write_project: Any
) -> None:
    project = write_project(sources=crm_sources())
    raw = {
        "crm": raw_rows(
            engine,
            [
                {"city": "Old"},
                {"city": "New", "changed": "2024-03-01"},
                {"id": "2", "city": "Kiel"},
                {"id": "3", "income": "rich"},
            ],
            "crm",
            CRM,
        ),
        "web": raw_rows(engine, [{"city": "Web", "changed": ""}, {"id": "2", "city": "Ulm"}], "web", CRM),
    }

    cleaned = clean(PROFILES, raw, project)

    assert sorted((row["source"], row["city"], row["income_amount"]) for row in kept(cleaned, PROFILES)) == [
        ("crm", "New", Decimal(90000)),
        ("web", "Ulm", Decimal(90000)),
    ]
    assert [(row["source"], row["row"], row["rule"], row["found"]) for row in aside(cleaned, "profiles")] == [
        ("crm", 1, "key_duplicate", None),
        ("crm", 3, "key_duplicate", None),
        ("crm", 4, "unknown_code", "rich"),
        ("web", 1, "key_duplicate", None),
    ]
    assert cleaned.restricted is not None
    assert PROFILES.restricted is not None
    identified = cast(cleaned.restricted.to_pyarrow(), PROFILES.restricted.schema).to_pylist()
    assert {row["email"] for row in identified} == {"ann@example.org"}
    assert {row["account_id"] for row in identified} == {row["account_id"] for row in kept(cleaned, PROFILES)}


def test_products_have_no_account_and_one_row_each(engine: Engine, write_project: Any) -> None:
    sources = columns()
    sources["list"] = {
        "entity": "products",
        "connector": {"kind": "file", "format": "csv", "path": "p.csv"},
        "columns": {"product_id": "id", "category": "city"},
    }

    cleaned = clean(
        PRODUCTS,
        {
            "list": raw_rows(
                engine,
                [{"id": "P1"}, {"id": None}, {"id": "P1", "city": "Ulm", "_collected_at": LATER}],
                "list",
                CRM,
            )
        },
        write_project(sources=sources),
    )

    assert [(row["product_id"], row["category"]) for row in kept(cleaned, PRODUCTS)] == [("P1", "Ulm")]
    assert [row["rule"] for row in aside(cleaned, "products")] == ["key_duplicate", "required_missing"]


def test_limits_of_the_contract(engine: Engine, write_project: Any) -> None:
    project = write_project(sources=columns(discount_amount="product", product_id=None))

    cleaned = clean(
        ORDERS,
        {"till": raw_rows(engine, [{"product": "-0.01"}, {"product": "0"}, {"product": "?"}])},
        project,
    )

    assert [(row["rule"], row["expected"]) for row in aside(cleaned)] == [
        ("value_out_of_range", "at least 0"),
        ("amount_unreadable", "a plain number such as 1234.5, below 100,000,000,000,000 in size"),
    ]


def test_a_column_mapped_after_collection_is_one_clear_error(engine: Engine, write_project: Any) -> None:
    with pytest.raises(InputError, match="source till: the rows collected earlier have no column shop"):
        clean(ORDERS, {"till": raw_rows(engine, [{}])}, write_project(sources=columns(store_id="shop")))


def test_no_rows_give_empty_tables_of_the_contract(engine: Engine, write_project: Any) -> None:
    cleaned = clean(ORDERS, {"till": raw_rows(engine, [])}, write_project())

    assert kept(cleaned) == []
    assert aside(cleaned) == []


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "period": st.sampled_from(["2024-01", "2024-02"]),
            "customer": st.sampled_from(["1", "2", ""]),
            "at": st.sampled_from(["2024-01-05", "x", "9999-01-01"]),
            "quantity": st.sampled_from(["1", "-1", "0", "x", None]),
            "price": st.sampled_from(["1", "2", "-1", None]),
            "_collected_at": st.sampled_from([FIRST, LATER]),
        }
    ),
    max_size=30,
)


@settings(max_examples=8, deadline=None)
@given(rows=ROWS, keyed=st.booleans(), seed=st.integers(0, 9))
def test_law_every_row_is_accounted_for_and_order_never_matters(
    engine: Engine, rows: list[dict[str, Any]], keyed: bool, seed: int
) -> None:
    project = Project(
        **shop_settings(sources=columns(**({"line_key": "product"} if keyed else {}))), folder=Path()
    )
    raw = {"till": raw_rows(engine, rows)}
    cleaned = clean(ORDERS, raw, project)
    accounts = (
        row_accounts(
            project,
            raw,
            {"orders": cleaned.kept},
            {"orders": cleaned.set_aside},
            ["2024-01", "2024-02", "2024-03"],
        )
        .to_pyarrow()
        .to_pylist()
    )
    shuffled = random.Random(seed).sample(rows, len(rows))
    again = clean(ORDERS, {"till": raw_rows(engine, shuffled)}, project)

    assert kept(cleaned) == kept(again)
    assert sorted(one["period"] for one in accounts) == ["2024-01", "2024-02", "2024-03"]
    read = Counter(row["period"] for row in rows)
    for one in accounts:
        assert one["rows_read_count"] == read[one["period"]]
        assert (
            one["rows_read_count"]
            == one["rows_kept_count"] + one["duplicates_dropped_count"] + one["rows_quarantined_count"]
        )


def test_row_accounts_count_late_rows_and_zeros(engine: Engine, write_project: Any) -> None:
    project = write_project()
    raw = {
        "till": raw_rows(
            engine, [{}, {"_collected_at": LATER}, {"customer": "", "_collected_at": LATER}, {"order": "B"}]
        )
    }
    cleaned = clean(ORDERS, raw, project)

    table = row_accounts(
        project, raw, {"orders": cleaned.kept}, {"orders": cleaned.set_aside}, ["2024-01", "2024-02"]
    )

    assert table.order_by("period").to_pyarrow().to_pylist() == [
        {
            "period": "2024-01",
            "source": "till",
            "entity": "orders",
            "rows_read_count": 4,
            "rows_kept_count": 2,
            "duplicates_dropped_count": 1,
            "rows_quarantined_count": 1,
            "late_rows_count": 2,
            "quarantined_share": 0.25,
        },
        {
            "period": "2024-02",
            "source": "till",
            "entity": "orders",
            "rows_read_count": 0,
            "rows_kept_count": 0,
            "duplicates_dropped_count": 0,
            "rows_quarantined_count": 0,
            "late_rows_count": 0,
            "quarantined_share": None,
        },
    ]
