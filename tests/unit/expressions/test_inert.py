"""Whatever is written as an expression: it is refused, or computes a value and touches nothing else."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ibis.expr import operations as ops

from pipeline.engine import Engine
from pipeline.engine.duck import connection_of
from pipeline.expressions import ExpressionError, compiled, parse

#: What must never be seen in a result.
PLANTED = "planted-7d1f"
#: Operations that stand for what an engine has by itself: only those that the language is made of.
KNOWN = {"_split_part"}
HOSTILE = [
    "read_csv('{file}')",
    "read_text('{file}')",
    "(SELECT content FROM read_text('{file}'))",
    "city || (SELECT content FROM read_text('{file}'))",
    "getenv('SEGMENTS_PLANTED')",
    "getvariable('x')",
    "current_setting('temp_directory')",
    "city'; COPY t TO '{file}.out'; --",
    "'; COPY (SELECT 1) TO '{file}.out'; SELECT '",
    "'''; COPY (SELECT 1) TO ''{file}.out''; --'",
    "city) FROM t; COPY t TO '{file}.out' --",
    "COPY t TO '{file}.out'",
    "ATTACH '{file}.out' AS x",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET memory_limit = '1MB'",
    "CALL pragma_version()",
    "1; SELECT 1",
    "city /* x */ = 'a'",
    "city -- x",
    '"city"; DROP TABLE t',
    '"city"" FROM t; --"',
    "query('SELECT 1')",
    "sql_auto_complete('x')",
    "x'6162'",
    "E'\\x41'",
    "$$x$$",
    "city COLLATE NOCASE",
    "COLUMNS(*)",
    "lower(COLUMNS('.*'))",
    "{{'a': city}}.a",
    "[city][1]",
    "city.upper().lower()",
    "(x -> x)(city)",
    "nextval('s')",
    "write_log('x')",
    "pg_sleep(1)",
    "lower(city) FILTER (WHERE TRUE)",
    "city::json->>'a'",
    "city IN (SELECT content FROM read_text('{file}'))",
    "CAST(city AS STRUCT(a INT))",
    "TRY_CAST('{file}' AS regclass)",
    "CASE WHEN 1=1 THEN (SELECT 1) END",
    "@@version",
    "city LIKE ANY ('a')",
    "\\copy t",
    "'{file}'",
    '"{file}"',
]
WORDS = st.sampled_from([
    "city", "quantity", "'a'", "''", '"city"', "1", "0.5", "NULL", "TRUE", "AND", "OR", "NOT", "IN", "(", ")",
    ",", ".", ";", "--", "/*", "*/", "+", "-", "*", "/", "%", "=", "<>", "<", "CASE", "WHEN", "THEN", "ELSE",
    "END", "IS", "LIKE", "BETWEEN", "CAST", "AS", "text", "DATE", "'2024-01-31'", "SELECT", "FROM", "t",
    "lower(", "coalesce(", "read_text(", "getenv(", "COPY", "TO", "ATTACH", ":", "::", "?", "@", "$1", "[",
    "]", "{", "}", "->", "=>", "||", "|", "~", "^", "#", "\\", "`",
])  # fmt: skip


class Watched:
    """A small table in an engine of its own, with a file that must not be read, in a folder to be watched."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self.file = folder / "secret.txt"
        self.file.write_text(PLANTED, encoding="utf-8")
        self.table = engine.from_arrow(pa.table({"city": ["Paris", None], "quantity": [1, 2]}))
        gc.collect()
        engine.to_arrow(self.table)  # what others held and forgot goes now
        self.before = self.state()

    def state(self) -> tuple[Any, ...]:
        """Files beside the planted one; tables, databases and settings of the engine."""
        connection = connection_of(self.engine)
        asked = (
            "SELECT database_name FROM duckdb_databases() ORDER BY 1",
            "SELECT table_name FROM duckdb_tables() ORDER BY 1",
            "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1",
            "SELECT name, value FROM duckdb_settings() ORDER BY 1",
            "SELECT extension_name FROM duckdb_extensions() WHERE loaded ORDER BY 1",
            "SELECT count(*) FROM duckdb_functions()",
        )
        files = sorted(str(path) for path in self.folder.rglob("*"))
        return (files, *(connection.execute(one).fetchall() for one in asked))

    def run(self, text: str) -> bool:
        """Whether ``text`` is computed; asserts what it is then made of, and what it leaves."""
        values = {name: self.table[name] for name in self.table.columns}
        try:
            parse(text)
            value = compiled(text, values)
        except ExpressionError:
            return False
        for node in value.op().find(ops.Node):
            assert not isinstance(node, ops.Relation) or node == self.table.op(), node
            if isinstance(node, ops.ScalarUDF):
                assert type(node).__func_name__ in KNOWN
        try:
            found = self.engine.to_arrow(self.table.select(value=value)).column("value").to_pylist()
        except duckdb.Error as error:
            raise AssertionError(f"{text!r} fails in the engine") from error
        assert PLANTED not in repr(found)
        assert self.state() == self.before
        return True


@pytest.fixture(scope="module")
def watched(duckdb: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    os.environ["SEGMENTS_PLANTED"] = PLANTED
    yield Watched(duckdb, tmp_path_factory.mktemp("watched"))
    del os.environ["SEGMENTS_PLANTED"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_do_more_is_refused_or_a_text(text: str, watched: Watched) -> None:
    written = text.replace("{file}", str(watched.file)).replace("{{", "{").replace("}}", "}")

    is_computed = watched.run(written)

    assert is_computed == (written.startswith("'") and written.endswith("'") and "; SELECT '" not in written)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.lists(WORDS, min_size=1, max_size=14).map(" ".join) | st.text(max_size=30))
@example(text="lower(city) || 'x' = 'parisx'")
def test_any_text_is_refused_or_computes_a_value(text: str, watched: Watched) -> None:
    watched.run(text)
