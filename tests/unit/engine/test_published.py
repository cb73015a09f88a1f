"""SQL over published tables: what may be read, and that nothing else can be, nor anything changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine.published import PublishedSql, PublishedView, is_whole
from pipeline.errors import InputError


@dataclass(frozen=True)
class Limits:
    threads: int = 1
    memory_limit: str = "200MB"


@pytest.fixture
def moves(tmp_path: Path) -> dict[str, Path]:
    files = {}
    for period, customers in (("2024-01", [1, 2]), ("2024-02", [3])):
        files[period] = tmp_path / "publications" / "1" / "moves" / f"{period}.parquet"
        files[period].parent.mkdir(parents=True, exist_ok=True)
        columns = {"period": period, "cause": "it's"}
        rows = [{**columns, "customer_id": one} for one in customers]
        pq.write_table(pa.Table.from_pylist(rows).select(["period", "customer_id", "cause"]), files[period])
    return files


@pytest.fixture
def database(moves: dict[str, Path], tmp_path: Path) -> Iterator[PublishedSql]:
    (tmp_path / "restricted").mkdir()
    (tmp_path / "restricted" / "names.csv").write_text("name\nKari\n", encoding="utf-8")
    view = PublishedView("moves", "one customer's move", moves, {"cause": "Why it's so."})
    with PublishedSql([view], Limits(), tmp_path / "restricted" / ".scratch") as opened:
        yield opened


def asked(database: PublishedSql, text: str) -> list[Any]:
    return [row for answer in database.ask(text) for row in answer.rows]


def test_a_view_holds_all_periods_and_newest_the_newest(database: PublishedSql) -> None:
    [answer] = database.ask("SELECT * FROM moves ORDER BY customer_id")
    assert list(answer.columns) == ["period", "customer_id", "cause"]
    assert list(answer.rows) == [("2024-01", 1, "it's"), ("2024-01", 2, "it's"), ("2024-02", 3, "it's")]
    assert asked(database, "FROM newest.moves") == [("2024-02", 3, "it's")]


def test_columns_carry_their_meanings(database: PublishedSql) -> None:
    told = "SELECT comment FROM duckdb_columns() WHERE schema_name = 'newest' AND column_name = 'cause'"
    assert asked(database, told) == [("Why it's so.",)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SHOW TABLES", [("moves",)]),
        ("VALUES (1), (2)", [(1,), (2,)]),
        ("WITH one AS (SELECT 1) FROM one", [(1,)]),
        ("SELECT 1; SELECT 2;", [(1,), (2,)]),
        ("CREATE TABLE mine AS FROM moves; SELECT count(*) FROM mine", [(3,)]),
        ("CREATE MACRO twice(x) AS 2 * x; SELECT twice(4)", [(8,)]),
        ("PIVOT moves ON period USING count(*) GROUP BY cause", [("it's", 2, 1)]),
        ("-- nothing", []),
        ("", []),
    ],
)
def test_what_may_be_asked(database: PublishedSql, text: str, rows: list[Any]) -> None:
    assert asked(database, text) == rows


@pytest.mark.parametrize(
    "text", ["DESCRIBE moves", "SUMMARIZE moves", "EXPLAIN SELECT 1", "/* x */ EXPLAIN ANALYZE FROM moves"]
)
def test_what_is_told_of_tables_and_statements(database: PublishedSql, text: str) -> None:
    assert asked(database, text)


REFUSED = {
    "another file": "SELECT * FROM '{folder}/restricted/names.csv'",
    "another file by a function": "SELECT * FROM read_csv('{folder}/restricted/names.csv')",
    "another file as text": "SELECT * FROM read_text('{folder}/restricted/names.csv')",
    "folders": "SELECT * FROM glob('{folder}/**')",
    "the network": "SELECT * FROM 'https://example.com/x.parquet'",
    "a file written": "COPY moves TO '{folder}/x.csv'",
    "a published file written": "COPY (SELECT 1) TO '{file}' (USE_TMP_FILE false)",
    "a published file written under a plan": "EXPLAIN ANALYZE COPY moves TO '{file}' (USE_TMP_FILE false)",
    "the same behind a comment": "EXPLAIN /* */ ANALYZE COPY (SELECT 1) TO '{file}' (USE_TMP_FILE false)",
    "several under a plan": "EXPLAIN SELECT 1; COPY (SELECT 1) TO '{file}' (USE_TMP_FILE false)",
    "another database": "ATTACH '{folder}/x.db'",
    "an extension": "INSTALL httpfs",
    "an extension loaded": "LOAD httpfs",
    "settings": "SET enable_external_access = true",
    "settings reset": "RESET lock_configuration",
    "a pragma": "PRAGMA enable_external_access",
    "everything written": "EXPORT DATABASE '{folder}/x'",
    "a secret kept": "CREATE PERSISTENT SECRET s (TYPE s3)",
    "rows of a view": "DELETE FROM moves",
    "a variable of the program": "SELECT * FROM view",
    "a typing error": "SELEC 1",
    "an unknown table": "FROM movse",
    "an unknown column": "SELECT cuase FROM moves",
    "a value of another type": "SELECT cause::INTEGER FROM moves",
    "too much": "SELECT list(range) FROM range(2000000000)",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_may_not_be_asked_is_one_paragraph_and_does_nothing(
    database: PublishedSql, moves: dict[str, Path], tmp_path: Path, what: str
) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(InputError) as caught:
        asked(database, REFUSED[what].format(folder=tmp_path, file=moves["2024-01"]))
    assert "\n" not in str(caught.value)
    assert "Kari" not in str(caught.value)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    spilled = {path for path in after if ".scratch" in path.parts}
    assert {path: one for path, one in after.items() if path not in spilled} == {
        path: one for path, one in before.items() if path not in spilled
    }
    assert asked(database, "SELECT count(*) FROM moves") == [(3,)], "it goes on"


def test_nothing_is_run_when_a_later_statement_may_not_be(database: PublishedSql) -> None:
    with pytest.raises(InputError, match="COPY is no statement that reads"):
        asked(database, "CREATE TABLE mine AS SELECT 1; COPY mine TO 'x.csv'")
    with pytest.raises(InputError, match="mine does not exist"):
        asked(database, "FROM mine")


def test_what_exceeds_the_memory_is_spilled_into_the_scratch_and_goes(tmp_path: Path) -> None:
    scratch = tmp_path / "restricted" / ".scratch"
    scratch.parent.mkdir()
    with PublishedSql([], Limits(memory_limit="64MB"), scratch) as small:
        spilling = small.ask("SELECT range, hash(range) FROM range(3000000) ORDER BY hash(range)")
        assert next(next(spilling).rows)
        assert list(scratch.glob("*/*.tmp")), "more than the memory holds"
    assert [one.name for one in scratch.iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("SELECT 1;", True),
        ("SELECT 1; -- and no more", True),
        ("SELECT '陈'\n;", True),
        ("SELECT 1", False),
        ("SELECT ';", False),
        ("SELECT ';'", False),
        ("SELECT 1; SELECT 2", False),
        ("SELECT $$;$$", False),
        ("-- x;", False),
        ("SELECT 1 /* ;", False),
        ("", False),
    ],
)
def test_a_statement_ends_with_a_semicolon_of_its_own(text: str, whole: bool) -> None:
    assert is_whole(text) is whole
