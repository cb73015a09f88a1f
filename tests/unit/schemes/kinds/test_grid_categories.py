"""Grids with an axis by category: markets crossed with what is bought, values with places."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.errors import InputError
from pipeline.models.frame import Frame, Sample, code_of
from pipeline.schemes.kinds import grid
from pipeline.schemes.scored import Scored
from pipeline.settings import BUILT_IN, Project
from tests.conftest import shop_settings

WriteProject = Callable[..., Project]
PLACES = ("urban", "suburban", "rural")


def frame(places: list[str | None], worth: Any, premium: Any = np.nan) -> Frame:
    size = len(places)
    numbers = {
        "settlement": np.array([code_of(one) for one in places]),
        "net_amount_per_30_days_12p": np.broadcast_to(np.asarray(worth, float), size).copy(),
        "premium_lines_share_12p": np.broadcast_to(np.asarray(premium, float), size).copy(),
    }
    return Frame(pa.array([f"c{one}" for one in range(size)]), numbers, {})


def fitted(scheme: str, sample: Frame, **settings: Any) -> dict[str, Any]:
    given = shop_settings(schemes=[{"scheme": scheme}], segments={"min_customers_to_fit": 10}, **settings)
    document: Any = BUILT_IN[scheme]
    found = grid.fit(document, Sample(sample, None), Project(**given, folder=Path()), None)
    assert found.parameters is not None
    return found.parameters


def names(found: Scored) -> list[str | None]:
    ids = [one.partition(":")[2] for one in found.segment_ids]
    return [ids[at] if at >= 0 else None for at in found.segment.tolist()]


@pytest.fixture(scope="module")
def many() -> Frame:
    """Sixty customers of each place, worth 1 to 60."""
    return frame([one for one in PLACES for _ in range(60)], np.tile(np.arange(1.0, 61.0), 3), 0.2)


def test_a_cell_is_a_place_and_a_fifth_and_who_is_of_no_place_is_in_none(many):
    frozen = fitted("value_geography", many)
    found = grid.score(
        "value_geography", frozen, frame(["urban", "urban", "rural", None, "orbital"], [60, 3, 55, 60, 60])
    )
    assert names(found) == ["urban_high", "urban_other", "rural_high", None, None]


def test_the_place_is_named_and_told_by_nothing_but_the_segment(many):
    """Law L6: whoever is worth the same says the same, wherever it lives."""
    frozen = fitted("value_geography", many)
    for worth in (3.0, 47.0, 49.5, 60.0):
        found = grid.score("value_geography", frozen, frame(list(PLACES), worth))
        for told in (found.score, found.confidence, found.margin):
            assert len(set(told.tolist())) == 1
        for row in found.reasons.to_arrow(np.ones(3, bool)).to_pylist():
            assert [one["feature"] for one in row] == ["net_amount_per_30_days_12p", "settlement"]
            assert row[0]["value"] == worth
            assert [row[1][one] for one in ("value", "direction", "contribution")] == [None] * 3
        for segment, next_best in zip(names(found), found.runner_up.tolist(), strict=True):
            if next_best >= 0:
                runner_up = found.segment_ids[next_best].partition(":")[2]
                assert runner_up.partition("_")[0] == segment.partition("_")[0]


def test_products_are_premium_from_half_of_the_lines_on(many):
    share = np.tile([0.1, 0.2, 0.3, 0.7, 0.8], 36)
    sample = frame(list(np.repeat(PLACES, 60)), 1.0, share)
    frozen = fitted("market_product", sample)
    found = grid.score(
        "market_product", frozen, frame(["suburban", "suburban", "rural"], 1.0, [0.4, 0.6, np.nan])
    )
    assert names(found) == ["suburban_everyday", "suburban_premium", None]


def test_a_cell_of_a_few_customers_is_told_of_nobody(many):
    few = frame(["urban"] * 100 + ["rural"] * 20, np.concatenate([np.arange(1.0, 101.0), np.full(20, 5.0)]))
    few.numbers["net_amount_per_30_days_12p"][-3:] = 99.0
    frozen = fitted("value_geography", few)
    assert frozen["withheld_segments"] == ["rural_high"]
    found = grid.score("value_geography", frozen, frame(["rural", "rural", "urban"], [99.0, 5.0, 99.0]))
    assert names(found) == [None, "rural_other", "urban_high"]
    published = fitted("value_geography", few, publish={"attributes": ["settlement"]})
    assert published["withheld_segments"] == []


OWN: dict[str, Any] = {
    "scheme": "tastes",
    "kind": "grid",
    "label": {"en": "Tastes", "zh": "口味"},
    "axes": {
        "what": {"feature": "top_category_12p", "categories": [["tea", "coffee"], ["cake"]]},
        "often": {"feature": "orders_per_30_days_12p", "quantiles": [0.5]},
    },
    "rows": ["what"],
    "columns": ["often"],
    "cells": [["drinks", "drinks"], ["cakes", "cakes"]],
    "segments": {
        "drinks": {"label": {"en": "Drinks", "zh": "饮品"}},
        "cakes": {"label": {"en": "Cakes", "zh": "糕点"}},
    },
}


def test_a_scheme_of_ones_own_crosses_texts_as_well(write_project: WriteProject) -> None:
    scheme = write_project(schemes=[OWN]).every_scheme["tastes"]
    assert scheme.axes["what"].bands == 2


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        ({"feature": "top_category_12p"}, "is a text: say categories"),
        ({"feature": "recency_days", "categories": [["a"], ["b"]]}, "is no text"),
        ({"feature": "is_tenure_censored"}, "is a flag"),
        ({"feature": "top_category_12p", "categories": [["a"], ["b", "a"]]}, "a stands in two bands"),
        ({"feature": "top_category_12p", "categories": [["a"], ["b"]], "borders": [1]}, "an axis has"),
        ({"feature": "top_category_12p", "categories": [["a"]]}, "categories"),
    ],
)
def test_a_wrong_axis_is_told_with_what_is_allowed(
    write_project: WriteProject, axis: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        write_project(schemes=[OWN | {"axes": OWN["axes"] | {"what": axis}}])


def test_what_is_withheld_is_an_axis_where_each_segment_lies_in_one_band_of_it(
    write_project: WriteProject,
) -> None:
    places = {"feature": "settlement", "categories": [["rural"], ["urban"]]}
    whole = OWN | {"axes": OWN["axes"] | {"what": places}}
    assert write_project(schemes=[whole]).every_scheme["tastes"].classes_of(["settlement"]) == ["settlement"]
    across = whole | {"cells": [["drinks", "cakes"], ["cakes", "drinks"]]}
    with pytest.raises(InputError, match="settlement may not be published"):
        write_project(schemes=[across])
    write_project(schemes=[across], publish={"attributes": ["settlement"]})
