"""Which customer each cluster of accounts is: ids live on, end, come back, or are new.

Belongs here: matching clusters with the customers of the period before, and making new ids.
Does not belong here: what made the clusters (``clusters``), or the tables that tell of it
(``register``).
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.identity.clusters import Ints

_ACCOUNT_PREFIX, _CUSTOMER_PREFIX = "a_", "c_"


@dataclass(frozen=True)
class Known:
    """Customer ids that ever lived, sorted; an id is its place here.

    ``founder`` and ``into`` are places (of the founding account among the accounts of now, of the
    customer merged into), -1 for none.
    """

    ids: pa.Array
    born: list[str]
    retired: list[str | None]
    founding: pa.Array
    founder: Ints
    into: Ints

    @property
    def merged(self) -> NDArray[np.bool_]:
        """Whether each id is merged into another."""
        return self.into >= 0


@dataclass(frozen=True)
class State:
    """Accounts of now, by id: cluster, customer before (-1: new account), when first seen (microseconds)."""

    accounts: pa.Array
    cluster: Ints
    before: Ints
    first_seen: Ints


class Overlap(NamedTuple):
    """Accounts that were of ``customer`` and are in ``cluster`` now."""

    customer: int
    cluster: int
    accounts: int


@dataclass(frozen=True)
class Matched:
    """Whose each cluster is.

    ``owner`` is the customer of each cluster; from ``len(known.ids)`` on the new ones, made from the
    accounts ``founders``, called ``new_ids``. ``moved`` are overlaps of customers that did not
    simply continue; ``restored`` clusters got back an id that was merged away; ``created``
    clusters hold new accounts alone.
    """

    owner: Ints
    new_ids: pa.Array
    founders: Ints
    moved: list[Overlap]
    restored: set[int]
    created: NDArray[np.bool_]


def matched(state: State, known: Known) -> Matched:
    """Match clusters with customers.

    A customer and a cluster that share most accounts go together (ties: the customer born first, the
    smaller id, the cluster with its founding account, the cluster whose first account is
    smaller), and so on with those left. One exception keeps ids with their people: when a merge
    falls apart again, the part with the founding account of the id that was merged away
    gets that id back, however large it has grown, if another part holds the founding account
    of the id that stayed. Clusters left without an id get a new one.
    """
    count = int(state.cluster.max()) + 1 if len(state.cluster) else 0
    shared = _overlaps(state)
    customers, places, counts = shared
    parts = np.bincount(customers, minlength=len(known.ids))
    sources = np.bincount(places, minlength=count)
    is_simple = (parts[customers] == 1) & (sources[places] == 1)
    owner = np.full(count, -1, np.int64)
    owner[places[is_simple]] = customers[is_simple]
    moved = [
        Overlap(*one)
        for one in zip(
            customers[~is_simple].tolist(),
            places[~is_simple].tolist(),
            counts[~is_simple].tolist(),
            strict=True,
        )
    ]
    returning = _returning(state, known)
    _contest(owner, moved, returning, state, known)
    restored = _restore(owner, moved, returning, known)
    founders, new_ids = _found(np.flatnonzero(owner < 0), state, known)
    owner[owner < 0] = len(known.ids) + np.arange(len(founders))
    return Matched(owner, new_ids, founders, moved, restored, sources == 0)


def _overlaps(state: State) -> tuple[Ints, Ints, Ints]:
    """Customers before, clusters now, and their common accounts; by customer, then cluster."""
    is_old = state.before >= 0
    width = len(state.accounts) + 1
    keys, counts = np.unique(state.before[is_old] * width + state.cluster[is_old], return_counts=True)
    return keys // width, keys % width, counts.astype(np.int64)


def _returning(state: State, known: Known) -> dict[tuple[int, int], list[int]]:
    """Merged ids whose founding account left or stayed with the customer they were merged into:
    by that customer and the cluster where the account is now."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    candidates = np.flatnonzero(known.merged & (known.founder >= 0))
    at = known.founder[candidates]
    is_there = state.before[at] == known.into[candidates]
    for one, account in zip(candidates[is_there].tolist(), at[is_there].tolist(), strict=True):
        found[int(known.into[one]), int(state.cluster[account])].append(one)
    return found


