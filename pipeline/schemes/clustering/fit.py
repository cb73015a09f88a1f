"""Fitting clusters: how many there are, on which scales, and which old segment each carries on.

Belongs here: the fit. Does not belong here: scoring (``kinds.clusters``), scales (``scaling``), how
candidates are found and judged (``choosing``), events of segments (``models.events``).

Loaded only for a fit: it imports scikit-learn through ``choosing``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.models.fitting import Fit, Gate, at_least
from pipeline.models.frame import Floats, Frame, Integers, Sample
from pipeline.models.parameters import rounded
from pipeline.schemes.clustering import space
from pipeline.schemes.clustering.alignment import carried_ids, overlaps
from pipeline.schemes.clustering.choosing import Chooser, described
from pipeline.schemes.clustering.finding import Way
from pipeline.schemes.clustering.placing import placed
from pipeline.schemes.clustering.scaling import (
    LOOKED_AT,
    Scaling,
    among_alike,
    are_settled,
    as_known,
    fit_scaling,
    within,
)
from pipeline.schemes.clustering.shapes import Shapes, frozen, normal, thawed
from pipeline.schemes.clustering.stability import Candidate
from pipeline.schemes.clustering.surrogate import surrogate
from pipeline.schemes.kind import equal_weights
from pipeline.schemes.remembered import before
from pipeline.schemes.scored import evidence
from pipeline.settings import ClustersDocument, Project

#: How often scales and clusters are found in turns, at most; they settle after one or two.
_TURNS = 4


def fit(document: ClustersDocument, sample: Sample, project: Project, champion: dict[str, Any] | None) -> Fit:
    """Clusters that bootstraps agree on, on all of them and on the weakest, and that lie apart; fails when
    there are none. Scales and clusters are found in turns (``scaling``) where clusters have to lie apart.

    With a champion its clusters are tried first, warm, split and merged where there is evidence; a new
    cluster gets the id of the old one that it shares most customers with, or an id never used before.
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
    found = _found(rounded(scalings), frame, document, project, champion)
    gates, notes = (enough, varied, *found.gates), {"candidates": [described(one) for one in found.tried]}
    if found.shapes is None:
        return Fit(None, gates, len(frame), notes)
    z = space.scaled_frame(found.scalings, frame)
    parameters = _parameters(z, found.shapes, found.scalings, frame, document, project, champion)
    return Fit(rounded(parameters), gates, len(frame), notes)


@dataclass(frozen=True)
class _Found:
    """What a turn came to: on which scales, what was tried and asked, the clusters if they passed, and the
    scales within the best of what was tried."""

    scalings: list[Scaling]
    tried: list[Candidate]
    gates: list[Gate]
    shapes: Shapes | None
    within: list[Scaling]


def _found(
    population: list[Scaling],
    frame: Frame,
    document: ClustersDocument,
    project: Project,
    champion: dict[str, Any] | None,
) -> _Found:
    """Clusters on scales that fit them: each turn begins with the scales and clusters of the one before, the
    first with the champion's, or with the scales of customers who are alike, or, where a small company shows
    no clusters on these (of a hundred customers those who are alike may be of one kind alone), with those of
    all. A large one is not looked at twice: the second look would find clusters in a continuum as well. A
    mixture has widths of its own, and a continuum that is cut all the same has no clusters to scale by: there
    one turn on the scales of all customers is all."""
    if document.method == "mixture" or document.max_valley_share is None:
        return _turn(population, population, frame, document, project, champion)
    whole = space.unclipped_frame(population, frame, project.seed)
    alike = among_alike(population, whole, document.k_max)
    known = [] if champion is None else champion["scalings"]
    found = _turn(rounded(as_known(alike, known)), population, frame, document, project, champion)
    if found.shapes is None and len(frame) < LOOKED_AT:
        among_all = _turn(population, population, frame, document, project, champion)
        found = found if among_all.shapes is None else among_all
    for _ in range(_TURNS - 1):
        if found.shapes is None or are_settled(found.scalings, found.within):
            break
        start = {"scalings": found.scalings, "centres": found.shapes.centres.tolist()}
        following = _turn(found.within, population, frame, document, project, start)
        if following.shapes is None:
            break
        found = following
    return found


