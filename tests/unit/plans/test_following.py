"""Customers are followed from their first choice: what they do, whom contacts reach, who is lost."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.unit.plans.people import People, name, plan_of

Write = Callable[..., Project]
MAILINGS = {
    "entity": "campaign_contacts",
    "connector": {"kind": "file", "format": "csv", "path": "contacts.csv"},
    "columns": {"source_account_id": "customer", "campaign_id": "campaign", "sent_at": "at", "channel": "by"},
}


def by_customer(chosen: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["customer_id"]: row for row in chosen.to_pylist()}


def test_outcomes_are_summed_over_the_periods_followed_and_no_longer(
    engine: Engine, write_plan: Write
) -> None:
    project = write_plan({"capacity": None, "follow_periods": 2})
    chosen = None
    for month, amount in enumerate((1, 10, 100, 1000), start=1):
        people = People(30, amount=lambda number, amount=amount: number + amount)
        _, chosen, _ = plan_of(engine, project, people, f"2024-0{month}", chosen)
    rows = by_customer(chosen)
    assert float(rows[name(1)]["outcome_amount"]) == 2 + 110
    assert rows[name(1)]["followed_periods"] == 2
    assert float(rows[name(1)]["before_1p_amount"]) == 2
    assert float(rows[name(1)]["before_12p_amount"]) == 1
    assert rows[name(1)]["first_chosen_period"] == "2024-01"
    assert rows[name(1)]["last_chosen_period"] == "2024-04"
    contacts = {row["contacts_count"] for row in rows.values() if row["arm"] == "contact"}
    assert contacts == {2}, "those planned within the two periods"
    assert {row["contacts_count"] for row in rows.values() if row["arm"] == "hold_out"} <= {0}


def test_who_left_did_nothing_and_who_was_merged_is_lost(engine: Engine, write_plan: Write) -> None:
    project = write_plan({"capacity": None})
    _, chosen, _ = plan_of(engine, project, People(30))
    gone = People(30, amount=lambda number: 5.0, status={1: "merged", 2: "excluded"})
    _, chosen, _ = plan_of(engine, project, gone, "2024-02", chosen)
    rows = by_customer(chosen)
    assert [rows[name(one)]["is_lost"] for one in (1, 2, 4)] == [True, True, False]
    assert [rows[name(one)]["followed_periods"] for one in (1, 2, 4)] == [0, 0, 1]
    # in the register, but not in the population: silent for too long
    _, chosen, _ = plan_of(engine, project, People(30))
    inputs = People(30).inputs(engine, "2024-02", project)
    from pipeline.plans.following import follow

    few = inputs.features.filter(inputs.features.customer_id != name(4))
    found = follow(engine.from_arrow(chosen), few, inputs.register, None, project)
    assert found is not None
    row = by_customer(engine.to_arrow(found))[name(4)]
    assert (float(row["outcome_amount"]), row["followed_periods"], row["is_lost"]) == (0.0, 1, False)


@pytest.mark.parametrize(
    ("sent_as", "reached"),
    [({"campaigns": ["may"]}, {1, 4}), ({"campaigns": ["may"], "channels": ["mail"]}, {4}), (None, set())],
)
def test_campaign_contacts_tell_who_was_reached(
    engine: Engine, write_plan: Write, sent_as: dict[str, Any] | None, reached: set[int]
) -> None:
    sources = shop_settings()["sources"] | {"mailings": MAILINGS}
    project = write_plan({"capacity": None, "sent_as": sent_as}, sources=sources)
    _, chosen, _ = plan_of(engine, project, People(30))
    contacts = [
        {"account_id": "a00001", "campaign_id": "may", "offer": "ten", "channel": "phone"},
        {"account_id": "a00004", "campaign_id": "may", "offer": None, "channel": "mail"},
        {"account_id": "a00007", "campaign_id": "june", "offer": "ten", "channel": "mail"},
        {"account_id": "a00003", "campaign_id": "may", "offer": "ten", "channel": "mail"},
    ]
    people = People(30, contacts=contacts)
    _, chosen, _ = plan_of(engine, project, people, "2024-02", chosen)
    rows = by_customer(chosen)
    assert {one for one in range(30) if name(one) in rows and rows[name(one)]["is_reached"]} == reached


def test_who_was_chosen_is_followed_on_every_engine(any_engine: Engine, write_plan: Write) -> None:
    project = write_plan({"capacity": None})
    _, chosen, _ = plan_of(any_engine, project, People(30))
    _, chosen, _ = plan_of(any_engine, project, People(30, status={1: "merged"}), "2024-02", chosen)
    rows = by_customer(chosen)
    assert float(rows[name(4)]["outcome_amount"]) == 4
    assert [rows[name(one)]["is_lost"] for one in (1, 4)] == [True, False]


def test_an_action_that_the_settings_no_longer_have_is_kept_as_it_was(
    engine: Engine, write_plan: Write
) -> None:
    _, chosen, _ = plan_of(engine, write_plan({"action": "old"}), People(30))
    rows, after, _ = plan_of(engine, write_plan({"action": "new"}), People(30), "2024-02", chosen)
    assert {row["action"] for row in rows} == {"new"}
    old = [row for row in after.to_pylist() if row["action"] == "old"]
    assert [{**row, "period": "2024-01"} for row in old] == chosen.to_pylist()
