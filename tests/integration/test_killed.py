"""L5: a run killed at any instant leaves the last good publication, and the next run finishes."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest, verify
from pipeline.settings import Project
from tests.company import write_company
from tests.integration.test_repeatable import published_values

KILLS = 20


CHILD = """
import sys
from pathlib import Path
from assets.running import bring_up_to_date
from pipeline.settings import load_project
project = load_project(Path(sys.argv[1]))
print("ready", flush=True)
bring_up_to_date(project)
"""


def run_in_child(project: Project, seconds: float | None) -> bool:
    """Run in a fresh process, killed ``seconds`` after its imports (none: left alone); whether it finished.

    Not a fork: what other tests left behind in this process (threads, locks) would come along.
    """
    command = [sys.executable, "-c", CHILD, str(project.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        if seconds is not None:
            time.sleep(seconds)
            child.kill()
        child.stdout.read()
        status = child.wait()
    assert status in (0, -signal.SIGKILL)
    return status == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_twenty_random_moments(tmp_path: Path) -> None:
    whole, _ = write_company(tmp_path / "whole", customers=40, months=3)
    started = time.monotonic()
    assert run_in_child(whole, None)
    duration = time.monotonic() - started

    project, _ = write_company(tmp_path / "killed", customers=40, months=3)
    rng, seen = random.Random(20), 0
    for _ in range(KILLS):
        run_in_child(project, rng.uniform(0.02, duration / 2))
        manifest = read_manifest(Lake(project.lake_path))
        published = len(manifest.periods) if manifest else 0
        assert published >= seen, "a publication was lost"
        seen = published
        assert verify(Lake(project.lake_path)) == []
    assert run_in_child(project, None)
    assert published_values(project) == published_values(whole)
    assert not list(project.lake_path.rglob("*.partial"))
