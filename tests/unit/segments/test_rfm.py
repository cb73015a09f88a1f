from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.engine import Engine
from pipeline.segments import fit_versions, rfm
from pipeline.segments.frame import Frame
from pipeline.segments.parameters import from_json
from pipeline.settings import Project
from pipeline.tables.schemes import BY_NAME
from tests.unit.segments.synthetic import PERIOD, assigned, changed

#: Axes whose percent equals the value itself (recency: 100 - value), recency in steps of a day.
PARAMETERS = {
    "recency_resolution_days": 1.0,
    "grids": {axis: {"values": [0.0, 100.0], "percents": [0.0, 100.0]} for axis in rfm.AXES},
    "noise": dict.fromkeys(rfm.AXES, 5.0),
}


def scored(recency: list[float], frequency: list[float], monetary: list[float]) -> rfm.Scored:
    numbers = {
        axis: np.array(one) for axis, one in zip(rfm.AXES, (recency, frequency, monetary), strict=True)
    }
    ids = pa.array([f"c{i}" for i in range(len(recency))])
    return rfm.score(PARAMETERS, Frame(ids, numbers, {}))


def fitted(engine: Engine, features: pa.Table, shop: Project) -> dict[str, Any]:
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    return next(from_json(row["parameters"]) for row in versions.to_pylist() if row["scheme"] == "rfm")


def names(result: rfm.Scored) -> list[str]:
    return [result.segment_ids[i].removeprefix("rfm:") if i >= 0 else "none" for i in result.segment]


def test_the_grid_has_a_segment_for_each_of_25_cells_and_a_cell_for_each_segment():
    assert [len(row) for row in rfm.GRID] == [5] * 5
    assert set(rfm.NAMES) == {one.name for one in BY_NAME["rfm"].segments}


@pytest.mark.parametrize(
    ("recency", "frequency", "monetary", "segment"),
    [
        (5, 95, 95, "champions"),
        (5, 5, 5, "recent_customers"),
        (25, 5, 5, "promising"),
        (50, 50, 50, "needing_attention"),
        (50, 10, 10, "about_to_sleep"),
        (95, 95, 95, "cannot_lose"),
        (95, 50, 50, "at_risk"),
        (95, 5, 5, "hibernating"),
        (30, 95, 70, "loyal_customers"),
        (10, 30, 50, "potential_loyalists"),
    ],
)
def test_customers_are_named_by_how_recently_and_how_much_they_buy(recency, frequency, monetary, segment):
    assert names(scored([recency], [frequency], [monetary])) == [segment]


def test_the_mean_of_frequency_and_value_rounds_halves_up():
    assert names(scored([5], [95], [50])) == ["champions"]
    assert names(scored([5], [50], [70])) == ["champions"]
    assert names(scored([5], [50], [50])) == ["potential_loyalists"]


def test_memberships_cover_everything_once():
    random = np.random.default_rng(0)
    fifths = [rfm._fifths(random.uniform(0, 100, 50), noise) for noise in (1.0, 5.0, 20.0)]
    assert np.allclose([one.sum(axis=0) for one in fifths], 1)
    assert np.allclose(rfm._memberships(*fifths).sum(axis=0), 1)


def test_the_score_is_the_mean_of_the_axes_and_confidence_falls_towards_borders():
    result = scored([10, 10], [90, 61], [90, 61])
    assert result.score.tolist() == pytest.approx([90, (90 + 61 + 61) / 3])
    assert result.confidence[0] > 0.9 > result.confidence[1]


def weekly(parameters: dict, recency: list[float]) -> list[float]:
    frame = Frame(pa.array(["c"] * len(recency)), {rfm.RECENCY: np.array(recency)}, {})
    return rfm._percent(rfm.RECENCY, parameters, frame).tolist()


def test_recency_counts_whole_weeks_so_that_the_day_of_the_week_does_not_matter(engine, features, write_shop):
    parameters = fitted(engine, features, write_shop())
    assert parameters["recency_resolution_days"] == 7
    same_week = weekly(parameters, [14.5, 17.0, 20.9, 21.0])
    assert len(set(same_week)) == 1
    assert weekly(parameters, [21.1])[0] < same_week[0]
    assert np.isnan(weekly(parameters, [float("nan")])[0])


def test_the_resolution_of_recency_is_a_setting(engine, features, write_shop):
    parameters = fitted(engine, features, write_shop(rfm={"recency_resolution_days": 30}))
    assert len(set(weekly(parameters, [0.5, 15.0, 30.0]))) == 1
    assert weekly(parameters, [30.1])[0] < weekly(parameters, [30.0])[0]


def test_all_customers_of_the_latest_week_score_best_and_the_scores_below_may_be_empty(
    engine, features, write_shop
):
    mostly_new = [3.0] * 220 + [10.0] * 100 + [40.0] * 80  # 55%, 25%, 20%
    parameters = fitted(engine, changed(features, recency_days=mostly_new), write_shop())
    assert weekly(parameters, [3.0, 10.0, 40.0]) == pytest.approx([100, 45, 20], abs=1)
    recency, most = np.array([3.0, 10.0, 40.0]), np.full(3, 1e6)
    numbers = dict(zip(rfm.AXES, (recency, most, most), strict=True))
    result = rfm.score(parameters, Frame(pa.array(["a", "b", "c"]), numbers, {}))
    assert names(result) == ["champions", "loyal_customers", "cannot_lose"]


def test_customers_of_one_week_only_cannot_be_told_apart(engine, features, shop):
    versions = fit_versions(
        engine.from_arrow(changed(features, recency_days=3.0)), None, None, None, PERIOD, shop
    )
    row = next(one for one in versions.to_pylist() if one["scheme"] == "rfm")
    assert row["status"] == "insufficient_data"
    assert "distinct_values_of_recency_days" in row["gates"]


def test_a_customer_without_an_order_in_the_window_is_not_assigned(features, versions, shop):
    silent = changed(features, recency_days=None)
    rows = assigned(silent, versions, shop).filter(pc.field("scheme") == "rfm")
    assert set(rows["status"].to_pylist()) == {"insufficient_data"}
    assert set(rows["evidence_share"].to_pylist()) == {0.666667}
