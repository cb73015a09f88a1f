"""Small tables for the tests of drift: only what a test says, the rest filled with plain values."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.drift import Places, moves
from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.features import CUSTOMER_FEATURES
from pipeline.tables.model import Table
from pipeline.tables.zones import ASSIGNMENTS, CUSTOMER_EVENTS, CUSTOMERS, MOVES
from tests.unit.segments.tables import side_by_side

#: Schemes of which there are states; those without assignments have none.
SCHEMES = ("loyalty", "rfm")
STATUSES = ("insufficient_data", "not_applicable")


def rows(table: Table, values: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of ``table``; columns that are not given are null."""
    schema = pa.schema([pa.field(one.name, one.type) for one in table.schema])
    return pa.Table.from_pylist([{name: one.get(name) for name in schema.names} for one in values], schema)


def assignments(
    given: Mapping[tuple[str, str], str], version: str | None = "v1", period: str = "2024-02"
) -> pa.Table:
    """Assignments from (customer, scheme) -> segment or status."""
    return rows(
        ASSIGNMENTS,
        (
            {
                "period": period,
                "customer_id": customer,
                "scheme": scheme,
                "scheme_version": version,
                "segment_id": None if state in STATUSES else state,
                "status": state if state in STATUSES else "assigned",
                "evidence_share": 1.0,
            }
            for (customer, scheme), state in given.items()
        ),
    )


def states_of(engine: Engine, table: pa.Table | None, schemes: Iterable[str] = SCHEMES) -> pa.Table | None:
    """States of customers by their assignments, as they stand in the lake: by customer."""
    if table is None:
        return None
    return side_by_side(engine.from_arrow(table), schemes).order_by("customer_id").to_pyarrow()


def places_of(
    engine: Engine, previous: pa.Table | None, current: pa.Table, schemes: Iterable[str] = SCHEMES
) -> Places:
    """Places of customers by their assignments in both periods."""
    now = states_of(engine, current, schemes)
    assert now is not None
    return Places(states_of(engine, previous, schemes), now)


def moved(
    engine: Engine,
    places: Places,
    period: str,
    first: Collection[str] = (),
    replay: pa.Table | None = None,
    reconciled: pa.Table | None = None,
    in_doubt: Collection[str] = (),
    doubted: pa.Table | None = None,
) -> ir.Table:
    """``MOVES`` between the places, with what the previous version and today's links say, if anything."""
    linked, replayed = ([] if one is None else one.to_batches() for one in (reconciled, replay))
    batches = list(moves(places, linked, replayed, first, period, in_doubt, doubted))
    return engine.from_arrow(in_words(batches, MOVES))


def in_words(batches: Iterable[pa.RecordBatch], table: Table) -> pa.Table:
    """Rows of ``table`` with texts in place of codes."""
    some = list(batches)
    given = pa.Table.from_batches(some).unify_dictionaries() if some else table.schema.empty_table()
    return cast(given, table.schema)


def first_fitted(previous: pa.Table | None, current: pa.Table) -> set[str]:
    """Schemes of which assignments have a version now and had none before."""
    before, now = (
        set() if one is None else set(one.filter(one["scheme_version"].is_valid())["scheme"].to_pylist())
        for one in (previous, current)
    )
    return now - before


def customers(names: Iterable[str], period: str = "2024-01") -> pa.Table:
    """Customers known by the end of ``period``."""
    return rows(CUSTOMERS, ({"period": period, "customer_id": name} for name in names))


def identity_events(engine: Engine, kinds: Mapping[str, str]) -> ir.Table:
    """Identity events from customer -> what happened to it."""
    found = [
        {
            "period": "2024-02",
            "customer_id": customer,
            "customer_event": kind,
            "event_cause": "rule",
            "accounts_moved_count": 1,
        }
        for customer, kind in kinds.items()
    ]
    return engine.from_arrow(rows(CUSTOMER_EVENTS, found))


def features(period: str, columns: Mapping[str, Iterable[Any]]) -> pa.Table:
    """Customer features: given columns, customers numbered, everything else null."""
    lists = {name: list(values) for name, values in columns.items()}
    size = len(next(iter(lists.values())))
    arrays = []
    for one in CUSTOMER_FEATURES.schema:
        if one.name == "period":
            values: list[Any] = [period] * size
        elif one.name == "customer_id":
            values = [f"c{number:06}" for number in range(size)]
        else:
            values = lists.get(one.name, [None] * size)
        arrays.append(
            pa.array(values).cast(one.type)
            if any(v is not None for v in values)
            else pa.nulls(size, one.type)
        )
    return pa.table(arrays, names=CUSTOMER_FEATURES.columns)


def mix(period: str, scheme: str, version: str | None = "v1", **customers: int) -> pa.Table:
    """Assignments of one scheme from segment (or status) = customers in it."""
    every = [
        state if state in STATUSES else f"{scheme}:{state}"
        for state, n in customers.items()
        for _ in range(n)
    ]
    return assignments({(f"c{number:06}", scheme): one for number, one in enumerate(every)}, version, period)
