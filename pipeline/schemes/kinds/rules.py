"""Rules schemes: segments by conditions with soft borders, in order of priority, such as lifecycle.

Belongs here: memberships, scoring. Does not belong here: how far a condition holds (``conditions``), or the
rules and their thresholds (documents).

A customer belongs to a rule to the degree that it holds and none before it does, so memberships
sum to 1 (the last rule takes the rest). The degree of a condition grows from 0 to 1 on a ramp
round its threshold and is one half at the threshold; of several conditions that must all hold
the weakest counts, of several of which one must, the strongest (Zadeh, 1965). A condition may have a second
threshold for who was in the segment in the period before, which is left only behind that (Schmitt, 1938).
Conditions speak of values as they were seen: their thresholds are those of a reader who sees them.

Where a condition reads what is withheld (``schemes.withheld``) all borders are hard, so that memberships tell
the segment and nothing else, and nobody is assigned to a segment of few customers.
"""

from collections.abc import Collection
from typing import Any

import numpy as np

from pipeline.models.fitting import Fit, at_least
from pipeline.models.frame import Flags, Floats, Frame, Integers, Sample
from pipeline.models.parameters import rounded
from pipeline.schemes.conditions import degree_of, has_choice, has_keeps, leaves
from pipeline.schemes.earned import earned
from pipeline.schemes.kind import WINDOW_DAYS as FEATURE_DAYS
from pipeline.schemes.kind import Kind, Parameters, equal_weights
from pipeline.schemes.least_evidence import with_enough
from pipeline.schemes.reasons import REASONS_KEPT, Reasons
from pipeline.schemes.remembered import before
from pipeline.schemes.scored import Scored, decided, evidence
from pipeline.schemes.withheld import of_few
from pipeline.settings import Condition, Project, RulesDocument
from pipeline.settings.schemes.rules import WINDOW_DAYS

#: A threshold that no value reaches.
_UNREACHED = 1e18


def fit(document: RulesDocument, sample: Sample, project: Project, champion: Parameters | None) -> Fit:
    """The document's rules with their thresholds, frozen; only quantiles that they name are learned."""
    known = int(_has_evidence(document, sample.now).sum())
    # Facts need nobody else's: what a salesperson wrote of one customer is so, however few there are.
    is_fact = len(document.facts()) == len(document.rules) and not document.fitted()
    least = 1 if is_fact else project.segments.min_customers_to_fit
    gate = at_least("customers_with_evidence", known, least)
    if not gate.passed:
        return Fit(None, (gate,), known)
    thresholds = _thresholds(document, sample) | {WINDOW_DAYS: FEATURE_DAYS[project.period]}
    classes = document.classes_of(project.privacy.withheld)
    parameters: Parameters = {
        "ramp": 0.0 if classes else document.ramp,
        "evidence": document.evidence,
        "features": document.features(),
        "rules": [
            {
                "segment": one.segment,
                "when": None if one.when is None else _frozen(one.when, thresholds),
                "reasons": one.reasons,
                "needs": document.needs if one.needs is None else one.needs,
            }
            for one in document.rules
        ],
        "named_only": [one for one in document.features() if _is_only_named(one, project)],
        "withheld_segments": [],
    }
    if document.least_known_share:
        parameters["least_known_share"] = document.least_known_share
    parameters = rounded(parameters)
    if classes:
        segment = score("", parameters, sample.now).segment
        names = [one.segment for one in document.rules]
        parameters["withheld_segments"] = of_few(names, segment, project.publish.min_group_count)
    return Fit(parameters, (gate,), known)


def _is_only_named(name: str, project: Project) -> bool:
    """Whether a reason tells no value of the feature: none may be told, or it is no number."""
    return name in project.privacy.withheld or project.readable[name].is_text


def _has_evidence(document: RulesDocument, frame: Frame) -> Flags:
    """Of whom enough is known: what the scheme needs, or the share of its evidence that it asks for."""
    if document.least_known_share and not document.needs:
        share = evidence(frame, equal_weights(document.evidence, document.evidence))
        return np.asarray(share >= document.least_known_share)
    needs = document.needs or document.evidence
    return np.asarray(np.logical_and.reduce([frame.known(one) for one in needs]))


def _thresholds(document: RulesDocument, sample: Sample) -> dict[str, float]:
    """Thresholds as numbers: as they are written, or the quantile of those in the sample who have any of it.

    Only of those with the least evidence: of the others, who are the more the shorter the history is, too
    little was seen to say what is much. Where nobody has any, no value reaches it.
    """
    found = {name: one for name, one in document.thresholds.items() if isinstance(one, float)}
    given = {name: least for name, least in document.least_evidence.items() if name in sample.now.numbers}
    known = with_enough(sample, given).now
    for name, one in document.fitted().items():
        values = known.number(one.feature)
        above = values[values > 0]
        found[name] = float(np.quantile(above, one.quantile)) if len(above) else _UNREACHED
    return found


