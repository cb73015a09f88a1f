"""Exclusions as ``segments check`` tries them: nobody, nearly everybody, numbers that no source has."""

import csv
from typing import Any

import pytest

from pipeline.collect import accounts_of, condition_cautions, read_rows, unknown_numbers
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.settings import Project

HEADER = ("customer", "order", "at", "product", "quantity", "price")
LINES = [(str(number), f"o{number}", "2024-01-05 10:00:00", "p1", "1", "2") for number in range(10)]
#: A line of no account, which therefore excludes nobody.
OF_NOBODY = ("", "o10", "2024-01-05 10:00:00", "VOID", "1", "2")


@pytest.fixture
def said(engine: Engine, write_project: Any, tmp_path: Any) -> Any:
    """Warnings about one exclusion, of ten accounts with the numbers 0 to 9."""
    with (tmp_path / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *LINES, OF_NOBODY])

    def of(**exclusion: Any) -> list[str]:
        project: Project = write_project(exclude=[{"name": "staff"} | exclusion])
        rows = read_rows(engine, project, "till").wanted
        accounts = accounts_of(project, "till", rows)
        assert accounts is not None
        found = condition_cautions(project, "till", rows, accounts)
        return found + unknown_numbers(project, [accounts])

    return of


def test_a_condition_that_some_meet_is_fine(said: Any) -> None:
    assert said(source="till", where="customer IN ('1', '2')") == []


def test_one_that_nobody_or_nearly_everybody_meets_is_told(said: Any) -> None:
    assert said(source="till", where="product = 'STAFF'") == [
        "exclude staff: no row of source till that has an account meets where, so it excludes nobody"
    ]
    assert said(source="till", where="product = 'VOID'") == said(source="till", where="product = 'STAFF'")
    assert said(source="till", where="customer <> '1'") == [
        "exclude staff: 9 of the 10 accounts of source till meet where; is it the other way round?"
    ]


def test_numbers_that_no_source_has_are_told_by_their_place(said: Any) -> None:
    assert said(accounts={"till": [1, "2.0", "T-1"]}) == [
        "exclude staff: 1 of 3 numbers stand in no source of the account space till (at place 3)"
    ]
    assert said(accounts={"till": [1]}) == []


def test_a_column_that_is_not_there_is_a_problem(said: Any) -> None:
    with pytest.raises(InputError, match="did you mean product"):
        said(source="till", where="prodct = 'STAFF'")
