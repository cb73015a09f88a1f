"""The movement ledger: who changed segment, why, and flows that balance exactly (law L4).

Belongs here: moves with one cause each, flows of every state, and the checks that both hold.
Does not belong here: how much movement is unusual (``assessment``).

Everything counts customers, in whole numbers, whatever the order of the rows.
"""

from collections.abc import Collection, Iterable, Iterator

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr import types as ir
from numpy.typing import NDArray

from pipeline.drift.doubt import by_data, ways_back
from pipeline.drift.places import Places, Positions, by_customer, marked, positions_in, some_at_once
from pipeline.engine.coded import Codes, of_codes, repeated
from pipeline.tables import fields
from pipeline.tables.zones import FLOWS, MOVES

#: Steps of the path from the state published last period to this period's, in their order.
CAUSES: tuple[str, ...] = fields.cause.values

_KEYS = ("customer_id", "scheme")
_ASSIGNED = "assigned"
_DATA, _IDENTITY, _BEHAVIOUR, _MODEL = (
    CAUSES.index(one) for one in ("data", "identity", "behaviour", "model")
)
_MERGED, _SPLIT = "merged", "split"
_STAYS = pa.schema(
    {
        "scheme": pa.string(),
        "from_state": pa.string(),
        "to_state": pa.string(),
        "is_known": pa.bool_(),
        "identity_event": pa.string(),
        "n": pa.int64(),
    }
)


def states(assignments: ir.Table) -> ir.Table:
    """One row a customer and scheme: ``customer_id``, ``scheme``, ``state``.

    The state is the segment, or the status where there is no assignment.
    """
    state = ibis.ifelse(assignments.status == _ASSIGNED, assignments.segment_id, assignments.status)
    return assignments.select(*_KEYS, state=state)


def moves(
    places: Places,
    reconciled: Iterable[pa.RecordBatch],
    previous_version: Iterable[pa.RecordBatch],
    first_fitted: Collection[str],
    period: str,
    in_doubt: Collection[str] = (),
    doubted: pa.Table | None = None,
) -> Iterator[pa.RecordBatch]:
    """Customers in the population of both periods whose state changed: rows of ``MOVES``, texts as codes.

    ``places`` are those of the previous period and of ``period``; ``reconciled`` are assignments that say
    where customers that were merged or split would have stood in the previous period with their accounts of
    now; ``previous_version`` what the previous version makes of the new features, only for schemes that were
    refitted; ``first_fitted`` names the schemes that have a version now and had none in the previous period,
    or the other way round. ``in_doubt`` names the schemes that rest on a source that is not whole in
    ``period``; ``doubted`` are ``MOVES`` of earlier periods, oldest first, whose cause is *data*. Rows come
    by customer and scheme.

    The cause is the first step of the path *as published -> identity -> behaviour -> model* that
    leaves the published state. A customer whom two steps move there and back did not move. What would be
    behaviour is *data* where it may come of a source that is not whole (law L13), and where it takes back a
    move that had been.
    """
    linked, replayed = places.laid(reconciled), places.laid(previous_version)
    back = ways_back(places, doubted)
    here = np.flatnonzero(places.before >= 0)
    states = {one: (places.states_then(one), places.states_now(one)) for one in places.schemes}
    for some in some_at_once(len(here)):
        now, then = here[some], places.before[here[some]]
        parts = []
        for scheme, (earlier, current) in states.items():
            origin, state = earlier[then], current[now]
            moved = np.flatnonzero((origin != state) & (origin >= 0) & (state >= 0))
            if len(moved):
                path = _path(
                    origin[moved],
                    state[moved],
                    None if scheme not in linked else linked[scheme][now[moved]],
                    None if scheme not in replayed else replayed[scheme][now[moved]],
                    scheme in first_fitted,
                )
                is_data = by_data(scheme in in_doubt, back.get(scheme), now[moved], path)
                parts.append(_moved(places, scheme, now[moved], path, period, is_data))
        if parts:
            yield by_customer(parts, places.now)


def _path(
    origin: Codes, state: Codes, linked: Codes | None, replayed: Codes | None, is_first_fit: bool
) -> list[Codes]:
    """States along the path of customers who moved: from, identity, behaviour, to."""
    # Only customers that were merged or split are reconciled; all others stood where they stood.
    identity = origin if linked is None else np.where(linked >= 0, linked, origin)
    # Where nobody refitted, the version in force is the previous one. A first fit has no
    # version before it: what changes then is the model's doing, whatever customers did.
    otherwise = identity if is_first_fit else state
    behaviour = otherwise if replayed is None else np.where(replayed >= 0, replayed, otherwise)
    return [origin, identity, behaviour, state]


