"""L5: a run killed at any instant leaves the last good publication, and the next run finishes."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest, verify
from pipeline.settings import Project
from tests.company import write_company
from tests.lakes import published_values

#: Enough to meet every stage over a few runs of the suite; ``SEGMENTS_TEST_KILLS=100`` looks harder.
KILLS = int(os.environ.get("SEGMENTS_TEST_KILLS", "6"))

#: Forks a child for each line "seconds folder", kills it after so many seconds (0: never), and answers
#: with its exit status: -9 when killed. It has imported everything and started nothing.
FORKING = """
import os, signal, sys, time, traceback
from pathlib import Path
from assets.running import bring_up_to_date
from pipeline.settings import load_project
print("ready", flush=True)
for line in sys.stdin:
    seconds, folder = line.rstrip("\\n").split(" ", 1)
    child = os.fork()
    if not child:
        try:
            bring_up_to_date(load_project(Path(folder)))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    if float(seconds):
        time.sleep(float(seconds))
        os.kill(child, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Runs:
    """Runs in processes of their own, forked from one without the threads and locks of other tests."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-c", FORKING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self._answer() == "ready"

    def run(self, project: Project, kill_after_seconds: float = 0) -> bool:
        """Whether the run finished before it was killed (0: it is left alone)."""
        assert self._parent.stdin is not None
        self._parent.stdin.write(f"{kill_after_seconds} {project.folder}\n")
        status = int(self._answer())
        assert status in (0, -9)
        return status == 0

    def _answer(self) -> str:
        assert self._parent.stdout is not None
        return self._parent.stdout.readline().rstrip("\n")

    def close(self) -> None:
        self._parent.communicate()


@pytest.fixture
def runs() -> Iterator[Runs]:
    started = Runs()
    yield started
    started.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_random_moments(tmp_path: Path, runs: Runs) -> None:
    whole, _ = write_company(tmp_path / "whole", customers=40, months=2)
    started = time.monotonic()
    assert runs.run(whole)
    duration = time.monotonic() - started

    project, _ = write_company(tmp_path / "killed", customers=40, months=2)
    rng, seen = random.Random(20), 0
    for _ in range(KILLS):
        runs.run(project, rng.uniform(0.02, duration / 3))
        manifest = read_manifest(Lake(project.lake_path))
        published = len(manifest.periods) if manifest else 0
        assert published >= seen, "a publication was lost"
        seen = published
        assert verify(Lake(project.lake_path)) == []
    assert runs.run(project)
    assert published_values(project) == published_values(whole)
    assert not list(project.lake_path.rglob("*.partial"))
