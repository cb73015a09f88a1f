"""Which new cluster carries on which old one.

Belongs here: matching by common customers. Does not belong here: what the matching means for
the register (``events``).
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from pipeline.models.frame import Floats, Integers


def overlaps(old: Integers, new: Integers, old_count: int, new_count: int) -> Floats:
    """Jaccard overlap of every old with every new cluster (old x new) over the same customers.

    -1 is unassigned.
    """
    both = np.zeros((old_count, new_count))
    taken = (old >= 0) & (new >= 0)
    np.add.at(both, (old[taken], new[taken]), 1)
    union = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    found: Floats = both / np.maximum(union, 1)
    return found


def carried_ids(jaccard: Floats, old_ids: Sequence[str], least: float) -> list[str | None]:
    """Old id for each new cluster, or none where it is new.

    One to one, with the greatest total overlap (Hungarian method, Kuhn, 1955); a match below
    ``least`` is no match.
    """
    found: list[str | None] = [None] * jaccard.shape[1]
    for old, new in zip(*linear_sum_assignment(-jaccard), strict=True):
        if jaccard[old, new] >= least:
            found[int(new)] = old_ids[int(old)]
    return found
