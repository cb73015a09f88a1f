"""Finding clusters: centres, how many, and which old segment each carries on.

Belongs here: the fit. Does not belong here: scoring (``kinds.clusters``), measures of
stability (``stability``), events of segments (``models.events``).

Loaded only for a fit: it imports scikit-learn through ``stability``.
"""

from typing import Any

import numpy as np

from pipeline.models.fitting import Fit, Gate, at_least
from pipeline.models.frame import Floats, Frame, Sample
from pipeline.models.parameters import rounded
from pipeline.schemes.clustering import space
from pipeline.schemes.clustering.alignment import carried_ids, overlaps
from pipeline.schemes.clustering.stability import Candidate, labels_of, measure
from pipeline.schemes.kind import equal_weights
from pipeline.schemes.scored import evidence
from pipeline.settings import ClustersDocument, Project

#: A feature is taken as log1p when it has no negative value and its skewness exceeds this.
SKEWED_FROM = 1.0
#: The champion's number of clusters is given up only for a silhouette better by this.
SILHOUETTE_GAIN = 0.05
#: Fewest customers for each cluster that is tried.
CUSTOMERS_PER_CLUSTER = 10


def fit_scaling(feature: str, values: Floats) -> dict[str, Any] | None:
    """Median and interquartile range of the known values, after log1p where skewed; none when all are equal.

    Where at least half of the customers share a value the range is 0 and the standard deviation
    takes its place.
    """
    known = values[~np.isnan(values)]
    if not len(known) or known.min() == known.max():
        return None
    is_skewed = bool(known.min() >= 0 and _skewness(known) > SKEWED_FROM)
    raw = np.log1p(known) if is_skewed else known
    lower, middle, upper = np.quantile(raw, [0.25, 0.5, 0.75])
    scale = upper - lower if upper - lower > 1e-6 else raw.std()
    if scale <= 1e-6:
        return None
    return {"feature": feature, "log": is_skewed, "middle": float(middle), "scale": float(scale)}


def _skewness(values: Floats) -> float:
    centred = values - values.mean()
    return float((centred**3).mean() / max(float((centred**2).mean()), 1e-300) ** 1.5)


def fit(document: ClustersDocument, sample: Sample, project: Project, champion: dict[str, Any] | None) -> Fit:
    """Centres of the stable number of clusters; fails when none is stable.

    A number of clusters is stable when bootstraps agree on all of it and on its weakest cluster.
    With a champion its number is tried first, warm from its centres, and kept unless another
    stable one is clearly better; a new cluster gets the id of the old one that it shares most
    customers with, or an id never used before.
    """
    settings = project.segments
    inputs = equal_weights(document.features, project.givable_to_schemes)
    has_evidence = evidence(sample.now, inputs) >= settings.min_evidence_share
    frame = sample.now.taken(has_evidence)
    enough = at_least("customers_with_evidence", len(frame), settings.min_customers_to_fit)
    scalings = [s for name, _ in inputs if (s := fit_scaling(name, frame.number(name)))] if len(frame) else []
    varied = at_least("features_with_spread", len(scalings), 2)
    if not (enough.passed and varied.passed):
        return Fit(None, (enough, varied), len(frame))
    scalings = rounded(scalings)
    z = space.scaled_frame(scalings, frame)
    tried = _candidates(z, document, project.seed, _warm_start(champion, scalings))
    best = _best(tried, document)
    gates = (enough, varied, *_gates(best, document))
    notes = {"candidates": [_described(one) for one in tried]}
    if best is None or not all(gate.passed for gate in gates):
        return Fit(None, gates, len(frame), notes)
    parameters = _parameters(z, best, scalings, frame, document, project, champion)
    return Fit(rounded(parameters), gates, len(frame), notes)


def _warm_start(champion: dict[str, Any] | None, scalings: list[dict[str, Any]]) -> Floats | None:
    """The champion's centres on the new scales; a feature it did not know starts in the middle."""
    if champion is None:
        return None
    old = {one["feature"]: (place, one) for place, one in enumerate(champion["scalings"])}
    start = np.zeros((len(champion["centres"]), len(scalings)))
    for column, scaling in enumerate(scalings):
        if scaling["feature"] in old:
            place, scale = old[scaling["feature"]]
            raw = np.array([space.unscaled(centre[place], scale) for centre in champion["centres"]])
            start[:, column] = space.scaled(raw, scaling)
    return start


