"""Stays: a customer's unbroken time in a segment, or in a status, of a scheme.

Belongs here: since when each customer has been where it is, and which stays a period ended. Does not belong
here: who moved, and why (``movement``).

What is open is carried from period to period, one row a customer; what ended is written once, in the period
that ended it. So the cost of a period does not grow with the length of history (law L10), and a period that
is made anew makes anew what it ended.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.drift.movement import merged_and_split
from pipeline.drift.places import (
    Numbers,
    Places,
    Positions,
    by_customer,
    marked,
    positions_in,
    some_at_once,
    whole,
)
from pipeline.engine.coded import Codes, as_codes, of_codes, repeated
from pipeline.tables import fields
from pipeline.tables.zones import ENDED_STAYS, SINCE, WHY

_MERGED, _SPLIT = "merged", "split"


@dataclass(frozen=True)
class Moved:
    """Who moved in a scheme: places in the period, and numbers of the causes."""

    here: Positions
    cause: Codes


def moved_by_scheme(moves: pa.Table, places: Places) -> dict[str, Moved]:
    """``MOVES`` of the period by scheme, customers by their place in the period."""
    ids = as_codes(moves.column("customer_id").unify_dictionaries().combine_chunks())
    where = positions_in(ids.dictionary, places.now)[ids.indices.to_numpy(zero_copy_only=False)]
    cause = Numbers(fields.cause.values).of(moves.column("cause"))
    numbers = Numbers()
    scheme = numbers.of(moves.column("scheme"))
    found = {}
    for number, name in enumerate(numbers.texts):
        rows = np.flatnonzero(scheme == number)
        found[name] = Moved(where[rows], cause[rows])
    return found


def stays(
    places: Places,
    moved: pa.Table,
    stays_before: pa.Table | None,
    customers_before: ir.Table | None,
    identity_events: ir.Table,
    period: str,
    schemes: Collection[str],
) -> pa.Table:
    """Stays that are open at the end of ``period``: ``stays_table(schemes)`` by customer, texts as codes.

    ``places`` and ``moved`` are the places of customers and ``MOVES`` of the period; ``stays_before`` and
    ``customers_before`` (``CUSTOMERS``) are those of the period before, none in the project's first. A stay
    goes on unless the customer moved in the scheme; it begins for all schemes when the customer
    comes into the population: *entered*, *returned* when it was known before, by a *split*, or
    with the project's *first period*. Raises ``ValueError`` where the stays before are not of the
    customers then.
    """
    size = len(places.now)
    columns = {"period": repeated(period, size), "customer_id": places.now}
    if stays_before is None:
        since, why = repeated(period, size), repeated("first_period", size)
        columns |= {f"{one}{end}": texts for one in schemes for end, texts in ((SINCE, since), (WHY, why))}
        return pa.table(columns)
    _same_customers(stays_before, places)
    every, arrival = moved_by_scheme(moved, places), _arrival(places, customers_before, identity_events)
    is_new = places.before < 0
    nobody = Moved(np.empty(0, np.int64), np.empty(0, np.int32))
    for scheme in schemes:
        periods, causes = Numbers([period]), Numbers([*fields.entered_cause.values])
        since = periods.of(stays_before.column(f"{scheme}{SINCE}"))
        why = causes.of(stays_before.column(f"{scheme}{WHY}"))
        since = np.where(is_new, 0, np.append(since, -1)[places.before])
        why = np.where(is_new, arrival, np.append(why, -1)[places.before])
        some = every.get(scheme, nobody)
        since[some.here] = 0
        first_move = causes.number(fields.cause.values[0])
        why[some.here] = first_move + some.cause
        columns[f"{scheme}{SINCE}"] = of_codes(since, periods.texts)
        columns[f"{scheme}{WHY}"] = of_codes(why, causes.texts)
    return pa.table(columns)


def ended_stays(
    places: Places,
    moved: pa.Table,
    stays_before: pa.Table | None,
    identity_events: ir.Table,
    period: str,
) -> Iterator[pa.RecordBatch]:
    """Stays that ended in ``period``: rows of ``ENDED_STAYS``, texts as codes.

    A stay ends when the customer moves in the scheme, or is in the population no longer: it *left*, or was
    *merged* into another. Arguments as of ``stays``. Rows come by customer and scheme.
    """
    if stays_before is None:
        return
    _same_customers(stays_before, places)
    causes = Numbers(fields.left_cause.values)
    ended = _causes_of_ends(places, moved, identity_events, causes)
    columns = {
        one: (
            places.full(one, places.states_then(one)),
            *(as_codes(whole_codes(stays_before.column(f"{one}{end}"))) for end in (SINCE, WHY)),
        )
        for one in places.schemes
    }
    for some in some_at_once(len(places.then)):
        parts = []
        for scheme in places.schemes:
            cause = ended[scheme][some]
            rows = np.flatnonzero(cause >= 0)
            if len(rows):
                customers = pa.array(rows + some.start)
                kept = [one.take(customers) for one in columns[scheme]]
                left = of_codes(cause[rows], causes.texts)
                parts.append(_ended(scheme, period, customers, kept, left))
        if parts:
            yield by_customer(parts, places.then)


def _ended(
    scheme: str, period: str, customers: pa.Array, kept: Sequence[pa.Array], left: pa.Array
) -> pa.RecordBatch:
    """Rows of ``ENDED_STAYS`` of one scheme, customers by their place; ``kept``: state, since when, why."""
    then, name = repeated(period, len(customers)), repeated(scheme, len(customers))
    return pa.RecordBatch.from_arrays([then, customers, name, *kept, then, left], names=ENDED_STAYS.columns)


def _causes_of_ends(
    places: Places, moved: pa.Table, identity_events: ir.Table, causes: Numbers
) -> dict[str, Codes]:
    """By scheme, why the stay of each customer of the period before ended; -1 where it goes on."""
    is_gone = positions_in(places.then, places.now) < 0
    is_merged = marked(places.then, merged_and_split(identity_events), (_MERGED, _SPLIT)) == 0
    left = np.where(is_merged, causes.number(_MERGED), causes.number("left"))
    leavers = np.where(is_gone, left, -1)
    ended = {one: leavers.copy() for one in places.schemes}
    first_move = causes.number(fields.cause.values[0])
    for scheme, some in moved_by_scheme(moved, places).items():
        ended[scheme][places.before[some.here]] = first_move + some.cause
    return ended


def whole_codes(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    return column.unify_dictionaries().combine_chunks()


def _same_customers(stays_before: pa.Table, places: Places) -> None:
    if not whole(stays_before.column("customer_id")).equals(places.then):
        raise ValueError("open stays of the period before are not those of its customers in the same order")


def _arrival(places: Places, customers_before: ir.Table | None, identity_events: ir.Table) -> Codes:
    """Number among causes of how a customer that was outside the population came into it."""
    causes = list(fields.entered_cause.values)
    events = marked(places.now, merged_and_split(identity_events), (_MERGED, _SPLIT))
    arrival = np.full(len(places.now), causes.index("entered"), np.int32)
    if customers_before is not None:
        known = whole(customers_before.select("customer_id").to_pyarrow().column("customer_id"))
        arrival[positions_in(places.now, known) >= 0] = causes.index("returned")
    arrival[events == 1] = causes.index(_SPLIT)
    return arrival
