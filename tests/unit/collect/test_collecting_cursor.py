"""Sources with a cursor: only rows from the remembered value on are read, and none is lost."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.collect import changes, with_added
from pipeline.engine import Engine
from pipeline.settings import Project
from tests.conftest import shop_settings

PERIODS = ["2024-01", "2024-02", "2024-03"]
NOW = datetime(2024, 4, 2, tzinfo=UTC)
Row = tuple[str, str, Any]


def write(folder: Path, rows: list[Row]) -> None:
    """Orders with their time and the cursor ``changed``."""
    with sqlite3.connect(folder / "till.db") as database:
        database.execute("DROP TABLE IF EXISTS till")
        database.execute('CREATE TABLE till (customer, "order", at, product, quantity, price, changed)')
        given = [("7", order, at, "P1", "1", "9.5", changed) for order, at, changed in rows]
        database.executemany("INSERT INTO till VALUES (?, ?, ?, ?, ?, ?, ?)", given)


@pytest.fixture
def shop(write_project: Callable[..., Project], tmp_path: Path) -> Callable[..., Project]:
    def make(**changes: Any) -> Project:
        sources: dict[str, Any] = shop_settings()["sources"]
        url = f"sqlite:///{tmp_path / 'till.db'}"
        query = {"kind": "sql", "url": url, "query": "SELECT * FROM till", "cursor": "changed"}
        sources["till"] |= {"connector": query} | changes
        return write_project(sources=sources)

    return make


def collected(
    engine: Engine, project: Project, periods: list[str], raw: pa.Table | None, since: str | None
) -> tuple[pa.Table, list[str], str | None]:
    """Raw rows of all periods, those that got rows, and the cursor to go on from."""
    existing = None if raw is None else engine.from_arrow(raw)
    found = changes(engine, project, "till", periods, existing, NOW, since)
    return with_added(existing, found.added, PERIODS).to_pyarrow(), found.periods(), found.cursor


def orders(raw: pa.Table) -> list[str]:
    return sorted(raw["order"].to_pylist())


@pytest.mark.parametrize("key", [[], ["order"]])
def test_equal_values_are_read_again_and_recognised(
    engine: Engine, shop: Callable[..., Project], tmp_path: Path, key: list[str]
) -> None:
    project = shop(row_key=key)
    write(tmp_path, [("A", "2024-01-05", 8), ("B", "2024-02-05", 9), ("C", "2024-03-05", 10)])
    raw, touched, cursor = collected(engine, project, PERIODS, None, None)
    assert (orders(raw), touched, cursor) == (["A", "B", "C"], PERIODS, "10"), "numbers, not texts"

    # A and B are gone: what lies before the cursor is not asked for, D bears the same value as C
    write(tmp_path, [("C", "2024-03-05", 10), ("D", "2024-01-06", 10)])
    raw, touched, cursor = collected(engine, project, PERIODS, raw, cursor)
    assert (orders(raw), touched, cursor) == (["A", "B", "C", "D"], ["2024-01"], "10")

    raw, touched, cursor = collected(engine, project, PERIODS, raw, cursor)
    assert (orders(raw), touched, cursor) == (["A", "B", "C", "D"], [], "10")


def test_a_row_whose_period_is_not_due_yet_is_read_again_when_it_is(
    engine: Engine, shop: Callable[..., Project], tmp_path: Path
) -> None:
    write(
        tmp_path,
        [
            ("A", "2024-01-05", "2024-01-05 10:00:00"),
            ("B", "2024-02-05", "2024-01-06 10:00:00"),
            ("C", "2024-01-07", "2024-02-07 10:00:00"),
        ],
    )
    raw, touched, cursor = collected(engine, shop(), ["2024-01"], None, None)
    assert (orders(raw), touched, cursor) == (["A", "C"], ["2024-01"], "2024-01-06 10:00:00")
    raw, touched, cursor = collected(engine, shop(), ["2024-01", "2024-02"], raw, cursor)
    assert (orders(raw), touched, cursor) == (["A", "B", "C"], ["2024-02"], "2024-02-07 10:00:00")


def test_instants_with_offsets_are_compared_as_instants(
    engine: Engine, shop: Callable[..., Project], tmp_path: Path
) -> None:
    later, earlier = "2024-03-31 01:30:00+00:00", "2024-03-31 02:00:00+01:00"
    write(tmp_path, [("A", "2024-01-05", later), ("B", "2024-02-05", earlier)])
    assert collected(engine, shop(), PERIODS, None, None)[2] == later


def test_nothing_new_keeps_the_cursor(engine: Engine, shop: Callable[..., Project], tmp_path: Path) -> None:
    write(tmp_path, [("A", "2024-01-05", 5)])
    raw, _, cursor = collected(engine, shop(), PERIODS, None, None)
    write(tmp_path, [("A", "2024-01-05", 4)])
    raw, touched, cursor = collected(engine, shop(), PERIODS, raw, cursor)
    assert (orders(raw), touched, cursor) == (["A"], [], "5")
