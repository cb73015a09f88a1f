"""A shop with orders and one action for everybody who is in a segment of loyalty."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import Project, load_project
from tests.conftest import shop_settings
from tests.engines import each_engine

any_engine = pytest.fixture(scope="session", params=["duckdb", "spark"])(each_engine)

ACTION: dict[str, Any] = {
    "action": "win_back",
    "label": {"en": "Win back", "zh": "挽回"},
    "segments": {"loyalty": ["medium", "low"]},
    "capacity": 40,
    "cost_amount": 1,
}


@pytest.fixture
def write_plan(tmp_path: Path) -> Callable[..., Project]:
    """The shop with actions: each of ``changes`` is laid over ``ACTION``; ``plan`` are keys beside them."""

    def write(*changes: dict[str, Any], plan: dict[str, Any] | None = None, **settings: Any) -> Project:
        actions = [ACTION | one for one in changes or ({},)]
        text = yaml.safe_dump(
            shop_settings(action_plan={"actions": actions} | (plan or {}), **settings), sort_keys=False
        )
        (tmp_path / "project.yaml").write_text(text, encoding="utf-8")
        return load_project(tmp_path)

    return write
