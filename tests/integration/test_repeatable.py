"""L3: the same inputs give the same published values, however they were run."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.running import bring_up_to_date
from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest
from tests.company import write_company
from tests.finished import Finished
from tests.integration.conftest import COMPANY, Company
from tests.lakes import published_values


def test_a_second_run_does_nothing(company: Company) -> None:
    lake, values = company.project.lake_path, published_values(company.project)
    before = {path: path.stat().st_mtime_ns for path in lake.glob("[!d.]*/**/*.parquet")}
    outcome = bring_up_to_date(company.project)
    assert (outcome.collected, outcome.published) == ([], [])
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert published_values(company.project) == values


@pytest.mark.slow
def test_period_by_period_with_other_threads_and_another_order_of_rows_gives_the_same_values(
    company: Company, tmp_path: Path
) -> None:
    """The shared company was run all at once."""
    project, _ = write_company(tmp_path, shuffle=3, engine={"threads": 1, "memory_limit": "512MB"}, **COMPANY)
    for period in project.periods(datetime.now(UTC)):
        earlier = {path: path.stat().st_mtime_ns for path in project.lake_path.glob("raw/*/*/*.parquet")}
        outcome = bring_up_to_date(project, through=period)
        assert outcome.published == [period]
        assert {path: path.stat().st_mtime_ns for path in earlier} == earlier, "collected twice"
    assert published_values(project) == published_values(company.project)


def test_changed_settings_make_a_new_revision_only_where_values_changed(
    tmp_path: Path, finished: Finished
) -> None:
    before = published_values(finished(tmp_path, customers=20, months=3))
    changed, _ = write_company(tmp_path, customers=20, months=3, retention_days=40)
    outcome = bring_up_to_date(changed)
    after, manifest = published_values(changed), read_manifest(Lake(changed.lake_path))
    assert manifest is not None
    assert "2024-03" in outcome.published
    differing = {key for key in after if after[key] != before[key]}
    assert any("2024-03" in key for key in differing)
    for period in manifest.periods:
        expected = 2 if any(period in key for key in differing) else 1
        assert manifest.periods[period].revision == expected
