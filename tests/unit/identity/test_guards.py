"""Guards: customers who hold more than one person can."""

from datetime import date
from typing import Any

import pytest

from pipeline.engine.writing import cast
from pipeline.identity import guard_trips
from pipeline.tables.zones import ACCOUNT_IDENTITIES, ACCOUNT_LINKS, GUARD_TRIPS
from tests.unit.ledgers.lines import at, rows_of

PERIOD = "2024-03"
Trips = dict[tuple[str, str], tuple[int, int, list[str]]]


def links(**customers: list[str]):
    return rows_of(
        ACCOUNT_LINKS,
        [
            {"period": PERIOD, "account_id": account, "customer_id": customer, "link_kind": "model",
             "first_seen_at": at("2024-01-05 10:00"), "last_active_at": at("2024-01-05 10:00")}
            for customer, accounts in customers.items()
            for account in accounts
        ],
    )  # fmt: skip


@pytest.fixture
def trips(engine, write_project):
    def of(linked, identities: list[dict[str, Any]] | None = None, **guards: Any) -> Trips:
        rows = None
        if identities is not None:
            complete = [
                {"period": PERIOD, "source": "crm", "identity_digest": "d"} | one for one in identities
            ]
            rows = engine.from_arrow(rows_of(ACCOUNT_IDENTITIES, complete))
        project = write_project(identity={"guards": guards})
        table = cast(
            engine.to_arrow(guard_trips(engine.from_arrow(linked), rows, PERIOD, project)), GUARD_TRIPS.schema
        )
        return {
            (row["customer_id"], row["guard"]): (row["measured"], row["limit"], row["account_ids"])
            for row in table.to_pylist()
        }

    return of


def test_a_customer_of_too_many_accounts_trips_and_names_them(trips):
    found = trips(links(c_1=["a_3", "a_1", "a_2"], c_4=["a_4", "a_5"]), max_accounts=2)
    assert found == {("c_1", "cluster_size"): (3, 2, ["a_1", "a_2", "a_3"])}


def test_two_national_ids_are_a_conflict(trips):
    several = links(c_1=["a_1", "a_2", "a_3"], c_4=["a_4", "a_5"])
    identities = [
        {"account_id": "a_1", "national_id": "10001111"},
        {"account_id": "a_2", "national_id": "10002222"},
        {"account_id": "a_3", "national_id": None},
        {"account_id": "a_4", "national_id": "10003333"},
        {"account_id": "a_5", "national_id": "10003343"},
    ]
    found = trips(several, identities)
    assert found == {("c_1", "conflicting_national_ids"): (2, 1, ["a_1", "a_2", "a_3"])}


def test_more_than_three_birth_dates_or_given_names_trip(trips):
    accounts = [f"a_{number}" for number in range(5)]
    names = ["Ann", "ann ", "Bea", "Cleo", "Dana"]
    identities = [
        {"account_id": account, "given_name": name, "birth_date": date(1980, 1, min(number + 1, 3))}
        for number, (account, name) in enumerate(zip(accounts, names, strict=True))
    ]
    found = trips(links(c_1=accounts), identities)
    assert {key: row[:2] for key, row in found.items()} == {("c_1", "given_names"): (4, 3)}
    assert set(trips(links(c_1=accounts), identities, max_birth_dates=2)) == {
        ("c_1", "given_names"),
        ("c_1", "birth_dates"),
    }


def test_forms_of_one_given_name_count_once(trips):
    """Initials, a title taken for one, another script, and the family name where both were swapped."""
    accounts = [f"a_{number}" for number in range(6)]
    named = [("Alain", "Lemaire"), ("M. A.", "Lemaire"), ("M. Alain", "Lemaire"), ("Lemaire", "Alain"),
             ("伟", "张"), ("Wěi", "Zhāng")]  # fmt: skip
    identities = [
        {"account_id": account, "given_name": given, "family_name": family}
        for account, (given, family) in zip(accounts, named, strict=True)
    ]
    assert trips(links(c_1=accounts), identities, max_given_names=1) == {}
    others = [*identities, {"account_id": "a_6", "given_name": "Bo", "family_name": "Lemaire"}]
    found = trips(links(c_1=[*accounts, "a_6"]), others, max_given_names=1)
    assert {key: row[:2] for key, row in found.items()} == {("c_1", "given_names"): (2, 1)}


def test_a_customer_that_was_looked_at_and_accepted_does_not_trip(trips):
    several = links(c_1=["a_1", "a_2", "a_3"], c_4=["a_4", "a_5", "a_6"])
    assert set(trips(several, max_accounts=2, accepted=["c_1"])) == {("c_4", "cluster_size")}


def test_accounts_of_other_periods_and_single_accounts_do_not_count(trips):
    identities = [
        {"account_id": "a_1", "national_id": "111"},
        {"account_id": "a_1", "national_id": "222", "period": "2024-02"},
    ]
    assert trips(links(c_1=["a_1"]), identities) == {}
