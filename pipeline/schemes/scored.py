"""What scoring a scheme gives for each customer, whatever the kind of scheme.

Belongs here: the common result and the step from memberships to confidence. Does not belong
here: how memberships come about.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.frame import Flags, Floats, Frame, Integers
from pipeline.models.rounding import told
from pipeline.schemes.reasons import Reasons
from pipeline.tables import fields


@dataclass(frozen=True)
class Scored:
    """One scheme for the customers of a frame.

    ``segment`` and ``runner_up`` count in ``segment_ids``; -1 is none. ``memberships``: segments x customers;
    so is the evidence ``against`` each segment (``schemes.remembered``), where the kind keeps segments by it.
    """

    segment_ids: tuple[str, ...]
    segment: Integers
    runner_up: Integers
    score: Floats
    confidence: Floats
    margin: Floats
    evidence_share: Floats
    reasons: Reasons
    memberships: Floats
    against: Floats | None = None


def evidence(frame: Frame, inputs: Sequence[tuple[str, float]]) -> Floats:
    """Weighted share of ``inputs`` (feature, weight) that is known for each customer, 0-1."""
    share = np.zeros(len(frame))
    total = 0.0
    for feature, weight in inputs:
        share += np.where(frame.known(feature), weight, 0.0)
        total += weight
    return told(share / total, fields.evidence_share) if total else share


def decided(
    segment_ids: Sequence[str],
    segment: Integers,
    memberships: Floats,
    is_assigned: Flags,
    score: Floats,
    evidence_share: Floats,
    reasons: Reasons,
    against: Floats | None = None,
) -> Scored:
    """The result for the chosen ``segment`` given ``memberships`` (segments x customers, sum 1).

    Confidence is the membership of the chosen segment; the runner-up is the best other one, if it has any
    membership that is told. All are rounded as they are told, memberships before the margin: so confidence
    less margin is the runner-up's membership, and 0 where there is none. Where ``is_assigned`` is
    false everything but the evidence is empty.
    """
    customers = np.arange(len(segment))
    confidence = told(memberships[segment, customers], fields.confidence)
    others = memberships.copy()
    others[segment, customers] = -1.0 if len(segment_ids) > 1 else 0.0
    runner_up = others.argmax(axis=0)
    next_best = told(others[runner_up, customers], fields.confidence)
    margin = told(confidence - next_best, fields.margin)
    runner_up = np.where(next_best > 0, runner_up, -1)
    return Scored(
        tuple(segment_ids),
        np.where(is_assigned, segment, -1),
        np.where(is_assigned, runner_up, -1),
        np.where(is_assigned, told(score, fields.score), np.nan),
        np.where(is_assigned, confidence, np.nan),
        np.where(is_assigned, margin, np.nan),
        evidence_share,
        reasons,
        memberships,
        against,
    )
