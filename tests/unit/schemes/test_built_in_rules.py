"""Built-in schemes of rules: who is put where, by the words of their documents."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.models.frame import Frame, Sample, code_of
from pipeline.schemes.kinds import rules
from pipeline.settings import BUILT_IN, Project
from tests.conftest import shop_settings

NAN = float("nan")
LEAD = {
    "advanced_leads_count_12p": 0.0, "asked_leads_count_12p": 0.0, "postponed_leads_count_12p": 0.0,
    "won_leads_count_12p": 0.0, "lost_leads_count_12p": 0.0, "lead_change_recency_days": 3.0,
    "expected_purchase_days": NAN, "unanswered_quotes_count_12p": 0.0, "unanswered_quote_recency_days": NAN,
}  # fmt: skip
WAITING = {"unanswered_quotes_count_12p": 1.0}


def placed(scheme: str, **values: float) -> tuple[str | None, float]:
    """Segment and confidence of one customer; features that are not given are unknown."""
    project = Project(
        **shop_settings(schemes=[{"scheme": scheme}], segments={"min_customers_to_fit": 10}), folder=Path()
    )
    document: Any = project.every_scheme[scheme]
    sample = {name: np.repeat(np.arange(1.0, 21.0), 10) for name in document.features()}
    fit = rules.fit(document, Sample(Frame(pa.array(["c"] * 200), sample, {}), None), project, None)
    numbers = {name: np.array([values.get(name, NAN)]) for name in document.features()}
    assert fit.parameters is not None
    found = rules.score(scheme, fit.parameters, Frame(pa.array(["c"]), numbers, {}))
    place = int(found.segment[0])
    if place < 0:
        return None, 0.0
    return found.segment_ids[place].removeprefix(f"{scheme}:"), float(found.confidence[0])


@pytest.mark.parametrize(
    ("values", "segment"),
    [
        ({"advanced_leads_count_12p": 1}, "interested"),
        ({"advanced_leads_count_12p": 1, "lost_leads_count_12p": 3}, "interested"),
        ({"asked_leads_count_12p": 2}, "considering"),
        ({"postponed_leads_count_12p": 1}, "not_now"),
        ({"won_leads_count_12p": 1}, "won"),
        ({"lost_leads_count_12p": 1}, "declined"),
        (
            {"advanced_leads_count_12p": 1} | WAITING | {"unanswered_quote_recency_days": 30},
            "quoted_no_response",
        ),
        ({"advanced_leads_count_12p": 1} | WAITING | {"unanswered_quote_recency_days": 5}, "interested"),
        ({"lead_change_recency_days": NAN}, None),
    ],
)
def test_sales_readiness_is_what_leads_and_quotations_say(
    values: dict[str, float], segment: str | None
) -> None:
    found, confidence = placed("sales_readiness", **(LEAD | values))
    assert found == segment
    assert segment is None or confidence == 1


@pytest.mark.parametrize(
    ("shares", "segment"),
    [
        ({"store": 0.9, "web": 0.1}, "store"),
        ({"web": 0.8, "app": 0.2}, "web"),
        ({"app": 1.0}, "app"),
        ({"phone": 0.75, "store": 0.25}, "phone"),
        ({"partner": 1.0}, "partner"),
        ({"store": 0.4, "web": 0.35, "app": 0.25}, "mixed"),
    ],
)
def test_a_channel_is_preferred_that_holds_most_orders_by_far(shares: dict[str, float], segment: str) -> None:
    kinds = ("store", "web", "app", "phone", "partner")
    values = {f"{one}_orders_share_12p": shares.get(one, 0.0) for one in kinds}
    assert placed("channel_preference", top_channel_share_12p=max(shares.values()), **values)[0] == segment


@pytest.mark.parametrize(
    ("premium", "budget", "segment"), [(0.8, 0.1, "premium"), (0.1, 0.7, "budget"), (0.3, 0.3, "mainstream")]
)
def test_a_price_tier_holds_half_of_the_lines(premium: float, budget: float, segment: str) -> None:
    values = {"premium_lines_share_12p": premium, "budget_lines_share_12p": budget}
    assert placed("price_tier", **values)[0] == segment


@pytest.mark.parametrize(
    ("minutes", "gigabytes", "add_ons", "segment"),
    [
        (20, 20, 0, "high_end"),
        (1, 20, 20, "data_heavy"),
        (20, 1, 0, "voice_heavy"),
        (1, 1, 20, "add_on"),
        (1, 1, 1, "light"),
        (20, NAN, NAN, "voice_heavy"),
    ],
)
def test_a_usage_style_is_what_a_customer_uses_more_of_than_most(
    minutes: float, gigabytes: float, add_ons: float, segment: str
) -> None:
    found, _ = placed(
        "usage_style",
        minutes_per_30_days_12p=minutes,
        gigabytes_per_30_days_12p=gigabytes,
        add_ons_per_30_days_12p=add_ons,
        use_recency_days=2,
    )
    assert found == segment


def test_what_few_companies_have_is_there_where_the_sources_give_it_or_a_project_names_it() -> None:
    optional = [name for name, one in BUILT_IN.items() if one.only_where_given]
    assert {"sales_readiness", "usage_style", "digital_engagement"} <= set(optional)
    plain = Project(**shop_settings(), folder=Path())
    assert not set(optional) & set(plain.every_scheme)
    named = Project(**shop_settings(schemes=[{"scheme": "usage_style", "place": 5}]), folder=Path())
    assert set(optional) & set(named.every_scheme) == {"usage_style"}
    used = Project(**shop_settings(segments={"schemes": ["rfm", "price_tier"]}), folder=Path())
    assert set(optional) & set(used.every_scheme) == {"price_tier"}


TYPE = {
    "net_amount_per_30_days_12p": 5.0, "active_periods_share_12p": 0.7, "lines_per_order_12p": 15.0,
    "orders_count_12p": 12.0, "returned_share_12p": 0.02, "top_store_share_12p": 0.9,
}  # fmt: skip
GREW = {
    "net_amount_trend_index_6p": 0.5,
    "orders_change_index_12p": 0.5,
    "orders_change_probability_12p": 0.99,
}


@pytest.mark.parametrize(
    ("values", "segment"),
    [
        ({}, "ordinary"),
        ({"net_amount_per_30_days_12p": 19}, "value"),
        ({"net_amount_per_30_days_12p": 19, "active_periods_share_12p": 0.2}, "ordinary"),
        ({"complaints_count_12p": 4, "complaints_per_order_12p": 0.4}, "problem"),
        ({"complaints_count_12p": 1, "complaints_per_order_12p": 0.5}, "ordinary"),
        ({"complaints_count_12p": 4, "complaints_per_order_12p": 0.1}, "ordinary"),
        ({"refund_claims_count_12p": 4, "refund_claims_per_order_12p": 0.4}, "problem"),
        ({"returned_share_12p": 0.4}, "problem"),
        ({"returned_share_12p": 0.4, "orders_count_12p": 3}, "ordinary"),
        ({"net_amount_per_30_days_12p": 19, "returned_share_12p": 0.4}, "problem"),
        (GREW, "potential"),
        (GREW | {"orders_change_probability_12p": 0.6}, "ordinary"),
        ({"advanced_leads_count_12p": 1}, "potential"),
        ({"intent_answers_count_12p": 2, "intent_mean_12p": 5}, "potential"),
        ({"intent_answers_count_12p": 1, "intent_mean_12p": 5}, "ordinary"),
        ({"lines_per_order_12p": 2}, "convenience"),
        ({"lines_per_order_12p": 2, "top_store_share_12p": 0.3}, "ordinary"),
        ({"lines_per_order_12p": 2, "top_store_share_12p": 0.3, "web_orders_share_12p": 1}, "convenience"),
        ({"net_amount_per_30_days_12p": NAN}, None),
    ],
)
def test_a_customer_type_is_what_was_seen_of_it(values: dict[str, float], segment: str | None) -> None:
    assert placed("customer_type", **(TYPE | values))[0] == segment


@pytest.mark.parametrize(
    ("share", "segment"),
    [(0.0, "steady"), (0.3, "steady"), (0.4, "growth"), (0.6, "growth"), (0.7, "aggressive"), (NAN, None)],
)
def test_a_risk_appetite_is_the_risk_of_what_is_held(share: float, segment: str | None) -> None:
    found = placed("risk_appetite", risk_taken_share_3p=share, instruments_count_3p=3)
    assert found == (segment, 0.0 if segment is None else 1.0)


def test_who_holds_more_than_nine_in_ten_is_wealthy_and_what_nobody_stated_is_unknown() -> None:
    """Of 1 to 20 the quantile .9 is 18.1."""
    for amount, segment in ((18.0, "ordinary"), (18.2, "high_net_worth"), (-5.0, "ordinary"), (NAN, None)):
        assert placed("wealth", net_worth_amount_3p=amount)[0] == segment


@pytest.mark.parametrize(
    ("persons", "children", "segment"),
    [
        (1, NAN, "single"),
        (2, NAN, "couple"),
        (2, 0, "couple"),
        (2, 1, "family"),
        (4, NAN, "family"),
        (NAN, 2, "family"),
        (NAN, NAN, None),
        (NAN, 0, None),
    ],
)
def test_a_household_is_what_the_profile_says(persons: float, children: float, segment: str | None) -> None:
    found, _ = placed("demographic", household_size_count=persons, children_count=children)
    assert found == segment


@pytest.mark.parametrize("kind", ["urban", "suburban", "rural", None])
def test_a_place_is_what_the_projects_table_says(kind: str | None) -> None:
    assert placed("geographic", settlement=code_of(kind))[0] == kind


def test_what_tells_a_class_of_what_is_withheld_waits_for_the_projects_word() -> None:
    held = {
        "entity": "holdings", "account_space": "crm",
        "connector": {"kind": "file", "format": "csv", "path": "held.csv"},
        "columns": {
            "source_account_id": "customer", "observed_at": "day", "asset_class": "kind",
            "risk_level": "risk", "balance_amount": "balance", "holding_id": "number", "is_liability": "owed",
        },
    }  # fmt: skip

    def there(**settings: Any) -> set[str]:
        whole = shop_settings(**settings)
        whole["sources"] |= {"bank": held}
        return {"wealth", "risk_appetite"} & set(Project(**whole, folder=Path()).every_scheme)

    assert there() == set()
    assert there(schemes=[{"scheme": "wealth"}]) == {"wealth"}
    assert there(publish={"attributes": ["net_worth_amount_3p", "risk_taken_share_3p"]}) == {
        "wealth",
        "risk_appetite",
    }


@pytest.mark.parametrize(
    ("share", "segment"), [(0.9, "long_term"), (0.55, "long_term"), (0.2, "occasional"), (NAN, None)]
)
def test_who_comes_in_half_of_the_months_comes_to_stay(share: float, segment: str | None) -> None:
    assert placed("relationship", active_periods_share_12p=share, observed_periods_count=12)[0] == segment


@pytest.mark.parametrize(
    ("answers", "segment"),
    [
        ((5, 2, 3, 3), "open"),
        ((2, 4.5, 3, 3), "traditional"),
        ((2, 3, 5, 3), "ambitious"),
        ((2, 3, 3, 4), "caring"),
        ((4, 4, 3, 3), "balanced"),
        ((3.2, 3, 3, 3), "balanced"),
        ((5, 4.8, 3, 3), "balanced"),
        ((5, 2, 3, NAN), None),
    ],
)
def test_a_value_counts_where_it_lies_above_all_others(
    answers: tuple[float, ...], segment: str | None
) -> None:
    kinds = ("openness", "conservation", "self_enhancement", "self_transcendence")
    values = {f"values_{kind}_mean_12p": one for kind, one in zip(kinds, answers, strict=True)}
    assert placed("psychographic", **values)[0] == segment
