"""The ledger of events: that an account was active, whatever the entity."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.ledgers import LEDGERS
from pipeline.tables.entities import CONSENTS, WEB_VISITS
from pipeline.tables.model import Table
from tests.unit.ledgers.lines import Company


def rows(table: Table, *found: dict[str, object]) -> pa.Table:
    schema = pa.schema([pa.field(one.name, one.type) for one in table.schema])
    return pa.Table.from_pylist([{name: one.get(name) for name in schema.names} for one in found], schema)


def at(day: int) -> datetime:
    return datetime(2024, 1, day, tzinfo=UTC)


def test_events_are_counted_by_account_period_and_entity(engine: Engine) -> None:
    visits = rows(
        WEB_VISITS.clean,
        {"period": "2024-01", "account_id": "a_1", "started_at": at(3)},
        {"period": "2024-01", "account_id": "a_1", "started_at": at(1)},
        {"period": "2024-02", "account_id": "a_1", "started_at": at(31)},
    )
    consents = rows(CONSENTS.clean, {"period": "2024-01", "account_id": "a_1", "decided_at": at(2)})
    ledger = LEDGERS["events"].of(
        {"web_visits": engine.from_arrow(visits), "consents": engine.from_arrow(consents)}, Company()
    )
    found = ledger.order_by("period", "entity").to_pyarrow().to_pylist()
    assert [(one["period"], one["entity"], one["events_count"]) for one in found] == [
        ("2024-01", "consents", 1),
        ("2024-01", "web_visits", 2),
        ("2024-02", "web_visits", 1),
    ]
    assert (found[1]["first_event_at"], found[1]["last_event_at"]) == (at(1), at(3))


def test_without_any_entity_there_is_no_ledger() -> None:
    with pytest.raises(ValueError, match="no ledger of events"):
        LEDGERS["events"].of({}, Company())