def _contest(
    owner: Ints,
    moved: list[Overlap],
    returning: dict[tuple[int, int], list[int]],
    state: State,
    known: Known,
) -> None:
    """Give ids to clusters, most common accounts first; ``owner`` is filled in place."""

    def home(customer: int) -> int:
        """Cluster of the customer's founding account, -1 when it is not with the customer."""
        account = int(known.founder[customer])
        return int(state.cluster[account]) if account >= 0 and state.before[account] == customer else -1

    homes = {one.customer: home(one.customer) for one in moved}
    standing = [
        one
        for one in moved
        if homes[one.customer] in (-1, one.cluster) or (one.customer, one.cluster) not in returning
    ]
    standing.sort(
        key=lambda one: (
            -one.accounts,
            known.born[one.customer],
            one.customer,  # places of ids are in the order of ids
            homes[one.customer] != one.cluster,
            one.cluster,
        )
    )
    given: set[int] = set()
    for one in standing:
        if owner[one.cluster] < 0 and one.customer not in given:
            owner[one.cluster] = one.customer
            given.add(one.customer)


def _restore(
    owner: Ints, moved: list[Overlap], returning: dict[tuple[int, int], list[int]], known: Known
) -> set[int]:
    """Give clusters without an id one back that was merged away: of several the one merged last,
    then the one born first, then the smaller."""
    restored = set()
    candidates: dict[int, list[int]] = defaultdict(list)
    for one in moved:
        if owner[one.cluster] < 0:
            candidates[one.cluster] += returning.get((one.customer, one.cluster), [])
    for cluster, some in sorted(candidates.items()):
        if some:
            last = max(known.retired[one] or "" for one in some)
            _, back = min((known.born[one], one) for one in some if known.retired[one] == last)
            owner[cluster] = back
            restored.add(cluster)
    return restored


def _found(clusters: Ints, state: State, known: Known) -> tuple[Ints, pa.Array]:
    """Founding accounts and new ids of ``clusters``: the account seen first, then the smallest,
    under another prefix. Where the register already holds that id, the next account; where it
    holds all, a number is added: an id is never given twice."""
    wanted = np.isin(state.cluster, clusters)
    accounts = np.flatnonzero(wanted)
    order = accounts[np.lexsort((accounts, state.first_seen[accounts], state.cluster[accounts]))]
    _, first = np.unique(state.cluster[order], return_index=True)
    founders = order[first]
    ids = customer_ids(state.accounts.take(pa.array(founders, pa.int64())))
    is_taken = pc.is_in(ids, value_set=known.ids).to_numpy(zero_copy_only=False)
    if not is_taken.any():
        return founders, ids
    texts: list[str] = ids.to_pylist()
    others = customer_ids(state.accounts.take(pa.array(order, pa.int64())))
    is_free = pc.invert(pc.is_in(others, value_set=known.ids)).to_numpy(zero_copy_only=False)
    taken = set(known.ids.to_pylist())
    ends = [*first[1:].tolist(), len(order)]
    for place in np.flatnonzero(is_taken).tolist():
        start = int(first[place])
        free = np.flatnonzero(is_free[start : ends[place]])
        if len(free):
            chosen = start + int(free[0])
            founders[place], texts[place] = order[chosen], others[chosen].as_py()
        else:
            texts[place] = _numbered(texts[place], taken)
    return founders, pa.array(texts, pa.string())


def _numbered(id: str, taken: set[str]) -> str:
    number = 2
    while f"{id}_{number}" in taken:
        number += 1
    return f"{id}_{number}"


def customer_ids(accounts: pa.Array) -> pa.Array:
    """Id of the customer that each account founds: the account's digest under another prefix."""
    bare = pc.utf8_slice_codeunits(accounts, len(_ACCOUNT_PREFIX))
    digests = pc.if_else(pc.starts_with(accounts, _ACCOUNT_PREFIX), bare, accounts)
    return pc.binary_join_element_wise(_CUSTOMER_PREFIX, digests, "")