def _moved(
    places: Places,
    scheme: str,
    customers: Positions,
    path: list[Codes],
    period: str,
    is_data: NDArray[np.bool_],
) -> pa.RecordBatch:
    """Rows of ``MOVES`` of one scheme, customers by place; the cause is the first step off the origin,
    *data* in place of behaviour where ``is_data``."""
    origin, identity, behaviour, _ = path
    cause = np.where(identity != origin, _IDENTITY, np.where(behaviour != origin, _BEHAVIOUR, _MODEL))
    cause = np.where((cause == _BEHAVIOUR) & is_data, _DATA, cause)
    texts = [places.full(scheme, one) for one in path]
    size = len(customers)
    columns = [repeated(period, size), pa.array(customers), repeated(scheme, size), *texts]
    return pa.RecordBatch.from_arrays([*columns, of_codes(cause, CAUSES)], names=MOVES.columns)


def flows(
    places: Places,
    moves: ir.Table,
    customers_previous: ir.Table | None,
    identity_events: ir.Table,
    period: str,
) -> ir.Table:
    """How the population of every state came about: rows of ``FLOWS``.

    ``places`` are those that ``moves`` takes, ``moves`` is its result for the period, ``customers_previous``
    is ``CUSTOMERS`` of the previous period, ``identity_events`` are
    ``CUSTOMER_EVENTS`` of ``period``. A customer of the population now but not then has *returned* when
    known as a customer before, else *entered*; those who came by a split, or left by a merge, are counted
    apart as well. Every state that occurs in either period has a row, with zeros where nothing happened.
    """
    stays = ibis.memtable(_stays(places, customers_previous, identity_events))
    moved = moves.group_by("scheme", "cause", "from_state", "to_state").aggregate(
        n=moves.count().cast("int64")
    )
    entries = ibis.union(
        _entries(stays, "from_state", ibis.literal("population_previous_count")),
        _entries(stays, "to_state", ibis.literal("population_count")),
        _entries(
            stays, "to_state", ibis.ifelse(stays.is_known, "returned_count", "entered_count"), "from_state"
        ),
        _entries(stays, "from_state", ibis.literal("left_count"), "to_state"),
        _entries(
            stays.filter(stays.identity_event == _SPLIT),
            "to_state",
            ibis.literal("entered_by_split_count"),
            "from_state",
        ),
        _entries(
            stays.filter(stays.identity_event == _MERGED),
            "from_state",
            ibis.literal("left_by_merge_count"),
            "to_state",
        ),
        _entries(moved, "from_state", "moved_out_" + moved.cause + "_count"),
        _entries(moved, "to_state", "moved_in_" + moved.cause + "_count"),
    )
    columns = [name for name in FLOWS.columns if name.endswith("_count")]
    sums = {name: entries.n.sum(where=entries.column == name).fill_null(0).cast("int64") for name in columns}
    counted = entries.group_by("scheme", "state").aggregate(**sums)
    population = counted.population_count.sum().over(ibis.window(group_by="scheme")).cast("float64")
    share = (counted.population_count / population.nullif(ibis.literal(0.0, "float64"))).round(6)
    counted = counted.mutate(period=ibis.literal(period), population_share=share.fill_null(0.0))
    return counted.select(*FLOWS.columns)


def _stays(places: Places, customers_previous: ir.Table | None, identity_events: ir.Table) -> pa.Table:
    """Customers by scheme, state then, state now (null: outside the population), known before or
    not, merged away, split off or neither. As many rows as there are different ones."""
    left = np.flatnonzero(positions_in(places.then, places.now) < 0)
    ids = pa.concat_arrays([places.now, places.then.take(pa.array(left))])
    event = marked(ids, merged_and_split(identity_events), (_MERGED, _SPLIT)) + 1
    is_known = np.zeros(len(ids), np.int32)
    if customers_previous is not None:
        known = customers_previous.select("customer_id").to_pyarrow().column("customer_id").combine_chunks()
        is_known = (positions_in(ids, known) >= 0).astype(np.int32)
    found = [_STAYS.empty_table()]
    for scheme in places.schemes:
        then, now = places.states_then(scheme), places.states_now(scheme)
        came = np.append(then, -1)[places.before]  # -1 of a customer who is new takes the last
        origin, state = np.append(came, then[left]), np.append(now, np.full(len(left), -1))
        width = len(places.names[scheme].texts) + 1
        keys = (((origin + 1) * width + state + 1) * 2 + is_known) * 3 + event
        counts = np.bincount(keys, minlength=1)
        found.append(_counted(places, scheme, np.flatnonzero(counts), counts, width))
    return pa.concat_tables(found)


