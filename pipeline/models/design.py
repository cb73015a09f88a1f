"""The design: features as columns that models of probabilities compute on, frozen with the fit.

Belongs here: the scale of a column, what stands for an unknown value. Does not belong here: which
features are read (``forecasts``), or any model.

Counts, days and amounts are skewed, so they count by the logarithm of one more, with their sign; shares,
indices and flags as they are. Columns are then measured in standard deviations of the fit from its mean; an
unknown value counts as the mean, with a column beside that says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.models.frame import Floats, Frame

#: A column that varies less is the same for everybody, and tells nothing.
LEAST_SPREAD = 1e-9


@dataclass(frozen=True)
class Column:
    """A feature to compute on; ``is_skewed`` ones count by their logarithm, none for more than ``most``."""

    feature: str
    is_skewed: bool
    most: float | None = None

    def within(self, values: Floats) -> Floats:
        """``values`` that count for no more than ``most``."""
        return values if self.most is None else np.minimum(values, self.most)


def fit_design(columns: Sequence[Column], frame: Frame) -> list[dict[str, Any]]:
    """Scale of each column among the customers of ``frame``; those that are the same for all are left out."""
    found = []
    for one in columns:
        values = _on_scale(one.within(frame.number(one.feature)), one.is_skewed)
        known = values[~np.isnan(values)]
        if len(known) and known.std() > LEAST_SPREAD:
            bounded = {} if one.most is None else {"most": one.most}
            found.append(
                {
                    "feature": one.feature,
                    "is_skewed": one.is_skewed,
                    "mean": float(known.mean()),
                    "spread": float(known.std()),
                    "has_unknown": len(known) < len(values),
                    **bounded,
                }
            )
    return found


def add_to(total: Floats, column: dict[str, Any], frame: Frame, weights: Iterator[float]) -> None:
    """Add a column of a design, and the one beside it, to ``total``, each times the next of ``weights``."""
    values = _values(column, frame)
    slope = next(weights) / column["spread"]
    added = values * slope
    added -= column["mean"] * slope
    is_unknown = np.isnan(added)
    added[is_unknown] = next(weights) if column["has_unknown"] else 0.0
    total += added


def columns_of(design: Sequence[dict[str, Any]], frame: Frame) -> Floats:
    """The columns of ``design`` of each customer: customers x columns, unknown ones beside; never NaN."""
    found: list[Floats] = []
    for one in design:
        values = scaled(one, frame)
        is_unknown = np.isnan(values)
        found.append(np.where(is_unknown, 0.0, values))
        if one["has_unknown"]:
            found.append(is_unknown.astype(np.float64))
    return np.stack(found, axis=1) if found else np.empty((len(frame), 0))


def scaled(column: dict[str, Any], frame: Frame) -> Floats:
    """Values of one column of a design, in standard deviations from the mean of the fit; NaN is unknown."""
    values = _values(column, frame)
    found: Floats = (values - column["mean"]) / column["spread"]
    return found


def _values(column: dict[str, Any], frame: Frame) -> Floats:
    """Values of one column of a design on its scale; a design of before there was a ``most`` has none."""
    one = Column(column["feature"], column["is_skewed"], column.get("most"))
    return _on_scale(one.within(frame.number(one.feature)), one.is_skewed)


def _on_scale(values: Floats, is_skewed: bool) -> Floats:
    if not is_skewed:
        return values
    found: Floats = np.log1p(np.abs(values))
    np.copysign(found, values, out=found)
    return found
