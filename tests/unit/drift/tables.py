"""Small tables for the tests of drift: only what a test says, the rest filled with plain values."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.features import CUSTOMER_FEATURES
from pipeline.tables.model import Table
from pipeline.tables.zones import ASSIGNMENTS, CUSTOMER_EVENTS, CUSTOMERS, ROW_ACCOUNTS
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


def states_of(engine: Engine, table: pa.Table | None) -> ir.Table | None:
    """States of customers by their assignments."""
    return None if table is None else side_by_side(engine.from_arrow(table), SCHEMES)


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


def row_accounts(period: str, entity: str = "orders", **sources: tuple[int, int]) -> pa.Table:
    """Row accounts from source = (rows read, rows quarantined)."""
    return rows(
        ROW_ACCOUNTS,
        (
            {
                "period": period,
                "source": name,
                "entity": entity,
                "rows_read_count": read,
                "rows_quarantined_count": bad,
                "rows_kept_count": read - bad,
                "duplicates_dropped_count": 0,
                "rows_withdrawn_count": 0,
                "late_rows_count": 0,
                "quarantined_share": bad / read if read else None,
            }
            for name, (read, bad) in sources.items()
        ),
    )


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
