"""L6 in temporary files: what a process unpacked, downloaded or spilled does not outlive it.

Killed without a word (SIGKILL), its scratch goes with the next run; asked to end (SIGTERM), it goes at once.
"""

import os
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from pipeline.settings import Project, load_project
from tests.company import write_company

EMAIL = "anna.keller@example.com"

pytestmark = pytest.mark.usefixtures("usual_signals")

#: Runs one command of ``segments``, which stops until it is killed: when it has read the sources ("read"),
#: in the midst of Dagster's first step ("step"), or after Dagster's first run ("between").
COMMAND = """
import sys, time
import assets.running, pipeline.cli.checking, pipeline.cli.watching
from pipeline.cli import app

def stopping(function):
    def stopped(*arguments):
        found = function(*arguments)
        print("stopped", flush=True)
        time.sleep(120)
        return found
    return stopped

if sys.argv[1] == "step":
    pipeline.cli.watching._told_by_line = stopping(pipeline.cli.watching._told_by_line)
elif sys.argv[1] == "between":
    assets.running._collect = stopping(assets.running._collect)
else:
    assets.running.planned = stopping(assets.running.planned)
    pipeline.cli.checking.summary_of = stopping(pipeline.cli.checking.summary_of)
app(sys.argv[2:])
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A company whose profiles come in an archive: unpacked, their e-mail addresses stand in clear."""
    write_company(tmp_path / "company", customers=10, months=1)
    path = tmp_path / "company" / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    crm = settings["sources"]["crm"]
    crm["connector"] = {"kind": "file", "format": "csv", "path": "people.zip"}
    crm["columns"] = {"source_account_id": "customer", "email": "mail"}
    crm.pop("codes", None)
    crm.pop("values", None)
    settings["sources"] = {"crm": crm, **settings["sources"]}
    path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    with zipfile.ZipFile(path.with_name("people.zip"), "w") as archive:
        rows = "".join(f"k{number},{EMAIL}\n" for number in range(10))
        archive.writestr("people.csv", f"customer,mail\n{rows}")
    return load_project(path.parent)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


#: Starts a command of ``segments``, and returns when it has stopped.
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def started(project: Project, temporary: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []

    def start(command: str, moment: str = "read") -> subprocess.Popen[str]:
        processes.append(_started(command, moment, project, temporary))
        assert processes[-1].stdout is not None
        assert processes[-1].stdout.readline() == "stopped\n"
        return processes[-1]

    yield start
    for one in processes:
        one.kill()
        one.communicate()


def _started(command: str, moment: str, project: Project, temporary: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, moment, command, "--project", str(project.folder)],
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(temporary)},
        text=True,
    )


def ended(process: subprocess.Popen[str], how: signal.Signals) -> int:
    process.send_signal(how)
    process.communicate(timeout=60)
    return process.returncode


def scratch(project: Project) -> Path:
    return project.lake_path / "restricted" / ".scratch"


def naming(*folders: Path) -> list[Path]:
    """Files that hold the planted address."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if EMAIL.encode() in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize(("command", "moment"), [("run", "read"), ("run", "step"), ("check", "read")])
def test_scratch_of_a_killed_process_goes_with_the_next(
    command: str, moment: str, project: Project, temporary: Path, started: Start
) -> None:
    process = started(command, moment)
    found = naming(scratch(project))
    assert found, "the unpacked file stands in the restricted zone while it is used"
    for folder in (project.lake_path / "restricted", scratch(project), found[0].parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert ended(process, signal.SIGKILL) == -signal.SIGKILL
    assert naming(scratch(project)), "nobody was there to clear it"

    again = started(command)
    living = naming(scratch(project))
    assert not set(found) & set(living)
    assert ended(again, signal.SIGTERM) == 128 + signal.SIGTERM

    assert not naming(scratch(project))
    assert not list(temporary.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "moment", "how"),
    [
        ("run", "read", signal.SIGTERM),
        ("run", "read", signal.SIGINT),
        ("run", "step", signal.SIGTERM),
        ("run", "step", signal.SIGINT),
        ("check", "read", signal.SIGTERM),
        ("check", "read", signal.SIGHUP),
    ],
)
def test_a_process_that_is_asked_to_end_clears_its_scratch(
    command: str, moment: str, how: signal.Signals, project: Project, temporary: Path, started: Start
) -> None:
    process = started(command, moment)
    assert naming(scratch(project))
    # Dagster, once it runs something, takes the one for the other.
    assert ended(process, how) in ({128 + how} if moment == "read" else {130, 143})
    assert not naming(scratch(project))
    assert not list(temporary.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["read", "step", "between"])
def test_a_run_in_a_script_s_background_can_be_asked_to_end(
    moment: str, project: Project, temporary: Path, started: Start
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell starts what does not stand in its foreground
    process = started("run", moment)
    assert ended(process, signal.SIGTERM) in (130, 128 + signal.SIGTERM)
    assert not naming(scratch(project))
    assert not list(temporary.iterdir())


@pytest.mark.slow
def test_scratch_of_a_living_process_is_left_alone(project: Project, started: Start) -> None:
    checking = started("check")
    before = naming(scratch(project))
    running = started("run")
    assert set(before) < set(naming(scratch(project)))
    ended(running, signal.SIGTERM)
    assert naming(scratch(project)) == before
    ended(checking, signal.SIGTERM)
    assert not naming(scratch(project))


@pytest.mark.slow
def test_a_run_that_has_nothing_to_do_clears_what_a_killed_one_left(
    project: Project, temporary: Path, started: Start
) -> None:
    environment = os.environ | {"TMPDIR": str(temporary)}
    whole = [sys.executable, "-m", "pipeline.cli", "run", "--project", str(project.folder)]
    subprocess.run(whole, env=environment, check=True, capture_output=True)
    assert not list(temporary.iterdir()), "a whole run leaves nothing either"
    ended(started("check"), signal.SIGKILL)
    assert naming(scratch(project))
    subprocess.run(whole, env=environment, check=True, capture_output=True)
    assert not naming(scratch(project))
