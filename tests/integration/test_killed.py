"""L5: a run killed at any instant leaves the last good publication, and the next run finishes."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from assets.running import bring_up_to_date
from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest, verify
from pipeline.settings import Project
from tests.company import write_company
from tests.integration.test_repeatable import published_values

KILLS = 20


def run_in_child(project: Project, seconds: float | None) -> bool:
    """Run in a forked process, killed after ``seconds`` (none: left alone); whether it finished."""
    child = os.fork()
    if child == 0:
        try:
            bring_up_to_date(project)
            os._exit(0)
        except BaseException:  # the parent sees the code; nothing of pytest may run in the child
            os._exit(1)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return not os.WIFSIGNALED(status)


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
