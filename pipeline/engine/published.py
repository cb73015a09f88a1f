"""SQL over published tables alone: a view a table, and no way to anything else.

Belongs here: a DuckDB that reads the files of one publication and changes nothing. Does not belong here:
which tables there are (``publish``), how rows are shown (``cli``).

Four bolts, each of which holds alone for what it is there for: the database may open the named files and no
others (nor the network, nor extensions); its settings are locked; it does not see Python's variables; and
only statements that read, or that make something in its own memory, are run. The last one is needed since
what may be read may be written as well.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb

from pipeline.engine.protocol import Limits
from pipeline.engine.scratch import Scratch
from pipeline.errors import InputError

#: Schema with the rows of the newest period: ``newest.customer_segments``.
NEWEST = "newest"
_READING = (duckdb.StatementType.SELECT,)
#: Views, tables and macros of one's own, in memory, gone at the end.
_OWN = (duckdb.StatementType.CREATE,)
_EXPLAIN = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*explain\b\s*(?:analyze\b\s*)?(?:\([^)]*\)\s*)?", re.I | re.S
)
_BATCH = 1_000


@dataclass(frozen=True)
class PublishedView:
    """One published table: its files by period, the meanings of its columns."""

    name: str
    row: str
    files: Mapping[str, Path]
    meanings: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a statement gave: names of columns, and rows, each read once."""

    columns: Sequence[str]
    rows: Iterator[tuple[Any, ...]]


class PublishedSql:
    """A DuckDB in memory over published tables. Close it, or use it in a ``with`` block."""

    def __init__(self, views: Sequence[PublishedView], limits: Limits, scratch_home: Path) -> None:
        self._scratch = Scratch(scratch_home)
        self._connection = duckdb.connect(
            config={
                "threads": limits.threads,
                "memory_limit": limits.memory_limit,
                "temp_directory": str(self._scratch.folder),
                "python_enable_replacements": False,
            }
        )
        run = self._connection.execute
        run("SET TimeZone = 'UTC'")
        run("SET enable_progress_bar = false")
        run(f"CREATE SCHEMA {NEWEST}")
        for view in views:
            newest = max(view.files, default=None)
            self._view(view, "main", [*view.files.values()])
            self._view(view, NEWEST, [] if newest is None else [view.files[newest]])
        run(f"SET allowed_paths = {_listed([one for view in views for one in view.files.values()])}")
        run("SET enable_external_access = false")
        run("SET lock_configuration = true")

    def _view(self, view: PublishedView, schema: str, files: Sequence[Path]) -> None:
        if not files:
            return
        name = f"{schema}.{_quoted(view.name)}"
        options = "hive_partitioning = false, union_by_name = true"
        self._connection.execute(
            f"CREATE VIEW {name} AS SELECT * FROM read_parquet({_listed(files)}, {options})"
        )
        self._connection.execute(f"COMMENT ON VIEW {name} IS {_literal(view.row)}")
        described = self._connection.execute(f"DESCRIBE {name}").fetchall()
        for column in (one[0] for one in described):
            if meaning := view.meanings.get(column):
                self._connection.execute(f"COMMENT ON COLUMN {name}.{_quoted(column)} IS {_literal(meaning)}")

    def ask(self, text: str) -> Iterator[Answer]:
        """Run the statements of ``text``, and give the answer of each that has one.

        Raises ``InputError`` for what is not SQL, not there, or not allowed; all statements are looked at
        before the first is run.
        """
        with self._in_words():
            statements = self._connection.extract_statements(text)
            for one in statements:
                self._allow(one)
            for one in statements:
                result = self._connection.execute(one)
                if one.type in (*_READING, duckdb.StatementType.EXPLAIN):
                    columns = [column[0] for column in result.description or ()]
                    yield Answer(columns, self._rows(result))

    def _allow(self, statement: duckdb.Statement) -> None:
        if statement.type in (*_READING, *_OWN):
            return
        if statement.type == duckdb.StatementType.EXPLAIN and (found := _EXPLAIN.match(statement.query)):
            inner = self._connection.extract_statements(statement.query[found.end() :])
            if [one.type for one in inner] == list(_READING):
                return
        raise InputError(
            "SQL",
            f"{statement.type.name} is no statement that reads",
            "SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, EXPLAIN, or CREATE in memory",
            "Published tables are read only; for files use --csv or --json, for the company's own numbers"
            " segments export.",
        )

    def _rows(self, result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
        while True:
            with self._in_words():
                rows = result.fetchmany(_BATCH)
            if not rows:
                return
            yield from rows

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """What DuckDB says against a statement is an ``InputError``; Ctrl-C stays what it is."""
        try:
            yield
        except duckdb.Error as error:
            raise _refused(error) from None
        except RuntimeError as error:
            # A signal ends only the waiting for a statement, and its reason stands behind what DuckDB says.
            if isinstance(error.__cause__, KeyboardInterrupt | SystemExit):
                self._connection.interrupt()
                raise error.__cause__ from None
            raise

    def close(self) -> None:
        """Give back memory and scratch."""
        self._connection.interrupt()
        self._connection.close()
        self._scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_whole(text: str) -> bool:
    """Whether ``text`` ends a statement: with a semicolon that stands in no text and no comment."""
    tokens = duckdb.tokenize(text)
    return bool(tokens) and text.encode()[tokens[-1][0] :].startswith(b";")


def _refused(error: duckdb.Error) -> InputError:
    """What DuckDB says against a statement, on one line."""
    said, _, where = str(error).partition("\nLINE ")
    kind, _, words = " ".join(said.split()).partition(": ")
    line = f" (line {where.partition(':')[0]})" if where else ""
    if isinstance(error, duckdb.PermissionException):
        return InputError(
            "SQL",
            f"{words}{line}",
            "published tables alone: no other file, nor the network, nor an extension",
            "Name a published table; .tables lists them.",
        )
    if isinstance(error, duckdb.IOException):
        return InputError(
            "SQL",
            f"{kind}: {words}",
            "the files of the publication",
            "A run may have published anew meanwhile: start segments sql again.",
        )
    remedy = "SHOW TABLES lists what is there, DESCRIBE a table its columns."
    return InputError("SQL", f"{kind}: {words}{line}".rstrip("."), "a statement that DuckDB can run", remedy)


def _listed(paths: Sequence[Path]) -> str:
    return f"[{', '.join(_literal(str(one)) for one in paths)}]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
