"""Telling people of a project's alarms, and of runs that failed: after every run, and by the sensor.

Belongs here: which runs failed, and when people are told. Does not belong here: what is an alarm of findings
and sources, and sending (``pipeline.notify``).
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from assets.lib.instance import PROCESS_TAG, PROJECT_TAG, key_prefix, open_instance, shared_home
from assets.lib.run_lock import UnderWayError, killed_at
from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.notify import Alarm, Told, tell
from pipeline.publish.manifest import read_manifest
from pipeline.settings import Project

#: Jobs of the UI that people start, or backfills: a failed one is told.
_JOBS = ("collect", "prepare", "segment", "resegment")
#: The newest runs that are looked at for failed ones.
_RUNS = 200
_LONGEST = 600
#: Ids of customers and accounts, which stand in some errors: no message holds one.
_IDS = re.compile(r"\b[ac]_[0-9a-f]{32}\b")

_LOG = logging.getLogger(__name__)


class WithheldError(InputError):
    """Nothing of a period is published, because a source is broken: the alarm of the source tells it."""


@contextmanager
def told_of_its_end(project: Project, now: Callable[[], datetime]) -> Iterator[None]:
    """Tell people afterwards what is new, also that the run failed: never instead of its own outcome."""
    if not project.notify.receivers:
        yield
        return
    try:
        yield
    except UnderWayError:
        raise
    except Exception as error:
        if not isinstance(error, WithheldError):
            _remember(project, error, now())
        _try_to_tell(project, now())
        raise
    _remember(project, None, now())
    _try_to_tell(project, now())


def tell_news(project: Project, instance: DagsterInstance, now: datetime) -> Told:
    """Tell the project's receivers what they were not told yet of findings, sources and runs."""
    return tell(project, failed_runs(project, instance, now), now, key_prefix(project))


def failed_runs(project: Project, instance: DagsterInstance, now: datetime) -> list[Alarm]:
    """Alarms of runs: the last one failed or was killed; the newest one of a job of the UI failed; none has
    published the newest period."""
    found: list[Alarm] = []
    path = _place(project)
    if path.is_file():
        found.append(_alarm("run", json.loads(path.read_text(encoding="utf-8"))))
    elif began := killed_at(project):
        found.append(_alarm("run", {"failed_at": began, "found": _KILLED[project.report.language]}))
    return [*found, *_failed_jobs(project, instance), *_late(project, now)]


_KILLED = {
    "en": "its process was killed; the next run finishes the work",
    "zh": "其进程被强行终止；下一次运行会完成剩余工作",
}


def _failed_jobs(project: Project, instance: DagsterInstance) -> list[Alarm]:
    """Jobs whose newest finished run failed, if people started it: runs of the command line tell of
    themselves."""
    tags = {PROJECT_TAG: project.project} if shared_home(project) else {}
    finished = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]
    failed: dict[str, Alarm] = {}
    over: set[str] = set()
    for record in instance.get_run_records(RunsFilter(statuses=finished, tags=tags), limit=_RUNS):
        run = record.dagster_run
        if run.status == DagsterRunStatus.SUCCESS or PROCESS_TAG in run.tags:
            over.add(run.job_name)
        elif run.job_name in _JOBS and run.job_name not in over:  # the first since it went well
            ended = datetime.fromtimestamp(record.end_time or 0, ZoneInfo(project.time_zone))
            row = {"job": run.job_name, "failed_at": _shown(ended)}
            failed[run.job_name] = _alarm(f"run:{run.job_name}", row)
    return list(failed.values())


def _late(project: Project, now: datetime) -> list[Alarm]:
    """The first period that should be published by now and is not, in a project that published others."""
    manifest, calendar = read_manifest(Lake(project.lake_path), any_form=True), project.calendar
    if manifest is None:
        return []
    today = now.astimezone(ZoneInfo(project.time_zone)).date()
    for period in project.periods(now):
        ended = calendar.start_date(calendar.next(period))
        is_due = (today - ended).days >= project.notify.late_days
        if is_due and period not in manifest.periods:
            return [Alarm("late", "major", period, {"ended": ended.isoformat()})]
    return []


def _alarm(key: str, row: dict[str, str]) -> Alarm:
    return Alarm(key, "major", row["failed_at"], row)


def _remember(project: Project, error: Exception | None, now: datetime) -> None:
    """Note that the last run failed, and why; or that it did not."""
    path = _place(project)
    if error is None:
        path.unlink(missing_ok=True)
        return
    found = _IDS.sub("…", str(error)) if isinstance(error, InputError) else type(error).__name__
    found = found[:_LONGEST]
    if path.is_file() and json.loads(path.read_text(encoding="utf-8"))["found"] == found:
        return  # it fails since then
    failed = now.astimezone(ZoneInfo(project.time_zone))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"failed_at": _shown(failed), "found": found}), encoding="utf-8")


def _try_to_tell(project: Project, now: datetime) -> None:
    """Tell; what goes wrong with it is said, and changes nothing of the run."""
    try:
        with open_instance(project) as instance:
            told = tell_news(project, instance, now)
    except Exception as error:
        _LOG.warning("Nobody could be told what is new (%s); the next run tries again.", type(error).__name__)
        return
    for one in told.problems:
        _LOG.warning("%s; %s wait, and are sent again by the next run.", one, _counted(told.waiting))


def _counted(waiting: Sequence[str]) -> str:
    return f"{len(waiting)} message{'' if len(waiting) == 1 else 's'}"


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _place(project: Project) -> Path:
    return project.lake_path / "notify" / "failed_run.json"
