"""What is told of an action: intervals, verdicts, groups, leaks; and the plan follows what was measured."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.plans.measuring import followed_to_the_end
from pipeline.settings import Project
from pipeline.tables.plans import ALL
from tests.conftest import KEY, shop_settings
from tests.unit.plans.people import People, name, plan_of
from tests.unit.plans.test_following import MAILINGS

Write = Callable[..., Project]
OPEN = {"capacity": None, "hold_out_share": 0.3, "cost_amount": 0}


def lived(
    engine: Engine, project: Project, effect: Callable[[int], float], count: int = 1200, **more: Any
) -> tuple[list[dict[str, Any]], pa.Table, list[dict[str, Any]]]:
    """Two periods, in the second of which contacts bring ``effect`` to a customer by number."""
    _, chosen, _ = plan_of(engine, project, People(count))
    arms = {row["customer_id"]: row["arm"] for row in chosen.to_pylist()}
    noise = np.random.default_rng(1).normal(50, 10, count)

    def amount(number: int) -> float:
        return float(noise[number]) + effect(number) * (arms.get(name(number)) == "contact")

    return plan_of(engine, project, People(count, amount=amount, **more), "2024-02", chosen)


def together(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if (row["chosen_period"], row["effect_group"]) == (ALL, ALL))


def test_before_anybody_was_followed_nothing_can_be_told(engine: Engine, write_plan: Write) -> None:
    _, _, told = plan_of(engine, write_plan(), People(100))
    assert [row["action_verdict"] for row in told] == ["cannot_tell"]
    assert together(told)["effect_value"] is None
    assert together(told)["contact_count"] == 0


@pytest.mark.parametrize(("effect", "verdict"), [(10.0, "earned"), (-10.0, "lost"), (0.0, "no_evidence")])
def test_verdicts(engine: Engine, write_plan: Write, effect: float, verdict: str) -> None:
    _, _, told = lived(engine, write_plan(OPEN | {"worth": 0.5}), lambda number: effect)
    row = together(told)
    assert row["action_verdict"] == verdict
    assert row["effect_lower_value"] < effect < row["effect_upper_value"]
    assert row["net_gain_amount"] == pytest.approx(row["contact_count"] * row["effect_value"] * 0.5, abs=1)
    cohort = next(row for row in told if row["chosen_period"] == "2024-01")
    assert cohort["effect_value"] == row["effect_value"]
    assert cohort["action_verdict"] is None, "a verdict is of all together"


def test_few_who_were_held_out_give_no_verdict_and_fewer_no_figure(engine: Engine, write_plan: Write) -> None:
    _, _, told = lived(engine, write_plan(OPEN), lambda number: 90.0, count=120)
    row = together(told)
    assert 10 <= row["hold_out_count"] < 50
    assert (row["action_verdict"], row["effect_lower_value"]) == ("cannot_tell", None)
    assert row["effect_value"] > 50
    _, _, told = lived(engine, write_plan(OPEN), lambda number: 90.0, count=30)
    assert together(told)["hold_out_count"] < 10
    assert together(told)["contact_mean_value"] is None


def test_groups_are_contacted_in_the_order_of_what_contacts_brought_them(
    engine: Engine, write_plan: Write
) -> None:
    """Those of medium loyalty gain by it, those of low loyalty lose."""
    project = write_plan(OPEN | {"capacity": 300, "cost_amount": 1, "explore_share": 0.1})
    _, chosen, _ = plan_of(engine, write_plan(OPEN), People(1200))
    arms = {row["customer_id"]: row["arm"] for row in chosen.to_pylist()}
    noise = np.random.default_rng(1).normal(50, 10, 1200)

    def amount(number: int) -> float:
        effect = 10.0 if number % 3 == 1 else -10.0
        return float(noise[number]) + effect * (arms.get(name(number)) == "contact")

    rows, _, told = plan_of(engine, project, People(1200, amount=amount), "2024-02", chosen)
    taken = [row for row in rows if row["plan_status"] == "contact"]
    measured = [row for row in taken if row["rank_basis"] == "measured"]
    assert {row["effect_group"] for row in measured} == {"loyalty:medium"}
    assert len([row for row in taken if row["rank_basis"] == "explored"]) == 30
    assert {row["effect_group"] for row in taken if row["rank_basis"] == "explored"} == {"loyalty:medium"}
    reasons = {row["plan_reason"] for row in rows if row["effect_group"] == "loyalty:low"}
    assert reasons == {"no_expected_gain"}
    groups = {row["effect_group"]: row for row in told if row["chosen_period"] == ALL}
    assert groups["loyalty:medium"]["shrunk_effect_value"] == pytest.approx(10, abs=4)
    assert groups["loyalty:low"]["gain_probability"] < 0.01
    gains = {row["effect_group"]: row["expected_gain_amount"] for row in rows if row["plan_rank"]}
    assert gains["loyalty:medium"] == pytest.approx(
        groups["loyalty:medium"]["shrunk_effect_value"] - 1, abs=0.001
    )


def test_a_group_is_tried_as_often_as_it_is_likely_to_be_the_best(engine: Engine, write_plan: Write) -> None:
    """Of two groups of which little is known each has its periods, the one that looks better more of them."""
    project = write_plan(OPEN | {"hold_out_share": 0.1})
    _, chosen, told = lived(engine, project, lambda number: 1.5 if number % 3 == 1 else 0.0)
    action = project.action_plan.actions[0]
    followed = followed_to_the_end(engine.from_arrow(chosen), action, "2024-01")
    drawn = [followed.gains(KEY, f"{year}-01") for year in range(1000, 1400)]
    of = {
        group: [one.by_group[group].drawn for one in drawn if one is not None]
        for group in ("loyalty:medium", "loyalty:low")
    }
    chances = {one["effect_group"]: one["gain_probability"] for one in told if one["chosen_period"] == ALL}
    for group, values in of.items():
        assert 0.05 < chances[group] < 0.999
        assert np.mean(np.array(values) > 0) == pytest.approx(chances[group], abs=0.08)
    better = np.mean(np.array(of["loyalty:medium"]) > of["loyalty:low"])
    assert 0.5 < better < 1
    again = followed.gains(KEY, "1000-01")
    assert again == drawn[0], "the same in every run"


def test_contacts_of_who_was_held_out_are_told(engine: Engine, write_plan: Write) -> None:
    sources = shop_settings()["sources"] | {"mailings": MAILINGS}
    project = write_plan(OPEN | {"sent_as": {"campaigns": ["may"]}}, sources=sources)
    contacts = [
        {"account_id": f"a{one:05d}", "campaign_id": "may", "offer": "ten", "channel": "mail"}
        for one in range(0, 1200, 2)
    ]
    _, _, told = lived(engine, project, lambda number: 0.0, contacts=contacts)
    assert together(told)["reached_share"] == pytest.approx(0.5, abs=0.1)
    assert together(told)["leaked_share"] == pytest.approx(0.5, abs=0.15)


def test_evidence_ages(engine: Engine, write_plan: Write) -> None:
    project = write_plan(OPEN, plan={"evidence_periods": 1})
    _, chosen, told = lived(engine, project, lambda number: 10.0)
    assert together(told)["action_verdict"] == "earned"
    _, _, later = plan_of(engine, project, People(1200), "2024-03", chosen)
    assert together(later)["contact_count"] == 0
