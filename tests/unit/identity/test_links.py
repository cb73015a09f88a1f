"""Links: when an account becomes known, and whose it is."""

from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine.writing import cast
from pipeline.identity import resolve, seen_accounts
from pipeline.ledgers import LEDGERS
from pipeline.tables.zones import ACCOUNT_LINKS, CUSTOMER_REGISTER, EXCLUDED_ACCOUNTS
from tests.conftest import KEY, shop_settings
from tests.unit.ledgers.lines import at, profiles, rows_of

CRM = {
    "entity": "profiles",
    "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
    "columns": {"source_account_id": "customer", "city": "city"},
}


def activity(*events: tuple[str, str, str], period: str = "2024-01", table=LEDGERS["orders"].table):
    """A ledger with only what links read: account, first and last event."""
    rows = [
        {"period": period, "account_id": account, "first_event_at": at(first), "last_event_at": at(last)}
        for account, first, last in events
    ]
    return rows_of(table, rows).select(["period", "account_id", "first_event_at", "last_event_at"])


@pytest.fixture
def links(engine, write_project):
    """Links of a period where nothing is linked, by account."""

    def of(period, previous=None, ledgers=(), snapshot=None, project=None):
        before = engine.from_arrow(rows_of(ACCOUNT_LINKS, []) if previous is None else previous)
        shop = project or write_project()
        seen = seen_accounts(
            before,
            [engine.from_arrow(one) for one in ledgers],
            None if snapshot is None else engine.from_arrow(snapshot),
            period,
            shop,
        )
        customers = [] if previous is None else sorted(set(previous["customer_id"].to_pylist()))
        known = [
            {"period": "2023-12", "customer_id": one, "customer_status": "live", "born_period": "2023-12",
             "founding_account_id": one.replace("c_", "a_")}
            for one in customers
        ]  # fmt: skip
        register = engine.from_arrow(rows_of(CUSTOMER_REGISTER, known))
        return cast(resolve(seen, before, register, None, period, shop, KEY).links, ACCOUNT_LINKS.schema)

    return of


def by_account(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["account_id"]: row for row in table.to_pylist()}


def test_an_account_becomes_a_customer_by_its_first_event(links):
    found = by_account(links("2024-01", ledgers=[activity(("a_7f", "2024-01-03 10:00", "2024-01-20 11:00"))]))
    assert found == {
        "a_7f": {
            "period": "2024-01",
            "account_id": "a_7f",
            "customer_id": "c_7f",
            "link_kind": "own_account",
            "linked_account_id": None,
            "match_weight": None,
            "first_seen_at": at("2024-01-03 10:00"),
            "last_active_at": at("2024-01-20 11:00"),
            "last_listed_at": None,
        }
    }


def test_events_of_all_ledgers_count(links):
    found = by_account(
        links(
            "2024-01",
            ledgers=[
                activity(("a_1", "2024-01-03 10:00", "2024-01-03 10:00")),
                activity(
                    ("a_1", "2024-01-02 10:00", "2024-01-09 10:00"),
                    ("a_2", "2024-01-05 10:00", "2024-01-05 10:00"),
                    table=LEDGERS["campaigns"].table,
                ),
            ],
        )
    )  # fmt: skip
    assert set(found) == {"a_1", "a_2"}
    assert found["a_1"]["first_seen_at"] == at("2024-01-02 10:00")
    assert found["a_1"]["last_active_at"] == at("2024-01-09 10:00")


def test_links_are_carried_over_and_advance(links):
    january = links(
        "2024-01",
        ledgers=[
            activity(
                ("a_1", "2024-01-03 10:00", "2024-01-04 10:00"),
                ("a_2", "2024-01-05 10:00", "2024-01-05 10:00"),
            )
        ],
    )
    ledger = activity(("a_2", "2024-02-05 10:00", "2024-02-06 10:00"), period="2024-02")
    february = by_account(links("2024-02", january, [ledger]))
    assert {row["period"] for row in february.values()} == {"2024-02"}
    assert february["a_1"]["last_active_at"] == at("2024-01-04 10:00")
    assert february["a_2"]["first_seen_at"] == at("2024-01-05 10:00")
    assert february["a_2"]["last_active_at"] == at("2024-02-06 10:00")


def test_a_link_to_another_customer_outlives_the_period(links):
    merged = rows_of(
        ACCOUNT_LINKS,
        [
            {"period": "2024-01", "account_id": "a_2", "customer_id": "c_1", "link_kind": "own_account",
             "first_seen_at": at("2024-01-03 10:00"), "last_active_at": at("2024-01-03 10:00")},
        ],
    )  # fmt: skip
    ledger = activity(("a_2", "2024-02-05 10:00", "2024-02-06 10:00"), period="2024-02")
    assert by_account(links("2024-02", merged, [ledger]))["a_2"]["customer_id"] == "c_1"


def test_events_of_other_periods_are_not_seen(links):
    ledger = activity(("a_1", "2024-02-03 10:00", "2024-02-04 10:00"), period="2024-02")
    assert links("2024-01", ledgers=[ledger]).num_rows == 0


