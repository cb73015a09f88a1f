import math

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.models.noise import NOISE_FALLBACK, NOISE_FLOOR
from pipeline.models.parameters import from_json
from pipeline.segments import fit_versions
from pipeline.settings import Project
from tests.unit.segments.synthetic import PERIOD, assigned, changed, customers, forecast_versions, without

#: What three contributions and a score of two decimals may differ by, rounded each for itself.
ROUNDED = 0.0201


def of(table: pa.Table, scheme: str) -> pa.Table:
    return table.filter(pc.field("scheme") == scheme)


def parameters_of(versions: pa.Table, scheme: str) -> dict:
    return next(from_json(row["parameters"]) for row in versions.to_pylist() if row["scheme"] == scheme)


def test_each_third_of_the_fitted_customers_gets_a_tier_by_its_score(features, versions, shop):
    rows = of(assigned(features, versions, shop), "purchase_frequency").to_pylist()
    scores = {
        tier: [r["score"] for r in rows if r["segment_id"].endswith(tier)]
        for tier in ("low", "medium", "high")
    }
    assert max(scores["low"]) < min(scores["medium"])
    assert max(scores["medium"]) < min(scores["high"])
    assert all(abs(len(one) - 400 / 3) < 3 for one in scores.values())


def test_a_version_knows_how_many_customers_each_tier_has(versions):
    """What is usual: by it, not by the odds alone, a tier is left (``schemes.remembered``)."""
    assert parameters_of(versions, "purchase_frequency")["usual"] == pytest.approx([1 / 3] * 3, abs=0.01)


def test_a_feature_that_lowers_turns_the_score_round(features, versions, shop):
    rare = changed(features, orders_per_30_days_12p=0.0, mean_gap_days_12p=900.0)
    often = changed(features, orders_per_30_days_12p=99.0, mean_gap_days_12p=0.1)
    low = of(assigned(rare, versions, shop), "purchase_frequency")
    high = of(assigned(often, versions, shop), "purchase_frequency")
    assert set(low["segment_id"].to_pylist()) == {"purchase_frequency:low"}
    assert set(high["segment_id"].to_pylist()) == {"purchase_frequency:high"}
    reasons = high["reasons"].to_pylist()[0]
    assert {one["feature"]: one["direction"] for one in reasons} == {
        "orders_per_30_days_12p": "raises",
        "mean_gap_days_12p": "raises",
    }


def _overdue(probability: float) -> float:
    """The feature that gives the forecast of ``forecast_versions`` this probability."""
    return 3 + math.log(probability / (1 - probability))


def _churn(probabilities: list[float], features: pa.Table, versions: pa.Table, shop: Project) -> list[dict]:
    few = changed(
        features.slice(0, len(probabilities)), overdue_ratio=[_overdue(one) for one in probabilities]
    )
    return of(assigned(few, versions, shop), "churn_risk").to_pylist()


def test_on_the_value_scale_the_score_is_the_value_and_borders_are_given(features, versions, shop):
    rows = _churn([0.001, 0.1999, 0.2001, 0.4999, 0.5, 0.999], features, versions, shop)
    assert [row["score"] for row in rows] == pytest.approx([0.1, 19.99, 20.01, 49.99, 50, 99.9], abs=1e-3)
    tiers = [row["segment_id"].removeprefix("churn_risk:") for row in rows]
    assert tiers == ["low", "low", "medium", "medium", "high", "high"]
    parameters = parameters_of(versions, "churn_risk")
    assert parameters["borders"] == [20, 50]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    probabilities=st.lists(st.floats(0.19985, 0.20015) | st.floats(0.49985, 0.50015), min_size=1, max_size=20)
)
def test_score_borders_and_segment_never_contradict_each_other(probabilities, features, versions, shop):
    borders = parameters_of(versions, "churn_risk")["borders"]
    for row in _churn(probabilities, features, versions, shop):
        reached = sum(row["score"] >= one for one in borders)
        assert row["segment_id"] == ("churn_risk:low", "churn_risk:medium", "churn_risk:high")[reached]


@pytest.fixture
def by_itself(monkeypatch):
    """What a kind makes of memberships by itself is told, too."""
    monkeypatch.setattr("pipeline.segments.assignments.is_earned", lambda parameters: True)


