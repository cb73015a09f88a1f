"""What code reaches is kept while the program is the same, and found out anew when it is not."""

import json
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pipeline.lineage import Reached, Remembered, Tree
from pipeline.lineage import remembered as place

PROGRAM = {
    "pipeline/__init__.py": "",
    "pipeline/stage.py": "from own import SIZE\n\ndef make():\n    return SIZE + len('t.txt')\n",
    "pipeline/t.txt": "a",
    "own.py": "SIZE = 1\n",
}


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Reached, int]]:
    """Start the program anew: what is reached, and how often code was followed for it."""
    for name, text in PROGRAM.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "lake").mkdir()

    def asked(
        root: str = "pipeline.stage:make", words: bool = False, keep: bool = True
    ) -> tuple[Reached, int]:
        followed = []

        def reached(*some, **more):
            followed.append(some)
            return original(*some, **more)

        monkeypatch.setattr(place, "reached", reached)
        one = place.Remembered(
            Tree(tmp_path, {"own": tmp_path}), tmp_path / "lake" / "lineage" / "reached.json"
        )
        found = one.reached([root], words=words)
        assert one.reached([root], words=words) == found
        if keep:
            one.keep()
        return found, len(followed)

    original = place.reached
    return asked


def test_the_same_program_is_followed_once(start: Callable[..., tuple[Reached, int]]) -> None:
    first, followed = start()
    assert followed == 1
    assert start() == (first, 0)


@pytest.mark.parametrize("changed", ["pipeline/stage.py", "pipeline/t.txt", "own.py"])
def test_a_changed_file_is_followed_anew(
    changed: str, start: Callable[..., tuple[Reached, int]], tmp_path: Path
) -> None:
    before, _ = start()
    (tmp_path / changed).write_text(PROGRAM[changed].replace("a", "b").replace("SIZE = 1", "SIZE = 2"))
    after, followed = start()
    assert followed == 1
    assert after != before
    assert start() == (after, 0)


def test_other_questions_have_answers_of_their_own(start: Callable[..., tuple[Reached, int]]) -> None:
    start()
    assert start(words=True)[1] == 1
    assert start(root="pipeline.stage")[1] == 1
    assert [start()[1], start(words=True)[1], start(root="pipeline.stage")[1]] == [0, 0, 0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"program": 1}', '{"found": {}}'])
def test_a_file_that_cannot_be_read_is_as_none(
    text: str, start: Callable[..., tuple[Reached, int]], tmp_path: Path
) -> None:
    first, _ = start()
    file = tmp_path / "lake" / "lineage" / "reached.json"
    assert json.loads(file.read_text())["found"]
    file.write_text(text)
    assert start() == (first, 1)
    assert start() == (first, 0)


def test_nothing_is_written_where_there_is_no_lake(
    start: Callable[..., tuple[Reached, int]], tmp_path: Path
) -> None:
    (tmp_path / "lake").rmdir()
    assert start()[1] == 1
    assert not (tmp_path / "lake").exists()


def test_another_lake_need_not_follow_what_one_has_followed(
    start: Callable[..., tuple[Reached, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "pipeline" / "__pycache__" / "reached.json"
    monkeypatch.setattr(place, "Remembered", partial(Remembered, shared=shared))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    first, followed = start()
    shutil.rmtree(tmp_path / "lake" / "lineage")
    assert (followed, start()) == (1, (first, 0))
    assert (tmp_path / "lake" / "lineage" / "reached.json").is_file()

    shutil.rmtree(tmp_path / "lake" / "lineage")
    (tmp_path / "pipeline" / "t.txt").write_text("b")
    after, followed = start()
    assert followed == 1
    assert after != first


def test_nothing_is_shared_where_python_keeps_no_bytecode(
    start: Callable[..., tuple[Reached, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "pipeline" / "__pycache__" / "reached.json"
    monkeypatch.setattr(place, "Remembered", partial(Remembered, shared=shared))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    start()
    assert not shared.exists()
