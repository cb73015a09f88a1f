"""Entities other than orders: survivors by change and priority, identifiers split off."""

from decimal import Decimal
from typing import Any

from pipeline.clean import clean
from pipeline.engine import Engine
from pipeline.engine.writing import cast
from tests.conftest import KEY
from tests.unit.clean.rows import LATER, PRODUCTS, PROFILES, aside, columns, kept, raw_rows

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

    cleaned = clean(PROFILES, raw, project, KEY)

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
        KEY,
    )

    assert [(row["product_id"], row["category"]) for row in kept(cleaned, PRODUCTS)] == [("P1", "Ulm")]
    assert [row["rule"] for row in aside(cleaned, "products")] == ["key_duplicate", "required_missing"]
