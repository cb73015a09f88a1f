from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segments import lifecycle
from pipeline.segments.frame import Frame
from pipeline.segments.lifecycle import degree, memberships_of
from pipeline.settings import LifecycleSettings
from pipeline.tables.schemes import BY_NAME

PARAMETERS = LifecycleSettings().model_dump() | {"ramp": lifecycle.RAMP, "window_days": 365.0}
#: Known for long, buying now and then, neither growing nor overdue.
ORDINARY: dict[str, float] = {
    "recency_days": 20,
    "tenure_days": 300,
    "is_tenure_censored": 0,
    "silence_before_period_days": 25,
    "overdue_ratio": 0.8,
    "active_periods_share_12p": 0.4,
    "observed_periods_count": 10,
    "net_amount_trend_index_6p": 0.0,
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
    return lifecycle.score(PARAMETERS, Frame(pa.array(["c"]), numbers, {}))


def test_every_named_stage_has_a_rule():
    assert set(lifecycle.NAMES) == {one.name for one in BY_NAME["lifecycle"].segments}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "active"),
        ({"recency_days": 250}, "lost"),
        ({"recency_days": 250, "overdue_ratio": 9}, "lost"),
        ({"tenure_days": 30, "observed_periods_count": 1}, "new"),
        ({"silence_before_period_days": 200, "recency_days": 3}, "returned"),
        ({"overdue_ratio": 5}, "at_risk"),
        ({"active_periods_share_12p": 1.0}, "loyal"),
        ({"active_periods_share_12p": 1.0, "observed_periods_count": 3}, "active"),
        ({"active_periods_share_12p": 1.0, "overdue_ratio": 5}, "at_risk"),
        ({"net_amount_trend_index_6p": 0.8}, "potential"),
    ],
)
def test_rules_by_priority(changes, expected):
    assert stage(**changes)[0] == expected


def test_a_customer_of_the_first_period_may_be_old_and_is_never_new():
    assert stage(tenure_days=30, is_tenure_censored=1)[0] != "new"


def test_who_was_there_when_the_data_begin_does_not_turn_loyal_by_the_calendar():
    young = {"active_periods_share_12p": 1.0, "is_tenure_censored": 1, "net_amount_trend_index_6p": 0.0}
    assert [stage(**young, observed_periods_count=count)[0] for count in (3, 5, 6, 7)] == ["loyal"] * 4


def test_without_a_rhythm_a_long_silence_is_a_risk():
    assert stage(overdue_ratio=np.nan, recency_days=150)[0] == "at_risk"
    assert stage(overdue_ratio=np.nan, recency_days=60)[0] == "active"


def test_without_any_order_in_the_window_a_customer_is_lost_or_not_known():
    assert stage(recency_days=np.nan, overdue_ratio=np.nan) == ("lost", 1.0)
    assert stage(recency_days=np.nan, overdue_ratio=np.nan, tenure_days=100)[0] == "none"


def test_the_threshold_itself_is_the_border_and_confidence_is_a_half_there():
    assert stage(recency_days=180) == ("lost", pytest.approx(0.5))
    assert stage(recency_days=179)[0] != "lost"
    assert stage(recency_days=240)[1] == 1.0


def test_reasons_name_the_features_of_the_rule():
    reasons = scored(overdue_ratio=5).reasons.to_arrow(np.array([True])).to_pylist()[0]
    assert [(one["feature"], one["value"]) for one in reasons] == [
        ("overdue_ratio", 5.0),
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