def _counted(places: Places, scheme: str, keys: Positions, counts: Positions, width: int) -> pa.Table:
    rest, event = np.divmod(keys, 3)
    rest, is_known = np.divmod(rest, 2)
    origin, state = np.divmod(rest, width)
    columns = {
        "scheme": repeated(scheme, len(keys)),
        "from_state": places.full(scheme, origin - 1),
        "to_state": places.full(scheme, state - 1),
        "is_known": pa.array(is_known.astype(bool)),
        "identity_event": of_codes(event - 1, (_MERGED, _SPLIT)),
        "n": pa.array(counts[keys]),
    }
    return pa.table(columns).cast(_STAYS)


def merged_and_split(identity_events: ir.Table) -> ir.Table:
    """One row a customer id that ended by a merge or came by a split: ``identity_event``."""
    kind = identity_events.customer_event.cases(
        ("merged", _MERGED), ("split", _SPLIT), ("undone", _SPLIT), else_=ibis.null("string")
    )
    some = identity_events.select("customer_id", identity_event=kind)
    return (
        some.filter(some.identity_event.notnull())
        .group_by("customer_id")
        .agg(identity_event=ibis._.identity_event.min())
    )


def _entries(counts: ir.Table, state: str, column: ir.Value, outside: str | None = None) -> ir.Table:
    """``counts`` as entries of a column of the flows: by ``state``, where ``outside`` holds no state."""
    is_meant = counts[state].notnull()
    if outside is not None:
        is_meant &= counts[outside].isnull()
    return counts.filter(is_meant).select("scheme", "n", state=state, column=column)


def imbalance(flows: ir.Table) -> ir.Table:
    """Rows of ``flows`` where previous + entered + returned - left + in - out is not the population.

    None when law L4 holds. Adds ``missing_count``: customers that the flows do not explain.
    """
    moved_in = sum((flows[f"moved_in_{cause}_count"] for cause in CAUSES), ibis.literal(0))
    moved_out = sum((flows[f"moved_out_{cause}_count"] for cause in CAUSES), ibis.literal(0))
    came = flows.entered_count + flows.returned_count + moved_in
    went = flows.left_count + moved_out
    missing = flows.population_count - (flows.population_previous_count + came - went)
    return flows.mutate(missing_count=missing).filter(missing != 0)


def uncaused(flows: ir.Table, moves: ir.Table) -> ir.Table:
    """Schemes and causes whose moves are not all in the flows, once in and once out.

    None when law L4 holds. Columns: ``period``, ``scheme``, ``cause`` (empty when a move has none), and the
    three counts of customers that should be equal: ``moves_count``, ``moved_in_count``,
    ``moved_out_count``.
    """
    listed = moves.group_by("period", "scheme", cause=moves.cause.fill_null("")).aggregate(
        n=moves.count().cast("int64")
    )
    entries = [listed.mutate(column=ibis.literal("moves_count"))]
    for cause in CAUSES:
        for column in ("moved_in", "moved_out"):
            total = flows[f"{column}_{cause}_count"].sum().cast("int64")
            sums = flows.group_by("period", "scheme", cause=ibis.literal(cause)).aggregate(n=total)
            entries.append(sums.mutate(column=ibis.literal(f"{column}_count")))
    every = ibis.union(*(one.select("period", "scheme", "cause", "column", "n") for one in entries))
    names = ("moves_count", "moved_in_count", "moved_out_count")
    counts = {name: every.n.sum(where=every.column == name).fill_null(0).cast("int64") for name in names}
    sums = every.group_by("period", "scheme", "cause").aggregate(**counts)
    return sums.filter((sums.moves_count != sums.moved_in_count) | (sums.moves_count != sums.moved_out_count))
