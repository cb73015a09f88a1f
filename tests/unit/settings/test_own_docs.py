"""Every example of docs/own.md is a good part of a project's settings, alone and with those before it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import pipeline
from pipeline.settings import load_project
from tests.conftest import shop_settings

PAGE = Path(pipeline.__file__).parents[1] / "docs" / "own.md"
EXAMPLES = [
    yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
]


def joined(examples: list[dict[str, Any]]) -> dict[str, Any]:
    settings = shop_settings()
    for one in examples:
        for key, value in one.items():
            known = settings.get(key)
            settings[key] = (
                {**(known or {}), **value} if isinstance(value, dict) else [*(known or []), *value]
            )
    return settings


@pytest.mark.parametrize("count", range(1, len(EXAMPLES) + 1))
def test_examples_load(count: int, tmp_path: Path) -> None:
    text = yaml.safe_dump(joined(EXAMPLES[:count]), sort_keys=False)
    (tmp_path / "project.yaml").write_text(text, encoding="utf-8")
    project = load_project(tmp_path)
    for example in EXAMPLES[:count]:
        for one in example.get("features", []):
            assert project.catalogue[one["feature"]].label[0] == (
                one["label"]["en"] if "label" in one else project.catalogue[one["feature"]].label[0]
            )
        assert {one["attribute"] for one in example.get("attributes", [])} <= set(project.catalogue)


def test_there_is_an_example_of_every_key() -> None:
    assert {key for one in EXAMPLES for key in one} == {"attributes", "sources", "features", "schemes"}
    assert len(EXAMPLES) == 5
