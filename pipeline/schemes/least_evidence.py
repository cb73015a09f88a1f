"""Customers of whom too little was observed: no scheme fits on them or assigns them.

Belongs here: the rule, the same for every kind of scheme. Does not belong here: how much each
scheme needs (its document).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pipeline.models.frame import Floats, Frame, Sample
from pipeline.schemes.scored import Scored


def observed_share(frame: Frame, least: Mapping[str, int]) -> Floats:
    """Observed per needed for each customer, 0-1; the scarcest count decides, an unknown one is 0.

    The first observation counts for nothing where more than one is needed: one order shows no gap, and
    one value not how values scatter.
    """
    share = np.ones(len(frame))
    for name, minimum in least.items():
        first = 1.0 if minimum > 1 else 0.0
        counted = np.maximum(np.nan_to_num(frame.number(name), nan=0.0) - first, 0.0)
        share = np.minimum(share, counted / (minimum - first))
    return share


def with_enough(sample: Sample, least: Mapping[str, int]) -> Sample:
    """The customers of ``sample`` who have all of ``least``, in either period."""
    before = sample.before
    return Sample(
        sample.now.taken(observed_share(sample.now, least) >= 1),
        None if before is None else before.taken(observed_share(before, least) >= 1),
    )


def held_back(scored: Scored, observed: Floats, facts: Sequence[str]) -> Scored:
    """``scored`` with nobody assigned whose ``observed`` share is below 1, but to segments in ``facts``."""
    is_fact = np.isin(scored.segment, [scored.segment_ids.index(one) for one in facts])
    is_short = (observed < 1) & ~is_fact
    return replace(
        scored,
        segment=np.where(is_short, -1, scored.segment),
        runner_up=np.where(is_short, -1, scored.runner_up),
        score=np.where(is_short, np.nan, scored.score),
        confidence=np.where(is_short, np.nan, scored.confidence),
        margin=np.where(is_short, np.nan, scored.margin),
        evidence_share=np.minimum(scored.evidence_share, observed),
    )
