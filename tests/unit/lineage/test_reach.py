"""Which changes of a small program change the digest of what a function reaches."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.lineage import Tree, object_digest, reached, settings_read
from pipeline.lineage.libraries import library_versions

PROGRAM = {
    "pipeline/__init__.py": "",
    "pipeline/stage/__init__.py": """
from pipeline.stage.main import make
from pipeline.stage.other import unused
""",
    "pipeline/stage/main.py": '''
"""A stage."""
import numpy as np
from pipeline import words
from pipeline.words import Field, field_of
from pipeline.shelf import SHELVED
from pipeline import shelf
from .helper import help_with

LIMIT: int = 3
FIELD = Field("a", "what it means", 1)
BUILT = field_of("b", meaning="what b means")


def make(x: "int", parser: words.Parser) -> int:
    """Makes it."""
    from pipeline import late

    fields = FIELD.size + BUILT.size + shelf.BOARD.size
    return help_with(x) + LIMIT + fields + late.VALUE + SHELVED + len(open("table.txt").read())
''',
    "pipeline/stage/helper.py": """
def help_with(x):
    return x  # as it is

def lonely():
    return 1
""",
    "pipeline/stage/other.py": "def unused():\n    return 2\n",
    "pipeline/stage/table.txt": "a,b",
    "pipeline/late.py": "VALUE = 1\nOTHER = 2\n",
    "pipeline/shelf/__init__.py": "from pipeline.shelf.upper import *\n",
    "pipeline/shelf/upper.py": """
from pipeline.words import Field

SHELVED = 1
BOARD = Field("c", "what c means", 5)
LEFT = 3
""",
    "pipeline/words.py": """
class Field:
    __texts__ = ("meaning",)
    name: str
    meaning: str
    size: int

class Parser:
    def parse(self):
        return 1

def field_of(name: str, meaning: str) -> Field:
    return Field(name, meaning, 2)
""",
}
Changed = Callable[[str, str, str], bool]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """Whether replacing a text in a file changes what ``make`` reaches, with words or without."""
    for name, text in PROGRAM.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    def change(name: str, old: str, new: str, words: bool = False) -> bool:
        before = reached(Tree(tmp_path), ["pipeline.stage:make"], words=words)
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
        return reached(Tree(tmp_path), ["pipeline.stage:make"], words=words) != before

    return change


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("pipeline/stage/main.py", "A stage.", "The stage."),
        ("pipeline/stage/main.py", "Makes it.", "Makes them."),
        ("pipeline/stage/helper.py", "# as it is", "# as it was"),
        ("pipeline/stage/main.py", "LIMIT: int", "LIMIT: float"),
        ("pipeline/stage/main.py", "what it means", "other words"),
        ("pipeline/stage/main.py", "what b means", "other words"),
        ("pipeline/stage/helper.py", "return 1", "return 7"),
        ("pipeline/stage/other.py", "return 2", "return 7"),
        ("pipeline/late.py", "OTHER = 2", "OTHER = 7"),
        ("pipeline/shelf/upper.py", "LEFT = 3", "LEFT = 7"),
        ("pipeline/shelf/upper.py", "what c means", "other words"),
    ],
)
def test_what_changes_no_value_changes_no_digest(changed: Changed, name: str, old: str, new: str) -> None:
    assert not changed(name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("pipeline/stage/main.py", "LIMIT: int = 3", "LIMIT: int = 4"),
        ("pipeline/stage/main.py", '"what it means", 1', '"what it means", 2'),
        ("pipeline/stage/helper.py", "return x ", "return -x "),
        ("pipeline/late.py", "VALUE = 1", "VALUE = 7"),
        ("pipeline/shelf/upper.py", "SHELVED = 1", "SHELVED = 7"),
        ("pipeline/shelf/upper.py", 'means", 5', 'means", 7'),
        ("pipeline/words.py", "return 1", "return 7"),
        ("pipeline/words.py", "meaning, 2", "meaning, 3"),
        ("pipeline/stage/table.txt", "a,b", "a,c"),
    ],
)
def test_what_may_change_a_value_does(changed: Changed, name: str, old: str, new: str) -> None:
    assert changed(name, old, new)


def test_words_count_where_they_are_written(changed: Callable[..., bool]) -> None:
    assert changed("pipeline/stage/main.py", "what it means", "other words", words=True)


def test_an_object_without_its_words() -> None:
    from dataclasses import replace

    from pipeline.tables.fields import quantity
    from pipeline.tables.model import TEXT

    other = replace(quantity, meaning="something else")
    assert object_digest(quantity) == object_digest(other)
    assert object_digest(quantity, words=True) != object_digest(other, words=True)
    assert object_digest(quantity) != object_digest(replace(quantity, type=TEXT))


def test_settings_by_path_and_pattern() -> None:
    settings = {
        "seed": 1,
        "sources": {"till": {"entity": "orders", "path": "a"}, "crm": {"entity": "profiles"}},
    }
    assert list(settings_read(settings, ("seed", "sources.*.entity"))) == [
        "seed",
        "sources.crm.entity",
        "sources.till.entity",
    ]
    with pytest.raises(KeyError, match="sed"):
        settings_read(settings, ("sed",))


def test_libraries_by_distribution_with_those_behind_them() -> None:
    found = library_versions({"sklearn", "zoneinfo", "json", "dagster"}, lambda name: f"{name} 1")
    assert set(found) == {"python", "scikit-learn", "scipy", "numpy", "tzdata"}