def test_in_a_project_with_events_only_a_dated_profile_makes_a_customer(links):
    snapshot = profiles(
        {"account_id": "a_dated", "created_at": at("2024-01-31 23:59")},
        {"account_id": "a_later", "created_at": at("2024-02-01 00:00")},
        {"account_id": "a_undated"},
    )
    found = by_account(links("2024-01", ledgers=[activity()], snapshot=snapshot))
    assert set(found) == {"a_dated"}
    assert found["a_dated"]["first_seen_at"] == found["a_dated"]["last_active_at"] == at("2024-01-31 23:59")


def test_an_account_older_than_its_first_order_is_seen_since_its_creation(links):
    snapshot = profiles({"account_id": "a_1", "created_at": at("2023-05-01 00:00")})
    ledger = activity(("a_1", "2024-01-03 10:00", "2024-01-04 10:00"))
    found = by_account(links("2024-01", ledgers=[ledger], snapshot=snapshot))
    assert found["a_1"]["first_seen_at"] == at("2023-05-01 00:00")
    assert found["a_1"]["last_active_at"] == at("2024-01-04 10:00")


def test_without_any_event_entity_every_profile_is_a_customer(links, write_project):
    project = write_project(sources={"crm": CRM})
    snapshot = profiles({"account_id": "a_1"}, {"account_id": "a_2", "created_at": at("2023-05-01 00:00")})
    january = links("2024-01", snapshot=snapshot, project=project)
    assert {key: row["first_seen_at"] for key, row in by_account(january).items()} == {
        "a_1": at("2024-01-01 00:00"), "a_2": at("2023-05-01 00:00"),
    }  # fmt: skip
    assert {row["last_active_at"] for row in january.to_pylist()} == {at("2024-01-01 00:00")}

    only_first = profiles({"account_id": "a_1"}, period="2024-02")
    february = by_account(links("2024-02", january, snapshot=only_first, project=project))
    assert february["a_1"]["last_active_at"] == at("2024-02-01 00:00")
    assert february["a_1"]["first_seen_at"] == at("2024-01-01 00:00")
    assert february["a_2"]["last_active_at"] == at("2024-01-01 00:00")


SOURCES = {**shop_settings()["sources"], "crm": CRM}
SNAPSHOT = profiles(
    {"account_id": "a_silent"},
    {"account_id": "a_buyer"},
    {"account_id": "a_dated", "created_at": at("2023-05-01 00:00")},
    {"account_id": "a_later", "created_at": at("2024-02-01 00:00")},
)
BOUGHT = activity(("a_buyer", "2024-01-03 10:00", "2024-01-04 10:00"))


@pytest.mark.parametrize("rule", ["profiles", "either"])
def test_where_the_population_goes_by_profiles_an_undated_one_is_known_from_its_first_snapshot(
    links, write_project, rule
):
    project = write_project(sources=SOURCES, population=rule)
    january = links("2024-01", ledgers=[BOUGHT], snapshot=SNAPSHOT, project=project)
    found = by_account(january)
    assert set(found) == {"a_silent", "a_buyer", "a_dated"}, "nobody of a later period"
    assert found["a_silent"]["first_seen_at"] == found["a_silent"]["last_active_at"] == at("2024-01-01 00:00")
    assert found["a_dated"]["first_seen_at"] == found["a_dated"]["last_active_at"] == at("2023-05-01 00:00")
    assert {one["last_listed_at"] for one in found.values()} == {at("2024-01-01 00:00")}

    ledger = activity(("a_silent", "2024-02-05 10:00", "2024-02-06 10:00"), period="2024-02")
    listed = profiles({"account_id": "a_buyer"}, period="2024-02")
    february = by_account(links("2024-02", january, [ledger], listed, project))
    assert february["a_silent"]["first_seen_at"] == at("2024-01-01 00:00")
    assert february["a_silent"]["last_active_at"] == at("2024-02-06 10:00")
    assert february["a_silent"]["last_listed_at"] == at("2024-01-01 00:00"), "no longer in the snapshot"
    assert february["a_buyer"]["last_active_at"] == at("2024-01-04 10:00"), "to be listed is no event"
    assert february["a_buyer"]["last_listed_at"] == at("2024-02-01 00:00")


def test_who_has_events_is_seen_since_the_same_moment_whatever_the_rule(links, write_project):
    seen = {
        by_account(
            links(
                "2024-01",
                ledgers=[BOUGHT],
                snapshot=SNAPSHOT,
                project=write_project(sources=SOURCES, population=rule),
            )
        )["a_buyer"]["first_seen_at"]
        for rule in ("events", "profiles", "either")
    }
    assert seen == {at("2024-01-03 10:00")}


def test_an_account_that_is_excluded_is_known_no_more(engine, links, write_project):
    january = links("2024-01", ledgers=[BOUGHT])
    rows = [
        {"period": period, "account_id": account, "exclusion": "staff", "exclusion_route": "listed",
         "excluded_from_period": period}
        for period, account in (("2024-02", "a_buyer"), ("2024-03", "a_other"))
    ]  # fmt: skip
    excluded = engine.from_arrow(rows_of(EXCLUDED_ACCOUNTS, rows))
    ledger = engine.from_arrow(
        activity(("a_other", "2024-02-05 10:00", "2024-02-06 10:00"), period="2024-02")
    )
    seen = seen_accounts(engine.from_arrow(january), [ledger], None, "2024-02", write_project(), excluded)
    assert seen.account_id.to_pyarrow().to_pylist() == ["a_other"], "excluded only from the period after"
