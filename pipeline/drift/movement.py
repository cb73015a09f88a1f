"""The movement ledger: who changed segment, why, and flows that balance exactly (law L4).

Belongs here: moves with one cause each, flows of every state, and the checks that both hold.
Does not belong here: how much movement is unusual (``assessment``).

Everything counts customers, in whole numbers, whatever the order of the rows.
"""

from collections.abc import Collection, Sequence

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.tables import fields
from pipeline.tables.zones import FLOWS, MOVES, schemes_in, state_of

#: Steps of the path from the state published last period to this period's, in their order.
CAUSES: tuple[str, ...] = fields.cause.values

_KEYS = ("customer_id", "scheme")
_ASSIGNED = "assigned"
#: Bounds memory: the states of so many schemes in both periods are joined at a time.
SCHEMES_AT_ONCE = 10
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
    previous: ir.Table | None,
    current: ir.Table,
    reconciled: ir.Table,
    previous_version: ir.Table,
    first_fitted: Collection[str],
    period: str,
) -> ir.Table:
    """Customers in the population of both periods whose state changed: rows of ``MOVES``.

    ``previous`` and ``current`` are ``states_table`` of the previous period (none: the project's first) and
    of ``period``; ``reconciled`` are assignments that say where customers that were merged or split would
    have stood in the previous period with their accounts of now; ``previous_version`` what the previous
    version makes of the new features, only for schemes that were refitted; ``first_fitted`` names the
    schemes that have a version now and had none in the previous period.

    The cause is the first step of the path *as published -> identity -> behaviour -> model* that
    leaves the published state. A customer whom two steps move there and back did not move.
    """
    changed = _changed(_or_none(previous, current), current)
    paths = _paths(changed, reconciled, previous_version, first_fitted)
    steps = [
        ("identity", paths.identity_state),
        ("behaviour", paths.behaviour_state),
        ("model", paths.to_state),
    ]
    cause = _first_step(paths.from_state, steps)
    return paths.mutate(period=ibis.literal(period), cause=cause).select(*MOVES.columns)


def _changed(previous: ir.Table, current: ir.Table) -> ir.Table:
    """Customers of both periods whose state changed, by scheme: ``from_state``, ``to_state``."""
    found = []
    for schemes in _some_at_once(current):
        both = _then(previous, schemes).inner_join(_now(current, schemes), "customer_id")
        for scheme in schemes:
            one = both.select("customer_id", from_state=f"{scheme}_then", to_state=f"{scheme}_now")
            moved = one.filter(one.from_state != one.to_state)
            found.append(moved.mutate(scheme=ibis.literal(scheme)))
    rows = ibis.union(*found) if len(found) > 1 else found[0]
    return rows.select(
        *_KEYS, **{name: _full(rows.scheme, rows[name]) for name in ("from_state", "to_state")}
    )


def _some_at_once(states: ir.Table) -> list[list[str]]:
    """Names of the schemes that ``states`` have columns of, so many at a time."""
    names = schemes_in(states.columns)
    return [names[one : one + SCHEMES_AT_ONCE] for one in range(0, len(names), SCHEMES_AT_ONCE)]


def _then(previous: ir.Table, schemes: Sequence[str]) -> ir.Table:
    return previous.select("customer_id", **{f"{one}_then": state_of(one) for one in schemes})


def _now(current: ir.Table, schemes: Sequence[str]) -> ir.Table:
    return current.select("customer_id", **{f"{one}_now": state_of(one) for one in schemes})


def _full(scheme: ir.Value, local: ir.Value) -> ir.Value:
    """A state by its full name: ``scheme:name`` of a segment, or the status."""
    return ibis.ifelse(local.isin(fields.UNASSIGNED), local, scheme + ":" + local)


