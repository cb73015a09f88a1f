"""What customers say, computed by hand: answers, complaints, claims, contacts by kind and channel."""

from typing import Any

import pytest

from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import events, line, order_lines

#: On Spark each of these takes most of a minute: what is whole runs there in ``test_customer_features``.
pytestmark = pytest.mark.duckdb_suffices

CONTACT = ("contact_opened_at", "contact_kind", "contact_closed_at", "refund_amount", "channel")
ANSWER = ("answered_at", "survey_id", "question", "answer_value")


def sources() -> dict[str, Any]:
    """The shop with a support desk and surveys."""

    def source(entity: str, columns: tuple[str, ...]) -> dict[str, Any]:
        mapped = {"source_account_id": "account", **{name: name for name in columns}}
        connector = {"kind": "file", "format": "csv", "path": f"{entity}.csv"}
        return {"entity": entity, "connector": connector, "columns": mapped}

    desk, panel = source("support_contacts", CONTACT), source("survey_answers", ANSWER)
    return shop_settings()["sources"] | {"somewhere": desk, "panel": panel}


@pytest.fixture
def row(engine, write_project):
    """Features of one customer as of the end of March: 91 days of exposure since the first of January."""
    project = write_project(sources=sources())
    answers = [
        ("satisfaction", 5), ("satisfaction", 2), ("nps", 10), ("nps", 9), ("nps", 7), ("nps", 3),
    ]  # fmt: skip
    contacts = [
        ("2024-01-10 00:00", "complaint", "2024-01-12 00:00", "phone", None),
        ("2024-02-10 00:00", "refund_claim", "2024-03-10 00:00", "phone", 30),
        ("2024-02-11 00:00", "question", None, "chat", None),
        ("2024-03-31 12:00", "complaint", "2024-04-01 00:00", None, 99),
    ]
    found = features(
        engine,
        project,
        "2024-03",
        lines=order_lines(
            line("2024-01-01 00:00", net_amount=80),
            line("2024-02-01 00:00", net_amount=20),
            line("2024-03-01 00:00", net_amount=-25, is_return=True),
        ),
        survey_answers=events(
            "survey_answers",
            *(
                {"question": one, "answer_value": value, "answered_at": "2024-02-05 10:00", "survey_id": "s"}
                for one, value in answers
            ),
        ),
        support_contacts=events(
            "support_contacts",
            *(
                {
                    "contact_opened_at": opened,
                    "contact_kind": kind,
                    "contact_closed_at": closed,
                    "channel": channel,
                    "refund_amount": refund,
                }
                for opened, kind, closed, channel, refund in contacts
            ),
        ),
    )
    return found["c_1"]


def test_satisfaction(row):
    said = {name: row[name] for name in row if name.startswith(("csat_", "nps_"))}
    assert said == {
        "csat_answers_count_12p": 2,
        "csat_mean_12p": 3.5,
        "nps_answers_count_12p": 4,
        "nps_mean_12p": 7.25,
        "nps_index_12p": 0.25,
    }
    assert (row["complaints_count_12p"], row["complaints_per_order_12p"]) == (2, 1.0)
    assert row["complaints_per_30_days_12p"] == pytest.approx(2 * 30 / 91, abs=1e-6)
    assert (row["refund_claims_count_12p"], row["refund_claims_per_order_12p"]) == (1, 0.5)
    assert float(row["refunded_amount_12p"]) == 30
    # two days, and 29 of a February to a March; the complaint of March is closed in April
    assert (row["closed_contacts_count_12p"], row["resolution_mean_days_12p"]) == (2, 15.5)
    assert row["returned_share_12p"] == 0.25


def test_evidence_of_satisfaction_counts_answers_contacts_and_orders(row):
    assert row["satisfaction_evidence_count_12p"] == 2 + 4 + 4 + 2


def test_communication(row):
    assert row["support_contacts_count_12p"] == 4
    assert row["support_contacts_per_30_days_12p"] == pytest.approx(4 * 30 / 91, abs=1e-6)
    assert (row["questions_count_12p"], row["disputes_count_12p"], row["praises_count_12p"]) == (1, 0, 0)
    kinds = ("question", "complaint", "refund_claim", "dispute", "praise")
    assert [row[f"{one}_contacts_share_12p"] for one in kinds] == [0.25, 0.5, 0.25, 0, 0]
    assert (row["top_support_channel_12p"], row["support_channels_count_12p"]) == ("phone", 2)
    assert row["top_support_channel_share_12p"] == pytest.approx(2 / 3, abs=1e-6)


@pytest.mark.duckdb_suffices
def test_of_a_customer_who_said_nothing_shares_and_means_are_unknown_and_counts_zero(engine, write_project):
    project = write_project(sources=sources())
    nothing = {"survey_answers": events("survey_answers"), "support_contacts": events("support_contacts")}
    row = features(engine, project, "2024-01", lines=order_lines(line("2024-01-01 00:00")), **nothing)["c_1"]
    for name in ("csat_mean_12p", "nps_index_12p", "resolution_mean_days_12p", "top_support_channel_12p"):
        assert row[name] is None, name
    assert row["praise_contacts_share_12p"] is None
    assert (row["csat_answers_count_12p"], row["complaints_per_30_days_12p"]) == (0, 0.0)
    assert row["satisfaction_evidence_count_12p"] == 1
