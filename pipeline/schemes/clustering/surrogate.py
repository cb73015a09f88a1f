"""A shallow tree beside discovered clusters: what sets them apart, in rules that a person can read.

Belongs here: growing it on the clusters of a fit, and whether it earned to be told. Does not belong here:
how trees grow (``models.classes.tree``), their rules (``schemes.teaching.questions``) or words (``publish``).

The tree decides nothing: customers are where their centre is. It stands in for the clusters as a description
(a surrogate: Craven and Shavlik, 1996), so it is tried as one: on the half of the customers that it was not
grown on.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.models.classes import tree
from pipeline.models.classes.shares import likeliest
from pipeline.models.design import Column
from pipeline.models.frame import Frame, Integers
from pipeline.models.parameters import rounded

#: Leaves a cluster: two ways to come to it are as many as a reader keeps in mind.
LEAVES_A_CLUSTER = 2
#: A description that is wrong about more than one customer in five is not told.
LEAST_RIGHT = 0.8
#: Errors (standard) that it must be better than calling everybody by the largest cluster: 95%, one-sided.
_SURELY = 1.645


def surrogate(frame: Frame, features: Sequence[str], labels: Integers, k: int, seed: int) -> dict[str, Any]:
    """``tree`` and ``right_share`` of a description of ``labels`` (0 to ``k`` - 1) by what was seen of
    ``features``, with the ``tested_count`` of customers that it was tried on; nothing where it did not earn
    to be told.

    Ids are drawn at random, so every second customer by id is a sample of all.
    """
    seen = replace(frame, numbers={one: frame.told(one) for one in features}, seen={}, anew={}, luck={})
    is_learned = np.arange(len(frame)) % 2 == 0
    learned, tested = seen.taken(is_learned), seen.taken(~is_learned)
    if k < 2 or len(np.unique(labels[is_learned])) < k:
        return {}
    columns = [Column(one, is_skewed=False) for one in features]
    outcome = labels[is_learned].astype(np.float64)
    root = rounded(tree.fit(columns, learned, outcome, k, LEAVES_A_CLUSTER * k, seed)["root"])
    for leaf in tree.leaves_of(root):
        shares = np.array([leaf["shares"]])
        leaf |= {"told": leaf["shares"], "class": int(likeliest(shares)[0])}
    right = likeliest(tree.score({"root": root}, tested)) == labels[~is_learned]
    right_share = float(right.mean())
    plain = float((labels[~is_learned] == np.bincount(labels[is_learned], minlength=k).argmax()).mean())
    error = np.sqrt(max(right_share * (1 - right_share), plain * (1 - plain)) / len(right))
    if right_share < LEAST_RIGHT or right_share - plain <= _SURELY * error:
        return {}
    return {"tree": {"root": root}, "right_share": right_share, "tested_count": len(right)}
