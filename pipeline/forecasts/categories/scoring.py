"""Scoring the next new category: what frozen parameters say of customers; nothing is fitted (law L7).

Belongs here: from features and what was bought to a category and its probability. Does not belong here:
fitting (``fitting``).
"""

from typing import Any

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.features.categories import CATEGORY
from pipeline.forecasts.asked import DECIMALS, is_asked
from pipeline.forecasts.new_category import NAME
from pipeline.models.category import methods
from pipeline.models.category.pairs import pairs_of, with_bought
from pipeline.models.frame import Frame
from pipeline.models.parameters import from_json
from pipeline.models.probability.calibration import probability

_COLUMN = "bought_"


def parameters_of(versions: pa.Table) -> dict[str, Any] | None:
    """Frozen parameters in force, from rows of ``FORECAST_VERSIONS``; none where nothing was earned."""
    for row in versions.to_pylist():
        if row["forecast"] == NAME and row["parameters"] is not None:
            found: dict[str, Any] = from_json(row["parameters"])
            return found
    return None


def with_categories(
    features: ir.Table, categories: ir.Table | None, parameters: dict[str, Any] | None
) -> ir.Table:
    """``features`` of a period with a column a candidate category: whether it was bought (``categories``)."""
    if parameters is None or categories is None:
        return features
    columns = {
        f"{_COLUMN}{place}": (categories[CATEGORY.name] == name).max().cast("int64")
        for place, name in enumerate(parameters["categories"])
    }
    bought = categories.group_by(buyer=categories.customer_id).agg(**columns)
    return features.left_join(bought, features.customer_id == bought.buyer).select(
        *(features[name] for name in features.columns),
        *(bought[name].fill_null(0).name(name) for name in columns),
    )


def reads(parameters: dict[str, Any]) -> list[str]:
    """Columns of customers that ``told`` reads."""
    of_models = [name for one in parameters["models"] for name in methods.features_read(one)]
    bought = [f"{_COLUMN}{place}" for place in range(len(parameters["categories"]))]
    return list(dict.fromkeys([*of_models, *parameters["at_least"], *bought]))


def told(parameters: dict[str, Any], frame: Frame) -> tuple[pa.Array, pa.Array]:
    """The likeliest category that each customer has not bought, and its probability; null of whom it is not
    asked, and of whoever bought every candidate.

    Raises ``KeyError`` for a column that is missing.
    """
    names = parameters["categories"]
    bought = {name: frame.number(f"{_COLUMN}{place}") for place, name in enumerate(names)}
    asked = is_asked(parameters["at_least"], frame)
    whole = with_bought(frame, {name: np.where(asked, values, np.nan) for name, values in bought.items()})
    raw = np.mean([methods.score(one, whole) for one in parameters["models"]], axis=0)
    values = probability(parameters["intercept"] + parameters["slope"] * raw)
    has, place, best = pairs_of(whole, sorted(names)).best(values)
    known = pa.array([*sorted(names)], pa.string()).take(pa.array(np.where(has, place, 0)))
    return (
        pa.array(np.where(has, known.to_numpy(zero_copy_only=False), None), pa.string()),
        pa.array(np.round(best, DECIMALS), mask=~has),
    )
