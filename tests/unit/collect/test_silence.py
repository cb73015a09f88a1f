"""Profiles without any event: ``segments check`` says how many a population of events leaves out."""

import csv
from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.collect import accounts_of, read_rows, silent_profiles
from pipeline.engine import Engine
from pipeline.settings import Project
from tests.conftest import shop_settings

DAY = "2024-01-05 10:00:00"


@pytest.fixture
def said(engine: Engine, write_project: Any, tmp_path: Any) -> Any:
    """What is said of people of whom so many are (silent, silent and dated, buyers)."""

    def of(silent: int, dated: int, buyers: int, space: str = "shop", **settings: Any) -> list[str]:
        people = [(f"s{n}", "") for n in range(silent)] + [(f"d{n}", DAY) for n in range(dated)]
        people += [(f"{n}.0", "") for n in range(buyers)]  # a column of numbers with gaps
        _write(tmp_path / "people.csv", ("id", "since"), people)
        lines = [(str(n), f"o{n}", DAY, "p", "1", "2") for n in range(max(buyers, 1))]
        _write(
            tmp_path / "orders.csv", ("customer", "order", "at", "product", "quantity", "price"), lines * 2
        )
        till = shop_settings()["sources"]["till"] | {"account_space": "shop"}
        crm = {
            "entity": "profiles",
            "account_space": space,
            "connector": {"kind": "file", "format": "csv", "path": "people.csv"},
            "columns": {"source_account_id": "id", "created_at": "since"},
        }
        project: Project = write_project(sources={"till": till, "crm": crm}, **settings)
        read = {name: read_rows(engine, project, name).wanted for name in project.sources}
        accounts = [accounts_of(project, name, rows) for name, rows in read.items()]
        return silent_profiles(project, [one for one in accounts if one is not None])

    return of


def _write(path: Any, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def test_many_silent_profiles_are_told_with_what_would_take_them_in(said: Any) -> None:
    [warning] = said(30, 10, 60)
    assert warning.startswith("40 of 100 profiles (40%) have no event in any source")
    assert "30 of them never enter the population" in warning
    assert "10 say when they were created, and leave the population 365 days after that" in warning
    assert "population: either" in warning
    assert "docs/population.md" in warning


def test_few_are_not_told(said: Any) -> None:
    assert said(9, 0, 91) == []
    assert len(said(10, 0, 90)) == 1


@pytest.mark.parametrize("rule", ["profiles", "either"])
def test_a_population_that_takes_them_in_says_nothing(said: Any, rule: str) -> None:
    assert said(30, 10, 60, population=rule) == []


def test_accounts_of_another_space_are_not_the_same(said: Any) -> None:
    """The mistake of a forgotten account_space looks like this, and the warning names it."""
    [warning] = said(0, 0, 20, space="crm")
    assert warning.startswith("20 of 20 profiles (100%)")
    assert "look at account_space first" in warning
