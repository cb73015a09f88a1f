"""What ``segments export`` leaves behind: nothing outside, whatever ends it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipeline.settings import Project
from tests.integration.export.company import (
    CUSTOMERS,
    exported,
    made,
    mail,
    naming,
    newest_status,
    outside,
)

#: Runs one export, which stops in the midst of writing, or when all is there but its end is not recorded.
STOPPING = """
import sys, time
from pipeline.export import destinations, records

def stop(*_):
    print("stopped", flush=True)
    time.sleep(120)

if sys.argv[1] == "writing":
    csv_line, lines = destinations.csv_line, []
    def counted(values):
        lines.append(1)
        if len(lines) == 20:
            stop()
        return csv_line(values) + "." * 4096
    destinations.csv_line = counted
elif sys.argv[1] == "copying":
    destinations.FileDestination._move = lambda self, staged: self._copy(staged)
    def half(source, target):
        target.write(source.read(3000))
        target.flush()
        stop()
    destinations.shutil.copyfileobj = half
else:
    records.Begun.done = stop
import pipeline
from pipeline.cli import app
app(sys.argv[2:])
"""


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def started(project: Project, tmp_path: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []
    (tmp_path / "temporary").mkdir()

    def start(moment: str, to: Path) -> "subprocess.Popen[str]":
        arguments = ["--scheme", "lifecycle", "--ids", "shop", "--consent", "newsletter", "--with", "email"]
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", STOPPING, moment, "export", "--project", str(project.folder),
                 *arguments, "--to", str(to)],
                stdout=subprocess.PIPE,
                env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
                text=True,
            )
        )  # fmt: skip
        assert processes[-1].stdout is not None
        assert processes[-1].stdout.readline() == "stopped\n"
        return processes[-1]

    yield start
    for one in processes:
        one.kill()
        one.communicate()


@pytest.mark.slow
@pytest.mark.usefixtures("usual_signals")
def test_an_export_killed_in_the_midst_leaves_nothing_outside_and_is_recorded(
    project: Project, tmp_path: Path, started: Start
) -> None:
    target = made(tmp_path / "target")
    scratch = project.lake_path / "restricted" / ".scratch"
    process = started("writing", target / "mails.csv")
    assert naming(scratch), "the file grows in the restricted zone"
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert newest_status(project) == "begun"
    assert naming(target, tmp_path / "temporary", *outside(project)) == []
    assert list(target.iterdir()) == []
    again = started("writing", target / "mails.csv")
    again.send_signal(signal.SIGTERM)
    assert again.wait(60) == 128 + signal.SIGTERM
    assert naming(scratch, target, tmp_path / "temporary") == [], (
        "the next one cleared what was left, and its own"
    )
    assert newest_status(project) == "begun"


@pytest.mark.slow
@pytest.mark.usefixtures("usual_signals")
def test_an_export_killed_before_its_end_is_recorded_is_known_to_have_begun(
    project: Project, tmp_path: Path, started: Start
) -> None:
    target = made(tmp_path / "target")
    process = started("done", target / "mails.csv")
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert [one.name for one in target.iterdir()] == ["mails.csv"]
    assert newest_status(project) == "begun", "it may have left, and did"


@pytest.mark.slow
@pytest.mark.usefixtures("usual_signals")
def test_what_was_copied_half_to_another_file_system_goes_with_the_next_export(
    project: Project, tmp_path: Path, started: Start
) -> None:
    target = made(tmp_path / "target")
    process = started("copying", target / "mails.csv")
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert [one.name.endswith(".partial") for one in target.iterdir()] == [True]
    arguments = (
        "--scheme",
        "lifecycle",
        "--ids",
        "shop",
        "--consent",
        "calls",
        "--to",
        str(target / "mails.csv"),
    )
    exported(project, *arguments)
    assert [one.name for one in target.iterdir()] == ["mails.csv"]
    assert naming(target) == []


@pytest.mark.slow
def test_no_identifier_is_left_outside_the_restricted_zone_and_the_export(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, target = made(tmp_path / "temporary"), tmp_path / "mails.parquet"
    monkeypatch.setenv("TMPDIR", str(temporary))
    exported(
        project, "--scheme", "lifecycle", "--ids", "shop", "--consent", "newsletter", "--with", "email",
        "--to", str(target),
    )  # fmt: skip
    assert set(pd.read_parquet(target)["email"]) <= {mail(number) for number in range(CUSTOMERS)}
    assert naming(temporary, *outside(project)) == []
    assert naming(project.lake_path / "restricted" / "exports") == []
    for path in (one for folder in outside(project) for one in folder.rglob("*.parquet")):
        assert ".zyx@example.com" not in pd.read_parquet(path, partitioning=None).to_csv(), path
