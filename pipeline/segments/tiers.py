"""Tier schemes: high, medium, low of one quality, by a score with frozen borders.

Belongs here: fitting and scoring of tiers. Does not belong here: which features make a tier
(settings), or when a refit is due (``versions``).

The score, 0-100, is the weighted mean of the features known for the customer. On the rank scale
a feature counts by where it stands among the customers of the fit (percent of a frozen
distribution), and borders are quantiles of the score at the fit. On the value scale it counts by
where it lies between its least and greatest possible value, and borders are settings. Confidence
is the mass of a normal distribution round the score, as wide as scores usually change from one
period to the next. Quasi-identifiers that are not published count in steps and are told by none of it
(``withheld``).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy.special import ndtr

from pipeline.segments.ecdf import fit_ecdf, percent_at
from pipeline.segments.fitting import Fit, at_least, givable
from pipeline.segments.frame import Floats, Frame, Sample
from pipeline.segments.parameters import rounded
from pipeline.segments.reasons import weightiest
from pipeline.segments.scored import Scored, decided
from pipeline.segments.withheld import STEPS, in_steps, means_by_segment
from pipeline.settings import Project, TierSettings, bounds_of

#: Order of the named segments; 0 is high.
_NAMES = ("high", "medium", "low")
#: Noise of the score in points: never below the floor, and the fallback while there is no earlier period.
NOISE_FLOOR, NOISE_FALLBACK = 1.0, 5.0
#: 80% of a normal distribution lie within so many standard deviations of its middle.
NORMAL_80 = 1.281552


def inputs(scheme: str, project: Project) -> list[tuple[str, float]]:
    """Features of the scheme that the project can give, with their weights."""
    components = project.segments.tier(scheme).components
    can = set(givable([one.feature for one in components], project))
    return [(one.feature, one.weight) for one in components if one.feature in can]


def is_applicable(scheme: str, project: Project) -> bool:
    """Whether the project has an entity the scheme asks for, and can give at least one feature."""
    needed = set(project.segments.tier(scheme).needs_any_entity)
    return bool(inputs(scheme, project)) and (not needed or bool(needed & project.entities))


def robust_noise(changes: Floats, fewest: int) -> float:
    """Usual size of ``changes`` in points: the standard deviation of the normal with their middle 80%.

    Distances from the median, at their 80th percentile: extremes beyond do not count, and changes
    of which most are zero are not taken for calm, as their median would have it.
    """
    if len(changes) < fewest:
        return NOISE_FALLBACK
    distances = np.abs(changes - np.median(changes))
    return max(NOISE_FLOOR, float(np.quantile(distances, 0.80) / NORMAL_80))


def fit(scheme: str, sample: Sample, project: Project) -> Fit:
    """Scales, borders and noise of a tier scheme.

    A feature known for too few customers stays unfitted: it counts as unknown evidence for
    everybody until a refit finds it known. Fails when too few customers have enough evidence,
    or, on the rank scale, when scores tie so much that the borders coincide.
    """
    settings, tier = project.segments, project.segments.tier(scheme)
    components, unfitted = [], []
    can = {feature for feature, _ in inputs(scheme, project)}
    for one in tier.components:
        part: dict[str, Any] = {"feature": one.feature, "weight": one.weight, "direction": one.direction}
        if one.feature in project.publish.withheld:
            part["steps"] = STEPS
        if one.feature not in can:
            unfitted.append(part | {"why": "its entities are missing", "counts_as_evidence": False})
        elif int(sample.now.known(one.feature).sum()) < settings.min_customers_to_fit:
            unfitted.append(part | {"why": "known for too few at the fit", "counts_as_evidence": True})
        else:
            components.append(part | {"grid": _grid(one.feature, tier, sample)})
    parameters: dict[str, Any] = rounded(
        {"components": components, "unfitted": unfitted, "min_evidence_share": settings.min_evidence_share}
    )
    score, share = _score(parameters, sample.now)
    enough = score[_is_enough(parameters, score, share)]
    gates = [at_least("customers_with_evidence", len(enough), settings.min_customers_to_fit)]
    if gates[0].passed:
        low, high = _borders(tier, enough)
        if tier.scale == "rank":
            gates.append(at_least("distance_of_borders", round(high - low, 6), 1e-6))
        parameters |= {
            "low_below": round(low, 6),
            "high_from": round(high, 6),
            "noise": rounded(_noise(parameters, sample, settings.min_customers_to_fit)),
        }
    passed = all(gate.passed for gate in gates)
    return Fit(parameters if passed else None, tuple(gates), len(enough))


def _grid(feature: str, tier: TierSettings, sample: Sample) -> dict[str, Any]:
    """What turns values into percent: a distribution, or the two ends of the feature's own scale."""
    bounds = bounds_of(feature)
    if tier.scale == "rank" or bounds is None:
        return fit_ecdf(sample.now.number(feature))
    return {"values": list(bounds), "percents": [0.0, 100.0]}


