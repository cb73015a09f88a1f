"""The example of docs/features/profiles.md: what a table of cities says stands beside the city."""

import re
from collections.abc import Callable
from pathlib import Path

import yaml

from pipeline.collect import read_source
from pipeline.engine import Engine
from pipeline.settings import Project
from tests.conftest import shop_settings

PAGE = Path(__file__).parents[3] / "docs" / "features" / "profiles.md"
[EXAMPLE] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_tier_settlement_and_density_come_from_the_projects_own_table(
    engine: Engine, write_project: Callable[..., Project], tmp_path: Path
) -> None:
    (tmp_path / "members.csv").write_text(
        "member,town\n1,杭州\n2,Ulm\n3, Ulm \n4,Nowhere\n5,\n", encoding="utf-8"
    )
    sources = shop_settings()["sources"] | yaml.safe_load(EXAMPLE)["sources"]
    project = write_project(sources=sources)
    rows = read_source(engine, project, "members").order_by("_row").to_pyarrow()
    assert rows["rank"].to_pylist() == ["1", "3", "3", None, None]
    assert rows["kind"].to_pylist() == ["urban", "suburban", "suburban", None, None]
    assert rows["per_km2"].to_pylist() == ["760", "1100", "1100", None, None]
    mapped = project.sources["members"].columns
    assert {"city", "city_tier", "settlement", "population_density"} <= mapped.keys()
    assert {"city_tier", "settlement", "population_density"} <= project.privacy.withheld
