"""Whose consent counts: the last decision of the whole customer, carried from period to period."""

from datetime import UTC, datetime

import pyarrow as pa

from pipeline.engine import Engine
from pipeline.plans import consent_decisions, who_consents
from pipeline.tables.plans import CONSENT_DECISIONS

SCHEMA = pa.schema([CONSENT_DECISIONS.schema.field(one) for one in CONSENT_DECISIONS.columns])


def said(engine: Engine, *rows: tuple[str, int, bool], purpose: str = "mail", period: str = "2024-01"):
    listed = [
        {
            "period": period,
            "account_id": account,
            "purpose": purpose,
            "decided_at": datetime(2024, 1, day, tzinfo=UTC),
            "is_granted": is_granted,
        }
        for account, day, is_granted in rows
    ]
    return engine.from_arrow(pa.Table.from_pylist(listed, schema=SCHEMA))


def linked(engine: Engine, **customers: str):
    return engine.from_arrow(
        pa.table({"account_id": list(customers), "customer_id": list(customers.values())})
    )


def names(engine: Engine, table) -> list[str]:
    return sorted(engine.to_arrow(table)["customer_id"].to_pylist())


def test_the_last_decision_of_an_account_is_carried_on(any_engine: Engine) -> None:
    first = consent_decisions(None, said(any_engine, ("a", 1, True), ("b", 2, True)), "2024-01")
    before = any_engine.from_arrow(any_engine.to_arrow(first))
    now = said(any_engine, ("b", 20, False), ("c", 21, True), period="2024-02")
    found = any_engine.to_arrow(consent_decisions(before, now, "2024-02")).to_pylist()
    assert {(one["account_id"], one["is_granted"]) for one in found} == {
        ("a", True),
        ("b", False),
        ("c", True),
    }
    assert {one["period"] for one in found} == {"2024-02"}


def test_a_decision_that_comes_late_does_not_outdo_a_later_one(engine: Engine) -> None:
    before = consent_decisions(None, said(engine, ("a", 15, False)), "2024-01")
    found = engine.to_arrow(consent_decisions(before, said(engine, ("a", 3, True)), "2024-02")).to_pylist()
    assert [one["is_granted"] for one in found] == [False]


def test_of_decisions_at_one_moment_a_no_counts_and_one_account_speaks_for_the_customer(
    engine: Engine,
) -> None:
    links = linked(engine, a="anna", b="anna", c="carl", d="dora")
    decisions = said(engine, ("a", 1, True), ("b", 5, False), ("c", 1, False), ("d", 2, True))
    assert names(engine, who_consents(decisions, links, "mail")) == ["dora"]
    torn = said(engine, ("c", 3, True), ("a", 5, True), ("b", 5, False))
    assert names(engine, who_consents(torn, links, "mail")) == ["carl"]
    assert names(engine, who_consents(torn, links, "phone")) == []
