"""A decision tree: a few questions one after the other, each on one feature, that a person can read.

Belongs here: growing and asking it. Does not belong here: its rules in words, SQL or YAML
(``schemes.teaching``).

Grown best first (Breiman, Friedman, Olshen and Stone, 1984) to so many leaves at most, each of a stated
number of customers at least. A question is whether a feature is known, or at least a value that some customer
has; who is unknown in it goes where the fit put the unknown, or most customers where it saw none. Values are
asked in bins of equal size of the fit, so that what a tree decides on rests on customers to either side, and
are compared as they stand: so the same question in SQL, or in a scheme of rules, has the same answer. A
leaf's shares are drawn towards those of all customers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.models.classes.shares import base_rates, logarithms
from pipeline.models.design import Column
from pipeline.models.frame import Flags, Floats, Frame, Integers

#: A question, with ``above`` and ``below`` for what follows on yes and no; or a leaf, with its shares.
Node = dict[str, Any]
#: Bins of a feature: finer ones would ask of fewer customers than a leaf may have.
BINS = 64
#: A leaf has at least so many customers, and at least this share of them.
LEAST_IN_LEAF, LEAST_SHARE = 20, 0.01
#: Shares of a leaf are drawn towards those of all by as many customers.
WORTH = 10.0


def fit(
    columns: Sequence[Column], frame: Frame, outcome: Floats, classes: int, most_leaves: int, seed: int
) -> dict[str, Any]:
    """Frozen parameters: the root of the tree."""
    from sklearn.tree import DecisionTreeClassifier  # heavy, and only fits need it

    edges = [_edges(frame.number(one.feature)) for one in columns]
    bins = np.stack(
        [_bins(frame.number(one.feature), edge) for one, edge in zip(columns, edges, strict=True)], axis=1
    )
    model = DecisionTreeClassifier(
        criterion="entropy",
        max_leaf_nodes=most_leaves,
        min_samples_leaf=max(LEAST_IN_LEAF, int(np.ceil(LEAST_SHARE * len(outcome)))),
        random_state=seed,
    )
    model.fit(bins, outcome.astype(np.int64))
    came = model.decision_path(bins).toarray().astype(bool)
    saw_unknown = [np.isnan(bins[came[:, at]]).any(axis=0) for at in range(came.shape[1])]
    grown = _Grown(model.tree_, [one.feature for one in columns], edges, saw_unknown)
    leaves = model.apply(bins)
    rates = base_rates(outcome, classes)
    for leaf, node in grown.leaves.items():
        mine = outcome[leaves == leaf].astype(np.int64)
        counts = np.bincount(mine, minlength=classes)
        node["shares"] = ((counts + WORTH * rates) / (len(mine) + WORTH)).tolist()
        node["customers"] = len(mine)
    return {"kind": "tree", "root": grown.root}


class _Grown:
    """scikit-learn's tree, read once: the same questions in words of features."""

    def __init__(
        self, tree: Any, names: Sequence[str], edges: Sequence[Floats], saw_unknown: Sequence[Flags]
    ) -> None:
        self.tree, self.names, self.edges, self.saw_unknown = tree, names, edges, saw_unknown
        self.leaves: dict[int, Node] = {}
        self.root = self._node(0)

    def _node(self, at: int) -> Node:
        tree = self.tree
        left, right = int(tree.children_left[at]), int(tree.children_right[at])
        if left == right:  # no children
            self.leaves[at] = {}
            return self.leaves[at]
        place, threshold = int(tree.feature[at]), float(tree.threshold[at])
        found: Node = {"feature": self.names[place]}
        if np.isfinite(threshold):
            found["at_least"] = float(self.edges[place][int(np.floor(threshold))])
            found["unknown"] = "below" if tree.missing_go_to_left[at] else "above"
            found["saw_unknown"] = bool(self.saw_unknown[at][place])
            below, above = left, right
        else:  # what is known lies to the left of infinity
            below, above = right, left
        return found | {"above": self._node(above), "below": self._node(below)}


def _edges(values: Floats) -> Floats:
    """Least values of the bins but the first: distinct quantiles, so that equal values share a bin."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.empty(0)
    quantiles = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")
    # What comes seldom, as a flag may, has a border, too: else nobody could be told by it.
    quantiles = np.append(quantiles, known.max())
    return np.unique(quantiles[quantiles > known.min()])


def _bins(values: Floats, edges: Floats) -> Floats:
    """Bin of each value, 0 below the first edge; NaN is unknown."""
    found = np.searchsorted(edges, values, side="right").astype(np.float64)
    return np.where(np.isnan(values), np.nan, found)


def is_above(node: Node, values: Floats) -> Any:
    """Whether the answer to the question of ``node`` is yes, for each of ``values``."""
    known = ~np.isnan(values)
    if "at_least" not in node:
        return known
    return np.where(known, values >= node["at_least"], node["unknown"] == "above")


def leaves_of(node: Node) -> list[Node]:
    """Leaves under ``node``, those that follow on yes first."""
    if "shares" in node:
        return [node]
    return [*leaves_of(node["above"]), *leaves_of(node["below"])]


def places(root: Node, frame: Frame) -> Integers:
    """Place of the leaf that each customer comes to, among ``leaves_of``."""
    found = np.zeros(len(frame), np.int64)
    _walk(root, frame, np.arange(len(frame)), 0, found)
    return found


def _walk(node: Node, frame: Frame, who: Integers, first: int, found: Integers) -> None:
    if "shares" in node:
        found[who] = first
        return
    yes = is_above(node, frame.number(node["feature"])[who])
    _walk(node["above"], frame, who[yes], first, found)
    _walk(node["below"], frame, who[~yes], first + len(leaves_of(node["above"])), found)


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """Log shares of each customer."""
    root = parameters["root"]
    by_leaf = logarithms(np.array([one["shares"] for one in leaves_of(root)]))
    return np.asarray(by_leaf[places(root, frame)], np.float64)


def features_read(parameters: dict[str, Any]) -> list[str]:
    """Features that questions are about, from the root down."""
    return list(dict.fromkeys(_asked(parameters["root"])))


def _asked(node: Node) -> Iterator[str]:
    if "shares" not in node:
        yield node["feature"]
        yield from _asked(node["above"])
        yield from _asked(node["below"])


def without(
    parameters: dict[str, Any], frame: Frame, typical: Mapping[str, float]
) -> Iterator[tuple[str, Floats]]:
    """Log shares with one feature after the other at its ``typical`` value."""
    for name in features_read(parameters):
        usual = np.full(len(frame), typical[name])
        yield name, score(parameters, replace(frame, numbers=frame.numbers | {name: usual}))
