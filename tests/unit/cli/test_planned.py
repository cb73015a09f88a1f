"""``segments show plan``: the plan of a period in a line an action."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.cli.planned import action_listing
from pipeline.errors import InputError
from pipeline.publish.contracts import ACTION_PLAN, ACTION_RESULTS
from pipeline.settings import load_project
from tests.conftest import shop_settings
from tests.unit.publish.test_plan_section import ACTION, BY_GROUP, PLAN, RESULT, _rows


def test_each_action_is_a_line_and_without_a_plan_there_is_an_error(tmp_path: Path) -> None:
    settings = shop_settings(action_plan={"actions": [ACTION]})
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    project = load_project(tmp_path)
    with pytest.raises(InputError, match="nothing was planned in it"):
        action_listing(project, "2024-02")
    for table, rows in ((ACTION_PLAN, PLAN), (ACTION_RESULTS, [RESULT, BY_GROUP])):
        path = project.lake_path / "published" / table.name / "2024-02.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(_rows(table, rows), path)
    (found,) = action_listing(project, "2024-02")
    assert [found[f"{one}_now"] for one in ("contact", "hold_out", "not_selected")] == [2, 1, 1]
    assert (found["effect_value"], found["action_verdict"]) == (2.0, "earned")
