"""The Dagster instance of a project: its runs, events and plots, kept inside the lake or shared.

An instance is shared when ``DAGSTER_HOME`` names another one than the project's own. Asset keys then
begin with the project's name, so that projects in one instance never meet.

Belongs here: which instance it is, opening it, and clearing up after killed runs. Does not belong here:
deciding what to run (``running``).
"""

import os
import socket
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.instance import InstanceRef
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy import make_url

from assets.lib.history import KeptStorage
from pipeline.errors import InputError
from pipeline.settings import Project

#: Tag of runs that the command line started: the process that runs them.
PROCESS_TAG = "segments/process"
#: Tag of the same runs: the machine, or container, of that process.
HOST_TAG = "segments/host"
#: Tag of runs of the command line: the project that they are of.
PROJECT_TAG = "segments/project"
#: Folder of a shared instance: a file for each project, with the lake that it stands for.
_PROJECTS = "segments_projects"

_SETTINGS = """\
# Written by customer-segments.
telemetry:
  enabled: false
nux: # no invitation to leave an address
  enabled: false
retention: # of looks of schedules and sensors; segments run sees to runs (settings: runs.kept_days)
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {skipped: 7, failure: 30, success: 30}
"""


def shared_home(project: Project) -> Path | None:
    """The instance of several projects that the environment names; none: the project has its own."""
    named = os.environ.get("DAGSTER_HOME")
    if not named or Path(named).resolve() == _own(project).resolve():
        return None
    return Path(named)


def key_prefix(project: Project) -> tuple[str, ...]:
    """What the asset keys of ``project`` begin with: its name, where the instance is shared."""
    return (project.project,) if shared_home(project) else ()


def instance_folder(project: Project) -> Path:
    """Where the project's own instance keeps its files; made when it is not there."""
    return made(_own(project))


def made(folder: Path) -> Path:
    """``folder`` as the home of an instance: made, with telemetry off, when it is not there.

    Raises ``InputError`` when it cannot be.
    """
    settings = folder / "dagster.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not settings.exists():
            settings.write_text(_SETTINGS, encoding="utf-8")
    except OSError as error:
        raise InputError(
            str(folder),
            f"no Dagster instance can be kept there ({error.strerror})",
            "a folder that the user who runs this may write",
            "Name another in DAGSTER_HOME, or by --instance.",
        ) from None
    return folder


def registered(home: Path, project: Project) -> None:
    """Note that the name of ``project`` stands for its lake in the shared instance ``home``.

    Raises ``InputError`` when it stands for another: runs of both would be told as of one.
    """
    note = home / _PROJECTS / project.project
    lake = str(project.lake_path)
    known = note.read_text(encoding="utf-8") if note.is_file() else lake
    if known != lake:
        raise InputError(
            f"project {project.project} in the Dagster instance {home}",
            f"there, the name stands for the lake {known}, not for {lake}",
            "one lake for each name in a shared instance",
            f"Give one of them another project name, or its own instance (without DAGSTER_HOME); if the lake"
            f" was moved, delete {note}.",
        )
    note.parent.mkdir(exist_ok=True)
    note.write_text(lake, encoding="utf-8")


def open_instance(project: Project, is_alone: bool = False) -> DagsterInstance:
    """The project's instance; its runs of processes that no longer live are marked as failed.

    Whether a process lives is known on its own machine; elsewhere where the project's lock is held, which
    ``is_alone`` says: then no other run can be under way.
    """
    home = shared_home(project)
    folder = made(home) if home else instance_folder(project)
    tags = {}
    if home:
        registered(home, project)
        tags = {PROJECT_TAG: project.project}
    instance = DagsterInstance.from_ref(_kept(InstanceRef.from_dir(str(folder))))
    _with_driver(instance, folder)
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED], tags=tags)):
        process = run.tags.get(PROCESS_TAG)
        is_here = run.tags.get(HOST_TAG, socket.gethostname()) == socket.gethostname()
        if process and (is_alone or (is_here and not _lives(int(process)))):
            instance.report_run_failed(run, "The process was killed; the next run finishes the work.")
    return instance


def _own(project: Project) -> Path:
    return project.lake_path / "dagster"


def _kept(found: InstanceRef) -> InstanceRef:
    """The same instance; SQLite, which is the default, with connections that are kept open."""
    storage = found.storage_data
    if storage is None or storage.class_name != DagsterSqliteStorage.__name__:
        return found
    kept = storage._replace(module_name=KeptStorage.__module__, class_name=KeptStorage.__name__)
    return found._replace(storage_data=kept)


def _with_driver(instance: DagsterInstance, folder: Path) -> None:
    """Raise ``InputError`` for an address of PostgreSQL that leaves the driver to SQLAlchemy: from 2.1 on
    that is psycopg 3, which refuses what Dagster asks (``NOTIFY`` with a parameter)."""
    address = getattr(instance.run_storage, "postgres_url", None)
    if isinstance(address, str) and make_url(address).drivername == "postgresql":
        raise InputError(
            str(folder / "dagster.yaml"),
            "the address of PostgreSQL names no driver, and Dagster runs on psycopg2 alone",
            "postgresql+psycopg2://…, or scheme: postgresql+psycopg2 under postgres_db",
            "Write it so; docs/operations.md has an example.",
        )


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()
