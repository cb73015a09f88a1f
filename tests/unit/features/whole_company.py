"""All features of random rows of every entity, as if every source told everything; an account a customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.features import FEATURES, FeatureInputs
from pipeline.identity import customers
from pipeline.ledgers import LEDGERS, Ledger
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES, PRODUCTS
from pipeline.tables.zones import ACCOUNT_LINKS
from tests.unit.features.chain import computed
from tests.unit.ledgers.every_event import Row, event_entities, random_products, scores, tables
from tests.unit.ledgers.lines import UTC_MONTHS, at, profiles, rows_of

PERIOD = "2024-03"
PERIODS = UTC_MONTHS.between("2023-03", "2024-05")
AS_OF = UTC_MONTHS.as_of(PERIOD)
FIRST = at("2023-03-01 00:00")
DAYS = 440
CATALOGUE = rows_of(PRODUCTS.clean, random_products(3, PERIODS))


@dataclass(frozen=True)
class Company:
    """A company whose sources tell everything."""

    calendar = UTC_MONTHS
    entities = frozenset({*event_entities(), "products", "profiles"})

    def sources_telling(self, entity: str, columns: Any) -> list[str]:
        return ["somewhere"]


def features(engine: Engine, project: Project, events: Mapping[str, list[Row]]) -> dict[str, dict[str, Any]]:
    """All features as of the end of ``PERIOD``, as if every source told everything; an account a customer."""
    clean = {name: engine.from_arrow(rows) for name, rows in tables(events).items()}
    clean["products"] = engine.from_arrow(CATALOGUE)
    toned = {name: engine.from_arrow(rows) for name, rows in scores(events).items()}
    company = Company()

    def filled(ledger: Ledger) -> ir.Table:
        rows = toned if ledger.of_texts else clean
        read = {key: rows[key] for key in ledger.reads(set(clean), set(toned))}
        return engine.from_arrow(engine.to_arrow(ledger.of(read, company)))

    ledgers = {name: filled(one) for name, one in LEDGERS.items()}
    links = engine.from_arrow(links_of(events))
    city = profiles(*({"account_id": f"a_{number}", "city": "Ulm"} for number in range(5)), period=PERIOD)
    known = customers(links, engine.from_arrow(city), PERIOD, project)
    return computed(engine, FeatureInputs(known, links, ledgers), PERIOD, project, set(FEATURES))


def links_of(events: Mapping[str, list[Row]]) -> pa.Table:
    """Each account as known by ``AS_OF``, a customer of its own."""
    seen: dict[str, list[datetime]] = {}
    for name, rows in events.items():
        for row in rows:
            seen.setdefault(row["account_id"], []).append(row[ENTITIES[name].event_time or ""])
    before = {account: [one for one in times if one < AS_OF] for account, times in seen.items()}
    return rows_of(
        ACCOUNT_LINKS,
        [
            {
                "period": PERIOD, "account_id": account, "customer_id": f"c_{account}",
                "link_kind": "own_account", "first_seen_at": min(times), "last_active_at": max(times),
            }
            for account, times in before.items() if times
        ],
    )  # fmt: skip
