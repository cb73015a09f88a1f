"""Columns: each name once, so that none silently takes the place of another."""

import ast
from collections import Counter
from pathlib import Path

from pipeline.tables import fields
from pipeline.tables.model import Field


def test_no_column_takes_the_place_of_another() -> None:
    tree = ast.parse(Path(fields.__file__).read_text(encoding="utf-8"))
    assigned = [
        target.id
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    assert [name for name, times in Counter(assigned).items() if times > 1] == []


def test_a_column_bears_the_name_that_it_is_called_by() -> None:
    named = {
        name: one.name for name, one in vars(fields).items() if isinstance(one, Field) and name[0] != "_"
    }
    assert {name: called for name, called in named.items() if name.rstrip("_") != called} == {}
