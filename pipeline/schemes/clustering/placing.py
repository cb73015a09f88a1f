"""Which cluster of a version each customer is in, and how likely each is.

Belongs here: membership and hysteresis on frozen clusters. Does not belong here: shapes (``shapes``), scales
(``space``), or what a scheme makes of it (``kinds.clusters``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.models.frame import Floats, Frame, Integers
from pipeline.schemes.clustering.shapes import thawed
from pipeline.schemes.clustering.space import open_variance, scaled_frame, squared_distances
from pipeline.schemes.kind import equal_weights
from pipeline.schemes.remembered import before
from pipeline.schemes.scored import evidence


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
    """Customers among frozen clusters: scaled features, the cluster chosen, how likely each is (clusters x
    customers, sum 1), evidence."""

    z: Floats
    segment: Integers
    memberships: Floats
    evidence_share: Floats


def placed(scheme: str, parameters: dict[str, Any], frame: Frame) -> Placed:
    """Where each customer of ``frame`` stands among the clusters of a version.

    Round clusters are equally likely and normal, with the frozen within-cluster spread s: membership is
    proportional to exp(-d^2 / (2 s^2)); the nearest is chosen, unless the previous one is hardly farther.
    Those of a mixture have weights and forms of their own, and the most probable is chosen. Variances grow
    by the mean variance that the customer's traits leave open.
    """
    shapes, z = thawed(parameters), scaled_frame(parameters["scalings"], frame)
    is_open = open_variance(parameters["scalings"], frame)
    if shapes.is_mixture:
        logs = shapes.log_weights(z, is_open)
        segment = logs.argmax(axis=0)
        weight = np.exp(logs - logs.max(axis=0))
    else:
        squared = squared_distances(z, shapes.centres)
        previous = before(scheme, parameters["segment_ids"], frame)
        segment = chosen(squared, previous, parameters["hysteresis_margin"])
        weight = np.exp(-(squared - squared.min(axis=0)) / (2 * (parameters["spread"] ** 2 + is_open)))
    total = np.zeros(len(frame))
    for row in weight:
        total += row
    share = evidence(frame, equal_weights(parameters["evidence"], parameters["evidence"]))
    return Placed(z, segment, weight / total, share)
