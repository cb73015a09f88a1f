"""Behaviour clusters: scoring against frozen centres.

Belongs here: scaling, distances, hysteresis, membership. Does not belong here: finding the
centres (``clusters_fit``).

A feature is scaled as (value - median) / interquartile range, after log1p where it was skewed
at the fit, and clipped; an unknown value counts as the median. Sums are written out feature by
feature rather than left to a linear algebra library, so that results depend neither on threads
nor on how customers are batched (law L3).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.segments.fitting import givable
from pipeline.segments.frame import Floats, Frame, Integers
from pipeline.segments.reasons import Reasons, weightiest
from pipeline.segments.scored import Scored, decided, evidence
from pipeline.settings import Project

SCHEME = "behaviour_clusters"
#: Scaled values beyond this are cut: a few extreme customers must not draw a centre of their own.
CLIP = 3.0


def inputs(project: Project) -> list[tuple[str, float]]:
    """Features of the settings that the project can give, each with equal weight."""
    return [(one, 1.0) for one in givable(project.segments.clusters.features, project)]


def is_applicable(project: Project) -> bool:
    """Whether at least two features can be given."""
    return len(inputs(project)) >= 2


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


def positions(segment_ids: Sequence[str], previous: pa.Array) -> Integers:
    """Position of each previous segment among ``segment_ids``; -1 where there is none, or it is gone."""
    found = pc.index_in(previous, value_set=pa.array(segment_ids, pa.string()))
    places: Integers = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return places


def score(parameters: dict[str, Any], frame: Frame) -> Scored:
    """Cluster of each customer; there is no score.

    Membership is that of equally likely round normal clusters with the frozen within-cluster
    spread s: proportional to exp(-d^2 / (2 s^2)). Reasons are the features that lie farthest from
    the population's middle on the same side as the cluster's centre; the contribution is that
    distance on the frozen scale.
    """
    scalings, centres = parameters["scalings"], np.asarray(parameters["centres"])
    z = scaled_frame(scalings, frame)
    squared = squared_distances(z, centres)
    previous = positions(parameters["segment_ids"], frame.previous_segments[SCHEME])
    segment = chosen(squared, previous, parameters["hysteresis_margin"])
    weight = np.exp(-(squared - squared.min(axis=0)) / (2 * parameters["spread"] ** 2))
    total = np.zeros(len(frame))
    for row in weight:
        total += row
    share = evidence(frame, [(one, 1.0) for one in parameters["evidence"]])
    return decided(
        parameters["segment_ids"],
        segment,
        weight / total,
        share >= parameters["min_evidence_share"],
        np.full(len(frame), np.nan),
        share,
        _reasons(scalings, centres, frame, z, segment),
    )


def _reasons(
    scalings: Sequence[dict[str, Any]], centres: Floats, frame: Frame, z: Floats, segment: Integers
) -> Reasons:
    features = [one["feature"] for one in scalings]
    values = np.stack([frame.number(feature) for feature in features])
    is_same_side = np.sign(z) == np.sign(centres.T[:, segment])
    contributions = np.where(is_same_side & ~np.isnan(values), z, np.nan)
    return weightiest(features, values, contributions)
