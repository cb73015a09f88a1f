"""The segment of the period before: a customer leaves it on evidence, not when noise crosses a border.

Belongs here: the one rule by which a segment is kept, and what is told of a kept one. Does not belong here:
how memberships come about (``kinds``), or states that end by the calendar (facts of rules).

Membership is the probability of each segment if the customer were observed anew. Whether it still belongs to
the segment of before is a choice between two hypotheses; as in Wald's sequential test (1945) the segment is
left once the odds against it reach (1 - β) / α, where α is the chance to move somebody who has not changed
and β that to miss somebody who has. With α = .05 and β = .2, the usual ones, that is 16.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models.frame import Flags, Floats, Frame, Integers


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


def kept(segment: Integers, previous: Integers, memberships: Floats, parameters: Mapping[str, Any]) -> Flags:
    """Who stays in the ``previous`` segment (-1: none) although ``segment`` is another one now.

    Somebody stays unless the odds against the old segment reach the frozen ``leave_odds``; a version of
    before there were any keeps nobody. ``memberships``: segments x customers.
    """
    odds = parameters.get("leave_odds", 0.0)
    old = memberships[np.maximum(previous, 0), np.arange(len(segment))]
    is_other = (previous >= 0) & (previous != segment)
    stays: Flags = is_other & (np.round(1.0 - old, 9) < np.round(odds * old, 9))
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
