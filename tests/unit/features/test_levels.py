"""Levels: of several periods the last one counts; and what customers have, said and brought."""

from typing import Any

import pytest

from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import events, line, order_lines

#: On Spark each of these takes most of a minute: what is whole runs there in ``test_customer_features``.
pytestmark = pytest.mark.duckdb_suffices

COLUMNS = {
    "holdings": ("holding_id", "observed_at", "balance_amount", "is_liability", "asset_class", "risk_level"),
    "referrals": ("referred_at", "referred_source_account_id"),
    "survey_answers": ("survey_id", "question", "answered_at", "answer_value"),
    "interviews": ("held_at", "interview_kind", "themes"),
}


@pytest.fixture
def known(engine, write_project):
    """Features of the customers as of the end of May, given clean rows."""

    def of(**rows: Any) -> dict[str, dict[str, Any]]:
        sources = {
            f"of_{entity}": {
                "entity": entity,
                "connector": {"kind": "file", "format": "csv", "path": f"{entity}.csv"},
                "columns": {"source_account_id": "account", **{one: one for one in columns}},
            }
            for entity, columns in COLUMNS.items()
        }
        project = write_project(sources=shop_settings()["sources"] | sources, last_period="2024-06")
        lines = [line("2024-01-01 00:00", account_id=one) for one in ("a_1", "a_2")]
        given = {name: events(name, *some) for name, some in rows.items()}
        return features(engine, project, "2024-05", lines=order_lines(*lines), **given)

    return of


def balance(
    account: str, when: str, amount: int, asset_class: str = "savings", **values: Any
) -> dict[str, Any]:
    usual = {"holding_id": asset_class, "is_liability": False, "risk_level": "low", "account_id": account}
    return {**usual, "observed_at": when, "balance_amount": amount, "asset_class": asset_class, **values}


def test_the_last_statement_of_three_periods_counts_and_no_sum_of_statements(known):
    found = known(
        holdings=[
            balance("a_1", "2024-03-31 12:00", 900, "shares", risk_level="high"),
            balance("a_1", "2024-04-30 12:00", 60, "savings"),
            balance("a_1", "2024-04-30 12:00", 30, "fund", risk_level="medium"),
            balance("a_1", "2024-04-30 12:00", 10, "shares", risk_level="high"),
            balance("a_1", "2024-04-30 12:00", 40, "credit", is_liability=True),
            balance("a_2", "2024-02-29 12:00", 77),
        ]
    )
    row = found["c_1"]
    amounts = ("assets", "liabilities", "net_worth", "deposits", "funds", "shares", "bonds")
    assert [row[f"{one}_amount_3p"] for one in amounts] == [100, 40, 60, 60, 30, 10, 0]
    assert (row["instruments_count_3p"], row["risk_taken_share_3p"]) == (4, 0.25)
    # a statement of three months ago says nothing of today
    assert [found["c_2"][f"{one}_amount_3p"] for one in amounts] == [None] * len(amounts)


@pytest.mark.duckdb_suffices
def test_scales_of_the_mind(known):
    def answer(question: str, value: int) -> dict[str, Any]:
        return {
            "survey_id": "s",
            "question": question,
            "answered_at": "2024-02-01 00:00",
            "answer_value": value,
        }

    row = known(
        survey_answers=[
            answer("values_openness", 5),
            answer("values_openness", 2),
            answer("personality_neuroticism", 1),
            answer("price_sensitivity", 4),
            answer("intent", 3),
            answer("nps", 9),
            answer("nps", 8),
        ]
    )["c_1"]
    assert (row["values_openness_mean_12p"], row["values_openness_answers_count_12p"]) == (3.5, 2)
    assert (row["personality_neuroticism_mean_12p"], row["lifestyle_interests_mean_12p"]) == (1.0, None)
    assert (row["price_sensitivity_mean_12p"], row["intent_mean_12p"]) == (4.0, 3.0)
    assert row["promoter_answers_share_12p"] == 0.5


def test_interviews_themes_and_referrals(known):
    def interview(when: str, themes: str | None) -> dict[str, Any]:
        return {"held_at": when, "interview_kind": "interview", "themes": themes}

    row = known(
        interviews=[
            interview("2024-02-01 00:00", "price;service"),
            interview("2024-03-01 00:00", "price"),
            interview("2024-04-01 00:00", None),
        ],
        referrals=[
            {"referred_at": "2024-02-01 00:00", "referred_account_id": "a_9"},
            {"referred_at": "2024-06-01 00:00", "referred_account_id": "a_8"},
        ],
    )["c_1"]
    assert (row["interviews_count_12p"], row["interview_themes_count_12p"]) == (3, 2)
    assert (row["top_interview_theme_12p"], row["referrals_count_12p"]) == ("price", 1)


@pytest.mark.duckdb_suffices
def test_the_longest_lapse_lies_within_a_period_or_across_its_end(engine, write_project):
    days = ("2024-01-01", "2024-01-21", "2024-02-01", "2024-03-04")
    found = features(
        engine,
        write_project(),
        "2024-03",
        lines=order_lines(
            *(line(f"{day} 10:00") for day in days), line("2024-01-01 10:00", account_id="a_2")
        ),
    )
    assert (found["c_1"]["longest_gap_days_12p"], found["c_2"]["longest_gap_days_12p"]) == (32, None)
    within = features(
        engine, write_project(), "2024-01", lines=order_lines(*(line(f"{day} 10:00") for day in days))
    )
    assert within["c_1"]["longest_gap_days_12p"] == 20
