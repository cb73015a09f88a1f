"""Leads and quotations, computed by hand as of the end of March."""

from typing import Any

import pytest

from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import at, events, line, order_lines

#: On Spark each of these takes most of a minute: what is whole runs there in ``test_customer_features``.
pytestmark = pytest.mark.duckdb_suffices

COLUMNS = {
    "leads": ("lead_id", "stage", "stage_changed_at", "last_contacted_at", "expected_purchase_at"),
    "quotes": ("quote_id", "quoted_at", "quoted_amount", "responded_at", "outcome"),
}


@pytest.fixture
def row_of(engine, write_project):
    """Features of the one customer, given rows of leads and quotations."""

    def of(leads=(), quotes=(), columns=COLUMNS) -> dict[str, Any]:
        sources = {
            name: {
                "entity": entity,
                "connector": {"kind": "file", "format": "csv", "path": f"{entity}.csv"},
                "columns": {"source_account_id": "account", **{one: one for one in columns[entity]}},
            }
            for name, entity in (("crm", "leads"), ("somewhere", "quotes"))
        }
        project = write_project(sources=shop_settings()["sources"] | sources)
        given = {"leads": events("leads", *leads), "quotes": events("quotes", *quotes)}
        return features(engine, project, "2024-03", lines=order_lines(line("2024-01-01 00:00")), **given)[
            "c_1"
        ]

    return of


def change(lead: str, when: str, stage: str, **values: Any) -> dict[str, Any]:
    return {"lead_id": lead, "stage": stage, "stage_changed_at": when, **values}


def quotation(number: str, when: str, amount: int = 100, **values: Any) -> dict[str, Any]:
    return {"quote_id": number, "quoted_at": when, "quoted_amount": amount, "outcome": "open", **values}


def test_a_lead_stands_where_it_stood_last(row_of):
    row = row_of(
        leads=[
            change("won", "2024-01-02 00:00", "new"),
            change("won", "2024-02-02 00:00", "won"),
            change("lost", "2024-02-03 00:00", "lost"),
            change("open", "2024-01-05 00:00", "proposal", last_contacted_at="2024-02-20 00:00"),
            change("open", "2024-03-31 00:00", "postponed", last_contacted_at="2024-04-02 00:00"),
            change("later", "2024-04-01 00:00", "won"),
        ]
    )
    assert [row[f"{one}_leads_count_12p"] for one in ("open", "won", "lost")] == [1, 1, 1]
    assert (row["lead_stage_12p"], row["lead_change_recency_days"]) == ("postponed", 1.0)
    # the talk of April is not known yet (law L2)
    assert row["sales_contact_recency_days"] == (at("2024-04-01 00:00") - at("2024-02-20 00:00")).days


def test_a_purchase_is_expected_as_open_leads_said_last(row_of):
    row = row_of(
        leads=[
            change("a", "2024-01-05 00:00", "qualified", expected_purchase_at="2024-03-02 00:00"),
            change("a", "2024-03-05 00:00", "proposal", expected_purchase_at="2024-04-11 00:00"),
            change("b", "2024-03-05 00:00", "qualified", expected_purchase_at="2024-05-01 00:00"),
            change("c", "2024-03-05 00:00", "lost", expected_purchase_at="2024-04-02 00:00"),
        ]
    )
    assert row["expected_purchase_days"] == 10.0
    overdue = row_of(leads=[change("a", "2024-01-05 00:00", "new", expected_purchase_at="2024-03-30 00:00")])
    assert overdue["expected_purchase_days"] == -2.0
    withdrawn = row_of(
        leads=[
            change("a", "2024-01-05 00:00", "qualified", expected_purchase_at="2024-03-02 00:00"),
            change("a", "2024-02-05 00:00", "postponed"),
        ]
    )
    assert withdrawn["expected_purchase_days"] is None


def test_a_quotation_waits_until_it_is_answered(row_of):
    row = row_of(
        quotes=[
            quotation("1", "2024-01-02 00:00", outcome="accepted", responded_at="2024-03-31 23:00"),
            quotation("2", "2024-01-03 00:00", 50, outcome="declined", responded_at="2024-01-09 00:00"),
            quotation("3", "2024-03-22 00:00", outcome="accepted", responded_at="2024-04-01 00:00"),
            quotation("4", "2024-02-01 00:00", outcome="expired"),
        ]
    )
    assert (row["quotes_count_12p"], row["quoted_amount_12p"]) == (4, 350)
    assert (row["answered_quotes_count_12p"], row["unanswered_quotes_count_12p"]) == (2, 2)
    assert (row["accepted_quotes_share_12p"], row["unanswered_quote_recency_days"]) == (0.5, 10.0)


@pytest.mark.duckdb_suffices
def test_of_sources_that_tell_no_answer_nothing_is_known_to_wait(row_of):
    silent = {**COLUMNS, "quotes": COLUMNS["quotes"][:3]}
    row = row_of(quotes=[quotation("1", "2024-01-02 00:00", outcome=None)], columns=silent)
    assert (row["quotes_count_12p"], row["unanswered_quotes_count_12p"]) == (1, None)


@pytest.mark.duckdb_suffices
def test_without_leads_and_quotations_counts_are_zero_and_the_rest_unknown(row_of):
    row = row_of()
    assert (row["open_leads_count_12p"], row["quotes_count_12p"], row["unanswered_quotes_count_12p"]) == (
        0,
        0,
        0,
    )
    unknown = (
        "lead_stage_12p",
        "sales_contact_recency_days",
        "expected_purchase_days",
        "accepted_quotes_share_12p",
    )
    assert [row[one] for one in unknown] == [None] * 4


def test_what_comes_after_as_of_hides_nothing_before_it_in_the_same_period(row_of):
    row = row_of(
        leads=[
            change("open", "2024-03-05 00:00", "contacted", last_contacted_at="2024-03-12 00:00"),
            change("open", "2024-03-20 00:00", "qualified", last_contacted_at="2024-04-02 00:00"),
        ],
        quotes=[
            quotation("Q1", "2024-03-02 00:00", responded_at="2024-03-22 00:00", outcome="declined"),
            quotation("Q1", "2024-03-25 00:00", responded_at="2024-04-03 00:00", outcome="accepted"),
        ],
    )
    assert row["sales_contact_recency_days"] == 20
    assert (row["answered_quotes_count_12p"], row["unanswered_quotes_count_12p"]) == (1, 1)
    assert row["accepted_quotes_share_12p"] == 0
