"""The Dagster instance of a project: its runs, events and plots, kept inside the lake.

Belongs here: opening the instance, and clearing up after killed runs. Does not belong here:
deciding what to run (``running``).
"""

import os
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.instance import InstanceRef
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from assets.lib.history import KeptStorage
from pipeline.settings import Project

#: Tag of runs that the command line started: the process that runs them.
PROCESS_TAG = "segments/process"

_SETTINGS = """\
# Written by customer-segments: the project's own Dagster instance.
telemetry:
  enabled: false
nux: # no invitation to leave an address
  enabled: false
"""


def instance_folder(project: Project) -> Path:
    """Where the instance keeps its files; made, with telemetry off, when it is not there."""
    folder = project.lake_path / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_SETTINGS, encoding="utf-8")
    return folder


def open_instance(project: Project) -> DagsterInstance:
    """The project's instance; runs of processes that no longer live are marked as failed."""
    instance = DagsterInstance.from_ref(_kept(InstanceRef.from_dir(str(instance_folder(project)))))
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED])):
        process = run.tags.get(PROCESS_TAG)
        if process and not _lives(int(process)):
            instance.report_run_failed(run, "The process was killed; the next run finishes the work.")
    return instance


def _kept(found: InstanceRef) -> InstanceRef:
    """The same instance; SQLite, which is the default, with connections that are kept open."""
    storage = found.storage_data
    if storage is None or storage.class_name != DagsterSqliteStorage.__name__:
        return found
    kept = storage._replace(module_name=KeptStorage.__module__, class_name=KeptStorage.__name__)
    return found._replace(storage_data=kept)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()
