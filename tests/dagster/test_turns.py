"""Runs that the UI starts wait for the project's lock, and for earlier periods of their backfill."""

import fcntl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, JobDefinition, in_process_executor, job, op
from dagster._core.test_utils import create_run_for_test

from assets.lib.platform import Platform
from assets.lib.run_lock import alone, is_held_here
from assets.lib.turns import BACKFILL, PARTITION, held
from pipeline.settings import Project

HELD_SECONDS = 2.0


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    settings = write_project()
    settings.lake_path.mkdir(exist_ok=True)
    return settings


def segment(platform: Platform) -> JobDefinition:
    @op(required_resource_keys={"platform"})
    def work() -> bool:
        return is_held_here(platform.project)

    @job(name="segment", executor_def=in_process_executor, resource_defs={"platform": held(platform)})
    def whole() -> None:
        work()

    return whole


def lock(project: Project) -> Path:
    with alone(project, Platform(project).now()):
        pass  # which makes its file
    (found,) = project.lake_path.rglob("*.lock")
    return found


def test_a_run_begins_when_the_lock_is_free_and_holds_it(project: Project) -> None:
    with lock(project).open("r") as other, DagsterInstance.ephemeral() as instance:
        fcntl.flock(other, fcntl.LOCK_EX)
        threading.Timer(HELD_SECONDS, lambda: fcntl.flock(other, fcntl.LOCK_UN)).start()
        began = time.monotonic()
        result = segment(Platform(project)).execute_in_process(instance=instance)
        assert time.monotonic() - began > HELD_SECONDS - 0.5
        assert result.output_for_node("work") is True
        told = [one.user_message for one in instance.all_logs(result.run_id)]
    assert "Waiting for another run of this project, which is under way." in told
    assert not is_held_here(project)


def test_a_run_that_the_command_line_started_is_part_of_it(project: Project) -> None:
    with alone(project, Platform(project).now()), DagsterInstance.ephemeral() as instance:
        assert segment(Platform(project)).execute_in_process(instance=instance).success


def backfill(period: str) -> dict[str, str]:
    return {BACKFILL: "b", PARTITION: period}


def test_a_run_waits_for_earlier_periods_of_its_backfill_and_for_no_later_one(project: Project) -> None:
    with DagsterInstance.ephemeral() as instance:
        running = create_run_for_test(
            instance, job_name="segment", status=DagsterRunStatus.STARTED, tags=backfill("2024-01")
        )
        create_run_for_test(
            instance, job_name="segment", status=DagsterRunStatus.STARTED, tags=backfill("2024-03")
        )
        threading.Timer(HELD_SECONDS, lambda: instance.report_run_canceled(running)).start()
        began = time.monotonic()
        result = segment(Platform(project)).execute_in_process(
            instance=instance, tags=backfill("2024-02"), raise_on_error=False
        )
        assert time.monotonic() - began > HELD_SECONDS - 0.5
        assert not result.success, "the one that it waited for was ended"


def test_nothing_of_a_later_period_begins_where_an_earlier_one_failed(project: Project) -> None:
    with DagsterInstance.ephemeral() as instance:
        create_run_for_test(
            instance, job_name="segment", status=DagsterRunStatus.FAILURE, tags=backfill("2024-01")
        )
        result = segment(Platform(project)).execute_in_process(
            instance=instance, tags=backfill("2024-02"), raise_on_error=False
        )
        assert not result.success
        told = " ".join(
            str(one.dagster_event.event_specific_data)
            for one in instance.all_logs(result.run_id)
            if one.dagster_event
        )
        assert "the run of 2024-01 in the same backfill failed or was ended" in told
