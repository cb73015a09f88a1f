"""Forgetting old runs, so that the history of Dagster does not grow for ever.

Belongs here: which runs nobody needs any more. Does not belong here: ticks of schedules and sensors, which
Dagster forgets by itself (``instance``), or the history of what was published, which is the lake's.

A run is what the UI knows the newest materialization of a table by, with its numbers and plots. So one is
kept as long as it is the newest that made any period of any table.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunRecord, RunsFilter

from assets.lib.instance import PROJECT_TAG, shared_home
from pipeline.settings import Project

_FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
_PARTITION = "dagster/partition"
_RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
#: So many at a time: a history that grew for years goes over some runs, and none of them takes long.
_MOST = 200


def forget_runs(instance: DagsterInstance, project: Project, now: datetime) -> int:
    """Delete what is older than ``runs.kept_days`` and tells nothing that is still the newest; how many."""
    tags = {PROJECT_TAG: project.project} if shared_home(project) else {}
    records = instance.get_run_records(RunsFilter(statuses=_FINISHED, tags=tags))
    before = now - timedelta(days=project.runs.kept_days)
    found = forgettable(records, before, project)[-_MOST:]
    for run in found:
        instance.delete_run(run)
    return len(found)


def forgettable(records: Sequence[RunRecord], before: datetime, project: Project) -> list[str]:
    """Ids of runs that began before ``before`` and made nothing that a later one did not make, newest
    first."""
    made: set[tuple[str, str]] = set()
    found = []
    for record in sorted(records, key=lambda one: one.create_timestamp, reverse=True):
        run = record.dagster_run
        tables = set(_made(run, project))
        if record.create_timestamp < before and tables <= made:
            found.append(run.run_id)
        elif run.status == DagsterRunStatus.SUCCESS:
            made |= tables
    return found


def _made(run: DagsterRun, project: Project) -> Iterable[tuple[str, str]]:
    """Tables and periods that a run made, or may have; of a run of a whole job, the job stands for its
    tables."""
    first, last = (run.tags.get(one) or run.tags.get(_PARTITION) for one in _RANGE)
    if not first or not last:
        return ()
    keys = [one.to_user_string() for one in run.asset_selection or ()] or [f"job {run.job_name}"]
    return ((key, period) for key in keys for period in project.calendar.between(first, last))
