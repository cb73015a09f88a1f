"""The ledger of campaigns: contacts, what became of them, and redemptions."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.engine import Engine
from pipeline.ledgers.campaigns import campaigns
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.unit.ledgers.lines import at, contacts, redemptions

Write = Callable[..., Project]
ANSWERS = {"opened_at": "o", "responded_at": "r"}


def project_of(write_project: Write, answers: dict[str, str], coupons: bool = False) -> Project:
    """The shop with a source of contacts that maps ``answers``, and coupons or not."""
    mail = {"source_account_id": "c", "campaign_id": "k", "sent_at": "at"} | answers
    coupon = {"source_account_id": "c", "campaign_id": "k", "redeemed_at": "at"}
    sources = shop_settings()["sources"] | {
        "mail": {
            "entity": "campaign_contacts",
            "connector": {"kind": "file", "format": "csv", "path": "mail.csv"},
            "columns": mail,
        }
    }
    if coupons:
        sources["coupons"] = {
            "entity": "coupon_redemptions",
            "connector": {"kind": "file", "format": "csv", "path": "coupons.csv"},
            "columns": coupon,
        }
    return write_project(sources=sources)


def ledger(engine: Engine, sent, redeemed, project: Project) -> dict[tuple[str, str, str], dict[str, Any]]:
    given = {"campaign_contacts": sent, "coupon_redemptions": redeemed}
    cleaned = {name: engine.from_arrow(rows) for name, rows in given.items() if rows is not None}
    table = campaigns.of(cleaned, project)
    assert list(table.columns) == campaigns.table.columns
    rows = engine.to_arrow(table).to_pylist()
    found = {(row["period"], row["account_id"], row["campaign_id"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def told(row: dict[str, Any], kind: str) -> tuple[int, int, int]:
    return tuple(row[f"{kind}{name}"] for name in ("able_count", "ed_count", "ed_by_next_count"))  # type: ignore[return-value]


def test_contacts_and_redemptions_of_an_account_and_campaign_share_a_row(engine, write_project):
    rows = ledger(
        engine,
        contacts(
            ("a_1", "spring", "2024-01-02 08:00"),
            ("a_1", "spring", "2024-01-04 08:00"),
            ("a_1", "tea", "2024-01-05 08:00"),
            ("a_2", "tea", "2024-02-05 08:00"),
        ),
        redemptions(
            ("a_1", "spring", "2024-01-09 08:00"),
            ("a_1", "spring", "2024-01-10 08:00"),
            ("a_3", "tea", "2024-01-11 08:00"),
        ),
        project_of(write_project, {}, coupons=True),
    )
    counted = {key: (row["contacts_count"], row["redemptions_count"]) for key, row in rows.items()}
    assert counted == {
        ("2024-01", "a_1", "spring"): (2, 2),
        ("2024-01", "a_1", "tea"): (1, 0),
        ("2024-02", "a_2", "tea"): (1, 0),
        ("2024-01", "a_3", "tea"): (0, 1),
    }
    first = rows["2024-01", "a_1", "spring"]
    assert first["first_event_at"] == at("2024-01-02 08:00")
    assert first["last_event_at"] == at("2024-01-10 08:00")


def test_an_answer_counts_from_the_end_of_the_period_in_which_it_came(engine, write_project):
    """As of the end of January nobody knows what is answered in February (law L2)."""

    def became(opened: str, responded: str) -> dict[str, Any]:
        return {"opened_at": at(opened), "responded_at": at(responded)}

    sent = contacts(
        ("a_1", "tea", "2024-01-02 08:00", became("2024-01-03 08:00", "2024-01-31 23:59")),
        ("a_1", "tea", "2024-01-20 08:00", became("2024-01-31 08:00", "2024-02-01 00:00")),
        ("a_1", "tea", "2024-01-21 08:00", became("2024-02-29 08:00", "2024-03-01 00:00")),
        ("a_1", "tea", "2024-01-22 08:00"),
    )
    row = ledger(engine, sent, None, project_of(write_project, ANSWERS))["2024-01", "a_1", "tea"]
    assert told(row, "open") == (4, 2, 3)
    assert told(row, "answer") == (4, 1, 2)


@pytest.mark.duckdb_daily
def test_a_contact_redeemed_is_answered_once_however_it_is_told(engine, write_project):
    both = {"responded_at": at("2024-01-03 08:00"), "redeemed_at": at("2024-01-04 08:00")}
    sent = contacts(
        ("a_1", "tea", "2024-01-02 08:00", both),
        ("a_1", "tea", "2024-01-02 09:00", {"redeemed_at": at("2024-01-05 08:00")}),
    )
    project = project_of(write_project, {"responded_at": "r", "redeemed_at": "d"})
    assert told(ledger(engine, sent, None, project)["2024-01", "a_1", "tea"], "answer") == (2, 2, 2)


@pytest.mark.duckdb_daily
@pytest.mark.parametrize(
    ("answers", "coupons", "openable", "answerable"),
    [
        ({}, False, 0, 0),
        ({"opened_at": "o"}, False, 1, 0),
        ({"responded_at": "r"}, False, 0, 1),
        ({"redeemed_at": "d"}, False, 0, 1),
        ({}, True, 0, 1),
    ],
)
def test_only_contacts_of_which_a_source_could_tell_can_be_opened_or_answered(
    engine, write_project, answers, coupons, openable, answerable
):
    sent = contacts(("a_1", "tea", "2024-01-02 08:00"))
    row = ledger(engine, sent, None, project_of(write_project, answers, coupons))["2024-01", "a_1", "tea"]
    assert (row["openable_count"], row["answerable_count"]) == (openable, answerable)


@pytest.mark.duckdb_daily
def test_either_source_alone_is_enough(engine, write_project):
    project = project_of(write_project, {}, coupons=True)
    sent = ledger(engine, contacts(("a_1", "tea", "2024-01-02 08:00")), None, project)
    redeemed = ledger(engine, None, redemptions(("a_1", "tea", "2024-01-02 08:00")), project)
    key = ("2024-01", "a_1", "tea")
    assert (sent[key]["contacts_count"], sent[key]["redemptions_count"]) == (1, 0)
    assert (redeemed[key]["contacts_count"], redeemed[key]["redemptions_count"]) == (0, 1)


@pytest.mark.duckdb_daily
def test_no_contacts_at_all_are_an_empty_ledger(engine, write_project):
    nobody = contacts(("a_1", "tea", "2024-01-02 08:00")).slice(0, 0)
    assert ledger(engine, nobody, None, project_of(write_project, ANSWERS)) == {}


def test_neither_source_is_a_mistake_of_the_caller(write_project):
    with pytest.raises(ValueError, match="no ledger of campaigns"):
        campaigns.of({}, write_project())
