"""Customers: population, censoring, and the attributes that survive."""

from decimal import Decimal
from typing import Any

import pytest

from pipeline.engine.writing import cast
from pipeline.identity import customers
from pipeline.tables.zones import ACCOUNT_LINKS, CUSTOMERS
from tests.conftest import shop_settings
from tests.unit.ledgers.lines import at, profiles, rows_of


def link(
    account: str,
    customer: str,
    first: str = "2024-01-05 10:00",
    last: str = "2024-01-05 10:00",
    period: str = "2024-03",
    listed: str | None = None,
) -> dict[str, Any]:
    return {
        "period": period, "account_id": account, "customer_id": customer, "link_kind": "own_account",
        "first_seen_at": at(first), "last_active_at": at(last),
        "last_listed_at": at(listed) if listed else None,
    }  # fmt: skip


def source(priority: int = 0) -> dict[str, Any]:
    return {
        "entity": "profiles",
        "priority": priority,
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": {"source_account_id": "customer", "city": "city"},
    }


@pytest.fixture
def known(engine, write_project):
    """Customers as of the end of March 2024, by id."""

    def of(links, snapshot=None, **settings):
        profiles_table = None if snapshot is None else engine.from_arrow(snapshot)
        project = write_project(**settings)
        table = customers(
            engine.from_arrow(rows_of(ACCOUNT_LINKS, links)), profiles_table, "2024-03", project
        )
        assert list(table.columns) == CUSTOMERS.columns
        return {row["customer_id"]: row for row in cast(engine.to_arrow(table), CUSTOMERS.schema).to_pylist()}

    return of


def test_a_customer_spans_its_accounts(known):
    rows = known(
        [
            link("a_1", "c_1", "2024-01-05 10:00", "2024-02-05 10:00"),
            link("a_2", "c_1", "2024-02-01 10:00", "2024-03-05 10:00"),
            link("a_3", "c_3"),
            link("a_4", "c_3", period="2024-02"),
        ]
    )
    assert {key: row["accounts_count"] for key, row in rows.items()} == {"c_1": 2, "c_3": 1}
    assert rows["c_1"]["first_seen_at"] == at("2024-01-05 10:00")
    assert rows["c_1"]["last_active_at"] == at("2024-03-05 10:00")


def test_the_population_is_who_was_active_within_the_retention_window(known):
    rows = known(
        [link("a_1", "c_in", last="2024-03-22 00:00"), link("a_2", "c_out", last="2024-03-21 23:59")],
        retention_days=10,
    )
    assert {key: row["is_in_population"] for key, row in rows.items()} == {"c_in": True, "c_out": False}


#: Of each customer: when it was last active, and when the last period began that listed a profile of it.
SEEN = {
    "c_buys": ("2024-03-22 00:00", None),
    "c_buys_and_is_listed": ("2024-03-22 00:00", "2024-03-01 00:00"),
    "c_is_listed": ("2024-01-01 00:00", "2024-03-01 00:00"),
    "c_was_listed": ("2024-01-01 00:00", "2024-02-01 00:00"),
    "c_bought": ("2024-01-05 00:00", None),
}


@pytest.mark.parametrize(
    ("rule", "belong"),
    [
        (None, {"c_buys", "c_buys_and_is_listed"}),
        ("events", {"c_buys", "c_buys_and_is_listed"}),
        ("profiles", {"c_is_listed", "c_buys_and_is_listed"}),
        ("either", {"c_buys", "c_is_listed", "c_buys_and_is_listed"}),
    ],
)
def test_the_rule_says_who_belongs_to_the_population(known, rule, belong):
    sources = shop_settings()["sources"] | {"crm": source()}
    links = [
        link(f"a_{number}", name, "2024-01-01 00:00", last, listed=listed)
        for number, (name, (last, listed)) in enumerate(SEEN.items())
    ]
    rows = known(links, sources=sources, retention_days=10, population=rule)
    assert {name for name, row in rows.items() if row["is_in_population"]} == belong
    longer = known(links, sources=sources, retention_days=60, population=rule)
    with_listing = belong | ({"c_was_listed"} if rule in ("profiles", "either") else set())
    assert {name for name, row in longer.items() if row["is_in_population"]} == with_listing


def test_a_customer_belongs_by_any_of_its_accounts(known):
    sources = shop_settings()["sources"] | {"crm": source()}
    links = [link("a_1", "c_1"), link("a_2", "c_1", listed="2024-03-01 00:00")]
    rows = known(links, sources=sources, retention_days=10, population="profiles")
    assert rows["c_1"]["is_in_population"]


def test_who_was_there_in_the_first_period_may_be_older_than_the_data(known):
    rows = known(
        [
            link("a_1", "c_first", first="2024-01-31 23:59"),
            link("a_2", "c_later", first="2024-02-01 00:00", last="2024-02-02 00:00"),
        ]
    )
    assert {key: row["is_first_seen_censored"] for key, row in rows.items()} == {
        "c_first": True,
        "c_later": False,
    }


def test_without_profiles_attributes_are_unknown(known):
    assert known([link("a_1", "c_1")])["c_1"]["city"] is None


def test_each_attribute_survives_from_the_profile_that_was_updated_last(known):
    snapshot = profiles(
        {"account_id": "a_1", "city": "Oslo", "gender": "f", "updated_at": at("2024-02-01 00:00")},
        {"account_id": "a_2", "city": "Bergen", "updated_at": at("2024-03-01 00:00")},
        {"account_id": "a_3", "city": "Tromsø", "gender": "m", "income_amount": Decimal("12.5")},
        period="2024-03",
    )
    row = known([link("a_1", "c_1"), link("a_2", "c_1"), link("a_3", "c_1")], snapshot)["c_1"]
    assert (row["city"], row["gender"], row["income_amount"]) == ("Bergen", "f", Decimal("12.5"))


def test_between_equal_dates_the_source_of_higher_priority_wins_then_the_account(known):
    sources = {
        "till": shop_settings()["sources"]["till"],
        "crm": source(),
        "shop": source(priority=1),
        "fair": source(),
    }
    snapshot = profiles(
        {"account_id": "a_1", "source": "crm", "city": "from crm", "gender": "first account"},
        {"account_id": "a_2", "source": "shop", "city": "from shop"},
        {"account_id": "a_3", "source": "crm", "gender": "second account"},
        {"account_id": "a_0", "source": "fair", "gender": "source named later"},
        period="2024-03",
    )
    accounts = [link(f"a_{number}", "c_1") for number in range(4)]
    row = known(accounts, snapshot, sources=sources)["c_1"]
    assert (row["city"], row["gender"]) == ("from shop", "first account")