def _turn(
    scalings: list[Scaling],
    population: list[Scaling],
    frame: Frame,
    document: ClustersDocument,
    project: Project,
    start: dict[str, Any] | None,
) -> _Found:
    z, whole = space.scaled_frame(scalings, frame), space.unclipped_frame(scalings, frame, project.seed)
    chooser = Chooser(z, whole, document, Way(document.method, project.seed))
    tried = chooser.candidates(_warm_start(start, scalings, document))
    best = chooser.best(tried)
    gates = chooser.gates(best)
    if best is None:
        return _Found(scalings, tried, gates, None, scalings)
    scales = rounded(within(scalings, population, whole, best.shapes.labels(z)))
    return _Found(scalings, tried, gates, best.shapes if all(one.passed for one in gates) else None, scales)


def _warm_start(
    champion: dict[str, Any] | None, scalings: list[Scaling], document: ClustersDocument
) -> Shapes | None:
    """The champion's clusters on the new scales; a feature it did not know starts in the middle. Forms are
    kept where the features are the same."""
    if champion is None:
        return None
    old = {one["feature"]: (place, one) for place, one in enumerate(champion["scalings"])}
    start = np.zeros((len(champion["centres"]), len(scalings)))
    stretch = np.ones(len(scalings))
    for column, scaling in enumerate(scalings):
        if scaling["feature"] in old:
            place, scale = old[scaling["feature"]]
            raw = np.array([space.unscaled(centre[place], scale) for centre in champion["centres"]])
            start[:, column] = space.scaled(raw, scaling)
            stretch[column] = scale["scale"] / scaling["scale"]
    same = [(one["feature"], one["log"]) for one in champion["scalings"]] == [
        (one["feature"], one["log"]) for one in scalings
    ]
    held = thawed(champion)
    if document.method == "mixture" and held.weights is not None and same:
        return normal(start, held.weights, held.covariances * np.outer(stretch, stretch))
    return Shapes(start)


def _parameters(
    z: Floats,
    shapes: Shapes,
    scalings: list[Scaling],
    frame: Frame,
    document: ClustersDocument,
    project: Project,
    champion: dict[str, Any] | None,
) -> dict[str, Any]:
    sizes = np.bincount(shapes.labels(z), minlength=shapes.k)
    ordered = shapes.taken(np.argsort(-sizes, kind="stable"))
    labels = ordered.labels(z)
    # Root mean square distance to the own centre, per dimension.
    within = space.squared_distances(z, ordered.centres)[labels, np.arange(z.shape[1])]
    spread = max(float(np.sqrt(within.mean() / len(scalings))), 1e-3)
    ids, highest = _segment_ids(labels, ordered.k, frame, document.scheme, project, champion)
    features = [one["feature"] for one in scalings]
    return frozen(ordered) | {
        "scalings": scalings,
        "segment_ids": ids,
        "highest_number": highest,
        "surrogate": surrogate(frame, features, labels, ordered.k, project.seed),
        "spread": spread,
        # a mixture's memberships count how large each cluster is, those of round ones take all for alike
        "usual": [1 / ordered.k] * ordered.k if ordered.weights is None else ordered.weights.tolist(),
        "hysteresis_margin": project.segments.hysteresis_margin,
        "min_evidence_share": project.segments.min_evidence_share,
        "evidence": [feature for feature, _ in equal_weights(document.features, project.givable_to_schemes)],
    }


def _segment_ids(
    labels: Integers, k: int, frame: Frame, scheme: str, project: Project, champion: dict[str, Any] | None
) -> tuple[list[str], int]:
    """Ids of the new clusters, and the highest number ever given.

    A cluster carries on the one that its customers were in, wherever they and its centre went since, or the
    one that the champion would put them in, whoever they were before: whichever is clearer.
    """
    carried: list[str | None] = [None] * k
    highest = 0
    if champion is not None:
        size = len(champion["segment_ids"])
        here = placed(scheme, champion, frame)
        would = np.where(here.evidence_share >= champion["min_evidence_share"], here.segment, -1)
        were = before(scheme, champion["segment_ids"], frame)
        jaccard = np.maximum(overlaps(were, labels, size, k), overlaps(would, labels, size, k))
        carried = carried_ids(jaccard, champion["segment_ids"], project.segments.related_overlap)
        highest = int(champion["highest_number"])
    ids = []
    for one in carried:
        if one is None:
            highest += 1
            one = f"{scheme}:s{highest:02d}"
        ids.append(one)
    return ids, highest
