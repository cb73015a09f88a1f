"""Lifecycle: where a customer stands, by rules with soft borders.

Belongs here: the rules. Does not belong here: their thresholds (settings), labels
(``tables.schemes``).

Rules in order of priority; a customer belongs to a rule to the degree that it holds and none
before it does, so memberships sum to 1 (``active`` takes the rest). The degree of a condition
grows from 0 to 1 on a ramp round its threshold and is one half at the threshold; of several
conditions the weakest counts (Zadeh, 1965).

lost      silent for ``lost_after_days``; without an order in the window: the window, or the time
          since first seen if that is shorter, is that long
returned  ordered in this period after a silence of ``returned_after_silence_days``
new       first seen within ``new_within_days``, and not in the project's first period: those may
          be old customers (left censoring)
at_risk   overdue by ``at_risk_overdue_ratio`` times the usual gap; without a known rhythm, silent
          for as long as would count as a return
loyal     active in ``loyal_active_share`` of the periods, seen for ``loyal_min_periods``, or in the
          project's first period: else all who were there when the data begin would turn loyal
          at once, by the calendar and not by what they did (left censoring)
potential grew of late: trend of value from ``potential_trend_index``; a rule on the past, no forecast
active    everybody else

Lost, returned and new rest on dates, which one or two orders give; every other stage judges a
rhythm, and is not assigned to customers with less than the scheme's least evidence.
"""

from typing import Any

import numpy as np

from pipeline.segments.fitting import Fit, at_least
from pipeline.segments.frame import Floats, Frame, Integers, Sample
from pipeline.segments.parameters import rounded
from pipeline.segments.reasons import REASONS_KEPT, Reasons
from pipeline.segments.scored import Scored, decided, evidence
from pipeline.settings import Project

#: Stages that rest on dates alone: whoever is in them need not have shown a rhythm.
FACTS = ("lifecycle:lost", "lifecycle:returned", "lifecycle:new")
NAMES = ("lost", "returned", "new", "at_risk", "loyal", "potential", "active")
#: Half width of every ramp, as a share of the threshold.
RAMP = 0.2
_INPUTS = ("recency_days", "tenure_days", "active_periods_share_12p", "observed_periods_count")
_OTHERS = ("is_tenure_censored", "silence_before_period_days", "overdue_ratio", "net_amount_trend_index_6p")
COLUMNS = (*_INPUTS, *_OTHERS)
#: Features a segment is explained by, in order.
_WHY: dict[str, tuple[str, ...]] = {
    "lost": ("recency_days", "tenure_days"),
    "returned": ("silence_before_period_days", "recency_days"),
    "new": ("tenure_days",),
    "at_risk": ("overdue_ratio", "recency_days"),
    "loyal": ("active_periods_share_12p", "observed_periods_count"),
    "potential": ("net_amount_trend_index_6p",),
    "active": ("recency_days", "overdue_ratio", "active_periods_share_12p"),
}


def inputs() -> list[tuple[str, float]]:
    """Features every rule rests on.

    The others are null where they have no meaning, not for lack of evidence.
    """
    return [(one, 1.0) for one in _INPUTS]


def is_applicable(project: Project) -> bool:
    """Whether the project has orders."""
    return "orders" in project.entities


def fit(sample: Sample, project: Project) -> Fit:
    """The settings' thresholds, frozen: nothing is learned, but a version is fitted all the same."""
    known = int(sample.now.known("recency_days").sum())
    gate = at_least("customers_with_evidence", known, project.segments.min_customers_to_fit)
    window_days = 365.0 if project.period == "month" else 84.0
    parameters = project.segments.lifecycle.model_dump() | {"ramp": RAMP, "window_days": window_days}
    return Fit(rounded(parameters) if gate.passed else None, (gate,), known)


def degree(values: Floats, threshold: float, ramp: float) -> Floats:
    """How far ``values`` reach ``threshold``: 0 below the ramp, 1/2 at the threshold, 1 above it.

    Unknown values reach nothing.
    """
    if threshold == 0:
        return np.where(values >= 0, 1.0, 0.0)
    width = abs(threshold) * ramp
    return np.nan_to_num(np.clip((values - threshold + width) / (2 * width), 0.0, 1.0), nan=0.0)


def degrees(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Degree of each rule (rules x customers), each for itself; the last, ``active``, is 1."""
    ramp = parameters["ramp"]

    def reaches(values: Floats, name: str) -> Floats:
        return degree(values, float(parameters[name]), ramp)

    recency, overdue = frame.number("recency_days"), frame.number("overdue_ratio")
    at_least_silent = np.minimum(frame.number("tenure_days"), parameters["window_days"])
    silence = np.where(np.isnan(recency), at_least_silent, recency)
    is_young = 1.0 - reaches(frame.number("tenure_days"), "new_within_days")
    is_overdue = np.where(
        np.isnan(overdue),
        reaches(recency, "returned_after_silence_days"),
        reaches(overdue, "at_risk_overdue_ratio"),
    )
    is_censored = frame.number("is_tenure_censored")
    is_loyal = np.minimum(
        reaches(frame.number("active_periods_share_12p"), "loyal_active_share"),
        np.maximum(reaches(frame.number("observed_periods_count"), "loyal_min_periods"), is_censored),
    )
    return np.stack(
        [
            reaches(silence, "lost_after_days"),
            reaches(frame.number("silence_before_period_days"), "returned_after_silence_days"),
            np.where(is_censored == 0, is_young, 0.0),
            is_overdue,
            is_loyal,
            reaches(frame.number("net_amount_trend_index_6p"), "potential_trend_index"),
            np.ones(len(frame)),
        ]
    )


def memberships_of(degrees: Floats) -> Floats:
    """Membership by priority: the degree of a rule times what the rules before it leave."""
    left = np.ones(degrees.shape[1])
    found = np.empty_like(degrees)
    for rule in range(len(degrees)):
        found[rule] = left * degrees[rule]
        left = left * (1.0 - degrees[rule])
    return found


def score(parameters: dict[str, Any], frame: Frame) -> Scored:
    """Stage of each customer: the largest membership, ties by priority; there is no score.

    A customer without an order in the window is lost or not assigned at all. A reason's
    contribution is the membership of the assigned segment.
    """
    memberships = memberships_of(degrees(parameters, frame))
    segment = np.round(memberships, 9).argmax(axis=0)
    is_assigned = frame.known("recency_days") | (segment == NAMES.index("lost"))
    confidence = memberships[segment, np.arange(len(frame))]
    reasons = _reasons(frame, segment, confidence)
    no_score = np.full(len(frame), np.nan)
    ids = [f"lifecycle:{name}" for name in NAMES]
    return decided(ids, segment, memberships, is_assigned, no_score, evidence(frame, inputs()), reasons)


def _reasons(frame: Frame, segment: Integers, confidence: Floats) -> Reasons:
    table = np.full((REASONS_KEPT, len(NAMES)), -1)
    for position, name in enumerate(NAMES):
        for place, feature in enumerate(_WHY[name]):
            table[place, position] = COLUMNS.index(feature)
    index = table[:, segment]
    values = np.stack([frame.number(feature) for feature in COLUMNS])
    value = np.take_along_axis(values, np.maximum(index, 0), axis=0)
    index = np.where(np.isnan(value), -1, index)
    return Reasons(COLUMNS, index, value, np.tile(confidence, (REASONS_KEPT, 1)))
