"""Tier schemes: segments in order of one quality, by a score with frozen borders.

Belongs here: fitting and scoring of tiers. Does not belong here: which features make a tier
(its document), or when a refit is due (``segments.versions``).

The score, 0-100, is the weighted mean of the features known for the customer. On the rank scale
a feature counts by where it stands among the customers of the fit (percent of a frozen
distribution), and borders are quantiles of the score at the fit. On the value scale it counts by
where it lies between its least and greatest possible value, and borders are the document's.
Confidence is the probability that the score would lie in the same tier if the customer were observed anew:
normal, about where the beliefs of its traits would then lie, and as wide as these leave open or, if that is
wider, as scores usually change from one period to the next.
Quasi-identifiers that are not published count in steps and are told by none of it (``schemes.withheld``).
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

import numpy as np

from pipeline.features import Feature
from pipeline.models.ecdf import fit_ecdf, percent_at
from pipeline.models.fitting import Fit, at_least
from pipeline.models.frame import Floats, Frame, Integers, Sample
from pipeline.models.noise import NOISE_FALLBACK, robust_noise
from pipeline.models.normal import normal_below
from pipeline.models.parameters import rounded
from pipeline.models.rounding import told
from pipeline.schemes.earned import earned
from pipeline.schemes.kind import Kind, Parameters
from pipeline.schemes.reasons import weightiest
from pipeline.schemes.remembered import against, before, evened, kept, usual_shares
from pipeline.schemes.scored import Scored, decided
from pipeline.schemes.withheld import STEPS, in_steps, means_by_segment
from pipeline.settings import Project, TierDocument
from pipeline.tables import fields


def inputs(document: TierDocument, givable: Collection[str]) -> list[tuple[str, float]]:
    """Features of the score that can be given, with their weights."""
    return [(one.feature, one.weight) for one in document.score if one.feature in givable]


def fit(document: TierDocument, sample: Sample, project: Project, champion: Parameters | None) -> Fit:
    """Scales, borders and noise of a tier scheme.

    A feature known for too few customers stays unfitted: it counts as unknown evidence for
    everybody until a refit finds it known. Fails when too few customers have enough evidence,
    or, on the rank scale, when scores tie so much that the borders coincide.
    """
    settings, givable = project.segments, project.givable_to_schemes
    components, unfitted = [], []
    for one in document.score:
        part: dict[str, Any] = {"feature": one.feature, "weight": one.weight, "direction": one.direction}
        if one.feature in project.privacy.withheld:
            part["steps"] = STEPS
        if one.feature not in givable:
            unfitted.append(part | {"why": "no source gives it", "counts_as_evidence": False})
        elif int(sample.now.known(one.feature).sum()) < settings.min_customers_to_fit:
            unfitted.append(part | {"why": "known for too few at the fit", "counts_as_evidence": True})
        else:
            components.append(part | {"grid": _grid(project.readable[one.feature], document, sample)})
    parameters: Parameters = rounded(
        {
            "segments": list(document.segments),
            "components": components,
            "unfitted": unfitted,
            "min_evidence_share": settings.min_evidence_share,
        }
    )
    score, share = _score(parameters, sample.now)
    enough = score[_is_enough(parameters, score, share)]
    gates = [at_least("customers_with_evidence", len(enough), settings.min_customers_to_fit)]
    if gates[0].passed:
        borders = _borders(document, enough)
        if document.scale == "rank" and len(borders) > 1:
            gates.append(at_least("distance_of_borders", round(float(np.diff(borders).min()), 6), 1e-6))
        parameters |= {
            "borders": [round(one, 6) for one in borders],
            "noise": rounded(_noise(parameters, sample, settings.min_customers_to_fit)),
            "usual": usual_shares(_tiers(enough, borders), len(document.segments)),
        }
    passed = all(gate.passed for gate in gates)
    return Fit(parameters if passed else None, tuple(gates), len(enough))


def _grid(feature: Feature, document: TierDocument, sample: Sample) -> dict[str, Any]:
    """What turns values into percent: a distribution, or the two ends of the feature's own scale."""
    bounds = feature.bounds
    if document.scale == "rank" or bounds is None:
        return fit_ecdf(sample.now.number(feature.name))
    return {"values": list(bounds), "percents": [0.0, 100.0]}


def _borders(document: TierDocument, scores: Floats) -> list[float]:
    """The borders from low to high, given the ``scores`` of the fit."""
    if document.borders.scores is not None:
        return document.borders.scores
    return [float(one) for one in np.quantile(scores, document.borders.values)]


def _noise(parameters: Parameters, sample: Sample, fewest: int) -> float:
    if sample.before is None:
        return NOISE_FALLBACK
    here, there = sample.paired()
    changes = _score(parameters, sample.now)[0][here] - _score(parameters, sample.before)[0][there]
    return robust_noise(changes[~np.isnan(changes)], fewest)


def _percents(parameters: Parameters, frame: Frame) -> list[Floats]:
    """Percent of each component, turned so that more means more of the quality."""
    found = []
    for one in parameters["components"]:
        percent = percent_at(one["grid"], frame.number(one["feature"]))
        if "steps" in one:
            percent = in_steps(percent, one["steps"])
        found.append(percent if one["direction"] == "raises" else 100.0 - percent)
    return found


