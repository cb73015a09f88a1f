"""People are told by runs, and by the sensor of the code location: of findings, sources, failed runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    Failure,
    SkipReason,
    build_sensor_context,
)
from dagster._core.test_utils import create_run_for_test

from assets.lib.instance import PROCESS_TAG
from assets.lib.run_lock import UnderWayError, alone, killed_at
from assets.lib.telling import WithheldError, failed_runs, told_of_its_end
from assets.running import bring_up_to_date
from assets.scheduled import sensors
from pipeline.errors import InputError
from pipeline.settings import Project, load_project
from tests.company import write_company
from tests.receiving import Receiver, receiving
from tests.unit.notify.lake import finding, publish

NOW = datetime(2024, 7, 1, 4, tzinfo=UTC)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as one:
        monkeypatch.setenv("COMPANY_CHAT", one.address)
        yield one


@pytest.fixture
def project(tmp_path: Path, receiver: Receiver) -> Project:
    """A tiny company that tells the receiver."""
    return write_company(tmp_path, customers=20, months=1, notify={"urls": ["${COMPANY_CHAT}"]})[0]


@contextmanager
def run_of(project: Project, error: Exception | None = None, now: datetime = NOW) -> Iterator[None]:
    """A run that does nothing, or fails."""
    try:
        with told_of_its_end(project, lambda: now):
            if error:
                raise error
        yield
    except type(error or ValueError("none")):
        yield


def test_a_run_that_fails_is_told_once_and_so_is_its_mending(project: Project, receiver: Receiver) -> None:
    (project.folder / "orders.csv").unlink()
    for _ in range(2):
        with pytest.raises(InputError, match=r"orders\.csv"):
            bring_up_to_date(project)
    (told,) = receiver.messages
    assert told["title"].startswith("[A small company] Run failed: bringing up to date (")
    assert "orders.csv" in told["message"]

    with run_of(project):
        pass

    assert receiver.titles[1:] == [told["title"].replace("Run failed", "Over")]
    (sensor,) = sensors(project)
    with DagsterInstance.ephemeral() as instance:
        assert isinstance(sensor(build_sensor_context(instance)), SkipReason)
    assert len(receiver.titles) == 2


def test_the_sensor_tells_and_tries_again(project: Project, receiver: Receiver) -> None:
    (sensor,) = sensors(project)
    assert sensor.default_status == DefaultSensorStatus.RUNNING
    publish(project.lake_path, ["2024-01"], [finding("2024-01")])
    with DagsterInstance.ephemeral() as instance:
        receiver.refuses = True
        with pytest.raises(Failure, match="did not take it"):
            sensor(build_sensor_context(instance))
        receiver.refuses = False
        for said in ("Told: ", "Nothing new"):
            skipped = sensor(build_sensor_context(instance))
            assert isinstance(skipped, SkipReason)
            assert str(skipped.skip_message).startswith(said)
    assert len(receiver.titles) == 1


def test_who_names_no_receiver_has_no_sensor(tmp_path: Path) -> None:
    assert sensors(write_company(tmp_path, customers=3, months=1)[0]) == []


def test_errors_are_told_without_ids_and_others_by_their_kind(project: Project, receiver: Receiver) -> None:
    customer = "c_" + 32 * "a"
    with run_of(project, InputError("identity", f"guards tripped for {customer}", "others", "Look.")):
        pass
    with run_of(project, ValueError("Ann Smith"), NOW + timedelta(hours=1)):
        pass
    said = "\n".join(one["message"] for one in receiver.messages)
    assert len(receiver.messages) == 2, "it fails for another reason"
    assert "guards tripped for …" in said
    assert "ValueError" in said
    assert customer not in said
    assert "Ann" not in said


def test_runs_that_did_not_fail_are_not_told_as_failed(project: Project, receiver: Receiver) -> None:
    with run_of(project, WithheldError("sources", "till is broken", "whole", "Mend it.")):
        pass
    with run_of(project, UnderWayError("lock", "another run", "one", "Wait.")):
        pass
    with alone(project, NOW), pytest.raises(UnderWayError), alone(project, NOW):
        pass
    assert receiver.messages == []


def test_a_killed_run_is_one_that_failed(project: Project, receiver: Receiver) -> None:
    child = os.fork()
    if not child:
        with alone(project, NOW):
            os._exit(9)
    os.waitpid(child, 0)
    assert killed_at(project) == "2024-07-01T04:00:00+00:00"
    with DagsterInstance.ephemeral() as instance:
        (failed,) = failed_runs(project, instance, NOW)
        assert "killed" in failed.row["found"]
        with alone(project, NOW):
            assert failed_runs(project, instance, NOW) == []
        assert failed_runs(project, instance, NOW) == []


def test_jobs_that_people_start_are_told_from_their_first_failure_to_a_success(project: Project) -> None:
    def runs(*ended: tuple[str, DagsterRunStatus, bool]) -> list[str]:
        with DagsterInstance.ephemeral() as instance:
            for job, status, is_ours in ended:
                tags = {PROCESS_TAG: "1"} if is_ours else {}
                create_run_for_test(instance, job_name=job, status=status, tags=tags)
            return [one.key for one in failed_runs(project, instance, NOW)]

    failed, done = DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS
    assert runs(("segment", failed, False), ("resegment", done, False)) == ["run:segment"]
    assert runs(("segment", failed, False), ("segment", done, True)) == []
    assert runs(("segment", failed, True)) == [], "the command line tells of itself"
    assert runs(("bring_up_to_date", failed, False)) == [], "the function that it calls tells"


def test_a_period_that_is_not_published_in_time_is_told(tmp_path: Path, receiver: Receiver) -> None:
    project, _ = write_company(
        tmp_path, customers=3, months=3, last_period="2024-03", notify={"urls": ["${COMPANY_CHAT}"]}
    )
    with DagsterInstance.ephemeral() as instance:

        def late(now: datetime) -> list[str]:
            return [one.period for one in failed_runs(project, instance, now) if one.key == "late"]

        assert late(NOW) == [], "nothing was ever published"
        publish(project.lake_path, ["2024-01"], [])
        assert late(datetime(2024, 3, 3, 12, tzinfo=UTC)) == []
        assert late(datetime(2024, 3, 4, 12, tzinfo=UTC)) == ["2024-02"]
        with run_of(project):
            pass
        publish(project.lake_path, ["2024-01", "2024-02", "2024-03"], [], 2)
        assert late(NOW) == []
        with run_of(project):
            pass
    assert [one.partition("] ")[2].partition(":")[0] for one in receiver.titles] == ["Not published", "Over"]
    assert "2024-02 ended on 2024-03-01" in receiver.messages[0]["message"]
    assert "2024-02 is published" in receiver.messages[1]["message"]


def test_without_receivers_nothing_is_remembered(tmp_path: Path) -> None:
    project, _ = write_company(tmp_path, customers=3, months=1)
    with run_of(project, ValueError("no")):
        pass
    assert not (project.lake_path / "notify").exists()


def test_the_settings_of_notify_are_no_part_of_what_is_published(project: Project) -> None:
    path = project.folder / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["notify"] = {"severities": ["minor"]}
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    assert load_project(project.folder).digest() == project.digest()
