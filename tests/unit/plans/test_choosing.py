"""Who is chosen: capacity, hold-out, consent, rest, priority; the same on every engine."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.plans.candidates import below, is_drawn
from pipeline.settings import Project
from tests.conftest import KEY, shop_settings
from tests.unit.plans.people import People, name, plan_of

Write = Callable[..., Project]


def statuses(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(row["plan_status"] for row in rows)


def who(rows: list[dict[str, Any]], status: str) -> set[str]:
    return {row["customer_id"] for row in rows if row["plan_status"] == status}


def test_only_customers_of_the_segments_are_planned_and_contacts_fill_the_capacity(
    any_engine: Engine, write_plan: Write
) -> None:
    rows, chosen, _ = plan_of(any_engine, write_plan(), People(200))
    assert {row["customer_id"] for row in rows} == {name(one) for one in range(200) if one % 3}
    found = statuses(rows)
    assert found["contact"] == 40
    assert 0 < found["hold_out"] < 15
    assert all(row["plan_reason"] == "capacity" for row in rows if row["plan_status"] == "not_selected")
    assert {row["rank_basis"] for row in rows if row["plan_rank"]} == {"random"}
    ranks = [row["plan_rank"] for row in rows if row["plan_rank"]]
    assert ranks == list(range(1, len(ranks) + 1))
    assert all(row["expected_gain_amount"] is None for row in rows)
    assert chosen.num_rows == len(ranks)
    assert {row["effect_group"] for row in rows} == {"loyalty:medium", "loyalty:low"}


def test_before_there_is_evidence_a_feature_may_rank_and_that_is_said(
    engine: Engine, write_plan: Write
) -> None:
    rows, _, _ = plan_of(engine, write_plan({"first_by": "net_amount_12p"}), People(200))
    taken = [row for row in rows if row["plan_rank"]]
    assert [row["customer_id"] for row in taken] == sorted(
        (row["customer_id"] for row in taken), reverse=True
    )
    assert {row["rank_basis"] for row in taken} == {"unchecked"}
    assert taken[0]["customer_id"] == name(199)


def test_who_is_held_out_is_held_out_for_good(engine: Engine, write_plan: Write) -> None:
    project, people = write_plan({"capacity": None, "follow_periods": 12}), People(3000)
    first, chosen, _ = plan_of(engine, project, people)
    again, _, _ = plan_of(engine, project, people, "2024-02", chosen)
    alone, _, _ = plan_of(engine, project, people, "2024-02")
    assert who(first, "hold_out") == who(again, "hold_out") == who(alone, "hold_out")
    assert len(who(first, "hold_out")) / len(first) == pytest.approx(0.1, abs=0.025)
    other, _, _ = plan_of(engine, write_plan({"capacity": None, "action": "thank"}), people)
    shared = who(first, "hold_out") & who(other, "hold_out")
    assert len(shared) / len(first) == pytest.approx(0.01, abs=0.01), "another action draws anew"


def test_a_changed_share_moves_nobody_who_was_chosen_before(engine: Engine, write_plan: Write) -> None:
    people = People(600)
    first, chosen, _ = plan_of(engine, write_plan({"capacity": 100}), people)
    more, _, _ = plan_of(
        engine, write_plan({"capacity": 100, "hold_out_share": 0.4}), people, "2024-02", chosen
    )
    touched = who(first, "contact") | who(first, "hold_out")
    assert who(more, "hold_out") & touched <= who(first, "hold_out")
    assert len(who(more, "hold_out") - touched) > 20


def test_whether_one_is_chosen_does_not_depend_on_the_own_side(engine: Engine, write_plan: Write) -> None:
    """Of the customers above the line as many are held out as of those below."""
    rows, _, _ = plan_of(engine, write_plan({"capacity": 1000, "hold_out_share": 0.3}), People(4000))
    above = [row for row in rows if row["plan_rank"]]
    assert len(who(rows, "hold_out")) / len(above) == pytest.approx(0.3, abs=0.04)


def test_nobody_is_contacted_without_consent(any_engine: Engine, write_plan: Write) -> None:
    consents = {
        "entity": "consents",
        "connector": {"kind": "file", "format": "csv", "path": "consents.csv"},
        "columns": {
            "source_account_id": "customer",
            "decided_at": "at",
            "purpose": "purpose",
            "is_granted": "granted",
        },
    }
    sources = shop_settings()["sources"] | {"consents": consents}
    project = write_plan({"consent": "mail", "capacity": None}, sources=sources)
    decisions = [
        {
            "account_id": f"a{one:05d}",
            "purpose": purpose,
            "decided_at": datetime(2024, 1, 1 + one % 5, tzinfo=UTC),
            "is_granted": (one % 2 == 0) == (purpose == "mail"),
        }
        for one in range(150)
        for purpose in ("mail", "phone")
    ]
    rows, _, _ = plan_of(any_engine, project, People(200, decisions=decisions))
    taken = {row["customer_id"] for row in rows if row["plan_rank"]}
    assert taken == {name(one) for one in range(150) if one % 3 and one % 2 == 0}
    assert {row["plan_reason"] for row in rows if not row["plan_rank"]} == {"no_consent"}


def test_the_first_action_chooses_first_and_its_hold_out_is_nobody_elses(
    engine: Engine, write_plan: Write
) -> None:
    thank = {"action": "thank", "segments": {"loyalty": ["low"]}, "capacity": None}
    rows, _, _ = plan_of(engine, write_plan({}, thank), People(300))
    first = [row for row in rows if row["action"] == "win_back"]
    second = [row for row in rows if row["action"] == "thank"]
    taken = {row["customer_id"] for row in first if row["plan_rank"]}
    assert not taken & {row["customer_id"] for row in second if row["plan_rank"]}
    reasons = {row["customer_id"]: row["plan_reason"] for row in second}
    assert {reasons[one] for one in taken if one in reasons} == {"other_action"}
    both, _, _ = plan_of(engine, write_plan({}, thank, plan={"most_actions": 2}), People(300))
    assert not {row["plan_reason"] for row in both if row["action"] == "thank"} - {None}


def test_who_was_chosen_rests(engine: Engine, write_plan: Write) -> None:
    project, people = write_plan({"rest_periods": 1}), People(300)
    first, chosen, _ = plan_of(engine, project, people)
    touched = {row["customer_id"] for row in first if row["plan_rank"]}
    second, chosen, _ = plan_of(engine, project, people, "2024-02", chosen)
    assert {row["plan_reason"] for row in second if row["customer_id"] in touched} == {"resting"}
    third, _, _ = plan_of(engine, project, people, "2024-03", chosen)
    assert not {row["plan_reason"] for row in third if row["customer_id"] in touched} & {"resting"}


def test_a_budget_buys_as_many_contacts_as_it_pays_for(engine: Engine, write_plan: Write) -> None:
    project = write_plan({"capacity": 30, "budget_amount": 29.9, "cost_amount": 1.5})
    rows, _, _ = plan_of(engine, project, People(300))
    assert statuses(rows)["contact"] == 19


def test_digits_are_drawn_as_often_as_the_share_says(engine: Engine) -> None:
    assert [below(one) for one in (0.0, 0.5, 1.0)] == ["00000000", "80000000", "ffffffff"]
    digits = [KEY.digest(f"customer {one}") for one in range(4000)]
    drawn = [one for one in digits if one[:8] < below(0.25)]
    assert len(drawn) / len(digits) == pytest.approx(0.25, abs=0.03)
    rows = engine.from_arrow(pa.table({"digits": digits}))
    assert rows.filter(is_drawn(rows.digits, 0.25)).count().to_pyarrow().as_py() == len(drawn)
