"""The space that clusters lie in: scaling, distances, hysteresis.

Belongs here: arithmetic on frozen scales and centres. Does not belong here: finding centres
(``fit``) or what a scheme makes of them (``kinds.clusters``).

A feature is scaled as (value - median) / interquartile range, after log1p where it was skewed
at the fit, and clipped; an unknown value counts as the median. Sums are written out feature by
feature rather than left to a linear algebra library, so that results depend neither on threads
nor on how customers are batched (law L3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from pipeline.models.frame import Floats, Frame, Integers
from pipeline.schemes.kind import equal_weights
from pipeline.schemes.remembered import before
from pipeline.schemes.scored import evidence

#: Scaled values beyond this are cut: a few extreme customers must not draw a centre of their own.
CLIP = 3.0


def unscaled(value: float, scaling: dict[str, Any]) -> float:
    """The feature's own value for a scaled one (clipping cannot be undone)."""
    raw = value * float(scaling["scale"]) + float(scaling["middle"])
    return float(np.expm1(raw)) if scaling["log"] else raw


def scaled(values: Floats, scaling: dict[str, Any]) -> Floats:
    """``values`` on the frozen scale; unknown values are 0, the middle."""
    raw = np.log1p(np.maximum(values, 0.0)) if scaling["log"] else values
    z = np.clip((raw - scaling["middle"]) / scaling["scale"], -CLIP, CLIP)
    known: Floats = np.round(np.nan_to_num(z, nan=0.0), 9)
    return known


def scaled_frame(scalings: Sequence[dict[str, Any]], frame: Frame) -> Floats:
    """All features on their frozen scales (features x customers)."""
    return np.stack([scaled(frame.number(one["feature"]), one) for one in scalings])


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


def chosen(squared: Floats, previous: Integers, margin: float) -> Integers:
    """The previous cluster, unless the nearest centre is nearer by the share ``margin``.

    -1 is no previous cluster.
    """
    nearest = squared.argmin(axis=0)
    distances = np.sqrt(squared)
    customers = np.arange(squared.shape[1])
    here = distances[np.where(previous >= 0, previous, nearest), customers]
    is_kept = (previous >= 0) & (distances[nearest, customers] > here * (1.0 - margin))
    return np.where(is_kept, previous, nearest)


@dataclass(frozen=True)
class Placed:
    """Customers among frozen centres: scaled features, squared distances, the centre chosen, evidence."""

    z: Floats
    squared: Floats
    segment: Integers
    evidence_share: Floats


def placed(scheme: str, parameters: dict[str, Any], frame: Frame) -> Placed:
    """Where each customer of ``frame`` stands among the centres of a version."""
    z = scaled_frame(parameters["scalings"], frame)
    squared = squared_distances(z, np.asarray(parameters["centres"]))
    previous = before(scheme, parameters["segment_ids"], frame)
    segment = chosen(squared, previous, parameters["hysteresis_margin"])
    share = evidence(frame, equal_weights(parameters["evidence"], parameters["evidence"]))
    return Placed(z, squared, segment, share)