def _borders(tier: TierSettings, scores: Floats) -> tuple[float, float]:
    """Where low ends and high begins, given the ``scores`` of the fit."""
    if tier.low_below_score is not None and tier.high_from_score is not None:
        return tier.low_below_score, tier.high_from_score
    low, high = np.quantile(scores, [tier.low_below_quantile, tier.high_from_quantile])
    return float(low), float(high)


def _noise(parameters: dict[str, Any], sample: Sample, fewest: int) -> float:
    if sample.before is None:
        return NOISE_FALLBACK
    here, there = sample.paired()
    changes = _score(parameters, sample.now)[0][here] - _score(parameters, sample.before)[0][there]
    return robust_noise(changes[~np.isnan(changes)], fewest)


def _percents(parameters: dict[str, Any], frame: Frame) -> list[Floats]:
    """Percent of each component, turned so that more means more of the quality."""
    found = []
    for one in parameters["components"]:
        percent = percent_at(one["grid"], frame.number(one["feature"]))
        if "steps" in one:
            percent = in_steps(percent, one["steps"])
        found.append(percent if one["direction"] == "raises" else 100.0 - percent)
    return found


def _weights(parameters: dict[str, Any], percents: Sequence[Floats], size: int) -> tuple[Floats, float]:
    """Weight known for each customer, and weight of all components the project can give."""
    known = np.zeros(size)
    for one, percent in zip(parameters["components"], percents, strict=True):
        known += np.where(np.isnan(percent), 0.0, one["weight"])
    every = float(sum(one["weight"] for one in parameters["components"]))
    every += sum(one["weight"] for one in parameters["unfitted"] if one["counts_as_evidence"])
    return known, every


def _score(parameters: dict[str, Any], frame: Frame) -> tuple[Floats, Floats]:
    """Score (NaN without any known component) and evidence share of each customer."""
    return _weighted(parameters, _percents(parameters, frame), len(frame))


def _weighted(parameters: dict[str, Any], percents: Sequence[Floats], size: int) -> tuple[Floats, Floats]:
    known, every = _weights(parameters, percents, size)
    total = np.zeros(size)
    for one, percent in zip(parameters["components"], percents, strict=True):
        total += np.where(np.isnan(percent), 0.0, one["weight"] * percent)
    score = np.where(known > 0, total / np.where(known > 0, known, 1.0), np.nan)
    share = known / every if every else known
    return np.asarray(np.round(score, 6), np.float64), np.asarray(np.round(share, 6), np.float64)


def _is_enough(parameters: dict[str, Any], score: Floats, share: Floats) -> Any:
    return ~np.isnan(score) & (share >= parameters["min_evidence_share"])


def _judged(parameters: dict[str, Any], percents: Sequence[Floats]) -> tuple[Floats, Any, Floats]:
    """Score (the middle where nothing is known), tier and memberships of each customer."""
    points, _ = _weighted(parameters, percents, len(percents[0]))
    points = np.where(np.isnan(points), 50.0, points)
    low, high, noise = parameters["low_below"], parameters["high_from"], parameters["noise"]
    below_low, below_high = ndtr((low - points) / noise), ndtr((high - points) / noise)
    memberships = np.stack([1.0 - below_high, below_high - below_low, below_low])
    return points, np.where(points >= high, 0, np.where(points >= low, 1, 2)), memberships


def score(scheme: str, parameters: dict[str, Any], frame: Frame) -> Scored:
    """Tier of each customer. A reason's contribution is in points of the score above or below the middle."""
    percents = _percents(parameters, frame)
    points, share = _weighted(parameters, percents, len(frame))
    is_assigned = _is_enough(parameters, points, share)
    _, segment, memberships = _judged(parameters, percents)
    steps = [one.get("steps") for one in parameters["components"]]
    if any(steps):
        points, memberships = means_by_segment(percents, steps, partial(_judged, parameters))
    known, _ = _weights(parameters, percents, len(frame))
    known = np.where(known > 0, known, 1.0)
    features = [one["feature"] for one in parameters["components"]]
    contributions = [
        one["weight"] / known * (percent - 50.0)
        for one, percent in zip(parameters["components"], percents, strict=True)
    ]
    values = np.stack([frame.number(feature) for feature in features])
    ids = [f"{scheme}:{name}" for name in _NAMES]
    withheld = [feature for feature, one in zip(features, steps, strict=True) if one]
    reasons = weightiest(features, values, np.stack(contributions), withheld)
    return decided(ids, segment, memberships, is_assigned, points, share, reasons)
