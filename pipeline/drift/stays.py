"""Stays: a customer's unbroken time in a segment, or in a status, of a scheme.

Belongs here: since when each customer has been where it is, and which stays a period ended. Does not belong
here: who moved, and why (``movement``).

What is open is carried from period to period, one row a customer; what ended is written once, in the period
that ended it. So the cost of a period does not grow with the length of history (law L10), and a period that
is made anew makes anew what it ended.
"""

from collections.abc import Collection

import ibis
from ibis.expr import types as ir

from pipeline.drift.movement import merged_and_split, states
from pipeline.engine.wide import picked
from pipeline.tables.zones import ENDED_STAYS, SINCE, WHY, stays_table

_MERGED, _SPLIT = "merged", "split"


def stays(
    customers: ir.Table,
    moved: ir.Table,
    stays_before: ir.Table | None,
    customers_before: ir.Table | None,
    identity_events: ir.Table,
    period: str,
    schemes: Collection[str],
) -> ir.Table:
    """Stays that are open at the end of ``period``: rows of ``stays_table(schemes)``.

    ``customers`` has one row a customer of the population (``customer_id``), ``moved`` are ``MOVES`` of the
    period; ``stays_before`` and ``customers_before`` (``CUSTOMERS``) are those of the period before, none in
    the project's first. A stay goes on unless the customer moved in the scheme; it begins for all schemes
    when the customer comes into the population: *entered*, *returned* when it was known before, by a
    *split*, or with the project's *first period*.
    """
    causes = moved.group_by("customer_id").aggregate(
        **{_moved(name): moved.cause.max(where=moved.scheme == name) for name in schemes}
    )
    rows, contract = customers.select("customer_id"), stays_table(schemes)
    if stays_before is None:
        began = {
            name: ibis.literal("first_period" if name.endswith(WHY) else period)
            for name in contract.columns[2:]
        }
        return rows.mutate(period=ibis.literal(period), **began).select(*contract.columns)
    earlier = stays_before.drop("period").mutate(is_there=ibis.literal(True))
    arrived = _arrived(rows, customers_before, identity_events).left_join(earlier, "customer_id")
    known = arrived.left_join(causes, "customer_id")
    columns: dict[str, ir.Value] = {}
    for name in schemes:
        cause, is_new = known[_moved(name)], known.is_there.isnull()
        since, why = known[f"{name}{SINCE}"], known[f"{name}{WHY}"]
        columns[f"{name}{SINCE}"] = ibis.ifelse(is_new | cause.notnull(), ibis.literal(period), since)
        columns[f"{name}{WHY}"] = cause.coalesce(ibis.ifelse(is_new, known.arrival, why))
    return known.select(period=ibis.literal(period), customer_id=known.customer_id, **columns).select(
        *contract.columns
    )


def ended_stays(
    customers: ir.Table,
    moved: ir.Table,
    stays_before: ir.Table | None,
    assigned_before: ir.Table | None,
    identity_events: ir.Table,
    period: str,
    schemes: Collection[str],
) -> ir.Table:
    """Stays that ended in ``period``: rows of ``ENDED_STAYS``.

    A stay ends when the customer moves in the scheme, or is in the population no longer: it *left*, or was
    *merged* into another. ``assigned_before`` are ``ASSIGNMENTS`` of the period before.
    """
    if stays_before is None or assigned_before is None:
        return moved.filter(ibis.literal(False)).select(
            **{one.name: ibis.null(ibis.dtype(one.type)).name(one.name) for one in ENDED_STAYS.fields}
        )
    movers = moved.select("customer_id", "scheme", state=moved.from_state, left_cause=moved.cause)
    gone = states(assigned_before).anti_join(customers, "customer_id")
    gone = gone.left_join(merged_and_split(identity_events), "customer_id").select(
        *gone.columns, "identity_event"
    )
    left = ibis.ifelse(gone.identity_event.identical_to(_MERGED), _MERGED, "left")
    leavers = gone.select("customer_id", "scheme", "state", left_cause=left)
    every = ibis.union(movers, leavers)
    rows = every.left_join(stays_before.drop("period"), "customer_id")
    return rows.select(
        "customer_id",
        "scheme",
        "state",
        "left_cause",
        period=ibis.literal(period),
        left_period=ibis.literal(period),
        entered_period=picked(rows, "scheme", schemes, SINCE),
        entered_cause=picked(rows, "scheme", schemes, WHY),
    ).select(*ENDED_STAYS.columns)


def _moved(scheme: str) -> str:
    return f"{scheme}_move"


def _arrived(rows: ir.Table, customers_before: ir.Table | None, identity_events: ir.Table) -> ir.Table:
    """``rows`` with ``arrival``: how a customer that was outside the population came into it."""
    events = merged_and_split(identity_events)
    found = rows.left_join(events, "customer_id").select("customer_id", "identity_event")
    if customers_before is None:
        known = found.mutate(is_known=ibis.literal(False))
    else:
        earlier = customers_before.select("customer_id").distinct().mutate(is_known=ibis.literal(True))
        known = found.left_join(earlier, "customer_id").select(*found.columns, "is_known")
    arrival = ibis.cases(
        (known.identity_event.identical_to(_SPLIT), _SPLIT),
        (known.is_known.fill_null(False), "returned"),
        else_="entered",
    )
    return known.select("customer_id", arrival=arrival)
