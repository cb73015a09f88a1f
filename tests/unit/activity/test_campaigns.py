"""The ledger of campaigns: contacts and redemptions."""

from typing import Any

import pytest

from pipeline.activity import campaigns
from pipeline.engine import Engine
from pipeline.tables.zones import CAMPAIGN_ACTIVITY
from tests.unit.activity.lines import at, contacts, redemptions


def ledger(engine: Engine, sent, redeemed):
    table = campaigns(sent and engine.from_arrow(sent), redeemed and engine.from_arrow(redeemed))
    assert list(table.columns) == CAMPAIGN_ACTIVITY.columns
    rows = engine.to_arrow(table).to_pylist()
    return {(row["period"], row["account_id"]): row for row in rows}


def counts(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["contacts_count"], row["redemptions_count"], row["campaigns_redeemed_count"]


def test_contacts_and_redemptions_of_an_account_share_a_row(engine):
    rows = ledger(
        engine,
        contacts(
            ("a_1", "spring", "2024-01-02 08:00"),
            ("a_1", "tea", "2024-01-05 08:00"),
            ("a_2", "tea", "2024-02-05 08:00"),
        ),
        redemptions(
            ("a_1", "spring", "2024-01-09 08:00"),
            ("a_1", "spring", "2024-01-10 08:00"),
            ("a_3", "tea", "2024-01-11 08:00"),
        ),
    )
    assert {key: counts(row) for key, row in rows.items()} == {
        ("2024-01", "a_1"): (2, 2, 1),
        ("2024-02", "a_2"): (1, 0, 0),
        ("2024-01", "a_3"): (0, 1, 1),
    }
    first = rows["2024-01", "a_1"]
    assert (first["first_event_at"], first["last_event_at"]) == (
        at("2024-01-02 08:00"),
        at("2024-01-10 08:00"),
    )


def test_either_source_alone_is_enough(engine):
    sent = ledger(engine, contacts(("a_1", "tea", "2024-01-02 08:00")), None)
    redeemed = ledger(engine, None, redemptions(("a_1", "tea", "2024-01-02 08:00")))
    assert counts(sent["2024-01", "a_1"]) == (1, 0, 0)
    assert counts(redeemed["2024-01", "a_1"]) == (0, 1, 1)


def test_neither_source_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="neither"):
        campaigns(None, None)
