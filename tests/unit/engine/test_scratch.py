"""Scratch: whose it is, when it goes, and what a signal to end does meanwhile."""

import ast
import os
import signal
import stat
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.engine import clear_dead, ends_tidily, open_engine
from pipeline.engine import scratch as scratch_module
from pipeline.engine.duck import DuckEngine, connection_of
from pipeline.engine.scratch import Scratch
from pipeline.settings import EngineSettings, Project

ROOT = Path(__file__).parents[3]
SMALL = EngineSettings(threads=1, memory_limit="200MB")

pytestmark = pytest.mark.usefixtures("usual_signals")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the system's temporary one."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def modules() -> list[Path]:
    return [path for top in ("pipeline", "assets") for path in (ROOT / top).rglob("*.py")]


def test_a_project_s_engine_has_its_scratch_in_the_restricted_zone(
    write_project: Callable[..., Project], temporary: Path
) -> None:
    project = write_project()
    engine = open_engine(project)
    home = project.lake_path / "restricted" / ".scratch"
    assert engine.scratch.parent == home
    for folder in (home.parent, home, engine.scratch):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    spilling = connection_of(engine).execute("SELECT current_setting('temp_directory')").fetchall()
    assert spilling == [(str(engine.scratch),)]
    engine.close()
    assert [one.name for one in home.iterdir()] == [".lock"]
    assert not list(temporary.iterdir())


def test_an_engine_without_a_project_leaves_nothing_in_the_temporary_folder(temporary: Path) -> None:
    engine = DuckEngine(SMALL)
    (engine.scratch / "people.csv").write_text("anna")
    assert engine.scratch.is_relative_to(temporary)
    assert stat.S_IMODE(engine.scratch.parent.stat().st_mode) == 0o700
    engine.close()
    assert not list(temporary.iterdir())


def test_a_reader_of_a_lake_that_is_not_his_has_scratch_too(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, home = scratch_module._made, tmp_path / "lake" / "restricted" / ".scratch"

    def refused(place: Path) -> tuple[Path, int]:
        if place == home:
            raise PermissionError(13, "Permission denied")
        return made(place)

    monkeypatch.setattr(scratch_module, "_made", refused)
    one = Scratch(home)
    assert one.folder.is_relative_to(temporary)
    one.close()
    assert not list(temporary.iterdir())


def test_scratch_goes_with_what_holds_it(tmp_path: Path) -> None:
    one = Scratch(tmp_path / "home")
    folder = one.folder
    del one
    assert not folder.exists()


def test_only_scratch_of_the_dead_is_cleared(tmp_path: Path) -> None:
    living = Scratch(tmp_path)
    for name in ("1-dead", "2-cut-short"):
        (tmp_path / f"{name}.lock").touch()
    (tmp_path / "1-dead" / "deep").mkdir(parents=True)
    (tmp_path / "1-dead" / "deep" / "people.csv").write_text("anna")

    clear_dead(tmp_path)

    lock = f"{living.folder.name}.lock"
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([".lock", living.folder.name, lock])
    living.close()
    clear_dead(tmp_path / "never made")


def test_a_fork_does_not_take_away_its_parent_s_scratch(tmp_path: Path) -> None:
    one = Scratch(tmp_path)
    child = os.fork()
    if not child:
        one.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert one.folder.is_dir()
    clear_dead(tmp_path)
    assert one.folder.is_dir()
    one.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_lets_context_managers_run(number: signal.Signals) -> None:
    with pytest.raises(SystemExit) as ended, ends_tidily():
        os.kill(os.getpid(), number)
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.timeout(60)
def test_a_query_that_is_interrupted_ends_the_same_way() -> None:
    endless = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    with pytest.raises(SystemExit) as ended, ends_tidily(), closing(DuckEngine(SMALL)) as engine:
        connection_of(engine).execute(endless)
    assert ended.value.code == 128 + signal.SIGTERM


def test_who_handles_the_signal_already_goes_on_doing_so() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with ends_tidily():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


def test_a_foreign_thread_changes_nothing() -> None:
    seen: list[object] = []

    def run() -> None:
        with ends_tidily():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]


def test_no_other_module_makes_temporary_files() -> None:
    named = {path.relative_to(ROOT).as_posix() for path in modules() if "tempfile" in path.read_text("utf-8")}
    assert named == {"pipeline/engine/scratch.py"}


def test_every_engine_of_the_product_is_that_of_a_project() -> None:
    calls = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "DuckEngine"
    }
    beside = "pipeline/engine/spark/engine.py"  # in the scratch of the engine that it stands beside
    assert calls == {"pipeline/engine/opening.py", beside}, "open_engine: its scratch stands in the lake"
