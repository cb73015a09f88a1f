"""From clean rows to features, period by period, as the pipeline does it."""

from collections.abc import Collection, Mapping
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.features import CUSTOMER_FEATURES, FEATURES, FeatureInputs, Window, customer_features
from pipeline.identity import customers, resolve, seen_accounts
from pipeline.ledgers import LEDGERS
from pipeline.ledgers.declaration import Company
from pipeline.settings import Project
from pipeline.tables.zones import ACCOUNT_LINKS
from tests.conftest import KEY


def window_of(project: Project, period: str) -> Window:
    """The window of ``period``."""
    return Window(project.calendar, project.first_period, period)


#: What tests call the clean rows of some entities; others go by the name of the entity.
_ENTITIES = {
    "lines": "orders",
    "catalogue": "products",
    "contacts": "campaign_contacts",
    "redemptions": "coupon_redemptions",
}


def feature_inputs(
    engine: Engine,
    project: Project,
    period: str,
    profiles: pa.Table | None = None,
    company: Company | None = None,
    scores: Mapping[str, pa.Table] | None = None,
    **clean: pa.Table | None,
) -> FeatureInputs:
    """Links and customers of ``period``, built up from the project's first; whole ledgers.

    ``company`` is what ledgers know of the project, where it is not the project; ``scores`` are those of
    texts, by entity.
    """

    def kept(table: ir.Table) -> ir.Table:
        return engine.from_arrow(engine.to_arrow(table))

    cleaned = {
        _ENTITIES.get(name, name): engine.from_arrow(rows) for name, rows in clean.items() if rows is not None
    }
    toned = {name: engine.from_arrow(rows) for name, rows in (scores or {}).items()}
    snapshot = None if profiles is None else engine.from_arrow(profiles)
    ledgers = {
        name: kept(one.of({key: rows[key] for key in read}, company or project))
        for name, one in LEDGERS.items()
        for rows in [toned if one.of_texts else cleaned]
        if (read := one.reads(set(cleaned), set(toned)))
    }
    events = [table for name, table in ledgers.items() if LEDGERS[name].events]

    links, register = engine.from_arrow(ACCOUNT_LINKS.schema.empty_table()), None
    for one in project.calendar.between(project.first_period, period):
        seen = seen_accounts(links, events, snapshot, one, project)
        found = resolve(seen, links, register, None, one, project, KEY)
        links, register = engine.from_arrow(found.links), engine.from_arrow(found.register)
    known = kept(customers(links, snapshot, period, project))
    return FeatureInputs(known, links, ledgers)


def computed(
    engine: Engine,
    inputs: FeatureInputs,
    period: str,
    project: Project,
    givable: Collection[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Features by customer, cast to the contract; ``givable`` are the project's unless given."""
    given = project.givable if givable is None else givable
    table = customer_features(inputs, window_of(project, period), FEATURES, given)
    assert list(table.columns) == CUSTOMER_FEATURES.columns
    rows = cast(engine.to_arrow(table), CUSTOMER_FEATURES.schema).to_pylist()
    by_customer = {row["customer_id"]: row for row in rows}
    assert len(by_customer) == len(rows)
    return by_customer


def features(
    engine: Engine, project: Project, period: str, **clean: pa.Table | None
) -> dict[str, dict[str, Any]]:
    """Features by customer as of the end of ``period``, from clean rows of any periods."""
    return computed(engine, feature_inputs(engine, project, period, **clean), period, project)
