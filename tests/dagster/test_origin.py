"""Runs of the command line are runs of the code location, and end when the UI is asked to end them."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from dagster import (
    DagsterExecutionInterruptedError,
    DagsterInstance,
    JobDefinition,
    OpExecutionContext,
    RunsFilter,
    in_process_executor,
    job,
    op,
)

from assets.lib import origin
from assets.lib.origin import ended_when_asked, location_name, tied
from pipeline.settings import Project
from tests.company import write_company


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    (tmp_path / "home").mkdir()
    with DagsterInstance.local_temp(str(tmp_path / "home")) as one:
        yield one


def job_of(seconds: float = 0.0) -> JobDefinition:
    @op
    def wait() -> None:
        time.sleep(seconds)

    @job(name="segment", executor_def=in_process_executor)
    def whole() -> None:
        wait()

    return whole


def test_a_run_is_one_of_its_code_location(instance: DagsterInstance) -> None:
    job_of().execute_in_process(instance=tied(instance, "shop"))
    (run,) = instance.get_runs(RunsFilter(job_name="segment"))
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.location_name == "shop"
    assert run.remote_job_origin.repository_origin.get_label() == "__repository__@shop"
    assert run.tags["dagster/code_location"] == "shop"


def test_without_what_dagster_keeps_inside_runs_are_made_as_before() -> None:
    class Other:
        """An instance of another version of Dagster."""

    other = Other()
    assert tied(other, "shop") is other  # type: ignore[arg-type, comparison-overlap]


def test_the_location_is_called_as_the_workspace_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project: Project = write_company(tmp_path, customers=3, months=1)[0]
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    workspace = (Path(__file__).parents[2] / "workspace.yaml").read_text(encoding="utf-8")
    assert f"location_name: {location_name(project)}" in workspace
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "shared"))
    assert location_name(project) == "company"


@pytest.mark.parametrize("is_forced", [False, True])
def test_a_run_ends_when_the_ui_is_asked_to_end_it(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch, usual_signals: None, is_forced: bool
) -> None:
    monkeypatch.setattr(origin, "_LOOKS_EVERY", 0.1)
    run_id = str(uuid4())

    def cancel() -> None:
        while (run := instance.get_run_by_id(run_id)) is None or run.status.value != "STARTED":
            time.sleep(0.05)
        # what the UI does before it asks the server of the run, and what it does by force
        (instance.report_run_canceled if is_forced else instance.report_run_canceling)(run)

    threading.Thread(target=cancel).start()
    began = time.monotonic()
    with (
        pytest.raises((DagsterExecutionInterruptedError, KeyboardInterrupt)),
        ended_when_asked(instance, run_id),
    ):
        job_of(30.0).execute_in_process(instance=instance, run_id=run_id)
    assert time.monotonic() - began < 20
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status.value == "CANCELED"


def test_what_would_follow_does_not_begin_where_a_run_was_over_too_soon(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin, "_LOOKS_EVERY", 600.0)

    @op
    def ask(context: OpExecutionContext) -> None:
        context.instance.report_run_canceling(context.run)

    @job(executor_def=in_process_executor)
    def brief() -> None:
        ask()

    run_id = str(uuid4())
    with pytest.raises(KeyboardInterrupt), ended_when_asked(instance, run_id):
        assert brief.execute_in_process(instance=instance, run_id=run_id).success