def _paths(
    moved: ir.Table, reconciled: ir.Table, previous_version: ir.Table, first_fitted: Collection[str]
) -> ir.Table:
    """``moved`` customers with the states along the path."""
    replayed = moved.left_join(states(previous_version), _KEYS).select(*moved.columns, replayed_state="state")
    linked = replayed.left_join(states(reconciled), _KEYS).select(*replayed.columns, linked_state="state")
    # Only customers that were merged or split are reconciled; all others stood where they stood.
    known = linked.mutate(identity_state=linked.linked_state.coalesce(linked.from_state))
    # Where nobody refitted, the version in force is the previous one. A first fit has no
    # version before it: what changes then is the model's doing, whatever customers did.
    is_first_fit = known.scheme.isin(sorted(first_fitted)) if first_fitted else ibis.literal(False)
    otherwise = ibis.ifelse(is_first_fit, known.identity_state, known.to_state)
    return known.mutate(behaviour_state=known.replayed_state.coalesce(otherwise))


def _first_step(origin: ir.Column, steps: Sequence[tuple[str, ir.Column]]) -> ir.Column:
    """Name of the first step whose state is not ``origin``; null where none is."""
    branches = [(state != origin, ibis.literal(name)) for name, state in steps]
    return ibis.cases(*branches, else_=ibis.null("string"))


def flows(
    previous: ir.Table | None,
    current: ir.Table,
    moves: ir.Table,
    customers_previous: ir.Table | None,
    identity_events: ir.Table,
    period: str,
) -> ir.Table:
    """How the population of every state came about: rows of ``FLOWS``.

    ``previous`` and ``current`` are states as ``moves`` takes them, ``moves`` is its result for the period,
    ``customers_previous`` is ``CUSTOMERS`` of the previous period, ``identity_events`` are
    ``CUSTOMER_EVENTS`` of ``period``. A customer of the population now but not then has *returned* when
    known as a customer before, else *entered*; those who came by a split, or left by a merge, are counted
    apart as well. Every state that occurs in either period has a row, with zeros where nothing happened.
    """
    stays = _stays(_or_none(previous, current), current, customers_previous, identity_events)
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


def _stays(
    previous: ir.Table, current: ir.Table, customers_previous: ir.Table | None, identity_events: ir.Table
) -> ir.Table:
    """Customers by scheme, state then, state now (null: outside the population), known before or
    not, merged away, split off or neither.

    As many rows as there are different ones, held in memory.
    """
    events = merged_and_split(identity_events)
    counted = [_STAYS.empty_table()]
    for schemes in _some_at_once(current):
        every = _known(_then(previous, schemes), _now(current, schemes), customers_previous, events)
        parts = [_stays_of(scheme, every) for scheme in schemes]
        rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
        counted.append(rows.to_pyarrow().cast(_STAYS))
    return ibis.memtable(pa.concat_tables(counted))


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


def _known(then: ir.Table, now: ir.Table, customers_previous: ir.Table | None, events: ir.Table) -> ir.Table:
    """Customers of either period with their states, whether they were known before, and their event."""
    every = then.outer_join(now, "customer_id")
    columns = [name for name in (*then.columns, *now.columns) if name != "customer_id"]
    # mutate, not select: a select would be folded into the join, and the next join refused.
    every = every.mutate(customer_id=every.customer_id.coalesce(every.customer_id_right))
    every = every.select("customer_id", *columns)
    if customers_previous is None:
        every = every.mutate(is_known=ibis.literal(False))
    else:
        known = customers_previous.select("customer_id").distinct().mutate(is_known=ibis.literal(True))
        every = every.left_join(known, "customer_id").select(*every.columns, "is_known")
        every = every.mutate(is_known=every.is_known.fill_null(False))
    return every.left_join(events, "customer_id").select(*every.columns, "identity_event")


def _stays_of(scheme: str, every: ir.Table) -> ir.Table:
    one = every.select("is_known", "identity_event", from_state=f"{scheme}_then", to_state=f"{scheme}_now")
    counted = one.group_by("from_state", "to_state", "is_known", "identity_event").aggregate(
        n=one.count().cast("int64")
    )
    name = ibis.literal(scheme)
    full = {state: _full(name, counted[state]) for state in ("from_state", "to_state")}
    return counted.mutate(scheme=name, **full).select(*_STAYS.names)


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


def _or_none(previous: ir.Table | None, current: ir.Table) -> ir.Table:
    """``previous``, or no rows at all in the project's first period."""
    return previous if previous is not None else current.filter(ibis.literal(False))
