"""The examples of docs/project.md are read as the page says."""

import re
from pathlib import Path

import pytest
import yaml

from pipeline.settings import load_project
from tests.conftest import shop_settings

PAGE = (Path(__file__).parents[3] / "docs" / "project.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```yaml\n# (\w+\.yaml)\n(.*?)```", PAGE, re.DOTALL))
SCHEDULES = re.findall(r"```yaml\n(schedule: .*?)```", PAGE, re.DOTALL)


def test_dev_and_prod_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_IDS", "for tests only: not a secret at all")
    monkeypatch.setenv("SHOP_DATABASE", "sqlite:///shop.db")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    dev, prod = (load_project(tmp_path / f"{name}.yaml") for name in ("dev", "prod"))
    assert (dev.lake_path, prod.lake_path) == (tmp_path / "lake_dev", Path("/srv/my_shop/lake"))
    assert (dev.sources["till"].connector.kind, prod.sources["till"].connector.kind) == ("file", "sql")
    assert dev.sources["till"].columns == prod.sources["till"].columns
    lifecycle = dev.every_scheme["lifecycle"]
    assert (lifecycle.place, lifecycle.thresholds["lost_after_days"]) == (1, 90)
    assert dev.every_scheme["rfm"].axes["recency"].borders == [2, 3, 4, 6]
    assert (dev.schedule, prod.engine.threads) == (None, 8)


@pytest.mark.parametrize("text", SCHEDULES)
def test_schedules_of_the_page(text: str, tmp_path: Path) -> None:
    assert len(SCHEDULES) == 3
    settings = shop_settings() | yaml.safe_load(text)
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    load_project(tmp_path)