def _candidates(z: Floats, document: ClustersDocument, seed: int, start: Floats | None) -> list[Candidate]:
    """Every number of clusters the customers suffice for, the champion's first."""
    most = z.shape[1] // CUSTOMERS_PER_CLUSTER
    numbers = [k for k in range(document.k_min, document.k_max + 1) if k <= most]
    found = []
    if start is not None and len(start) <= most:
        found.append(measure(z, len(start), document.bootstraps, seed, start))
        numbers = [k for k in numbers if k != len(start)]
    return found + [measure(z, k, document.bootstraps, seed) for k in numbers]


def _is_stable(one: Candidate, document: ClustersDocument) -> bool:
    return (
        one.adjusted_rand_index >= document.min_adjusted_rand_index
        and one.cluster_jaccard >= document.min_cluster_jaccard
    )


def _best(tried: list[Candidate], document: ClustersDocument) -> Candidate | None:
    """The stable candidate with the best silhouette, the warm one preferred.

    Without a stable one, the one that comes nearest to it.
    """
    if not tried:
        return None
    stable = [one for one in tried if _is_stable(one, document)]
    if not stable:
        return max(tried, key=lambda one: (round(one.adjusted_rand_index, 6), -one.k))
    best = max(stable, key=lambda one: (round(one.silhouette, 6), -one.k))
    warm = next((one for one in stable if one.is_warm), None)
    if warm is not None and best.silhouette < warm.silhouette + SILHOUETTE_GAIN:
        return warm
    return best


def _gates(best: Candidate | None, document: ClustersDocument) -> tuple[Gate, Gate]:
    index = None if best is None else round(best.adjusted_rand_index, 6)
    jaccard = None if best is None else round(best.cluster_jaccard, 6)
    return (
        at_least("adjusted_rand_index", index, document.min_adjusted_rand_index),
        at_least("smallest_cluster_jaccard", jaccard, document.min_cluster_jaccard),
    )


def _described(one: Candidate) -> dict[str, Any]:
    return {
        "k": one.k,
        "adjusted_rand_index": round(one.adjusted_rand_index, 6),
        "smallest_cluster_jaccard": round(one.cluster_jaccard, 6),
        "silhouette": round(one.silhouette, 6),
        "is_warm": one.is_warm,
    }


def _parameters(
    z: Floats,
    best: Candidate,
    scalings: list[dict[str, Any]],
    frame: Frame,
    document: ClustersDocument,
    project: Project,
    champion: dict[str, Any] | None,
) -> dict[str, Any]:
    labels = labels_of(z, best.centres)
    sizes = np.bincount(labels, minlength=best.k)
    order = np.argsort(-sizes, kind="stable")
    centres = best.centres[order]
    labels = labels_of(z, centres)
    # Root mean square distance to the own centre, per dimension.
    within = space.squared_distances(z, centres)[labels, np.arange(z.shape[1])]
    spread = max(float(np.sqrt(within.mean() / len(scalings))), 1e-3)
    ids, highest = _segment_ids(labels, best.k, frame, document.scheme, project, champion)
    return {
        "scalings": scalings,
        "centres": centres.tolist(),
        "segment_ids": ids,
        "highest_number": highest,
        "spread": spread,
        "hysteresis_margin": project.segments.hysteresis_margin,
        "min_evidence_share": project.segments.min_evidence_share,
        "evidence": [feature for feature, _ in equal_weights(document.features, project.givable_to_schemes)],
    }


def _segment_ids(
    labels: Any, k: int, frame: Frame, scheme: str, project: Project, champion: dict[str, Any] | None
) -> tuple[list[str], int]:
    """Ids of the new clusters, and the highest number ever given."""
    carried: list[str | None] = [None] * k
    highest = 0
    if champion is not None:
        here = space.placed(scheme, champion, frame)
        old = np.where(here.evidence_share >= champion["min_evidence_share"], here.segment, -1)
        jaccard = overlaps(old, labels, len(champion["segment_ids"]), k)
        carried = carried_ids(jaccard, champion["segment_ids"], project.segments.related_overlap)
        highest = int(champion["highest_number"])
    ids = []
    for one in carried:
        if one is None:
            highest += 1
            one = f"{scheme}:s{highest:02d}"
        ids.append(one)
    return ids, highest
