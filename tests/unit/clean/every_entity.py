"""One good row of every entity, as text in columns named like the contract's, and how to clean it."""

from collections.abc import Callable
from typing import Any

from ibis.expr import types as ir

from pipeline.clean import Cleaned, clean
from pipeline.engine import Engine
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID
from tests.conftest import KEY, shop_settings
from tests.unit.clean.rows import raw_rows

AT = "2024-01-05 10:00:00"
LATER_THAT_DAY = "2024-01-05 12:00:00"
GOOD_ROWS: dict[str, dict[str, str]] = {
    "profiles": {
        "full_name": "Dr. Ann Smith",
        "email": "Ann@Example.org",
        "phone": "030 901820",
        "address": "Main Street 1",
        "postcode": "10115",
        "birth_date": "1980-05-01",
        "national_id": "12-34",
        "gender": "female",
        "income_amount": "50000",
        "currency": "EUR",
        "household_size_count": "2",
        "language": "German",
        "city": "Berlin",
        "city_tier": "1",
        "settlement": "urban",
        "population_density": "4200",
        "country": "Germany",
        "created_at": "2020-01-01",
        "updated_at": "2023-01-01",
    },
    "orders": {
        "order_id": "A1",
        "ordered_at": AT,
        "product_id": "P1",
        "quantity": "2",
        "unit_price_amount": "9.50",
        "currency": "EUR",
        "channel": "web",
    },
    "products": {"product_id": "P1", "product_name": "Tea", "category": "drinks"},
    "web_visits": {
        "started_at": AT,
        "device": "phone",
        "pages_count": "7",
        "duration_seconds": "61.5",
        "is_converted": "yes",
        "search_terms": "green tea",
    },
    "social_activity": {"occurred_at": AT, "network": "weibo", "act_kind": "Like", "text": "nice"},
    "survey_answers": {
        "survey_id": "S1",
        "question": "nps",
        "answered_at": AT,
        "answer_value": "9",
        "text": "well done",
    },
    "interviews": {
        "held_at": AT,
        "interview_kind": "Focus group",
        "themes": "price、Service；price",
        "text": "…",
    },
    "support_contacts": {
        "contact_opened_at": AT,
        "contact_closed_at": LATER_THAT_DAY,
        "contact_kind": "Refund-Claim",
        "refund_amount": "5",
        "currency": "EUR",
        "text": "broken",
    },
    "leads": {
        "lead_id": "L1",
        "stage": "QUALIFIED",
        "stage_changed_at": AT,
        "last_contacted_at": "2024-01-04",
        "expected_purchase_at": "2026-01-01",
    },
    "quotes": {
        "quote_id": "Q1",
        "quoted_at": AT,
        "quoted_amount": "100",
        "currency": "EUR",
        "responded_at": LATER_THAT_DAY,
        "outcome": "Accepted",
    },
    "product_usage": {"used_at": AT, "service": "mobile", "usage_quantity": "12.5", "usage_unit": "Add-ons"},
    "holdings": {
        "observed_at": AT,
        "holding_id": "H1",
        "risk_level": "High",
        "balance_amount": "-250",
        "currency": "EUR",
        "is_liability": "yes",
    },
    "campaign_contacts": {
        "campaign_id": "C1",
        "sent_at": AT,
        "opened_at": LATER_THAT_DAY,
        "responded_at": LATER_THAT_DAY,
        "redeemed_at": LATER_THAT_DAY,
        "cost_amount": "0.05",
        "currency": "EUR",
    },
    "coupon_redemptions": {"campaign_id": "C1", "coupon_id": "K1", "redeemed_at": AT},
    "referrals": {"referred_at": AT, "referred_source_account_id": "8", "channel": "mail"},
    "consents": {"decided_at": AT, "purpose": "newsletter", "is_granted": "no", "channel": "web"},
    "exchange_rates": {"rate_currency": "usd", "rate_date": "2024-01-01", "rate": "0.91235678"},
}


def project_with(write_project: Callable[..., Project], entity: str, **changes: Any) -> Project:
    """The small shop with one more source, ``extra``: every column of the good row, mapped by name.

    ``columns`` in ``changes`` changes the mapping (none takes a column away); ``project`` the project.
    """
    names = dict.fromkeys(GOOD_ROWS[entity])
    mapped: dict[str, Any] = {one: one for one in names}
    if ENTITIES[entity].has_account:
        mapped[SOURCE_ACCOUNT_ID] = "account"
    mapped |= changes.pop("columns", {})
    source = {
        "entity": entity,
        "connector": {"kind": "file", "format": "csv", "path": "extra.csv"},
        "columns": {name: one for name, one in mapped.items() if one is not None},
    }
    settings = changes.pop("project", {})
    return write_project(sources=shop_settings()["sources"] | {"extra": source | changes}, **settings)


def raw_of(engine: Engine, entity: str, rows: list[dict[str, Any]]) -> ir.Table:
    """Raw rows of ``extra``: the good row of the entity, changed by each of ``rows``."""
    return raw_rows(engine, rows, "extra", {"account": "7"} | GOOD_ROWS[entity])


def cleaned(
    engine: Engine, project: Project, entity: str, rows: list[dict[str, Any]], rates: ir.Table | None = None
) -> Cleaned:
    """What became of the rows of ``raw_of``."""
    return clean(ENTITIES[entity], {"extra": raw_of(engine, entity, rows)}, project, KEY, rates)
