"""Evidence is counted in observations: whoever gave too few of them is in no segment (law L8)."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import ValidationError

from pipeline.models.frame import Sample, frame_of
from pipeline.models.parameters import from_json
from pipeline.schemes import serving
from pipeline.schemes.serving import least_evidence
from pipeline.segments import fit_versions
from pipeline.settings import BUILT_IN, Project
from tests.conftest import shop_settings
from tests.unit.segments.synthetic import PERIOD, SCHEME_NAMES, assigned, changed, shop_with, with_previous

COUNTS = ("orders_count_6p", "orders_count_12p", "order_days_count_12p")
#: Schemes that say how someone usually buys: one order cannot show it.
OF_A_RHYTHM = (
    "purchase_frequency", "recent_trend", "loyalty", "churn_risk", "rfm", "behaviour_clusters",
)  # fmt: skip
#: One order, of yesterday: the features that one order gives.
ONE_ORDER = {"recency_days": 1.0, "mean_gap_days_12p": None, "gap_variation_12p": None, "overdue_ratio": None}


def with_orders(features: pa.Table, count: int) -> pa.Table:
    return changed(features, **dict.fromkeys(COUNTS, count))


def by_scheme(features: pa.Table, versions: pa.Table, shop: Any) -> dict[str, list[dict]]:
    rows = assigned(features, versions, shop).to_pylist()
    return {name: [row for row in rows if row["scheme"] == name] for name in SCHEME_NAMES}


def test_every_scheme_declares_its_least_evidence():
    of_facts = {
        name for name, one in BUILT_IN.items() if one.segments and len(one.facts()) == len(one.segments)
    }
    assert {name for name, one in BUILT_IN.items() if not one.least_evidence} <= of_facts
    for name in (*OF_A_RHYTHM, "lifecycle"):
        if name != "recent_trend":
            assert BUILT_IN[name].least_evidence == {"order_days_count_12p": 3}
    assert BUILT_IN["recent_trend"].least_evidence == {"orders_count_6p": 6}
    assert BUILT_IN["purchasing_power"].least_evidence == {"orders_count_12p": 2}
    assert BUILT_IN["satisfaction"].least_evidence == {"satisfaction_evidence_count_12p": 3}


@pytest.mark.parametrize("scheme", OF_A_RHYTHM)
def test_one_order_shows_no_rhythm(features, versions, shop, scheme):
    once = with_orders(changed(features, **ONE_ORDER), 1)
    rows = by_scheme(once, versions, shop)[scheme]
    assert {row["status"] for row in rows} == {"insufficient_data"}
    assert all(row["confidence"] is None and row["reasons"] is None for row in rows)


def test_the_least_number_itself_is_enough(features, versions, shop):
    three = by_scheme(with_orders(features, 3), versions, shop)
    assert {row["status"] for row in three["loyalty"]} == {"assigned"}
    assert {row["status"] for row in by_scheme(with_orders(features, 2), versions, shop)["loyalty"]} == {
        "insufficient_data"
    }
    assert {row["status"] for row in three["recent_trend"]} == {"insufficient_data"}
    assert {row["status"] for row in by_scheme(with_orders(features, 6), versions, shop)["recent_trend"]} == {
        "assigned"
    }


def test_the_evidence_share_is_at_most_what_was_observed_of_what_is_needed(features, versions, shop):
    two = by_scheme(with_orders(features, 2), versions, shop)
    assert max(row["evidence_share"] for row in two["loyalty"]) == 0.5  # one gap of the two
    none = by_scheme(changed(features, order_days_count_12p=None), versions, shop)
    assert {row["evidence_share"] for row in none["loyalty"]} == {0.0}
    assert {row["status"] for row in none["loyalty"]} == {"insufficient_data"}
    partly = by_scheme(changed(features, gap_variation_12p=None), versions, shop)
    assert 0.4 < max(row["evidence_share"] for row in partly["loyalty"]) <= 0.8


def test_one_order_is_no_evidence_of_how_orders_scatter(features, versions, shop):
    every = by_scheme(with_orders(features, 1), versions, shop)
    del every["relationship"]  # who has ordered once in a year comes now and then
    assert {row["evidence_share"] for rows in every.values() for row in rows} == {0.0}


def test_before_a_fit_the_evidence_share_counts_observations_too(engine, features, shop):
    early = fit_versions(engine.from_arrow(features), None, None, None, "2024-01", shop)
    rows = by_scheme(with_orders(features, 2), early, shop)["loyalty"]
    assert {row["evidence_share"] for row in rows} == {0.5}


def test_stages_that_rest_on_dates_need_no_rhythm(features, versions, shop):
    once = with_orders(changed(features, **ONE_ORDER, silence_before_period_days=None), 1)
    fresh = changed(once, tenure_days=20.0, unseen_before_ratio=None, unseen_before_days=200.0)
    lost = changed(once, recency_days=300.0, tenure_days=300.0)
    old = changed(once, tenure_days=300.0, recency_days=50.0)
    back = changed(with_orders(old, 2), recency_days=3.0, silence_before_period_days=200)
    names = [
        {(row["segment_id"], row["status"]) for row in by_scheme(one, versions, shop)["lifecycle"]}
        for one in (fresh, lost, back, old)
    ]
    assert names == [
        {("lifecycle:new", "assigned")},
        {("lifecycle:lost", "assigned")},
        {("lifecycle:returned", "assigned")},
        {(None, "insufficient_data")},
    ]


def test_a_fit_reads_only_customers_with_enough_observations(features, shop):
    """Half of the customers bought once and differ in all: thirds and quintiles are those of the others.

    Priors of traits are those of everybody: here both fits are given none.
    """
    half = pc.field("customer_id") < "c000200"
    once = changed(
        with_orders(features.filter(half), 1), recency_days=1.0, active_periods_share_12p=0.01,
        orders_per_30_days_12p=0.01, net_amount_per_30_days_12p=0.01,
    )  # fmt: skip
    others = features.filter(~half)
    for name in ("loyalty", "purchase_frequency", "rfm", "behaviour_clusters"):
        scheme = shop.every_scheme[name]
        both, alone = (
            serving.fit(scheme, _sample(rows, scheme, shop), shop, None, {}, {})
            for rows in (pa.concat_tables([once, others]), others)
        )
        assert both.parameters == alone.parameters, name
        assert both.customers == 200


def _sample(rows: pa.Table, scheme: Any, shop: Project) -> Sample:
    return Sample(frame_of(with_previous(rows), serving.reads(scheme, shop), ["behaviour_clusters"]), None)


def test_what_is_needed_is_frozen_with_the_version(features, versions, tmp_path, shop):
    frozen = {row["scheme"]: row["parameters"] for row in versions.to_pylist() if row["parameters"]}
    for name, text in frozen.items():
        assert from_json(text)["least_evidence"] == BUILT_IN[name].least_evidence
    later = shop_with(tmp_path, {"scheme": "loyalty", "least_evidence": {"order_days_count_12p": 50}})
    assert assigned(features, versions, later).equals(assigned(features, versions, shop))


def test_a_project_declares_its_own_least_evidence(engine, features, write_shop):
    loyalty = {"scheme": "loyalty", "least_evidence": {"orders_count_12p": 20}}
    shop = write_shop(loyalty, {"scheme": "rfm", "least_evidence": {}})
    every = shop.every_scheme
    assert least_evidence(every["loyalty"], shop) == {"orders_count_12p": 20}
    assert least_evidence(every["churn_risk"], shop) == BUILT_IN["churn_risk"].least_evidence
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    rows = {row["scheme"]: row for row in versions.to_pylist()}
    assert rows["loyalty"]["status"] == "insufficient_data"  # nobody has twenty orders: nothing to fit on
    found = by_scheme(with_orders(features, 1), versions, shop)
    assert {row["status"] for row in found["rfm"]} == {"assigned"}


@pytest.mark.parametrize(
    ("least", "told"),
    [
        ({"recency_days": 3}, "recency_days"),
        ({"orders_count_12p": 0}, "greater than or equal to 1"),
    ],
)
def test_a_declaration_names_counts(write_shop, least, told):
    with pytest.raises(ValidationError, match=told):
        write_shop({"scheme": "loyalty", "least_evidence": least})


def test_counts_that_the_sources_cannot_give_are_not_asked_for(engine, features, tmp_path):
    crm = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "jsonl", "path": "profiles.jsonl"},
        "columns": {"source_account_id": "customer", "income_amount": "income"},
    }
    project = Project(**shop_settings(sources={"crm": crm}), folder=tmp_path)
    told = changed(with_orders(features, 0), income_amount=np.linspace(1, 9e4, 400).round(2).tolist())
    versions = fit_versions(engine.from_arrow(told), None, None, None, PERIOD, project)
    rows = [
        row for row in assigned(with_previous(told), versions, project).to_pylist()
        if row["scheme"] == "purchasing_power"
    ]  # fmt: skip
    assert {row["status"] for row in rows} == {"assigned"}
    assert least_evidence(project.every_scheme["purchasing_power"], project) == {}
