"""The segment of the period before: a customer leaves it on evidence, not when noise crosses a border.

Belongs here: the one rule by which a segment is kept, and what is told of a kept one. Does not belong here:
how memberships come about (``kinds``), or states that end by the calendar (facts of rules).

Membership is the probability of each segment if the customer were observed anew. Whether it still belongs to
the segment of before is a choice between two hypotheses; as in Wald's sequential test (1945) the segment is
left once the evidence against it reaches (1 - β) / α, where α is the chance to move somebody who has not
changed and β that to miss somebody who has. With α = .1 and β = .2 that is 8.

Evidence is a ratio of likelihoods, which Wald's test compares, and not the odds themselves: it is by how much
the odds against the segment are higher than they are of customers in general (Bayes factor: Jeffreys, 1935).
By the odds themselves a small segment would be left at the first doubt and hardly ever entered, since few are
in it anyway, and so would empty over the years although nobody changes. Less is asked for where a refit found
that so much can hardly be shown, or moves more one way than the other (``schemes.leaving``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models.frame import Flags, Floats, Frame, Integers

#: In the parameters of a version: Bayes factor at which a segment (row) is left for another one (column).
ASKED = "asked"


def places_before(segment_ids: Sequence[str], previous: pa.Array) -> Integers:
    """Position of each previous segment among ``segment_ids``; -1 where there is none, or it is gone."""
    found = pc.index_in(previous, value_set=pa.array(segment_ids, pa.string()))
    places: Integers = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return places


def before(scheme: str, segment_ids: Sequence[str], frame: Frame) -> Integers:
    """Position of each customer's segment of the period before among ``segment_ids``; -1 for none."""
    if scheme not in frame.previous_segments:
        return np.full(len(frame), -1, np.int64)
    return places_before(segment_ids, frame.previous_segments[scheme])


def usual_shares(segment: Integers, count: int) -> list[float]:
    """Share of customers in each of ``count`` segments (-1: none), half a customer more in each, so that none
    is impossible (Jeffreys, 1946)."""
    found = np.bincount(segment[segment >= 0], minlength=count) + 0.5
    shares: list[float] = (found / found.sum()).tolist()
    return shares


def against(memberships: Floats, parameters: Mapping[str, Any], usual: Floats | None = None) -> Floats:
    """Evidence against each segment (segments x customers): the logarithm of the Bayes factor, by how much
    the odds against it are higher than they are of customers in general; infinite where it is impossible.

    ``usual`` shares of the segments (as ``memberships``, or one number a segment) are the frozen ones where
    none are given. Of a version of before there were any it is that of the odds themselves.
    """
    if usual is None:
        usual = np.asarray(parameters.get("usual", [0.5] * len(memberships)))
    shares = np.clip(np.broadcast_to(usual.reshape(len(memberships), -1), memberships.shape), 1e-9, 1 - 1e-9)
    known = np.round(memberships, 9)
    with np.errstate(divide="ignore"):
        found = np.log1p(-known) - np.log(known) - np.log1p(-shares) + np.log(shares)
    return np.where(known <= 0, np.inf, np.round(found, 9))


def kept(segment: Integers, previous: Integers, against: Floats, parameters: Mapping[str, Any]) -> Flags:
    """Who stays in the ``previous`` segment (-1: none) although ``segment`` is another one now.

    Somebody stays unless the evidence ``against`` the old segment is as much as the version asks for, between
    each pair of segments (``asked``), or ``leave_odds`` where that was not found. A version of before there
    were odds keeps nobody.
    """
    customers, old = np.arange(len(segment)), np.maximum(previous, 0)
    with np.errstate(divide="ignore"):
        least = np.round(np.log(parameters.get(ASKED, parameters.get("leave_odds", 0.0))), 9)
    is_other = (previous >= 0) & (previous != segment)
    needed = least[old, np.maximum(segment, 0)] if least.ndim else least
    stays: Flags = is_other & (against[old, customers] < needed)
    return stays


def evened(segment: Integers, is_kept: Flags, memberships: Floats) -> Floats:
    """``memberships`` as they are told: a kept ``segment`` and the likelier ones share alike what they have.

    Between segments of which none has the evidence on its side, a customer is as likely in the one as in the
    others; so the segment is always a most probable one, and the runner-up the next.
    """
    customers = np.arange(len(segment))
    others = memberships.copy()
    others[segment, customers] = -1.0
    level = total = memberships[segment, customers]
    for at, one in enumerate(np.sort(np.maximum(others, 0.0), axis=0)[::-1][: len(others) - 1]):
        total = total + one
        level = np.maximum(level, total / (at + 2))
    told = np.minimum(memberships, level)
    told[segment, customers] = level
    return np.where(is_kept, told, memberships)
