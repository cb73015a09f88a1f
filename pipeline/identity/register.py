"""The register of customer ids, and the events that changed it.

Belongs here: the rows of both tables, and what brought an event about. Does not belong here:
deciding which id lives on (``reconcile``).
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.identity.clusters import KINDS, Edges, Ints
from pipeline.identity.reconcile import Known, Matched, Overlap, State
from pipeline.tables.zones import ACCOUNT_LINKS, CUSTOMER_EVENTS, CUSTOMER_REGISTER

#: An event by places of ids: customer, kind, related customer, cluster, accounts moved.
Change = tuple[int, str, int, int, int]
Causes = dict[tuple[int, int], str]


def known_customers(register: ir.Table | None, accounts: pa.Array) -> Known:
    """The register of the period before (none: nobody yet), its accounts as places in ``accounts``."""
    empty = CUSTOMER_REGISTER.schema.empty_table()
    rows = empty if register is None else register.to_pyarrow()
    rows = rows.sort_by("customer_id").combine_chunks()

    def column(name: str) -> pa.Array:
        return pa.concat_arrays([*rows[name].chunks, pa.array([], pa.string())])

    ids, founding = column("customer_id"), column("founding_account_id")
    return Known(
        ids,
        column("born_period").to_pylist(),
        column("retired_period").to_pylist(),
        founding,
        places(founding, accounts),
        places(column("merged_into_customer_id"), ids),
    )


def places(values: pa.Array, among: pa.Array) -> Ints:
    """Place of each value in ``among``; -1 for null and for what is not there."""
    found = pc.index_in(values, value_set=among)
    is_known = pc.and_(pc.is_valid(found), pc.is_valid(values))
    return np.asarray(pc.if_else(is_known, found, -1).to_numpy(zero_copy_only=False), np.int64)


def changes(state: State, known: Known, match: Matched) -> list[Change]:
    """Events of ids that met others, from the accounts that went from one to another.

    An id that has no cluster any more was ``merged`` into the one that took most of its accounts
    (ties: the one with its founding account, then the smaller id); accounts that went elsewhere were
    ``split`` from it, or their former id was restored (``undone``).
    """
    overlaps: dict[int, list[Overlap]] = defaultdict(list)
    for one in match.moved:
        overlaps[one.customer].append(one)
    living = set(match.owner.tolist())
    found: list[Change] = []
    for customer, parts in sorted(overlaps.items()):
        heir = None
        if customer not in living:
            home = int(known.founder[customer])
            home = int(state.cluster[home]) if home >= 0 else -1
            heir = min(
                (one for one in parts if one.cluster not in match.restored),
                key=lambda one: (-one.accounts, one.cluster != home, int(match.owner[one.cluster])),
            )
        for one in parts:
            owner = int(match.owner[one.cluster])
            if one is heir:
                found.append((customer, "merged", owner, one.cluster, one.accounts))
            elif owner != customer:
                is_back = one.cluster in match.restored and known.into[owner] == customer
                found.append((owner, "undone" if is_back else "split", customer, one.cluster, one.accounts))
    return found


def register_rows(
    state: State, known: Known, match: Matched, some: Sequence[Change], period: str
) -> tuple[pa.Table, pa.Array]:
    """``CUSTOMER_REGISTER`` at the end of ``period``, and the ids by place (known, then new).

    A merged id points to the customer that holds its founding account, as long as that stays where
    the merge took it; else to the survivor of the customer it was merged into. An id that is not merged
    and has no account any more is that of a customer whose accounts were all excluded: nothing else
    takes accounts away.
    """
    ids = pa.concat_arrays([known.ids, match.new_ids])
    into, retired = known.into.copy(), list(known.retired)
    for cluster in match.restored:
        back = int(match.owner[cluster])
        into[back], retired[back] = -1, None
    ended = {customer: related for customer, kind, related, _, _ in some if kind == "merged"}
    merged = np.flatnonzero(into >= 0)
    account = known.founder[merged]
    stayed = (account >= 0) & (state.before[account] == known.into[merged])
    follows = merged[stayed]
    into[follows] = match.owner[state.cluster[known.founder[follows]]]
    for one in merged[~stayed].tolist():
        into[one] = ended.get(int(into[one]), int(into[one]))
    for customer, related in ended.items():
        into[customer], retired[customer] = related, period
    has_accounts = np.zeros(len(ids), bool)
    has_accounts[match.owner] = True
    for customer in np.flatnonzero(~has_accounts[: len(into)] & (into < 0)).tolist():
        retired[customer] = retired[customer] or period
    new = len(match.founders)
    into = np.concatenate([into, np.full(new, -1, np.int64)])
    founding = pa.concat_arrays([known.founding, state.accounts.take(pa.array(match.founders, pa.int64()))])
    is_merged = pa.array(into >= 0)
    columns = {
        "period": pa.repeat(period, len(ids)),
        "customer_id": ids,
        "customer_status": pc.if_else(
            is_merged, "merged", pc.if_else(pa.array(has_accounts), "live", "excluded")
        ),
        "founding_account_id": founding,
        "born_period": pa.array([*known.born, *[period] * new], pa.string()),
        "retired_period": pa.array([*retired, *[None] * new], pa.string()),
        "merged_into_customer_id": ids.take(pa.array(into, mask=into < 0)),
    }
    return _table(columns, CUSTOMER_REGISTER.schema), ids


def event_rows(
    state: State, match: Matched, some: Sequence[Change], causes: Causes, ids: pa.Array, period: str
) -> pa.Table:
    """``CUSTOMER_EVENTS`` of ``period``: ``changes`` with their causes, and customers made of new
    accounts alone (``created``)."""
    sizes = np.bincount(state.cluster, minlength=len(match.owner))[match.created]
    born = match.owner[match.created]
    rows = sorted(some)  # two ids meet in one cluster at most: no two rows have the same key
    left = [customer if kind == "merged" else related for customer, kind, related, _, _ in rows]
    reasons = [causes[one, cluster] for one, (_, _, _, cluster, _) in zip(left, rows, strict=True)]
    customer = np.concatenate([born, np.array([one[0] for one in rows], np.int64)])
    related = np.concatenate([born, np.array([one[2] for one in rows], np.int64)])
    columns = {
        "period": pa.repeat(period, len(customer)),
        "customer_id": ids.take(pa.array(customer, pa.int64())),
        "customer_event": pa.array([*["created"] * len(born), *[one[1] for one in rows]], pa.string()),
        "related_customer_id": ids.take(pa.array(related, pa.int64())),
        "event_cause": pa.array([*["accounts"] * len(born), *reasons], pa.string()),
        "accounts_moved_count": pa.array([*sizes.tolist(), *[one[4] for one in rows]], pa.int64()),
    }
    return _table(columns, CUSTOMER_EVENTS.schema)


def causes_of(
    state: State,
    some: Sequence[Change],
    links: Edges,
    apart: Sequence[tuple[int, int]],
    previous_links: ir.Table | None,
) -> Causes:
    """What brought each change about, by the customer that accounts left and their cluster.

    A merge comes from the strongest kind of link between accounts known before, or from new
    accounts when only they connect both. A separation comes from an override that keeps accounts
    apart, or from the strongest kind of link that held before and is gone; where that is not on
    record, from the weakest kind that held the customer together.
    """
    joined = _joining(state, links)
    parted = {one for one, kind, _, _, _ in some if kind != "merged"}
    gone: dict[tuple[int, int], int] = {}
    weakest: dict[int, int] = {}
    if parted:
        gone, weakest = _gone(state, previous_links, {one[2] for one in some if one[1] != "merged"})
    for one, other in apart:
        if state.before[one] == state.before[other] >= 0 and state.cluster[one] != state.cluster[other]:
            for account in (one, other):
                gone[int(state.before[account]), int(state.cluster[account])] = 0
    causes: Causes = {}
    for customer, kind, related, cluster, _ in some:
        if kind == "merged":
            found = joined.get((customer, cluster))
            causes[customer, cluster] = "accounts" if found is None else KINDS[found]
        else:
            found = gone.get((related, cluster), weakest.get(related, len(KINDS) - 1))
            causes[related, cluster] = KINDS[found]
    return causes


def _joining(state: State, links: Edges) -> dict[tuple[int, int], int]:
    """Strongest kind of link between accounts of different customers before, by customer and cluster."""
    before, cluster = state.before, state.cluster
    is_across = (
        (before[links.left] != before[links.right])
        & (before[links.left] >= 0)
        & (before[links.right] >= 0)
        & (cluster[links.left] == cluster[links.right])
    )
    found: dict[tuple[int, int], int] = {}
    across = links.where(is_across)
    for left, right, kind in zip(
        across.left.tolist(), across.right.tolist(), across.kind.tolist(), strict=True
    ):
        for account in (left, right):  # strongest first: the first one stands
            found.setdefault((int(before[account]), int(cluster[account])), kind)
    return found


def _gone(
    state: State, previous_links: ir.Table | None, customers: set[int]
) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    """From the links before: strongest kind that does not hold any more, by customer and cluster;
    weakest kind that held each customer together. Only of ``customers`` that lost accounts."""
    gone: dict[tuple[int, int], int] = {}
    weakest: dict[int, int] = {}
    if previous_links is None:
        return gone, weakest
    accounts = np.flatnonzero(np.isin(state.before, sorted(customers)))
    linked = previous_links.filter(previous_links.linked_account_id.notnull())
    rows: Any = linked.select("account_id", "linked_account_id", "link_kind").to_pyarrow()
    rows = rows.filter(pc.is_in(rows["account_id"], value_set=state.accounts.take(pa.array(accounts))))
    rows = rows.combine_chunks()
    ends = [places(_one_chunk(rows[name]), state.accounts) for name in ("account_id", "linked_account_id")]
    kinds = [KINDS.index(kind) for kind in rows["link_kind"].to_pylist()]
    for one, other, kind in zip(ends[0].tolist(), ends[1].tolist(), kinds, strict=True):
        customer = int(state.before[one])
        weakest[customer] = max(kind, weakest.get(customer, kind))
        if other >= 0 and state.cluster[one] != state.cluster[other]:
            for account in (one, other):
                key = customer, int(state.cluster[account])
                gone[key] = min(kind, gone.get(key, kind))
    return gone, weakest


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([*column.chunks, pa.array([], column.type)])


def _table(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    return pa.table([columns[name] for name in schema.names], schema=schema)


def link_rows(
    state: State, best: dict[str, Any], customer: pa.Array, last: tuple[pa.Array, pa.Array], period: str
) -> pa.Table:
    """``ACCOUNT_LINKS`` of ``period``: every account with its customer and its strongest link.

    ``last`` is when each was last active, and last listed.
    """
    names = pa.array(["own_account", *KINDS])
    kind, other = best["kind"], best["other"]
    weight = best["weight"]
    columns = {
        "period": pa.repeat(period, len(state.accounts)),
        "account_id": state.accounts,
        "customer_id": customer,
        "link_kind": names.take(pa.array(kind + 1)),
        "linked_account_id": state.accounts.take(pa.array(other, mask=other < 0)),
        "match_weight": pa.array(np.round(weight, 6), mask=np.isnan(weight)),
        "first_seen_at": pa.array(state.first_seen).cast(ACCOUNT_LINKS.schema.field("first_seen_at").type),
        "last_active_at": last[0],
        "last_listed_at": last[1],
    }
    return _table(columns, ACCOUNT_LINKS.schema)
