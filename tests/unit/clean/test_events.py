"""Events of every kind: codes, text split off, and what a user would call impossible."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.tables.entities import ENTITIES
from tests.conftest import KEY
from tests.unit.clean.every_entity import GOOD_ROWS, cleaned, project_with
from tests.unit.clean.rows import FIRST, aside, kept

DERIVED = {
    "social_activity": {"act_kind": "like"},
    "interviews": {"interview_kind": "focus_group", "themes": "price;service"},
    "support_contacts": {"contact_kind": "refund_claim", "refund_amount": Decimal(5)},
    "leads": {"stage": "qualified", "expected_purchase_at": datetime(2026, 1, 1, tzinfo=UTC)},
    "quotes": {"outcome": "accepted", "quoted_amount": Decimal(100)},
    "product_usage": {"usage_unit": "add_ons", "usage_quantity": Decimal("12.5")},
    "holdings": {"risk_level": "high", "balance_amount": Decimal(250), "is_liability": True},
    "consents": {"is_granted": False},
    "web_visits": {"is_converted": True, "pages_count": 7, "duration_seconds": Decimal("61.5")},
    "survey_answers": {"answer_value": Decimal(9), "question": "nps"},
}


@pytest.mark.parametrize("entity", sorted(DERIVED))
def test_codes_are_read_in_any_case_and_text_is_split_off(
    entity: str, engine: Engine, write_project: Any
) -> None:
    contract = ENTITIES[entity]
    project = project_with(write_project, entity)
    silent = {one.name: "" for one in contract.identifiers}

    found = cleaned(engine, project, entity, [{}, silent | {"account": "8"}])

    first = next(row for row in kept(found, contract) if row["account_id"] == account_id_of("7"))
    assert {name: first[name] for name in DERIVED[entity]} == DERIVED[entity]
    if contract.restricted is None:
        assert found.restricted is None
        return
    assert found.restricted is not None
    (words,) = cast(found.restricted.to_pyarrow(), contract.restricted.schema).to_pylist()
    assert words["line_key"] == first["line_key"]
    assert [words[one.name] for one in contract.identifiers] == [
        GOOD_ROWS[entity][one.name] if GOOD_ROWS[entity][one.name] != "…" else "..."
        for one in contract.identifiers
    ]


def account_id_of(source_account: str, space: str = "extra") -> str:
    """The id as this test makes it: of project, account space and the company's own number."""
    return "a_" + KEY.digest(f"shop\x1f{space}\x1f{source_account}")


IMPOSSIBLE = [
    ("support_contacts", {"contact_closed_at": "2024-01-04"}, "closed_before_opened", "contact_closed_at"),
    ("support_contacts", {"contact_kind": "rant"}, "unknown_code", "contact_kind"),
    ("support_contacts", {"refund_amount": "-1"}, "value_out_of_range", "refund_amount"),
    ("support_contacts", {"contact_closed_at": "2034-01-01"}, "time_implausible", "contact_closed_at"),
    ("campaign_contacts", {"opened_at": "2024-01-05 09:59"}, "opened_before_sent", "opened_at"),
    ("campaign_contacts", {"responded_at": "2024-01-01"}, "responded_before_sent", "responded_at"),
    ("campaign_contacts", {"redeemed_at": "2024-01-01"}, "redeemed_before_sent", "redeemed_at"),
    ("quotes", {"responded_at": "2024-01-01"}, "responded_before_quoted", "responded_at"),
    ("quotes", {"outcome": "maybe"}, "unknown_code", "outcome"),
    ("leads", {"stage": "warm"}, "unknown_code", "stage"),
    ("leads", {"last_contacted_at": "2034-01-01"}, "time_implausible", "last_contacted_at"),
    ("product_usage", {"usage_quantity": "-3"}, "usage_negative", "usage_quantity"),
    ("product_usage", {"usage_unit": "furlongs"}, "unknown_code", "usage_unit"),
    ("web_visits", {"pages_count": "-1"}, "value_out_of_range", "pages_count"),
    ("web_visits", {"duration_seconds": "long"}, "amount_unreadable", "duration_seconds"),
    ("survey_answers", {"answer_value": "", "text": ""}, "answer_missing", "answer_value"),
    ("survey_answers", {"question": ""}, "required_missing", "question"),
    ("referrals", {"referred_source_account_id": "7.0"}, "self_referral", "referred_source_account_id"),
    ("referrals", {"referred_source_account_id": ""}, "required_missing", "referred_source_account_id"),
    ("consents", {"is_granted": "perhaps"}, "flag_unreadable", "is_granted"),
    ("holdings", {"is_liability": ""}, "required_missing", "is_liability"),
    ("social_activity", {"occurred_at": ""}, "time_missing", "occurred_at"),
    ("coupon_redemptions", {"account": ""}, "account_missing", "source_account_id"),
]


@pytest.mark.parametrize("entity", sorted({one[0] for one in IMPOSSIBLE}))
def test_the_impossible_is_set_aside_by_the_name_of_its_rule(
    entity: str, engine: Engine, write_project: Any
) -> None:
    planted = [one for one in IMPOSSIBLE if one[0] == entity]
    project = project_with(write_project, entity)

    found = cleaned(engine, project, entity, [*(change for _, change, _, _ in planted), {}])

    assert [(row["rule"], row["column"]) for row in aside(found, entity)] == [
        (rule, column) for _, _, rule, column in planted
    ]
    assert len(kept(found, ENTITIES[entity])) == 1


def test_a_day_without_time_is_not_before_the_times_of_that_day(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "support_contacts", project={"time_zone": "Asia/Shanghai"})

    found = cleaned(engine, project, "support_contacts", [{"contact_closed_at": "2024-01-05"}])

    assert aside(found, "support_contacts") == []


def test_answers_keep_their_own_scale_and_words_are_enough(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "survey_answers")

    found = cleaned(
        engine, project, "survey_answers", [{"answer_value": "-100"}, {"answer_value": "", "account": "8"}]
    )

    assert aside(found, "survey_answers") == []
    assert {row["answer_value"] for row in kept(found, ENTITIES["survey_answers"])} == {Decimal(-100), None}


def test_referred_accounts_are_of_the_same_account_space(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "referrals", account_space="people")

    (row,) = kept(cleaned(engine, project, "referrals", [{}]), ENTITIES["referrals"])

    assert row["account_id"] == account_id_of("7", "people")
    assert row["referred_account_id"] == account_id_of("8", "people")


def test_rows_of_many_periods_are_cleaned_together(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "consents")
    rows = [{"period": period, "_collected_at": FIRST} for period in ("2024-01", "2024-02", "2024-02")]

    found = cleaned(engine, project, "consents", rows)

    assert [row["period"] for row in kept(found, ENTITIES["consents"])] == ["2024-01", "2024-02"]
    assert [(row["period"], row["rule"]) for row in aside(found, "consents")] == [
        ("2024-02", "exact_duplicate")
    ]
