"""Clusters: accounts that links hold together, with those kept apart that must be.

Belongs here: which pairs count as links, connected components, carrying out overrides, the
strongest link of each account. Does not belong here: finding pairs (``linkage``), or which
customer a cluster is (``reconcile``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir
from numpy.typing import NDArray

from pipeline.identity.overrides import Decision

Ints = NDArray[np.int64]
#: Kinds of link, strongest first; their places are the codes in ``Edges.kind``.
KINDS = ("override", "rule", "model")
_OVERRIDE, _RULE, _MODEL = range(len(KINDS))


@dataclass(frozen=True)
class Edges:
    """Links between accounts, strongest first.

    ``left`` and ``right`` are places in the sorted accounts, ``kind`` places in ``KINDS``;
    ``weight`` is in bits, not a number where there is none.
    """

    left: Ints
    right: Ints
    kind: Ints
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.left)

    def where(self, mask: NDArray[np.bool_]) -> "Edges":
        """Links for which ``mask`` holds, in the same order."""
        return Edges(self.left[mask], self.right[mask], self.kind[mask], self.weight[mask])


def edges(
    pairs: ir.Table | None, accounts: pa.Array, same: Sequence[Decision], threshold: float, period: str
) -> Edges:
    """Links among ``accounts`` (sorted ids): pairs by a rule, pairs of the model from
    ``threshold``, and overrides. Pairs with an account that is not known yet are left out.

    A stronger kind comes first, then the higher weight, then the smaller accounts: an order
    that does not depend on that of the rows.
    """
    found = _PAIR.empty_table() if pairs is None else _linking(pairs, threshold, period)
    by_hand = pa.table({"left": [one.left for one in same], "right": [one.right for one in same]}, _ENDS)
    left = pa.chunked_array([*found["left_account_id"].chunks, *by_hand["left"].chunks], pa.string())
    right = pa.chunked_array([*found["right_account_id"].chunks, *by_hand["right"].chunks], pa.string())
    weight = np.concatenate([_floats(found["match_weight"]), np.full(len(same), np.nan)])
    kind = np.concatenate([_kinds(found["link_rule"]), np.full(len(same), _OVERRIDE)])
    ends = [pc.fill_null(pc.index_in(one, value_set=accounts), -1).to_numpy() for one in (left, right)]
    first, second = np.minimum(*ends).astype(np.int64), np.maximum(*ends).astype(np.int64)
    is_known = (first >= 0) & (first != second)
    some = Edges(first[is_known], second[is_known], kind[is_known], weight[is_known])
    order = np.lexsort((some.right, some.left, -np.nan_to_num(some.weight, nan=-np.inf), some.kind))
    return Edges(some.left[order], some.right[order], some.kind[order], some.weight[order])


_ENDS = pa.schema({"left": pa.string(), "right": pa.string()})
_PAIR = pa.schema(
    {
        "left_account_id": pa.string(),
        "right_account_id": pa.string(),
        "link_rule": pa.string(),
        "match_weight": pa.float64(),
    }
)


def _linking(pairs: ir.Table, threshold: float, period: str) -> pa.Table:
    is_sure = (pairs.link_rule != "model") | (pairs.match_probability >= threshold)
    return pairs.filter(pairs.period == period, is_sure).select(*_PAIR.names).to_pyarrow().cast(_PAIR)


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(pc.fill_null(column, np.nan).to_numpy(), np.float64)


def _kinds(rules: pa.ChunkedArray) -> Ints:
    by_hand, model = (np.asarray(pc.equal(rules, one).to_numpy(), bool) for one in ("override", "model"))
    return np.select([by_hand, model], [_OVERRIDE, _MODEL], _RULE).astype(np.int64)


def clusters(count: int, links: Edges, apart: Sequence[tuple[int, int]]) -> Ints:
    """Number of the cluster of each of ``count`` accounts: connected components of ``links``,
    numbered by their first account.

    In a component that holds two accounts of ``apart``, links count strongest first, and one that
    would join the two is left out (Kruskal, 1956, with forbidden pairs). So the two are
    separated at the weakest link of the strongest path between them, and every other account stays
    with the one it is linked to more strongly.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(links), np.int8)
    graph = coo_array((ones, (links.left, links.right)), shape=(count, count))
    labels = connected_components(graph, directed=False)[1].astype(np.int64)
    torn = sorted({int(labels[one]) for one, other in apart if labels[one] == labels[other]})
    if torn:
        roots = _separated(links.where(np.isin(labels[links.left], torn)), apart)
        labels = labels.copy()
        for account in np.flatnonzero(np.isin(labels, torn)):
            labels[account] = count + roots.get(int(account), int(account))
    return _numbered(labels)


def _numbered(labels: Ints) -> Ints:
    """The same clusters, numbered by the place of their first account."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return np.asarray(place[inverse], np.int64)


def _separated(links: Edges, apart: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Root of each account after joining ``links`` in their order, save those that would join
    accounts of ``apart``."""
    parent: dict[int, int] = {}
    holds: dict[int, set[int]] = {}
    shuns: dict[int, set[int]] = {}
    for one, other in apart:
        for here, there in ((one, other), (other, one)):
            holds.setdefault(here, {here})
            shuns.setdefault(here, set()).add(there)

    def root(account: int) -> int:
        while (above := parent.setdefault(account, account)) != account:
            parent[account] = account = parent[above]
        return account

    nobody: set[int] = set()
    for left, right in zip(links.left.tolist(), links.right.tolist(), strict=True):
        one, other = sorted((root(left), root(right)))
        if one == other or not shuns.get(one, nobody).isdisjoint(holds.get(other, nobody)):
            continue
        parent[other] = one
        for some in (holds, shuns):
            if other in some:
                some.setdefault(one, set()).update(some.pop(other))
    return {account: root(account) for account in list(parent)}


def strongest(links: Edges, labels: Ints) -> dict[str, Any]:
    """The strongest link of each account within its cluster: ``kind``, ``other`` (place of the
    other account) and ``weight``, by account; -1 where an account stands alone."""
    inside = links.where(labels[links.left] == labels[links.right])
    account = np.concatenate([inside.left, inside.right])
    other = np.concatenate([inside.right, inside.left])
    rank = np.tile(np.arange(len(inside)), 2)
    order = np.lexsort((rank, account))
    linked, first = np.unique(account[order], return_index=True)
    best = order[first]
    count = len(labels)
    kind, to = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    weight = np.full(count, np.nan)
    kind[linked], to[linked] = inside.kind[rank[best]], other[best]
    weight[linked] = inside.weight[rank[best]]
    return {"kind": kind, "other": to, "weight": weight}
