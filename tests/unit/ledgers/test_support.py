"""The ledgers of support: contacts by kind, what became of them, and by which channel they came."""

from typing import Any

import pytest

from pipeline.ledgers.support import support, support_keys
from tests.conftest import shop_settings
from tests.unit.ledgers.lines import events

COLUMNS = {
    "source_account_id": "c",
    "contact_opened_at": "o",
    "contact_kind": "k",
    "contact_closed_at": "e",
    "refund_amount": "r",
}


def rows_of(
    engine, write_project, ledger, *contacts: dict[str, Any], columns=COLUMNS
) -> list[dict[str, Any]]:
    desk = {
        "entity": "support_contacts",
        "connector": {"kind": "file", "format": "csv", "path": "desk.csv"},
        "columns": columns,
    }
    project = write_project(sources=shop_settings()["sources"] | {"somewhere": desk})
    rows = engine.from_arrow(events("support_contacts", *contacts))
    found = engine.to_arrow(ledger.of({"support_contacts": rows}, project))
    assert found.column_names == ledger.table.columns
    return sorted(found.to_pylist(), key=str)


def contact(opened: str, kind: str = "question", closed: str | None = None, **values: Any) -> dict[str, Any]:
    return {"contact_opened_at": opened, "contact_kind": kind, "contact_closed_at": closed, **values}


def test_contacts_are_counted_by_kind(engine, write_project):
    [row] = rows_of(
        engine,
        write_project,
        support,
        contact("2024-01-02 08:00", "complaint"),
        contact("2024-01-03 08:00", "complaint"),
        contact("2024-01-04 08:00", "refund_claim"),
        contact("2024-01-05 08:00", "dispute"),
        contact("2024-01-06 08:00", "praise"),
        contact("2024-01-07 08:00", "question"),
    )
    kinds = ("contacts", "complaints", "refund_claims", "disputes", "praises", "questions")
    assert [row[f"{one}_count"] for one in kinds] == [6, 2, 1, 1, 1, 1]
    assert (row["first_event_at"].day, row["last_event_at"].day) == (2, 7)


def test_a_contact_is_closed_from_the_end_of_the_period_in_which_it_was(engine, write_project):
    """As of the end of January nobody knows what is closed, or paid back, in February (law L2)."""
    [row] = rows_of(
        engine,
        write_project,
        support,
        contact("2024-01-02 08:00", closed="2024-01-02 09:00", refund_amount=5),
        contact("2024-01-31 08:00", closed="2024-02-01 00:00", refund_amount="7.5"),
        contact("2024-01-31 08:00", closed="2024-03-01 00:00", refund_amount=100),
        contact("2024-01-31 08:00", refund_amount=1000),
    )
    assert (row["closed_count"], row["closed_by_next_count"]) == (1, 2)
    assert (row["closing_seconds_sum"], row["closing_by_next_seconds_sum"]) == (3_600, 3_600 + 57_600)
    assert (float(row["refunded_amount"]), float(row["refunded_by_next_amount"])) == (5.0, 12.5)
    assert row["closable_count"] == 4


@pytest.mark.duckdb_suffices
def test_what_a_source_without_closings_paid_back_is_known_at_once(engine, write_project):
    columns = {name: one for name, one in COLUMNS.items() if name != "contact_closed_at"}
    [row] = rows_of(
        engine, write_project, support, contact("2024-01-31 08:00", refund_amount=7), columns=columns
    )
    assert (row["closable_count"], row["closed_by_next_count"], float(row["refunded_amount"])) == (0, 0, 7.0)


@pytest.mark.duckdb_suffices
def test_a_contact_that_closed_before_it_opened_took_no_time(engine, write_project):
    [row] = rows_of(engine, write_project, support, contact("2024-01-05 08:00", closed="2024-01-05 07:00"))
    assert (row["closed_count"], row["closing_seconds_sum"]) == (1, 0)


@pytest.mark.duckdb_daily
def test_channels_are_counted_apart_and_unknown_ones_not_at_all(engine, write_project):
    rows = rows_of(
        engine,
        write_project,
        support_keys,
        contact("2024-01-02 08:00", channel="phone"),
        contact("2024-01-03 08:00", channel="phone"),
        contact("2024-01-04 08:00", channel="chat"),
        contact("2024-01-05 08:00"),
    )
    assert sorted((row["key_kind"], row["key"], row["contacts_count"]) for row in rows) == [
        ("channel", "chat", 1),
        ("channel", "phone", 2),
    ]