def test_on_the_value_scale_contributions_confidence_and_evidence_are_as_on_the_rank_scale(
    features, versions, shop, by_itself
):
    rows = _churn([0.02, 0.2001, 0.97], features, without(versions, "earned"), shop)
    assert [row["reasons"][0]["contribution"] for row in rows] == pytest.approx([-48, -29.99, 47], abs=1e-3)
    assert [row["reasons"][0]["direction"] for row in rows] == ["lowers", "lowers", "raises"]
    assert rows[1]["confidence"] == pytest.approx(0.5, abs=0.01)
    assert rows[0]["confidence"] > 0.99
    unknown = of(assigned(changed(features, orders_count_12p=0), versions, shop), "churn_risk")
    assert set(unknown["status"].to_pylist()) == {"insufficient_data"}


def test_an_index_counts_from_its_least_to_its_greatest_value(features, versions, shop):
    def tier(amount: float, orders: float) -> dict:
        one = changed(features.slice(0, 1), net_amount_trend_index_6p=amount, orders_trend_index_6p=orders)
        return of(assigned(one, versions, shop), "recent_trend").to_pylist()[0]

    assert tier(-1, -1)["score"] == 0
    assert tier(0, 0)["score"] == 50
    assert tier(1, 1)["score"] == 100
    assert tier(0.5, -0.5)["score"] == pytest.approx(0.6 * 75 + 0.4 * 25)
    assert tier(0.2, 0.2)["segment_id"] == "recent_trend:high"  # grew by half
    assert tier(-0.25, -0.25)["segment_id"] == "recent_trend:low"


def test_a_feature_that_lowers_turns_its_own_scale_round_too(engine, features, write_shop):
    loyal = {
        "scheme": "loyalty",
        "scale": "value",
        "score": [{"feature": "discount_share_12p", "weight": 1, "direction": "lowers"}],
        "borders": {"scores": [30, 90]},
    }
    shop = write_shop(loyal)
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    few = changed(features.slice(0, 3), discount_share_12p=[0.05, 0.5, 0.8])
    rows = of(assigned(few, versions, shop), "loyalty").to_pylist()
    assert [row["score"] for row in rows] == pytest.approx([95, 50, 20])
    assert [row["segment_id"] for row in rows] == ["loyalty:high", "loyalty:medium", "loyalty:low"]


def test_scores_that_all_tie_keep_the_borders_of_a_value_scale(engine, features, shop):
    flat = changed(features, overdue_ratio=_overdue(0.1))
    table = engine.from_arrow(flat)
    versions = fit_versions(table, None, None, None, PERIOD, shop, forecast_versions())
    assert set(of(assigned(flat, versions, shop), "churn_risk")["segment_id"].to_pylist()) == {
        "churn_risk:low"
    }


def test_the_contributions_add_up_to_the_distance_from_the_middle(features, versions, shop):
    for row in of(assigned(features, versions, shop), "loyalty").to_pylist():
        total = sum(one["contribution"] for one in row["reasons"])
        assert total == pytest.approx(row["score"] - 50, abs=ROUNDED)


def test_the_known_components_share_the_weight_of_an_unknown_one(features, versions, shop):
    partly = changed(features, gap_variation_12p=None)
    row = of(assigned(partly, versions, shop), "loyalty").to_pylist()[0]
    whole = of(assigned(features, versions, shop), "loyalty").to_pylist()[0]
    assert row["status"] == "assigned"
    assert row["evidence_share"] == pytest.approx(0.8 * whole["evidence_share"])
    assert sum(one["contribution"] for one in row["reasons"]) == pytest.approx(row["score"] - 50, abs=ROUNDED)


def test_too_little_evidence_is_no_assignment(features, versions, shop):
    poor = changed(features, active_periods_share_12p=None)
    rows = of(assigned(poor, versions, shop), "loyalty").to_pylist()
    assert {row["status"] for row in rows} == {"insufficient_data"}
    empty = ("segment_id", "score", "confidence", "margin", "runner_up_segment_id", "reasons")
    assert all(row[name] is None for row in rows for name in empty)
    assert rows[0]["evidence_share"] == pytest.approx(0.4)