def _anew(parameters: Parameters, frame: Frame, known: Floats) -> tuple[Floats, Floats]:
    """How far from its own each customer's score would lie if the customer were observed anew: mean and
    standard deviation, at least the usual noise. What one luck makes of several features adds up; others are
    off independently."""
    shift, squared = np.zeros(len(frame)), np.zeros(len(frame))
    together: dict[str, Floats] = {}
    for one in parameters["components"]:
        name = one["feature"]
        if name not in frame.anew:
            continue
        weight = one["weight"] if one["direction"] == "raises" else -one["weight"]
        middle, spread = frame.foretold(name, partial(percent_at, one["grid"]))
        shift += np.nan_to_num(weight * (middle - percent_at(one["grid"], frame.number(name))))
        part = np.nan_to_num(weight * spread)
        if name in frame.luck:
            luck, sign = frame.luck[name]
            together[luck] = together.get(luck, np.zeros(len(frame))) + sign * part
        else:
            squared += part**2
    for part in together.values():
        squared += part**2
    return shift / known, np.maximum(np.sqrt(squared) / known, parameters["noise"])


def _weights(parameters: Parameters, percents: Sequence[Floats], size: int) -> tuple[Floats, float]:
    """Weight known for each customer, and weight of all components the project can give."""
    known = np.zeros(size)
    for one, percent in zip(parameters["components"], percents, strict=True):
        known += np.where(np.isnan(percent), 0.0, one["weight"])
    every = float(sum(one["weight"] for one in parameters["components"]))
    every += sum(one["weight"] for one in parameters["unfitted"] if one["counts_as_evidence"])
    return known, every


def _score(parameters: Parameters, frame: Frame) -> tuple[Floats, Floats]:
    """Score (NaN without any known component) and evidence share of each customer, as they are told: the
    segment follows from the rounded score, so that score, borders and segment never contradict each other."""
    return _weighted(parameters, _percents(parameters, frame), len(frame))


def _weighted(parameters: Parameters, percents: Sequence[Floats], size: int) -> tuple[Floats, Floats]:
    known, every = _weights(parameters, percents, size)
    total = np.zeros(size)
    for one, percent in zip(parameters["components"], percents, strict=True):
        total += np.where(np.isnan(percent), 0.0, one["weight"] * percent)
    score = np.where(known > 0, total / np.where(known > 0, known, 1.0), np.nan)
    share = known / every if every else known
    return told(score, fields.score), told(share, fields.evidence_share)


def _is_enough(parameters: Parameters, score: Floats, share: Floats) -> Any:
    return ~np.isnan(score) & (share >= parameters["min_evidence_share"])


def _judged(
    parameters: Parameters, anew: tuple[Floats, Floats], percents: Sequence[Floats]
) -> tuple[Floats, Integers, Floats]:
    """Score (the middle where nothing is known) and segment of each customer, and the probability of each
    segment if the customer were observed ``anew``."""
    shift, width = anew
    points, _ = _weighted(parameters, percents, len(percents[0]))
    points = np.where(np.isnan(points), 50.0, points)
    borders = np.asarray(parameters["borders"])
    below = [np.zeros(len(points)), *(normal_below((one - points - shift) / width) for one in borders)]
    below.append(np.ones(len(points)))
    from_low = [below[place + 1] - below[place] for place in range(len(below) - 1)]
    return points, _tiers(points, borders), np.stack(from_low[::-1])


def _tiers(points: Floats, borders: Any) -> Integers:
    """Tier of each score, the highest first; on a border the higher one."""
    return (len(borders) - np.searchsorted(borders, points, side="right")).astype(np.int64)


def score(scheme: str, parameters: Parameters, frame: Frame) -> Scored:
    """Tier of each customer. A reason's contribution is in points of the score above or below the middle."""
    percents = _percents(parameters, frame)
    points, share = _weighted(parameters, percents, len(frame))
    is_assigned = _is_enough(parameters, points, share)
    known, _ = _weights(parameters, percents, len(frame))
    known = np.where(known > 0, known, 1.0)
    judge = partial(_judged, parameters, _anew(parameters, frame, known))
    _, segment, memberships = judge(percents)
    steps = [one.get("steps") for one in parameters["components"]]
    if any(steps):
        points, memberships = means_by_segment(percents, steps, judge)
    ids = [f"{scheme}:{name}" for name in parameters["segments"]]
    previous = before(scheme, ids, frame)
    evidence = against(memberships, parameters)
    is_kept = kept(segment, previous, evidence, parameters)
    segment = np.where(is_kept, previous, segment)
    memberships = evened(segment, is_kept, earned(parameters, memberships, frame))
    features = [one["feature"] for one in parameters["components"]]
    contributions = [
        one["weight"] / known * (percent - 50.0)
        for one, percent in zip(parameters["components"], percents, strict=True)
    ]
    values = np.stack([frame.told(feature) for feature in features])
    withheld = [feature for feature, one in zip(features, steps, strict=True) if one]
    reasons = weightiest(features, values, np.stack(contributions), withheld)
    return decided(ids, segment, memberships, is_assigned, points, share, reasons, evidence)


KIND = Kind(
    name="tier",
    inputs=inputs,
    reads=lambda document, givable: [feature for feature, _ in inputs(document, givable)],
    is_possible=lambda document, givable: bool(inputs(document, givable)),
    scoring_reads=lambda parameters: [one["feature"] for one in parameters["components"]],
    fit=fit,
    score=score,
)
