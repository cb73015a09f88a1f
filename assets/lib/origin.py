"""Runs of the command line as runs of the code location that the UI and the daemon load.

Belongs here: what ties a run to its code location, so that Jobs and the time line of the UI show it, and
ending one that somebody asked the UI to end. Does not belong here: what is run (``running``).

Dagster ties a run to a location by an origin that its public interfaces give only to runs of its own
launchers. So this module alone uses the ones inside; where they are no longer there, runs are as those of a
script.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus

from assets.lib.instance import shared_home
from pipeline.settings import Project

#: Name of the code location in ``workspace.yaml``, which has one project.
ALONE = "customer-segments"
#: Seconds between two looks whether a run should end.
_LOOKS_EVERY = 1.0
#: Seconds until it is asked again: between steps a script's background ignores Ctrl-C.
_AGAIN_AFTER = 10.0
_ENDING = (DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED)


def location_name(project: Project) -> str:
    """Name of the project's code location: its own name where several share an instance."""
    return project.project if shared_home(project) else ALONE


def tied(instance: DagsterInstance, location: str) -> DagsterInstance:
    """``instance``, which from now on makes runs of the code location ``location``."""
    try:
        from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
        from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

        origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(location), SINGLETON_REPOSITORY_NAME)
        make = instance.create_run_for_job
    except (ImportError, AttributeError, TypeError):  # another version of Dagster
        return instance

    def make_of_location(*given: Any, **named: Any) -> Any:
        job = named["job_def"] if "job_def" in named else given[0]
        return make(*given, **{"remote_job_origin": origin.get_job_origin(job.name), **named})

    instance.create_run_for_job = make_of_location  # type: ignore[method-assign]
    return instance


@contextmanager
def ended_when_asked(instance: DagsterInstance, run_id: str) -> Iterator[None]:
    """End this process as Ctrl-C does when the UI marks the run ``run_id``, which it runs, as cancelled.

    Nobody but this process can end it: the UI asks the server that it started a run through, and there is
    none.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals come to the main thread, which somebody else has
        return
    done = threading.Event()

    def look() -> None:
        pause = _LOOKS_EVERY
        while not done.wait(pause):
            run = instance.get_run_by_id(run_id)
            if run is not None and run.status in _ENDING and not done.is_set():
                os.kill(os.getpid(), signal.SIGINT)
                pause = _AGAIN_AFTER

    watch = threading.Thread(target=look, name="looks whether to end", daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()
    if instance.all_logs(run_id, of_type=DagsterEventType.PIPELINE_CANCELING):
        raise KeyboardInterrupt  # it was over before it could end: what would follow it does not begin
