"""Built-in schemes of rules: who is put where, by the words of their documents."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.models.frame import Frame, Sample
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
    sample = {name: np.arange(1.0, 21.0) for name in document.features()}
    fit = rules.fit(document, Sample(Frame(pa.array(["c"] * 20), sample, {}), None), project, None)
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
