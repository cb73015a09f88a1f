"""The lock that a run of a project holds, and what it leaves behind when it is killed.

Belongs here: one run at a time, whoever started it. Does not belong here: what a run does (``running``), or
whose turn it is (``turns``).
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from pipeline.errors import MayPassError
from pipeline.settings import Project

#: So often the lock is tried, with so many seconds between.
_TRIES, _INSTANT = 3, 0.05


#: Lakes whose lock this process holds: runs that the run of the command line starts are parts of it.
_HELD: set[Path] = set()


class UnderWayError(MayPassError):
    """Another run of the project is under way: nothing failed."""


@contextmanager
def alone(project: Project, now: datetime) -> Iterator[None]:
    """Hold the project's lock: two runs at once would write the same partitions.

    While it is held the file says since when; a process that is killed leaves that behind.
    """
    project.lake_path.mkdir(parents=True, exist_ok=True)
    path = _place(project)
    with path.open("a+") as file:
        if not any(_taken(file) for _ in range(_TRIES)):
            raise UnderWayError(
                str(path),
                "another run of this project is under way",
                "one run at a time",
                "Wait until it has ended; a killed run holds no lock.",
            )
        file.truncate(0)
        file.write(json.dumps({"process": os.getpid(), "began_at": now.isoformat(timespec="seconds")}))
        file.flush()
        _HELD.add(path)
        try:
            yield
        finally:
            _HELD.discard(path)
            file.truncate(0)


def is_held_here(project: Project) -> bool:
    """Whether this process holds the project's lock."""
    return _place(project) in _HELD


def killed_at(project: Project) -> str | None:
    """When a run began that was killed, and none since; none: no run was."""
    path = _place(project)
    if not path.is_file():
        return None
    with path.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        text = file.read()
    return str(json.loads(text)["began_at"]) if text else None


def _taken(file: IO[str]) -> bool:
    """Whether the lock is had now; whoever only looks (``killed_at``) holds it for an instant."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_INSTANT)
        return False
    return True


def _place(project: Project) -> Path:
    return project.lake_path / ".run.lock"
