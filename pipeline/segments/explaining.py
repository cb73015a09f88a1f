"""Why a customer is in its segment, and what would move it: asked of the version in force itself.

Belongs here: what each feature adds to the confidence, beside customers of another segment or the customer's
own past, and the smallest change of one feature after which the version says another segment. Does not belong
here: sentences (``publish.why``), or the reasons of assignments, which each kind gives while it scores.

A version is asked as it scores, whatever its kind: the customer is scored again with values of others in
place of its own. What a feature adds is its Shapley value (Shapley, 1953), the mean over orders in which
features are put in and over customers to start from, some of them drawn (Štrumbelj and Kononenko, 2014). So
what all features add is the confidence less what those others would have of the same segment.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.frame import Flags, Frame
from pipeline.models.rounding import told
from pipeline.schemes import serving
from pipeline.schemes.earned import is_earned
from pipeline.schemes.kind import Parameters
from pipeline.schemes.scored import Scored
from pipeline.segments.asked import Asked
from pipeline.segments.smallest_change import Change, smallest_change
from pipeline.tables.fields import reason_part

#: Customers to start from, of whom the means are taken.
STARTS = 16
#: What adds less, in points of probability, is told as nothing.
LEAST_EFFECT = 0.005
#: Reasons told for the segment, and against it.
MOST_FOR, MOST_AGAINST = 3, 2
_VALUE = reason_part("value")


@dataclass(frozen=True)
class Factor:
    """What one feature adds to the probability of the segment (``effect``, -1 to 1), with the customer's
    ``value`` and the ``other`` one: of its own past, or usual (median) among those it is compared with. NaN
    is not known, or not told."""

    feature: str
    value: float
    other: float
    effect: float


@dataclass(frozen=True)
class Explanation:
    """Why a customer is in ``segment`` of ``scheme``.

    ``other`` is the segment that it is compared with (None: everybody else); ``is_own_past``: with the
    customer's own features of the period before, when it was there. ``factors``: those for the segment, then
    those against it, the weightiest first. ``named_only``: what counts, too, and of which nothing is told.
    ``was_there``: it was in this segment in the period before, which is left on evidence alone.
    ``confidence`` is NaN where none is earned.
    """

    scheme: str
    segment: str
    confidence: float
    other: str | None
    is_own_past: bool
    factors: tuple[Factor, ...]
    change: Change | None
    named_only: tuple[str, ...]
    was_there: bool


def explained(
    scheme: str,
    parameters: Parameters,
    customer: Frame,
    before: Frame | None,
    others: Frame,
    reads: Sequence[str],
    *,
    withheld: Collection[str],
    named: Collection[str],
    whole: Collection[str],
    fewest: int,
) -> Explanation | None:
    """Why the only customer of ``customer`` is where a version with ``parameters`` puts it; None where that
    is nowhere.

    Frames are of the features that the version ``reads``, as they stand in ``CUSTOMER_FEATURES``, with the
    segments of the period before.
    ``before`` is the customer a period ago, ``others`` are customers of the same period. Of features
    ``withheld`` nothing is told but the name, ``named`` ones are no numbers, ``whole`` ones whole numbers;
    what is usual among fewer than ``fewest`` is not told.
    """
    asked = Asked(scheme, parameters, customer, tuple(reads))
    now = asked.scored(customer)
    place = int(now.segment[0])
    if place < 0:
        return None
    told_of = [one for one in asked.reads if one not in withheld]
    around = asked.scored(others)
    is_past, other, start = _compared(asked, now, before, others, around)
    effects = asked.effects(place, start)
    usual = start if is_past else others.taken(_members(around, other))
    usually = {name: _usual(usual, name, name in named) for name in told_of}
    is_few = not is_past and len(usual) < fewest
    factors = [
        Factor(
            name,
            float(customer.told(name)[0]) if name not in named else np.nan,
            np.nan if is_few or name in named else usually[name],
            effect,
        )
        for name, effect in zip(asked.reads, effects, strict=True)
        if name in told_of and abs(effect) >= LEAST_EFFECT
    ]
    deciding = serving.deciding_reads(parameters)
    numbers = [one for one in told_of if one in deciding and one not in named]
    return Explanation(
        scheme,
        now.segment_ids[place],
        float(now.confidence[0]) if is_earned(parameters) else np.nan,
        None if other < 0 else now.segment_ids[other],
        is_past,
        _borne_out(asked, now, _weightiest(factors), usually),
        smallest_change(asked, now, others, numbers, whole),
        tuple(one for one in asked.reads if one in withheld),
        _previous(asked) == now.segment_ids[place],
    )


def _compared(
    asked: Asked, now: Scored, before: Frame | None, others: Frame, around: Scored
) -> tuple[bool, int, Frame]:
    """Whether with its own past, the place of the other segment (-1: everybody else), where to start from."""
    place, ids = int(now.segment[0]), now.segment_ids
    known = _previous(asked)
    has_left = before is not None and known in ids and ids.index(known) != place
    # where the version says the same of the features of before, it was the version that moved it
    if before is not None and has_left and int(asked.scored(before).segment[0]) != place:
        return True, ids.index(known), before
    other = int(now.runner_up[0])
    if other < 0 or not (around.segment == other).any():
        counts = np.bincount(around.segment[around.segment >= 0], minlength=len(ids))
        counts[place] = 0
        other = int(counts.argmax()) if counts.any() else -1
    among = np.flatnonzero(_members(around, other))[:STARTS]
    return False, other, others.taken(np.isin(np.arange(len(others)), among))


def _previous(asked: Asked) -> str | None:
    """The segment that the customer was in, in the period before."""
    ids = asked.customer.previous_segments.get(asked.scheme)
    found: str | None = ids[0].as_py() if ids is not None else None
    return found


def _members(around: Scored, other: int) -> Flags:
    """Who is in the other segment; everybody where there is none."""
    return around.segment == other if other >= 0 else np.ones(len(around.segment), np.bool_)


def _usual(frame: Frame, name: str, is_named: bool) -> float:
    """The median of what is known, as it is told; of texts the one that most have."""
    values = frame.number(name)
    values = values[~np.isnan(values)]
    if not len(values):
        return np.nan
    if is_named:
        found, counts = np.unique(values, return_counts=True)
        return float(found[counts.argmax()])
    return float(told(np.array([np.median(values)]), _VALUE)[0])


def _weightiest(factors: list[Factor]) -> tuple[Factor, ...]:
    in_order = sorted(factors, key=lambda one: -abs(one.effect))
    return (
        *[one for one in in_order if one.effect > 0][:MOST_FOR],
        *[one for one in in_order if one.effect < 0][:MOST_AGAINST],
    )


def _borne_out(
    asked: Asked, now: Scored, factors: tuple[Factor, ...], usually: Mapping[str, float]
) -> tuple[Factor, ...]:
    """Those of ``factors`` that the version bears out: with what is usual in place of all that speak for the
    segment it is less likely, in place of all that speak against it likelier. The weakest go first."""
    place = int(now.segment[0])
    kept: list[Factor] = []
    for sign in (1, -1):
        side = [one for one in factors if one.effect * sign > 0]
        while side:
            instead = {one.feature: np.array([usually[one.feature]]) for one in side}
            without = asked.scored(asked.mixed(instead)).memberships[place][0]
            if (now.memberships[place][0] - without) * sign > 0:
                break
            side.pop()
        kept += side
    return tuple(kept)
