"""Rules: the stages of the lifecycle, and rules of a project's own."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.frame import Frame, Sample
from pipeline.schemes.conditions import degree, degree_of
from pipeline.schemes.kinds import rules
from pipeline.schemes.kinds.rules import memberships_of
from pipeline.segments import fit_versions, register
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.unit.segments.synthetic import PERIOD, assigned, changed, shop_with

#: Known for long, buying now and then, neither growing nor overdue.
ORDINARY: dict[str, float] = {
    "recency_days": 20,
    "tenure_days": 300,
    "is_tenure_censored": 0,
    "unseen_before_ratio": 9.0,
    "unseen_before_days": 200,
    "silence_before_period_days": 25,
    "rhythm_silence_ratio": 0.8,
    "active_periods_share_12p": 0.4,
    "observed_periods_count": 10,
    "net_amount_trend_index_6p": 0.0,
    "orders_change_index_12p": 0.4,
    "orders_change_probability_12p": 0.4,
}


def stage(**changes: float) -> tuple[str, float]:
    """Stage and confidence of the ordinary customer with some features changed."""
    result = scored(**changes)
    position = int(result.segment[0])
    if position < 0:
        return "none", 0.0
    return result.segment_ids[position].removeprefix("lifecycle:"), float(result.confidence[0])


def scored(**changes: float) -> Any:
    numbers = {name: np.array([float(one)]) for name, one in (ORDINARY | changes).items()}
    return rules.score("lifecycle", parameters_of("lifecycle"), Frame(pa.array(["c"]), numbers, {}))


def parameters_of(scheme: str, *documents: dict[str, Any]) -> dict[str, Any]:
    """Frozen parameters of a scheme of rules: they are learned from nobody."""
    project = Project(
        **shop_settings(schemes=list(documents), segments={"min_customers_to_fit": 10}), folder=Path()
    )
    document = project.every_scheme[scheme]
    nobody = {name: np.zeros(10) for name in document.features()}
    fit = rules.fit(document, Sample(Frame(pa.array(["c"] * 10), nobody, {}), None), project, None)
    assert fit.parameters is not None
    return fit.parameters


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "active"),
        ({"recency_days": 250}, "lost"),
        ({"recency_days": 250, "rhythm_silence_ratio": 9}, "lost"),
        ({"tenure_days": 30, "observed_periods_count": 1}, "new"),
        ({"silence_before_period_days": 200, "recency_days": 3}, "returned"),
        ({"rhythm_silence_ratio": 5}, "at_risk"),
        ({"active_periods_share_12p": 1.0}, "loyal"),
        ({"active_periods_share_12p": 1.0, "observed_periods_count": 3}, "active"),
        ({"active_periods_share_12p": 1.0, "rhythm_silence_ratio": 5}, "at_risk"),
        ({"net_amount_trend_index_6p": 0.8}, "active"),
        ({"net_amount_trend_index_6p": 0.8, "orders_change_probability_12p": 0.97}, "potential"),
        ({"net_amount_trend_index_6p": 0.8, "orders_change_probability_12p": np.nan}, "active"),
    ],
)
def test_rules_by_priority(changes, expected):
    assert stage(**changes)[0] == expected


def test_who_may_have_been_there_unseen_when_the_data_begin_is_not_new():
    assert stage(tenure_days=30)[0] == "new"
    assert stage(tenure_days=30, unseen_before_ratio=3.9)[0] != "new"
    assert stage(tenure_days=30, unseen_before_ratio=np.nan)[0] == "new"
    assert stage(tenure_days=30, unseen_before_ratio=np.nan, unseen_before_days=100)[0] != "new"


def test_who_was_there_when_the_data_begin_does_not_turn_loyal_by_the_calendar():
    young = {"active_periods_share_12p": 1.0, "is_tenure_censored": 1, "net_amount_trend_index_6p": 0.0}
    assert [stage(**young, observed_periods_count=count)[0] for count in (3, 5, 6, 7)] == ["loyal"] * 4


def test_without_a_rhythm_a_long_silence_is_a_risk():
    assert stage(rhythm_silence_ratio=np.nan, recency_days=150)[0] == "at_risk"
    assert stage(rhythm_silence_ratio=np.nan, recency_days=60)[0] == "active"


def test_without_any_order_in_the_window_a_customer_is_lost_or_not_known():
    assert stage(recency_days=np.nan, rhythm_silence_ratio=np.nan) == ("lost", 1.0)
    assert stage(recency_days=np.nan, rhythm_silence_ratio=np.nan, tenure_days=100)[0] == "none"


def test_the_threshold_itself_is_the_border_and_confidence_is_a_half_there():
    assert stage(recency_days=180) == ("lost", pytest.approx(0.5))
    assert stage(recency_days=179)[0] != "lost"
    assert stage(recency_days=240)[1] == 1.0


def after(previous: str, **changes: float) -> tuple[str, float]:
    """Stage and confidence of the ordinary customer with changes, who was in ``previous`` before."""
    numbers = {name: np.array([float(one)]) for name, one in (ORDINARY | changes).items()}
    before = {"lifecycle": pa.array([f"lifecycle:{previous}"])}
    found = rules.score("lifecycle", parameters_of("lifecycle"), Frame(pa.array(["c"]), numbers, before))
    return found.segment_ids[int(found.segment[0])].removeprefix("lifecycle:"), float(found.confidence[0])


@pytest.mark.parametrize(
    ("feature", "segment", "entered", "between", "left"),
    [
        ("active_periods_share_12p", "loyal", 0.75, 0.6, 0.49),
        ("orders_change_probability_12p", "potential", 0.95, 0.7, 0.45),
    ],
)
def test_a_segment_that_keeps_is_left_at_another_threshold_than_it_is_entered(
    feature, segment, entered, between, left
):
    grows = {"net_amount_trend_index_6p": 0.4} if segment == "potential" else {}
    assert stage(**grows, **{feature: entered})[0] == segment
    assert stage(**grows, **{feature: between})[0] == "active"
    assert after("active", **grows, **{feature: between})[0] == "active"
    kept = after(segment, **grows, **{feature: between})
    assert kept[0] == segment
    assert kept[1] >= 0.5
    assert after(segment, **grows, **{feature: left})[0] == "active"


def test_who_orders_again_is_not_at_risk_any_more():
    assert after("at_risk", rhythm_silence_ratio=5)[0] == "at_risk"
    assert after("at_risk", rhythm_silence_ratio=0.1, recency_days=2)[0] == "active"


def test_reasons_name_the_features_of_the_rule():
    reasons = scored(rhythm_silence_ratio=5).reasons.to_arrow(np.array([True])).to_pylist()[0]
    assert [(one["feature"], one["value"]) for one in reasons] == [
        ("rhythm_silence_ratio", 5.0),
        ("recency_days", 20.0),
    ]


@given(st.lists(st.lists(st.floats(0, 1), min_size=6, max_size=6), min_size=1, max_size=5))
def test_memberships_are_a_partition(rows):
    degrees = np.vstack([np.array(rows).T, np.ones(len(rows))])
    memberships = memberships_of(degrees)
    assert np.allclose(memberships.sum(axis=0), 1)
    assert memberships.min() >= 0


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0.1, 1e3))
def test_degrees_grow_with_the_value(one, other, threshold):
    low, high = degree(np.array(sorted([one, other])), threshold, 0.2)
    assert 0 <= low <= high <= 1


def conditions(when: dict[str, Any], **numbers: list[float]) -> list[float]:
    """Degree of a condition of a scheme of rules for each customer, on ramps of a fifth."""
    document = BASKET | {"rules": [{"segment": "full", "when": when, "reasons": ["recency_days"]}, REST]}
    [first, _] = parameters_of("basket", document)["rules"]
    values = {name: np.array(one, float) for name, one in numbers.items()}
    size = len(next(iter(values.values())))
    return degree_of(first["when"], Frame(pa.array(["c"] * size), values, {}), 0.2).tolist()


REST = {"segment": "small", "reasons": ["lines_per_order_12p"]}
#: Small and full baskets: another scheme of rules than the lifecycle.
BASKET = {
    "scheme": "basket",
    "kind": "rules",
    "label": {"en": "Basket", "zh": "购物篮"},
    "thresholds": {"full": 10},
    "evidence": ["lines_per_order_12p"],
    "needs": ["lines_per_order_12p"],
    "rules": [
        {
            "segment": "full",
            "when": {"feature": "lines_per_order_12p", "at_least": "full"},
            "reasons": ["lines_per_order_12p"],
        },
        REST,
    ],
    "segments": {
        "full": {"label": {"en": "Full", "zh": "满"}},
        "small": {"label": {"en": "Small", "zh": "小"}},
    },
}
NAN = float("nan")


def test_at_least_and_below_are_each_others_rest_where_the_value_is_known():
    values = [7.0, 9.0, 10.0, 11.0, 13.0, NAN]
    up = conditions({"feature": "recency_days", "at_least": 10}, recency_days=values)
    down = conditions({"feature": "recency_days", "below": 10}, recency_days=values)
    assert up == pytest.approx([0, 0.25, 0.5, 0.75, 1, 0])
    assert down == pytest.approx([1, 0.75, 0.5, 0.25, 0, 0])


def test_a_flag_is_or_is_not_and_unknown_is_neither():
    flags = {"is_tenure_censored": [1.0, 0.0, NAN]}
    assert conditions({"feature": "is_tenure_censored", "is": True}, **flags) == [1, 0, 0]
    assert conditions({"feature": "is_tenure_censored", "is": False}, **flags) == [0, 1, 0]


def test_of_all_the_weakest_counts_and_of_any_the_strongest():
    parts = [{"feature": "recency_days", "at_least": 10}, {"feature": "tenure_days", "at_least": 10}]
    values = {"recency_days": [13.0, 11.0, 7.0], "tenure_days": [9.0, 13.0, 7.0]}
    assert conditions({"all": parts}, **values) == pytest.approx([0.25, 0.75, 0])
    assert conditions({"any": parts}, **values) == pytest.approx([1, 1, 0])


def test_the_first_known_counts_even_where_a_later_one_would_hold():
    when = {
        "first_known": [
            {"feature": "overdue_ratio", "at_least": 3},
            {"feature": "recency_days", "at_least": 100},
        ]
    }
    values = {"overdue_ratio": [1.0, 9.0, NAN, NAN, NAN], "recency_days": [500.0, 1.0, 500.0, 1.0, NAN]}
    assert conditions(when, **values) == [0, 1, 1, 0, 0]


def test_a_capped_feature_counts_no_more_than_its_cap():
    when = {"feature": "tenure_days", "capped_at": "window_days", "at_least": 400}
    assert conditions(when, tenure_days=[364.0, 9_999.0]) == pytest.approx(
        [(364 - 320) / 160, (365 - 320) / 160]
    )


def test_conditions_stand_within_conditions():
    when = {
        "all": [
            {"feature": "recency_days", "below": 30},
            {
                "any": [
                    {"feature": "is_tenure_censored", "is": True},
                    {"feature": "tenure_days", "at_least": 90},
                ]
            },
        ]
    }
    values = {
        "recency_days": [5.0] * 3 + [90.0],
        "is_tenure_censored": [1, 0, 0, 1],
        "tenure_days": [9, 200, 9, 9],
    }
    assert conditions(when, **values) == [1, 1, 0, 0]


def test_the_days_of_the_window_are_those_of_the_projects_periods():
    weeks = Project(
        **shop_settings(period="week", first_period="2024-W01-1", last_period=None), folder=Path()
    )
    document = weeks.every_scheme["lifecycle"]
    nobody = Frame(pa.array(["c"] * 50), {name: np.zeros(50) for name in document.features()}, {})
    frozen = rules.fit(document, Sample(nobody, None), weeks, None).parameters
    assert frozen is not None
    assert frozen["rules"][0]["when"]["first_known"][1]["capped_at"] == 84
    months = parameters_of("lifecycle")["rules"][0]["when"]["first_known"][1]
    assert (months["capped_at"], months["at_least"]) == (365, 180)


def test_a_threshold_that_a_project_changes_is_frozen_and_counts():
    changes = {"scheme": "lifecycle", "thresholds": {"lost_after_days": 60}}
    usual, early = (parameters_of("lifecycle", *given) for given in ((), (changes,)))
    numbers = {name: np.array([float(one)]) for name, one in (ORDINARY | {"recency_days": 75}).items()}
    frame = Frame(pa.array(["c"]), numbers, {})
    names = [
        result.segment_ids[int(result.segment[0])]
        for result in (rules.score("lifecycle", one, frame) for one in (usual, early))
    ]
    assert names == ["lifecycle:active", "lifecycle:lost"]


def test_a_fitted_threshold_is_the_quantile_of_those_who_have_any_and_then_frozen():
    project = Project(
        **shop_settings(schemes=[{"scheme": "usage_style"}], segments={"min_customers_to_fit": 10}),
        folder=Path(),
    )
    document = project.every_scheme["usage_style"]
    numbers = {name: np.zeros(12) for name in document.features()}
    numbers["minutes_per_30_days_12p"] = np.array([0.0, *range(1, 12)])
    numbers["gigabytes_per_30_days_12p"] = np.full(12, np.nan)
    fit = rules.fit(document, Sample(Frame(pa.array(["c"] * 12), numbers, {}), None), project, None)
    (voice,) = [one for one in fit.parameters["rules"] if one["segment"] == "voice_heavy"]
    (data,) = [one for one in fit.parameters["rules"] if one["segment"] == "data_heavy"]
    # Three quarters of 1, 2, …, 11; nobody has any data, so nobody is told to use much.
    assert voice["when"]["at_least"] == 8.5
    assert degree(np.array([1e9]), data["when"]["at_least"], 0.2) == 0
    least = project.segments.min_customers_to_fit
    few = {name: values[: least - 1] for name, values in numbers.items()}
    none = rules.fit(document, Sample(Frame(pa.array(["c"] * (least - 1)), few, {}), None), project, None)
    assert none.parameters is None


def test_facts_need_no_number_of_customers():
    project = Project(**shop_settings(schemes=[{"scheme": "sales_readiness"}]), folder=Path())
    document = project.every_scheme["sales_readiness"]

    def fitted(customers: int) -> Any:
        numbers = {name: np.ones(customers) for name in document.features()}
        return rules.fit(
            document, Sample(Frame(pa.array(["c"] * customers), numbers, {}), None), project, None
        )

    assert fitted(1).parameters is not None
    assert fitted(0).parameters is None


def test_a_second_scheme_of_rules_is_scored_by_its_own_rules_and_says_its_own_ids(engine, features, tmp_path):
    shop = shop_with(tmp_path, BASKET, schemes=["lifecycle", "basket"])
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    lines = [3.0, 25.0] * 200
    rows = assigned(changed(features, lines_per_order_12p=lines), versions, shop)
    found = {
        name: [row for row in rows.to_pylist() if row["scheme"] == name] for name in ("basket", "lifecycle")
    }
    assert [row["segment_id"] for row in found["basket"]] == ["basket:small", "basket:full"] * 200
    assert {row["scheme_version"] for row in found["basket"]} == {f"basket@{PERIOD}"}
    assert {one["feature"] for row in found["basket"] for one in row["reasons"]} == {"lines_per_order_12p"}
    runners_up = {row["runner_up_segment_id"] for row in found["basket"]}
    assert runners_up <= {None, "basket:small", "basket:full"}
    alone = shop_with(tmp_path, schemes=["lifecycle"])
    usual = assigned(
        features, fit_versions(engine.from_arrow(features), None, None, None, PERIOD, alone), alone
    )
    assert found["lifecycle"] == [row for row in usual.to_pylist() if row["scheme"] == "lifecycle"]
    assert {row["segment_id"].partition(":")[0] for row in found["lifecycle"]} == {"lifecycle"}


def test_segments_of_a_second_scheme_of_rules_are_in_the_register_with_their_labels(
    engine, features, tmp_path
):
    shop = shop_with(tmp_path, BASKET, schemes=["lifecycle", "basket"])
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    found = engine.from_arrow(assigned(features, versions, shop))
    rows = register(None, versions, None, found, None, PERIOD, shop).to_pylist()
    said = {row["segment_id"]: (row["label"], row["label_zh"]) for row in rows if row["scheme"] == "basket"}
    assert said == {"basket:full": ("Full", "满"), "basket:small": ("Small", "小")}


def test_who_lacks_what_a_scheme_of_rules_needs_is_not_assigned(engine, features, tmp_path):
    shop = shop_with(tmp_path, BASKET, schemes=["basket"])
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    unknown = changed(features, lines_per_order_12p=None)
    rows = [row for row in assigned(unknown, versions, shop).to_pylist() if row["scheme"] == "basket"]
    assert {(row["segment_id"], row["status"], row["evidence_share"]) for row in rows} == {
        (None, "insufficient_data", 0.0)
    }


def test_a_rule_may_ask_whether_a_feature_is_known() -> None:
    document = {
        "scheme": "told",
        "kind": "rules",
        "label": {"en": "Told", "zh": "告知"},
        "evidence": ["recency_days", "tenure_days"],
        "least_known_share": 0.5,
        "rules": [
            {
                "segment": "silent",
                "when": {"feature": "recency_days", "known": False},
                "reasons": ["tenure_days"],
            },
            {"segment": "heard", "reasons": ["recency_days"]},
        ],
        "segments": {one: {"label": {"en": one, "zh": one}} for one in ("silent", "heard")},
    }
    numbers = {
        "recency_days": np.array([np.nan, 3.0, 3.0, np.nan]),
        "tenure_days": np.array([9.0, 9.0, np.nan, np.nan]),
    }
    frame = Frame(pa.array(list("abcd")), numbers, {})
    result = rules.score("told", parameters_of("told", document), frame)
    assert result.segment.tolist() == [0, 1, 1, -1]
    assert result.evidence_share.tolist() == [1 / 2, 1, 1 / 2, 0]