def test_confidence_is_lowest_at_a_border_and_grows_away_from_it(features, versions, shop, by_itself):
    rows = of(assigned(features, without(versions, "earned"), shop), "recent_trend").to_pylist()
    border = parameters_of(versions, "recent_trend")["borders"][-1]
    top = sorted((row for row in rows if row["segment_id"].endswith("high")), key=lambda row: row["score"])
    assert [row["confidence"] for row in top] == sorted(row["confidence"] for row in top)
    nearest = min(rows, key=lambda row: abs(row["score"] - border))
    assert nearest["confidence"] == pytest.approx(0.5, abs=0.1)


def test_a_component_without_its_entity_is_left_out_and_named(versions):
    parameters = parameters_of(versions, "purchasing_power")
    assert [one["feature"] for one in parameters["unfitted"]] == ["income_amount"]
    assert not parameters["unfitted"][0]["counts_as_evidence"]


def test_a_component_nobody_knows_yet_counts_as_missing_evidence(engine, features, shop):
    early = changed(
        features,
        net_amount_trend_index_6p=None,
        orders_trend_index_6p=None,
        gap_variation_12p=None,
    )
    versions = fit_versions(engine.from_arrow(early), None, None, None, PERIOD, shop)
    status = {row["scheme"]: row["status"] for row in versions.to_pylist()}
    assert status["recent_trend"] == "insufficient_data"
    assert status["loyalty"] == "assigned"
    row = of(assigned(features, versions, shop), "loyalty").to_pylist()[0]
    assert 0 < row["evidence_share"] <= 0.8


def test_scores_that_all_tie_have_no_borders(engine, features, write_shop):
    shop = write_shop({"scheme": "loyalty", "score": [{"feature": "returned_share_12p", "weight": 1}]})
    flat = changed(features, returned_share_12p=0.0)
    row = next(
        one
        for one in fit_versions(engine.from_arrow(flat), None, None, None, PERIOD, shop).to_pylist()
        if one["scheme"] == "loyalty"
    )
    assert row["status"] == "insufficient_data"
    assert '"name":"distance_of_borders","passed":false' in row["gates"]


FOUR = {
    "scheme": "discounts",
    "kind": "tier",
    "label": {"en": "Discounts", "zh": "折扣"},
    "score": [{"feature": "discount_share_12p"}],
    "segments": {
        name: {"label": {"en": name.title(), "zh": "折扣"}} for name in ("all", "much", "some", "none")
    },
}


def test_a_tier_of_four_segments_has_a_quarter_of_the_customers_in_each(engine, features, write_shop):
    shop = write_shop(FOUR | {"borders": {"quantiles": [0.25, 0.5, 0.75]}})
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    rows = of(assigned(features, versions, shop), "discounts").to_pylist()
    scores = {
        name: [row["score"] for row in rows if row["segment_id"] == f"discounts:{name}"]
        for name in ("none", "some", "much", "all")
    }
    assert all(abs(len(one) - 100) < 3 for one in scores.values())
    ends = [end for one in scores.values() for end in (min(one), max(one))]
    assert ends == sorted(ends)


def test_the_border_itself_belongs_to_the_higher_of_four_segments(engine, features, write_shop):
    shop = write_shop(FOUR | {"scale": "value", "borders": {"scores": [10, 40, 80]}})
    versions = without(fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop), "earned")
    shares = [0.0, 0.0999, 0.1, 0.3999, 0.4, 0.7999, 0.8, 1.0]
    rows = of(assigned(changed(features.slice(0, 8), discount_share_12p=shares), versions, shop), "discounts")
    names = [one.removeprefix("discounts:") for one in rows["segment_id"].to_pylist()]
    assert names == ["none", "none", "some", "some", "much", "much", "all", "all"]
    runners_up = [one.removeprefix("discounts:") for one in rows["runner_up_segment_id"].to_pylist() if one]
    assert runners_up[1:7] == ["some", "none", "much", "some", "all", "much"]


def test_noise_is_learned_from_the_same_customers_a_period_earlier(engine, features, shop):
    earlier = customers(seed=2, period="2024-02")
    versions = fit_versions(engine.from_arrow(features), engine.from_arrow(earlier), None, None, PERIOD, shop)
    alone = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    assert parameters_of(alone, "loyalty")["noise"] == NOISE_FALLBACK
    assert parameters_of(versions, "loyalty")["noise"] > NOISE_FLOOR
    assert parameters_of(versions, "loyalty")["noise"] != NOISE_FALLBACK
