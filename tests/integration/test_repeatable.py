"""L3: the same inputs give the same published values, however they were run."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.running import bring_up_to_date
from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest
from pipeline.settings import Project
from tests.company import write_company

MONTHS = 4


def published_values(project: Project) -> dict[str, str]:
    """Content digest of every published file: what a reader sees, without when it was written."""
    manifest = read_manifest(Lake(project.lake_path))
    assert manifest is not None
    return {
        f"{name} {period}": entry.content_digest
        for name, table in manifest.tables.items()
        for period, entry in table.periods.items()
    }


@pytest.fixture(scope="module")
def all_at_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, str]]:
    project, _ = write_company(tmp_path_factory.mktemp("once"), months=MONTHS)
    bring_up_to_date(project)
    return project, published_values(project)


def test_a_second_run_does_nothing(all_at_once: tuple[Project, dict[str, str]]) -> None:
    project, values = all_at_once
    before = {path: path.stat().st_mtime_ns for path in project.lake_path.glob("[!d.]*/**/*.parquet")}
    outcome = bring_up_to_date(project)
    assert (outcome.collected, outcome.published) == ([], [])
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert published_values(project) == values


def test_period_by_period_with_other_threads_and_another_order_of_rows_gives_the_same_values(
    all_at_once: tuple[Project, dict[str, str]], tmp_path: Path
) -> None:
    project, _ = write_company(
        tmp_path, months=MONTHS, shuffle=3, engine={"threads": 1, "memory_limit": "512MB"}
    )
    for period in project.periods(datetime.now(UTC)):
        earlier = {path: path.stat().st_mtime_ns for path in project.lake_path.glob("raw/*/*/*.parquet")}
        outcome = bring_up_to_date(project, through=period)
        assert outcome.published == [period]
        assert {path: path.stat().st_mtime_ns for path in earlier} == earlier, "collected twice"
    assert published_values(project) == all_at_once[1]


def test_changed_settings_make_a_new_revision_only_where_values_changed(tmp_path: Path) -> None:
    project, _ = write_company(tmp_path, months=3)
    bring_up_to_date(project)
    before = published_values(project)
    changed, _ = write_company(tmp_path, months=3, retention_days=40)
    outcome = bring_up_to_date(changed)
    after, manifest = published_values(changed), read_manifest(Lake(changed.lake_path))
    assert manifest is not None
    assert "2024-03" in outcome.published
    differing = {key for key in after if after[key] != before[key]}
    assert any("2024-03" in key for key in differing)
    for period in manifest.periods:
        expected = 2 if any(period in key for key in differing) else 1
        assert manifest.periods[period].revision == expected
