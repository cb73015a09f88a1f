"""Clusters schemes: segments that are discovered, scored against frozen centres.

Belongs here: membership and reasons. Does not belong here: finding the centres
(``schemes.clustering.fit``), or placing customers among them (``schemes.clustering.placing``).
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats, Frame, Integers, Sample
from pipeline.schemes.clustering.placing import placed
from pipeline.schemes.earned import earned
from pipeline.schemes.kind import Kind, Parameters, equal_weights
from pipeline.schemes.reasons import Reasons, weightiest
from pipeline.schemes.remembered import against, before, evened, kept
from pipeline.schemes.scored import Scored, decided
from pipeline.settings import ClustersDocument, Project


def fit(document: ClustersDocument, sample: Sample, project: Project, champion: Parameters | None) -> Fit:
    """Clusters that are stable and lie apart, warm from the champion's; see ``clustering.fit``."""
    from pipeline.schemes.clustering import fit as clustering  # scikit-learn: only a fit pays for it

    return clustering.fit(document, sample, project, champion)


def score(scheme: str, parameters: Parameters, frame: Frame) -> Scored:
    """Cluster of each customer; there is no score.

    Membership: ``clustering.placing.placed``. Reasons are the features that lie farthest from
    the population's middle on the same side as the cluster's centre; the contribution is that
    distance on the frozen scale.
    """
    scalings, centres = parameters["scalings"], np.asarray(parameters["centres"])
    here = placed(scheme, parameters, frame)
    ids, memberships = parameters["segment_ids"], here.memberships
    previous = before(scheme, ids, frame)
    there = against(memberships, parameters)
    is_kept = kept(here.segment, previous, there, parameters)
    segment = np.where(is_kept, previous, here.segment)
    return decided(
        ids,
        segment,
        evened(segment, is_kept, earned(parameters, memberships, frame)),
        here.evidence_share >= parameters["min_evidence_share"],
        np.full(len(frame), np.nan),
        here.evidence_share,
        _reasons(scalings, centres, frame, here.z, segment),
        there,
    )


def _reasons(
    scalings: Sequence[dict[str, Any]], centres: Floats, frame: Frame, z: Floats, segment: Integers
) -> Reasons:
    features = [one["feature"] for one in scalings]
    values = np.stack([frame.told(feature) for feature in features])
    is_same_side = np.sign(z) == np.sign(centres.T[:, segment])
    contributions = np.where(is_same_side & ~np.isnan(values), z, np.nan)
    return weightiest(features, values, contributions)


def _inputs(document: ClustersDocument, givable: Collection[str]) -> list[tuple[str, float]]:
    return equal_weights(document.features, givable)


KIND = Kind(
    name="clusters",
    inputs=_inputs,
    reads=lambda document, givable: [feature for feature, _ in _inputs(document, givable)],
    is_possible=lambda document, givable: len(_inputs(document, givable)) >= 2,
    scoring_reads=lambda parameters: list(parameters["evidence"]),
    fit=fit,
    score=score,
)
