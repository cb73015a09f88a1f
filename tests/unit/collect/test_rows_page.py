"""The examples of docs/rows.md are read, and give what the page says."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import pipeline
from pipeline.collect import changes, summary
from pipeline.engine import Engine
from pipeline.settings import Project, load_project
from tests.conftest import shop_settings

PAGE = (Path(pipeline.__file__).parents[1] / "docs" / "rows.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
PERIODS = ["2024-01", "2024-02", "2024-03"]
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def example(folder: Path, number: int) -> Project:
    """The project of an example, beside the files of the page."""
    for name, text in re.findall(r"```csv\n# (\S+)\n(.*?)```", PAGE, re.DOTALL):
        (folder / name).write_text(text, encoding="utf-8")
    written = yaml.safe_dump(shop_settings(**yaml.safe_load(EXAMPLES[number])), sort_keys=False)
    (folder / "project.yaml").write_text(written, encoding="utf-8")
    return load_project(folder)


def rows(engine: Engine, project: Project, name: str) -> list[dict[str, Any]]:
    found = changes(engine, project, name, PERIODS, None, NOW).added
    return list(found.order_by("period", "_row").to_pyarrow().to_pylist())


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_is_read(number: int, engine: Engine, tmp_path: Path) -> None:
    assert len(EXAMPLES) == 4
    project = example(tmp_path, number)
    for name in project.sources:
        found = summary(engine, project, name, NOW)
        assert found.rows_inside
        assert not [one for one in found.warnings if "no row has a value" in one]


def test_what_the_page_says_of_its_examples(engine: Engine, tmp_path: Path) -> None:
    project = example(tmp_path, 0)
    assert summary(engine, project, "till", NOW).rows_left_out == 2
    [member] = [one for one in rows(engine, example(tmp_path, 1), "members") if one["period"] == "2024-01"][
        :1
    ]
    assert (member["number"], member["band"], member["=occupation"]) == ("17850", "long", "M2M long")
    found = rows(engine, example(tmp_path, 2), "till")
    assert {(one["channel"], one["list"]) for one in found} >= {("store", "3.0"), ("web", "3.0")}
    told = rows(engine, example(tmp_path, 3), "till_profiles")
    assert {(one["period"], one["number"], one["=country"]) for one in told} == {
        *((period, "17850", "GB") for period in PERIODS),
        *((period, "13047", "IE") for period in PERIODS[1:]),
    }
