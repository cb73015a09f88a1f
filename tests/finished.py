"""Small companies that are brought up to date once, and copied by every test that begins with one.

A run takes some seconds a period. Workers of pytest-xdist share what was made: whoever comes first makes it,
behind a lock. A copy keeps times and hard links of files, so that nothing of it is due.
"""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from assets.running import bring_up_to_date
from pipeline.settings import Project, load_project
from tests.company import write_company


def once(shared: Path, name: str, make: Callable[[Path], None], to: Path) -> None:
    """Copy into the folder ``to`` what ``make`` writes into one, which it is asked for once a session of
    tests for each ``name``; ``shared`` is a folder of all workers."""
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = shared / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)  # of a test that failed while it made it
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    to.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", f"{folder}/.", str(to)], check=True)


@dataclass(frozen=True)
class Finished:
    """Gives companies as a run leaves them."""

    shared: Path

    def __call__(self, folder: Path, **asked: Any) -> Project:
        """The company that ``write_company`` writes when it is ``asked`` so, in ``folder``, with its lake."""

        def make(here: Path) -> None:
            bring_up_to_date(write_company(here, **asked)[0])

        told = json.dumps(asked, sort_keys=True).encode()
        once(self.shared, f"company_{sha256(told).hexdigest()[:12]}", make, folder)
        return load_project(folder)
