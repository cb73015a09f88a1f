"""The space that clusters lie in: scaling and distances.

Belongs here: arithmetic on frozen scales and centres. Does not belong here: finding centres
(``finding``), or which cluster a customer is in (``placing``).

A feature is scaled as (value - median) / scale, after log1p where it was skewed at the fit, and cut where
only extreme customers are; an unknown value counts as the median. Sums are written out feature by feature
rather than left to a linear algebra library, so that results depend neither on threads nor on how customers
are batched (law L3).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from pipeline.models.frame import Floats, Frame

#: Values beyond so many interquartile ranges of all customers are cut, unless more than a few have them:
#: extreme customers must not draw a centre of their own.
CLIP = 3.0


def unscaled(value: float, scaling: dict[str, Any]) -> float:
    """The feature's own value for a scaled one (clipping cannot be undone)."""
    raw = value * float(scaling["scale"]) + float(scaling["middle"])
    return float(np.expm1(raw)) if scaling["log"] else raw


def scaled(values: Floats, scaling: dict[str, Any]) -> Floats:
    """``values`` on the frozen scale; unknown values are 0, the middle."""
    raw = np.log1p(np.maximum(values, 0.0)) if scaling["log"] else values
    lowest, highest = _borders(scaling)
    z = (np.clip(raw, lowest, highest) - scaling["middle"]) / scaling["scale"]
    known: Floats = np.round(np.nan_to_num(z, nan=0.0), 9)
    return known


def _borders(scaling: dict[str, Any]) -> tuple[float, float]:
    """Beyond what a value is cut, as frozen; versions of before there were any cut by the scale."""
    far = CLIP * scaling["scale"]
    middle = scaling["middle"]
    return scaling.get("lowest", middle - far), scaling.get("highest", middle + far)


def scaled_frame(scalings: Sequence[dict[str, Any]], frame: Frame) -> Floats:
    """All features on their frozen scales (features x customers)."""
    return np.stack([scaled(frame.number(one["feature"]), one) for one in scalings])


def unclipped_frame(scalings: Sequence[dict[str, Any]], frame: Frame, seed: int) -> Floats:
    """All features on their frozen scales without a cut (features x customers), to tell one mode from two:
    what is cut piles up at the border. What was counted in whole numbers lies anywhere within half a step, by
    chance: the steps are no valleys."""
    random = np.random.default_rng(seed)
    found = []
    for one in scalings:
        values = frame.number(one["feature"])
        known = values[~np.isnan(values)]
        if np.array_equal(known, np.round(known)):
            values = values + random.uniform(-0.5, 0.5, len(values))
        raw = np.log1p(np.maximum(values, -0.5)) if one["log"] else values
        found.append(np.nan_to_num((raw - one["middle"]) / one["scale"], nan=0.0))
    return np.stack(found)


def open_variance(scalings: Sequence[dict[str, Any]], frame: Frame) -> Floats:
    """Mean variance on the frozen scales of what would be believed of each customer if it were observed anew;
    0 where it was seen."""
    found = np.zeros(len(frame))
    for one in scalings:
        found += frame.foretold(one["feature"], partial(scaled, scaling=one))[1] ** 2
    return found / len(scalings)


def squared_distances(z: Floats, centres: Floats) -> Floats:
    """Squared Euclidean distance of each customer to each centre (centres x customers)."""
    found = np.zeros((len(centres), z.shape[1]))
    for centre, row in zip(centres, found, strict=True):
        for feature, place in zip(z, centre, strict=True):
            row += (feature - place) ** 2
    return found