def _frozen(condition: Condition, thresholds: dict[str, float]) -> dict[str, Any]:
    """A condition with its thresholds as numbers."""
    said = condition.model_dump(by_alias=True, exclude_none=True, exclude={"all_", "any_", "first_known"})
    for name in ("at_least", "below", "keeps", "capped_at"):
        if isinstance(said.get(name), str):
            said[name] = thresholds[said[name]]
    for name, parts in (
        ("all", condition.all_),
        ("any", condition.any_),
        ("first_known", condition.first_known),
    ):
        if parts:
            said[name] = [_frozen(one, thresholds) for one in parts]
    return said


def degrees(parameters: Parameters, frame: Frame, previous: Integers | None = None) -> Floats:
    """Degree of each rule (rules x customers), each for itself; that of the last is 1.

    ``previous``: the rule in whose segment each customer was in the period before, -1 for none.
    """
    ramp, found = parameters["ramp"], []
    for at, one in enumerate(parameters["rules"]):
        if one["when"] is None:
            found.append(np.ones(len(frame)))
            continue
        here = degree_of(one["when"], frame, ramp)
        if previous is not None and has_keeps(one["when"]):
            here = np.where(previous == at, degree_of(one["when"], frame, ramp, keeps=True), here)
        found.append(here)
    return np.stack(found)


def memberships_of(degrees: Floats) -> Floats:
    """Membership by priority: the degree of a rule times what the rules before it leave."""
    left = np.ones(degrees.shape[1])
    found = np.empty_like(degrees)
    for rule in range(len(degrees)):
        found[rule] = left * degrees[rule]
        left = left * (1.0 - degrees[rule])
    return found


def score(scheme: str, parameters: Parameters, frame: Frame) -> Scored:
    """Segment of each customer: the largest membership, ties by priority; there is no score.

    A customer is assigned where what the segment needs is known, and the segment is not withheld because it
    is of few. A reason's contribution is the membership of the assigned segment.
    """
    rules = parameters["rules"]
    ids = [f"{scheme}:{one['segment']}" for one in rules]
    memberships = memberships_of(degrees(parameters, frame, before(scheme, ids, frame)))
    segment = np.round(memberships, 9).argmax(axis=0)
    is_known = np.ones((len(rules), len(frame)), bool)
    for place, rule in enumerate(rules):
        for feature in rule["needs"]:
            is_known[place] &= frame.known(feature)
        # a version of before there were any withholds none
        is_known[place] &= rule["segment"] not in parameters.get("withheld_segments", ())
    memberships = earned(parameters, memberships, frame)
    customers = np.arange(len(frame))
    confidence = memberships[segment, customers]
    reasons = _reasons(parameters, frame, segment, confidence)
    no_score = np.full(len(frame), np.nan)
    share = evidence(frame, equal_weights(parameters["evidence"], parameters["evidence"]))
    is_assigned = is_known[segment, customers] & (share >= parameters.get("least_known_share", 0.0))
    return decided(ids, segment, memberships, is_assigned, no_score, share, reasons)


def _reasons(parameters: Parameters, frame: Frame, segment: Integers, confidence: Floats) -> Reasons:
    features, rules = parameters["features"], parameters["rules"]
    table = np.full((REASONS_KEPT, len(rules)), -1)
    for position, rule in enumerate(rules):
        for place, feature in enumerate(rule["reasons"]):
            table[place, position] = features.index(feature)
    index = table[:, segment]
    values = np.stack([frame.told(feature) for feature in features])
    value = np.take_along_axis(values, np.maximum(index, 0), axis=0)
    index = np.where(np.isnan(value), -1, index)
    index = np.where(_fails(parameters, frame, segment), -1, index)
    is_named_only = np.array([one in parameters.get("named_only", ()) for one in features])[index]
    contribution = np.where(is_named_only, np.nan, np.tile(confidence, (REASONS_KEPT, 1)))
    return Reasons(tuple(features), index, np.where(is_named_only, np.nan, value), contribution)


def _fails(parameters: Parameters, frame: Frame, segment: Integers) -> Flags:
    """Reasons (places x customers) that are none: of several conditions of which one must hold, those on the
    feature that do not hold of the customer."""
    found = np.zeros((REASONS_KEPT, len(frame)), bool)
    for position, rule in enumerate(parameters["rules"]):
        if not has_choice(rule["when"]):
            continue
        every, mine = list(leaves(rule["when"])), segment == position
        for place, feature in enumerate(rule["reasons"]):
            about = [one for one in every if one["feature"] == feature]
            if about:
                here = [degree_of(one, frame, parameters["ramp"], keeps=True) for one in about]
                found[place] |= mine & (np.maximum.reduce(here) < 0.5)
        # where none holds for the half, all of them together make the segment the likeliest
        found &= ~(mine & found[: len(rule["reasons"])].all(axis=0))
    return found


def _inputs(document: RulesDocument, givable: Collection[str]) -> list[tuple[str, float]]:
    """Features every rule rests on; others are null where they mean nothing, not for lack of evidence."""
    return equal_weights(document.evidence, givable)


KIND = Kind(
    name="rules",
    inputs=_inputs,
    reads=lambda document, givable: document.features(),
    is_possible=lambda document, givable: set(document.evidence) <= set(givable),
    scoring_reads=lambda parameters: list(parameters["features"]),
    fit=fit,
    score=score,
    learns=False,
    believes=False,
)
