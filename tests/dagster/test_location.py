"""The code location: the job that keeps a project up to date, and when it runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, Definitions, ExecuteInProcessResult

from assets.lib.instance import instance_folder, open_instance
from assets.location import location
from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest
from pipeline.settings import Project
from pipeline.settings.schedule import Schedule
from tests.company import write_company
from tests.finished import Finished

REPOSITORY = Path(__file__).parents[2]
LATE = "k1,late,2024-01-20 10:00:00,p1,1,9.99,0.00\n"
JOB = "bring_up_to_date"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return write_company(tmp_path, customers=20, months=2)[0]


@pytest.fixture
def instance(project: Project) -> Iterator[DagsterInstance]:
    with open_instance(project) as one:
        yield one


def done(project: Project, instance: DagsterInstance) -> ExecuteInProcessResult:
    job = location(project).resolve_job_def(JOB)
    return job.execute_in_process(instance=instance, raise_on_error=False)


def published(result: ExecuteInProcessResult) -> str:
    (output,) = [one for one in result.all_events if one.is_successful_output]
    return str(output.step_output_data.metadata["published"].value)


def revisions(project: Project) -> dict[str, int]:
    manifest = read_manifest(Lake(project.lake_path))
    assert manifest is not None
    return {period: one.revision for period, one in manifest.periods.items()}


def test_the_job_publishes_what_is_due_and_restates_what_late_rows_touch(
    project: Project, instance: DagsterInstance
) -> None:
    assert published(done(project, instance)) == "2024-01, 2024-02"
    assert published(done(project, instance)) == "nothing was due"
    with (project.folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write(LATE)

    assert published(done(project, instance)) == "2024-01, 2024-02"

    assert revisions(project) == {"2024-01": 2, "2024-02": 2}
    started = [one.job_name for one in instance.get_runs() if one.job_name != JOB]
    # once each for the first publication; late rows are followed as far as contents change, in rounds
    assert started.count("collect") == 2
    assert set(started) == {"collect", "prepare", "segment"}


def test_a_source_that_cannot_be_read_fails_the_run_in_words(tmp_path: Path, finished: Finished) -> None:
    project = finished(tmp_path, customers=20, months=1)
    (project.folder / "orders.csv").unlink()

    with open_instance(project) as instance:
        result = done(project, instance)

    assert not result.success
    (failure,) = [one.step_failure_data for one in result.all_events if one.is_step_failure]
    assert failure.user_failure_data is not None
    assert "orders.csv" in str(failure.user_failure_data.description)
    assert revisions(project) == {"2024-01": 1}


def test_the_job_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    project, _ = write_company(tmp_path, customers=20, months=1)
    settings = {"DAGSTER_HOME": str(instance_folder(project)), "SEGMENTS_PROJECT": str(project.folder)}
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "assets.location", "-j", JOB]
    subprocess.run(command, cwd=REPOSITORY, env=os.environ | settings, check=True, capture_output=True)
    assert revisions(project) == {"2024-01": 1}
    with open_instance(project) as instance:
        assert {one.status for one in instance.get_runs()} == {DagsterRunStatus.SUCCESS}


def test_the_code_location_loads(project: Project) -> None:
    Definitions.validate_loadable(location(project))


def test_the_schedule_is_daily_in_the_zone_of_the_project(project: Project) -> None:
    schedule = location(project).get_repository_def().get_schedule_def("daily")
    assert schedule.job_name == JOB
    assert schedule.cron_schedule == "0 6 * * *"
    assert schedule.execution_timezone == "Europe/Paris"


def test_the_schedule_is_as_the_project_says(project: Project) -> None:
    said = Schedule(cron="30 5 * * mon-fri", time_zone="Asia/Tokyo")
    schedule = location(project.model_copy(update={"schedule": said})).get_repository_def().schedule_defs[0]
    assert schedule.name == "by_cron"
    assert schedule.cron_schedule == "30 5 * * mon-fri"
    assert schedule.execution_timezone == "Asia/Tokyo"


def test_a_project_without_a_schedule_has_none(project: Project) -> None:
    by_hand = project.model_copy(update={"schedule": None})
    assert not location(by_hand).get_repository_def().schedule_defs
