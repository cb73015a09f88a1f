"""Grids: recency, frequency, monetary value, and grids of a project's own."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.engine import Engine
from pipeline.models.frame import Frame
from pipeline.models.parameters import from_json
from pipeline.schemes.kinds import grid
from pipeline.schemes.scored import Scored
from pipeline.segments import fit_versions
from pipeline.settings import BUILT_IN, Project
from tests.unit.segments.synthetic import PERIOD, assigned, changed, without

RFM = BUILT_IN["rfm"]
AXES = [one.feature for one in RFM.axes.values()]


def even(document: Any) -> dict[str, Any]:
    """Parameters of a grid with percents that equal the values themselves (100 - value if turned)."""
    frozen = {"grid": {"values": [0.0, 100.0], "percents": [0.0, 100.0]}, "noise": 5.0}
    axes = [{"name": name, **one.model_dump(), "step": None, **frozen} for name, one in document.axes.items()]
    kept = document.model_dump(include={"rows", "columns", "cells"})
    return kept | {"axes": axes, "segments": list(document.segments)}


def scored(recency: list[float], frequency: list[float], monetary: list[float]) -> Scored:
    numbers = {
        axis: np.array(one, float) for axis, one in zip(AXES, (recency, frequency, monetary), strict=True)
    }
    ids = pa.array([f"c{i}" for i in range(len(recency))])
    return grid.score("rfm", even(RFM), Frame(ids, numbers, {}))


def fitted(engine: Engine, features: pa.Table, shop: Project) -> dict[str, Any]:
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    versions = without(versions, "earned")
    return next(from_json(row["parameters"]) for row in versions.to_pylist() if row["scheme"] == "rfm")


def names(result: Scored) -> list[str]:
    return [result.segment_ids[i].removeprefix("rfm:") if i >= 0 else "none" for i in result.segment]


@pytest.mark.parametrize(
    ("recency", "frequency", "monetary", "segment"),
    [
        (0.5, 95, 95, "champions"),
        (2.9, 5, 5, "recent_customers"),
        (3.5, 5, 5, "promising"),
        (4, 50, 50, "needing_attention"),
        (5, 10, 10, "about_to_sleep"),
        (9, 95, 95, "cannot_lose"),
        (6, 50, 50, "at_risk"),
        (9, 5, 5, "hibernating"),
        (3.2, 95, 70, "loyal_customers"),
        (1, 30, 50, "potential_loyalists"),
    ],
)
def test_customers_are_named_by_silence_and_how_much_they_buy(recency, frequency, monetary, segment):
    assert names(scored([recency], [frequency], [monetary])) == [segment]


def test_the_mean_of_frequency_and_value_rounds_halves_up():
    assert names(scored([1], [95], [50])) == ["champions"]
    assert names(scored([1], [50], [70])) == ["champions"]
    assert names(scored([1], [50], [50])) == ["potential_loyalists"]


def test_memberships_cover_everything_once():
    random = np.random.default_rng(0)
    parameters = even(RFM)
    masses = {}
    for axis, noise in zip(parameters["axes"], (1.0, 5.0, 20.0), strict=True):
        masses[axis["name"]] = grid._band_masses(axis, random.uniform(0, 100, 50), np.full(50, noise))
        assert np.allclose(sum(masses[axis["name"]]), 1)
    for dimension in (RFM.rows, RFM.columns):
        assert np.allclose(sum(grid._dimension_masses(dimension, masses)), 1)


def test_the_score_is_the_mean_of_the_axes_and_confidence_falls_towards_borders():
    result = scored([0, 0], [90, 61], [90, 61])
    assert result.score.tolist() == [round((100 + 90 + 90) / 3, 2), round((100 + 61 + 61) / 3, 2)]
    assert result.confidence[0] > 0.7 > result.confidence[1]


def axis(parameters: dict, name: str) -> dict:
    return next(one for one in parameters["axes"] if one["name"] == name)


#: A grid that counts silence in whole weeks.
WEEKLY = {
    "scheme": "weekly",
    "kind": "grid",
    "label": {"en": "Weekly", "zh": "按周"},
    "axes": {
        "recency": {"feature": "recency_days", "direction": "lowers", "step": 7, "quantiles": [0.5]},
        "often": {"feature": "orders_per_30_days_12p", "quantiles": [0.5]},
    },
    "rows": ["recency"],
    "columns": ["often"],
    "cells": [["silent", "silent"], ["recent", "recent"]],
    "segments": {one: {"label": {"en": one, "zh": one}} for one in ("silent", "recent")},
}


def weekly(engine: Engine, features: pa.Table, shop: Project, recency: list[float]) -> list[float]:
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    parameters = next(from_json(r["parameters"]) for r in versions.to_pylist() if r["scheme"] == "weekly")
    frame = Frame(pa.array(["c"] * len(recency)), {"recency_days": np.array(recency)}, {})
    return grid._percent(axis(parameters, "recency"), frame).tolist()


def test_an_axis_with_a_step_counts_whole_steps(engine, features, write_shop):
    shop = write_shop(WEEKLY, schemes=["weekly"])
    percents = weekly(engine, features, shop, [14.5, 17.0, 21.0, 21.1, float("nan")])
    assert len(set(percents[:3])) == 1
    assert percents[3] < percents[0]
    assert np.isnan(percents[4])


def test_customers_of_one_value_only_cannot_be_told_apart(engine, features, shop):
    flat = changed(features, rhythm_silence_ratio=1.0)
    versions = fit_versions(engine.from_arrow(flat), None, None, None, PERIOD, shop)
    row = next(one for one in versions.to_pylist() if one["scheme"] == "rfm")
    assert row["status"] == "insufficient_data"
    assert "distinct_values_of_rhythm_silence_ratio" in row["gates"]


def test_every_segment_of_rfm_can_be_reached():
    silences = [0.5, 3.5, 4.5, 6.0, 8.0]
    often = [5.0, 25.0, 45.0, 65.0, 85.0]
    found = scored([one for one in silences for _ in often], often * 5, often * 5)
    assert set(names(found)) == set(RFM.segments)


def test_values_at_borders_belong_to_the_band_that_begins_there():
    assert names(scored([2.999999, 3.0, 7.0], [90] * 3, [90] * 3)) == [
        "champions",
        "loyal_customers",
        "cannot_lose",
    ]


def held(
    recency: list[float], frequency: list[float], monetary: list[float], previous: list[str | None]
) -> Scored:
    numbers = {
        axis: np.array(one, float) for axis, one in zip(AXES, (recency, frequency, monetary), strict=True)
    }
    ids = pa.array([f"c{i}" for i in range(len(recency))])
    before = pa.array([one and f"rfm:{one}" for one in previous], pa.string())
    return grid.score("rfm", even(RFM) | {"leave_odds": 16.0}, Frame(ids, numbers, {"rfm": before}))


def test_noise_of_frequency_and_value_moves_nobody_but_silence_does():
    # Champions from a mean band of 3 on: two points below the border are no evidence, forty are.
    result = held(
        [1] * 4, [59, 59, 20, 59], [59, 59, 20, 59], [None, "champions", "champions", "hibernating"]
    )
    assert names(result)[0] != "champions"
    assert names(result)[1:] == ["champions", "potential_loyalists", names(result)[0]]
    # Kept or not, the segment is a most probable one.
    assert result.margin[1] >= 0
    silent = held([8, 1], [90, 90], [90, 90], ["champions", "cannot_lose"])
    assert names(silent) == ["cannot_lose", "champions"]


def test_a_customer_without_an_order_in_the_window_is_not_assigned(features, versions, shop):
    silent = changed(features, rhythm_silence_ratio=None)
    rows = assigned(silent, versions, shop).filter(pc.field("scheme") == "rfm")
    assert set(rows["status"].to_pylist()) == {"insufficient_data"}
    assert (
        0 < max(rows["evidence_share"].to_pylist()) <= 0.666667
    )  # two axes of three, of one not all is told


TWO_BY_THREE = {
    "scheme": "matrix",
    "kind": "grid",
    "label": {"en": "Matrix", "zh": "矩阵"},
    "axes": {
        "often": {"feature": "orders_per_30_days_12p", "quantiles": [0.5]},
        "cheap": {"feature": "discount_share_12p", "direction": "lowers", "quantiles": [0.3, 0.6]},
    },
    "rows": ["often"],
    "columns": ["cheap"],
    "cells": [["a", "b", "c"], ["d", "e", "f"]],
    "segments": {one: {"label": {"en": one, "zh": one}} for one in "abcdef"},
}


def test_a_grid_of_two_by_three_names_each_cell(write_shop):
    document = write_shop(TWO_BY_THREE).every_scheme["matrix"]
    often, share = [10.0] * 3 + [90.0] * 3, [90.0, 55.0, 10.0] * 2
    numbers = {"orders_per_30_days_12p": np.array(often), "discount_share_12p": np.array(share)}
    result = grid.score("matrix", even(document), Frame(pa.array(list("uvwxyz")), numbers, {}))
    assert [result.segment_ids[one] for one in result.segment] == [f"matrix:{one}" for one in "abcdef"]
    assert result.score.tolist() == pytest.approx([10, 27.5, 50, 50, 67.5, 90])


def test_the_border_itself_belongs_to_the_higher_band(write_shop):
    document = write_shop(TWO_BY_THREE).every_scheme["matrix"]
    numbers = {"orders_per_30_days_12p": np.array([50.0, 49.9]), "discount_share_12p": np.array([70.0, 70.1])}
    result = grid.score("matrix", even(document), Frame(pa.array(["x", "y"]), numbers, {}))
    assert [result.segment_ids[one] for one in result.segment] == ["matrix:e", "matrix:a"]
    assert result.confidence[0] == pytest.approx(0.25, abs=0.01)


def test_a_grid_of_a_projects_own_is_fitted_and_scored_like_any_other(engine, features, write_shop):
    shop = write_shop(TWO_BY_THREE, schemes=["matrix"])
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    rows = assigned(features, versions, shop).filter(pc.field("scheme") == "matrix")
    assert set(rows["status"].to_pylist()) == {"assigned"}
    counts = rows.group_by("segment_id").aggregate([("customer_id", "count")]).to_pylist()
    assert sum(one["customer_id_count"] for one in counts if one["segment_id"][-1] in "def") == 200


def test_how_usual_a_segment_is_counts_within_the_row_that_says_what_happened():
    """Of who is a little late four in five are loyal; of all customers hardly anybody is."""
    cells = [[0.0] * 5, [0.0] * 5, [0.0] * 5, [0.001, 0.002, 0.002, 0.01, 0.01], [0.1, 0.2, 0.2, 0.2, 0.275]]
    axes = {one["name"]: one for one in even(RFM)["axes"]}
    places = np.array([[list(RFM.segments).index(one) for one in row] for row in RFM.cells])
    found = grid._usual_where(even(RFM) | {"usual": cells}, axes, places, np.array([3, 4]), np.array([0, 0]))
    late, in_time = (dict(zip(RFM.segments, one, strict=True)) for one in found.T)
    assert (round(late["loyal_customers"], 2), round(late["potential_loyalists"], 2)) == (0.8, 0.16)
    assert (round(in_time["champions"], 2), in_time["loyal_customers"]) == (0.49, 0.0)


def test_a_fit_counts_how_many_customers_stand_in_each_cell(engine, features, shop):
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop)
    parameters = next(from_json(r["parameters"]) for r in versions.to_pylist() if r["scheme"] == "rfm")
    usual = np.array(parameters["usual"])
    assert usual.shape == (5, 5)
    assert usual.min() > 0
    np.testing.assert_allclose(usual.sum(), 1, atol=1e-4)
    # equal quantiles of two axes that know nothing of each other: most are in the middle of their mean
    assert usual.sum(axis=0).argmax() in (1, 2, 3)
