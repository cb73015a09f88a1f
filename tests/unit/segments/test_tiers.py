import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.segments import fit_versions
from pipeline.segments.parameters import from_json
from pipeline.segments.tiers import NOISE_FALLBACK, NOISE_FLOOR, robust_noise
from tests.unit.segments.synthetic import PERIOD, assigned, changed, customers


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


def test_a_feature_that_lowers_turns_the_score_round(features, versions, shop):
    calm = changed(features, silence_probability=0.0, orders_trend_index_6p=1.0)
    worried = changed(features, silence_probability=1.0, orders_trend_index_6p=-1.0)
    low = of(assigned(calm, versions, shop), "churn_risk")
    high = of(assigned(worried, versions, shop), "churn_risk")
    assert set(low["segment_id"].to_pylist()) == {"churn_risk:low"}
    assert set(high["segment_id"].to_pylist()) == {"churn_risk:high"}
    reasons = high["reasons"].to_pylist()[0]
    assert {one["feature"]: one["direction"] for one in reasons} == {
        "silence_probability": "raises",
        "orders_trend_index_6p": "raises",
    }


def test_the_contributions_add_up_to_the_distance_from_the_middle(features, versions, shop):
    for row in of(assigned(features, versions, shop), "loyalty").to_pylist():
        total = sum(one["contribution"] for one in row["reasons"])
        assert total == pytest.approx(row["score"] - 50, abs=1e-4)


def test_the_known_components_share_the_weight_of_an_unknown_one(features, versions, shop):
    partly = changed(features, gap_variation_12p=None)
    row = of(assigned(partly, versions, shop), "loyalty").to_pylist()[0]
    assert row["status"] == "assigned"
    assert row["evidence_share"] == pytest.approx(0.8)
    assert sum(one["contribution"] for one in row["reasons"]) == pytest.approx(row["score"] - 50, abs=1e-4)


def test_too_little_evidence_is_no_assignment(features, versions, shop):
    poor = changed(features, active_periods_share_12p=None)
    rows = of(assigned(poor, versions, shop), "loyalty").to_pylist()
    assert {row["status"] for row in rows} == {"insufficient_data"}
    empty = ("segment_id", "score", "confidence", "margin", "runner_up_segment_id", "reasons")
    assert all(row[name] is None for row in rows for name in empty)
    assert rows[0]["evidence_share"] == pytest.approx(0.4)


def test_confidence_is_lowest_at_a_border_and_grows_away_from_it(features, versions, shop):
    rows = of(assigned(features, versions, shop), "purchase_frequency").to_pylist()
    border = parameters_of(versions, "purchase_frequency")["high_from"]
    top = sorted((row for row in rows if row["segment_id"].endswith("high")), key=lambda row: row["score"])
    assert [row["confidence"] for row in top] == sorted(row["confidence"] for row in top)
    nearest = min(rows, key=lambda row: abs(row["score"] - border))
    assert nearest["confidence"] == pytest.approx(0.5, abs=0.1)


def test_a_component_without_its_entity_is_left_out_and_named(versions):
    parameters = parameters_of(versions, "purchasing_power")
    assert [one["feature"] for one in parameters["unfitted"]] == ["income_amount"]
    assert not parameters["unfitted"][0]["counts_as_evidence"]


def test_a_component_nobody_knows_yet_counts_as_missing_evidence(engine, features, shop):
    early = changed(features, net_amount_trend_index_6p=None, orders_trend_index_6p=None)
    versions = fit_versions(engine.from_arrow(early), None, None, None, PERIOD, shop)
    status = {row["scheme"]: row["status"] for row in versions.to_pylist()}
    assert status["purchase_potential"] == "insufficient_data"
    assert status["churn_risk"] == "assigned"
    row = of(assigned(features, versions, shop), "churn_risk").to_pylist()[0]
    assert row["evidence_share"] == pytest.approx(0.7)


def test_scores_that_all_tie_have_no_borders(engine, features, write_shop):
    shop = write_shop(tiers={"loyalty": {"components": [{"feature": "returned_share_12p", "weight": 1}]}})
    flat = changed(features, returned_share_12p=0.0)
    row = next(
        one
        for one in fit_versions(engine.from_arrow(flat), None, None, None, PERIOD, shop).to_pylist()
        if one["scheme"] == "loyalty"
    )
    assert row["status"] == "insufficient_data"
    assert '"name":"distance_of_borders","passed":false' in row["gates"]


def test_noise_is_learned_from_the_same_customers_a_period_earlier(engine, features, shop):
    earlier = customers(seed=2, period="2024-02")
    versions = fit_versions(engine.from_arrow(features), engine.from_arrow(earlier), None, None, PERIOD, shop)
    alone = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    assert parameters_of(alone, "loyalty")["noise"] == NOISE_FALLBACK
    assert parameters_of(versions, "loyalty")["noise"] > NOISE_FLOOR
    assert parameters_of(versions, "loyalty")["noise"] != NOISE_FALLBACK


def test_noise_ignores_a_shift_of_everybody_and_a_few_extremes():
    random = np.random.default_rng(1)
    changes = random.normal(3, 4, 2000)
    changes[:20] = 90
    assert robust_noise(changes, 50) == pytest.approx(4, abs=0.3)
    assert robust_noise(np.zeros(100), 50) == NOISE_FLOOR
