"""Old runs are forgotten; those that tell the newest of a table are kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from assets.lib.retention import forget_runs, forgettable
from pipeline.settings import Project
from tests.company import write_company

FLOWS, MOVES = AssetKey(["drift", "flows"]), AssetKey(["drift", "moves"])
DONE, FAILED = DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return write_company(tmp_path, customers=3, months=3)[0]


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as one:
        yield one


def run(
    instance: DagsterInstance,
    period: str | None,
    keys: set[AssetKey] | None = None,
    status: DagsterRunStatus = DONE,
    last: str | None = None,
) -> DagsterRun:
    tags = {"dagster/partition": period} if period and not last else {}
    if period and last:
        tags = {"dagster/asset_partition_range_start": period, "dagster/asset_partition_range_end": last}
    return create_run_for_test(
        instance, job_name="segment", status=status, tags=tags, asset_selection=frozenset(keys or ())
    )


def ids(instance: DagsterInstance, project: Project, days: int) -> list[str]:
    return forgettable(instance.get_run_records(), datetime.now(UTC) + timedelta(days=days), project)


def test_a_run_is_forgotten_when_it_is_old_and_all_that_it_made_was_made_again(
    project: Project, instance: DagsterInstance
) -> None:
    both = run(instance, "2024-01", {FLOWS, MOVES})
    failed = run(instance, "2024-01", {FLOWS}, FAILED)
    idle = run(instance, None)
    flows = run(instance, "2024-01", {FLOWS}, last="2024-02")
    assert ids(instance, project, -1) == [], "none is old"
    assert set(ids(instance, project, 1)) == {failed.run_id, idle.run_id}, (
        "moves were made by the first alone"
    )
    moves = run(instance, "2024-01", {MOVES})
    assert set(ids(instance, project, 1)) == {both.run_id, failed.run_id, idle.run_id}
    run(instance, "2024-02", {FLOWS}, FAILED)
    assert flows.run_id not in ids(instance, project, 1), "what failed made nothing"
    assert moves.run_id not in ids(instance, project, 1)


def test_they_are_forgotten_when_the_settings_say(project: Project, instance: DagsterInstance) -> None:
    old, new = run(instance, "2024-01", {FLOWS}), run(instance, "2024-01", {FLOWS})
    now = datetime.now(UTC)
    assert forget_runs(instance, project, now + timedelta(days=179)) == 0
    assert forget_runs(instance, project, now + timedelta(days=181)) == 1
    assert not instance.has_run(old.run_id)
    assert instance.has_run(new.run_id)
