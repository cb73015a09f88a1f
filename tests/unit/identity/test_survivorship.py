"""Survivorship: which account's value a customer keeps, and why."""

from decimal import Decimal
from typing import Any

import pytest

from pipeline.engine.writing import cast
from pipeline.identity import customer_identities, customers, surviving_values
from pipeline.tables.entities import PROFILES
from pipeline.tables.zones import ACCOUNT_LINKS, CUSTOMER_IDENTITIES, CUSTOMERS, SURVIVING_VALUES
from tests.conftest import shop_settings
from tests.unit.ledgers.lines import at, profiles, rows_of

PERIOD = "2024-03"


def crm(priority: int = 0) -> dict[str, Any]:
    return {
        "entity": "profiles",
        "priority": priority,
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": {"source_account_id": "customer", "city": "city", "email": "mail"},
    }


@pytest.fixture
def survive(engine, write_project):
    """Origins by attribute, surviving identifiers, and the customer's row, of customer ``c_1``."""

    def of(*rows: dict[str, Any], survivorship: list[str] | None = None):
        identifiers = {one.name for one in PROFILES.identifiers}
        quasi = [{key: one for key, one in row.items() if key not in identifiers} for row in rows]
        direct = [
            {"period": PERIOD, "source": "crm"}
            | {key: one for key, one in row.items() if key in identifiers | {"account_id", "source"}}
            for row in rows
        ]
        settings = {} if survivorship is None else {"survivorship": survivorship}
        sources = {"till": shop_settings()["sources"]["till"], "crm": crm(), "shop": crm(priority=1)}
        project = write_project(sources=sources, identity=settings)
        moment = at("2024-01-05 10:00")
        usual = {"customer_id": "c_1", "link_kind": "rule", "first_seen_at": moment, "last_active_at": moment}
        linked = [{"period": PERIOD, "account_id": row["account_id"], **usual} for row in rows]
        links = engine.from_arrow(rows_of(ACCOUNT_LINKS, linked))
        known = engine.from_arrow(profiles(*quasi, period=PERIOD))
        restricted = engine.from_arrow(rows_of(PROFILES.restricted, direct))

        def kept(table: Any, contract: Any) -> list[dict[str, Any]]:
            assert list(table.columns) == contract.columns
            return cast(engine.to_arrow(table), contract.schema).to_pylist()

        values = kept(surviving_values(links, known, restricted, PERIOD, project), SURVIVING_VALUES)
        origins = {
            row["attribute"]: (row["account_id"], row["source"], row["survival_rule"]) for row in values
        }
        assert len(origins) == len(values)
        (identity,) = kept(
            customer_identities(links, known, restricted, PERIOD, project), CUSTOMER_IDENTITIES
        )
        (customer,) = kept(customers(links, known, PERIOD, project), CUSTOMERS)
        return origins, identity, customer

    return of


def test_values_and_their_origins_agree(survive):
    origins, identity, customer = survive(
        {"account_id": "a_1", "city": "Oslo", "email": "a@x.no", "updated_at": at("2024-02-01 00:00")},
        {"account_id": "a_2", "city": "Bergen", "gender": "f", "updated_at": at("2024-03-01 00:00")},
        {"account_id": "a_3", "email": "b@x.no", "income_amount": Decimal("12.5")},
    )
    assert (customer["city"], customer["gender"], customer["income_amount"]) == (
        "Bergen",
        "f",
        Decimal("12.5"),
    )
    assert identity["email"] == "a@x.no"
    assert origins == {
        "city": ("a_2", "crm", "most_recent"),
        "gender": ("a_2", "crm", "only_value"),
        "income_amount": ("a_3", "crm", "only_value"),
        "email": ("a_1", "crm", "most_recent"),
    }


def test_equal_values_are_no_conflict(survive):
    origins, _, _ = survive(
        {"account_id": "a_2", "city": "Oslo", "updated_at": at("2024-02-01 00:00")},
        {"account_id": "a_1", "city": "Oslo"},
    )
    assert origins["city"] == ("a_2", "crm", "only_value")


def test_between_equal_dates_the_source_decides_then_who_knows_more_then_the_account(survive):
    origins, _, customer = survive(
        {"account_id": "a_1", "source": "crm", "city": "Oslo"},
        {"account_id": "a_2", "source": "shop", "city": "Bergen"},
    )
    assert (origins["city"], customer["city"]) == (("a_2", "shop", "source_priority"), "Bergen")
    origins, _, customer = survive(
        {"account_id": "a_1", "city": "Oslo"}, {"account_id": "a_2", "city": "Bergen", "gender": "f"}
    )
    assert (origins["city"], customer["city"]) == (("a_2", "crm", "completeness"), "Bergen")
    origins, _, customer = survive(
        {"account_id": "a_2", "city": "Oslo"}, {"account_id": "a_1", "city": "Bergen"}
    )
    assert (origins["city"], customer["city"]) == (("a_1", "crm", "account_order"), "Bergen")


def test_the_settings_may_put_the_source_before_the_date(survive):
    rows = (
        {"account_id": "a_1", "source": "crm", "city": "Oslo", "updated_at": at("2024-03-01 00:00")},
        {"account_id": "a_2", "source": "shop", "city": "Bergen"},
    )
    origins, _, customer = survive(*rows, survivorship=["source_priority", "most_recent"])
    assert (origins["city"], customer["city"]) == (("a_2", "shop", "source_priority"), "Bergen")
    origins, _, customer = survive(*rows)
    assert (origins["city"], customer["city"]) == (("a_1", "crm", "most_recent"), "Oslo")


def test_a_criterion_that_ties_with_the_next_value_did_not_decide(survive):
    """a_1 and a_2 are equally recent: recency beats a_3, but the source beat a_2."""
    origins, _, _ = survive(
        {"account_id": "a_1", "source": "shop", "city": "Oslo", "updated_at": at("2024-03-01 00:00")},
        {"account_id": "a_2", "source": "crm", "city": "Bergen", "updated_at": at("2024-03-01 00:00")},
        {"account_id": "a_3", "source": "crm", "city": "Tromsø", "updated_at": at("2024-01-01 00:00")},
    )
    assert origins["city"] == ("a_1", "shop", "source_priority")
