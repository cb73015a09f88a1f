"""A source that breaks: nothing of the period is published until it is mended or accepted by name."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from assets.running import bring_up_to_date
from pipeline.cli.summary import manifest_of
from pipeline.errors import InputError
from pipeline.schemes.resting import sources_behind
from pipeline.settings import Project, accept, load_project
from tests.company import write_company
from tests.lakes import lake_rows

LAST = "2024-03"


def published(project: Project) -> list[str]:
    return sorted(manifest_of(project).periods)


def delivered(folder: Path, until: str) -> None:
    """Keep the order lines before ``until``."""
    path = folder / "orders.csv"
    head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(head + "".join(one for one in lines if one.split(",")[2] < until), encoding="utf-8")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose orders of the last period were not delivered."""
    folder = tmp_path_factory.mktemp("shop")
    warm_up = {"warm_up_periods": 1, "min_customers_to_fit": 10}
    write_company(folder, customers=120, months=3, last_period=LAST, segments=warm_up)
    delivered(folder, LAST)
    return folder


def test_nothing_of_a_period_without_orders_is_published_until_it_is_accepted(shop: Path) -> None:
    project = load_project(shop)
    with pytest.raises(InputError, match="till is broken: It gives no rows any more") as error:
        bring_up_to_date(project)
    assert f"segments run --accept till:{LAST}" in str(error.value)
    assert published(project) == ["2024-01", "2024-02"]
    accept(project, [f"till:{LAST}"])
    bring_up_to_date(load_project(shop))
    assert published(project)[-1] == LAST
    told = {row["source"]: row for row in lake_rows(project.lake_path, "published/source_health", LAST)}
    assert (told["till"]["source_state"], told["till"]["is_accepted"]) == ("broken", True)
    assert {row["source_state"] for name, row in told.items() if name != "till"} <= {"healthy", "cannot_tell"}
    resting = {name for name, sources in sources_behind(project).items() if "till" in sources}
    causes = {
        period: Counter(
            row["cause"]
            for row in lake_rows(project.lake_path, "published/segment_moves", period)
            if row["scheme"] in resting
        )
        for period in ("2024-02", LAST)
    }
    assert causes["2024-02"]["behaviour"] > 0
    assert causes["2024-02"]["data"] == 0
    assert (causes[LAST]["behaviour"], causes[LAST]["data"] > 0) == (0, True)


def test_what_is_accepted_names_a_source_and_a_period(shop: Path) -> None:
    for wrong in ("till", "till:2024-13", "shop:2024-03"):
        with pytest.raises(InputError, match="source:period"):
            accept(load_project(shop), [wrong])


def test_accepted_periods_may_stand_in_the_settings(tmp_path: Path) -> None:
    project, _ = write_company(tmp_path, customers=3, months=1, health={"accepted": ["till:2024-01"]})
    assert project.health.accepted == ["till:2024-01"]
    (tmp_path / "project.yaml").write_text(
        yaml.safe_dump(
            yaml.safe_load((tmp_path / "project.yaml").read_text()) | {"health": {"accepted": ["till"]}}
        )
    )
    with pytest.raises(InputError, match="orders:2017-12"):
        load_project(tmp_path)
