"""The report's part on the action plan, and what must hold of a plan before it is published."""

from typing import Any

import pytest
import yaml

from pipeline.publish import contracts
from pipeline.publish.figures import load
from pipeline.publish.manifest import Manifest
from pipeline.publish.plan_checks import plan_problems
from pipeline.publish.plan_section import actions_for, plan_section
from pipeline.publish.texts import Words
from pipeline.settings import load_project
from tests.conftest import shop_settings
from tests.unit.publish.world import arrow

PERIOD = "2024-02"
ACTION = {
    "action": "win_back",
    "label": {"en": "Win back", "zh": "挽回"},
    "segments": {"loyalty": ["low"]},
    "capacity": 2,
}
NAMED = {"period": PERIOD, "action": "win_back", "action_label": "Win back", "action_label_zh": "挽回"}
GROUP = "loyalty:low+customer_value:insufficient_data"
PLAN = [
    {"customer_id": "c1", "plan_status": "contact", "rank_basis": "random", "plan_rank": 1},
    {"customer_id": "c2", "plan_status": "contact", "rank_basis": "random", "plan_rank": 2},
    {"customer_id": "c3", "plan_status": "hold_out", "rank_basis": "random", "plan_rank": 3},
    {"customer_id": "c4", "plan_status": "not_selected", "plan_reason": "no_consent"},
]
RESULT = {
    "chosen_period": "all",
    "effect_group": "all",
    "measured_outcome": "net_amount",
    "follow_periods": 1,
    "contact_count": 900,
    "hold_out_count": 100,
    "contact_mean_value": 12.0,
    "hold_out_mean_value": 10.0,
    "effect_value": 2.0,
    "effect_lower_value": 1.0,
    "effect_upper_value": 3.0,
    "net_gain_amount": 900.0,
    "net_gain_lower_amount": 0.0,
    "net_gain_upper_amount": 1800.0,
    "cost_each_amount": 1.0,
    "reached_share": 0.9,
    "leaked_share": 0.25,
    "action_verdict": "earned",
}
BY_GROUP = RESULT | {
    "effect_group": GROUP,
    "action_verdict": None,
    "shrunk_effect_value": 1.5,
    "gain_probability": 0.875,
}


@pytest.fixture
def project(tmp_path):
    settings = shop_settings(action_plan={"actions": [ACTION]})
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load_project(tmp_path)


def _rows(table, rows: list[dict[str, Any]]):
    return arrow(table, [NAMED | {"effect_group": GROUP} | one for one in rows])


@pytest.fixture
def figures(engine, tmp_path, project):
    """Figures of a folder with the two tables, and nothing else."""
    import pyarrow.parquet as pq

    for table, rows in ((contracts.ACTION_PLAN, PLAN), (contracts.ACTION_RESULTS, [RESULT, BY_GROUP])):
        path = tmp_path / table.name / f"{PERIOD}.parquet"
        path.parent.mkdir()
        pq.write_table(_rows(table, rows), path)
    manifest = Manifest.model_construct(periods={PERIOD: None})
    return load(engine, tmp_path, manifest, PERIOD, project.every_scheme, project.catalogue)


@pytest.mark.parametrize(
    ("language", "label", "verdict", "group"),
    [
        ("en", "Win back", "Contacts brought more than would have come anyway", "insufficient data"),
        ("zh", "挽回", "触达带来了增量", "数据不足"),
    ],
)
def test_plan_and_results_are_shown_with_interval_verdict_and_leaks(
    figures, project, language, label, verdict, group
) -> None:
    words = Words(language, "EUR", {"loyalty:low": "Low"}, project.every_scheme, project.readable)
    found = plan_section(figures, words)
    (planned,) = found["planned"]
    assert planned["label"] == label
    assert planned["cells"][:3] == ["2", "1", "1"]
    assert "3" in planned["cells"][-1]
    assert len(planned["cells"]) == len(found["planned_columns"])
    (result,) = found["results"]
    assert len(result["cells"]) == len(found["results_columns"])
    assert "2 (1 – 3)" in result["cells"]
    assert result["cells"][-1] == verdict
    (one,) = found["groups"]
    assert len(one["cells"]) == len(found["groups_columns"])
    assert one["cells"][0].startswith("Low + ")
    assert group in one["cells"][0].lower()
    assert one["cells"][-1] == "87.5%"
    assert "25.0%" in found["notes"][0]
    assert actions_for(figures, words, "loyalty:low") == label
    assert actions_for(figures, words, "loyalty:high") == ""


def problems(engine, project, plan=PLAN, results=(RESULT,)) -> list[str]:
    return plan_problems(
        {
            "action_plan": engine.from_arrow(_rows(contracts.ACTION_PLAN, list(plan))),
            "action_results": engine.from_arrow(_rows(contracts.ACTION_RESULTS, list(results))),
        },
        project,
    )


def test_a_plan_within_its_limits_is_published(engine, project) -> None:
    assert problems(engine, project) == []


def test_more_contacts_than_there_is_room_for_are_refused(engine, project) -> None:
    more = [*PLAN, PLAN[0] | {"customer_id": "c5", "plan_rank": 4}]
    assert "3 contacts of win_back, which has room for 2" in problems(engine, project, more)[0]


def test_a_customer_chosen_for_two_actions_is_refused(engine, project) -> None:
    twice = [*PLAN, PLAN[2] | {"action": "thank"}]
    assert "1 customers chosen for more than 1 actions" in problems(engine, project, twice)[0]


def test_figures_of_few_customers_are_refused(engine, project) -> None:
    few = RESULT | {"hold_out_count": 9}
    assert "of 1 groups of fewer than 10" in problems(engine, project, results=[few])[0]
