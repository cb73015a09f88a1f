"""The engine: one DuckDB database in memory with bounded threads and memory.

Belongs here: reading into expressions, running expressions. Does not belong here: writing
Parquet (``writing``), reading of sources' own formats (``sources``).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary, finalize

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr import datatypes as dt
from ibis.expr import operations as ops
from ibis.expr import types as ir

from pipeline.engine.lake import Lake
from pipeline.engine.scratch import Scratch
from pipeline.tables.model import Table

#: Rows in an Arrow batch: bounds memory, and fixes the row groups of what is written.
BATCH_ROWS = 131_072

#: Open engines by the identity of their backend.
_open: "WeakValueDictionary[int, Engine]" = WeakValueDictionary()


class Limits(Protocol):
    """What bounds an engine: the project's settings have it."""

    @property
    def threads(self) -> int:
        """Threads at most."""
        ...

    @property
    def memory_limit(self) -> str:
        """Memory at most, as 2GB; beyond it the engine spills."""
        ...


class Bounded(Protocol):
    """A project, as far as its engine goes."""

    @property
    def engine(self) -> Limits:
        """Bounds of its engine."""
        ...

    @property
    def lake_path(self) -> Path:
        """Where its lake is."""
        ...


class Engine:
    """Reads Parquet into Ibis tables and runs Ibis expressions.

    A table read here and an expression made of it belong to this engine: write it with the
    same one. What it spills and stages stands below ``scratch_home``: for a project (``of``) in the
    restricted zone of its lake, otherwise in the system's temporary folder.
    """

    def __init__(self, settings: Limits, scratch_home: Path | None = None) -> None:
        self._scratch = Scratch(scratch_home)
        self.backend = ibis.duckdb.connect(
            threads=settings.threads,
            memory_limit=settings.memory_limit,
            temp_directory=str(self.scratch),
        )
        self.backend.raw_sql("SET TimeZone = 'UTC'")
        # A partition is rewritten under its own name within one process: never trust a cached read of it.
        self.backend.raw_sql("SET enable_external_file_cache = false")
        self.backend.raw_sql("SET enable_progress_bar = false")
        self._forgotten: list[str] = []
        _open[id(self.backend)] = self

    @classmethod
    def of(cls, project: Bounded) -> "Engine":
        """The engine of a project, with its scratch in the project's lake."""
        return cls.at(project.engine, project.lake_path)

    @classmethod
    def at(cls, settings: Limits, lake: Path) -> "Engine":
        """An engine with its scratch in the restricted zone of ``lake``, which need not be there yet."""
        return cls(settings, Lake(lake).scratch)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection, for readers of source formats inside this package."""
        connection: duckdb.DuckDBPyConnection = self.backend.con
        return connection

    @property
    def scratch(self) -> Path:
        """Folder for files that live as long as the engine: spilled and staged data."""
        return self._scratch.folder

    def read(self, paths: Sequence[Path], table: Table) -> ir.Table:
        """Rows of ``table`` from its Parquet files; ``period`` comes from the path.

        An empty ``paths`` gives an empty table with the right columns. Columns and types are the
        contract's, so that the engine need not be asked for them.
        """
        if not paths:
            return self.from_arrow(table.schema.empty_table())
        name, schema = ibis.util.gen_name("read"), _schema(table)
        columns = ", ".join(
            f"CAST({_quoted(one)} AS {_sql(kind)}) AS {_quoted(one)}" for one, kind in schema.items()
        )
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        options = "hive_partitioning=true, hive_types_autocast=false, union_by_name=true"
        self.connection.execute(
            f"CREATE TEMPORARY VIEW {name} AS SELECT {columns} FROM read_parquet([{files}], {options})"
        )
        return ops.DatabaseTable(name, schema, self.backend).to_expr()

    def read_any(self, paths: Sequence[Path]) -> ir.Table:
        """All columns of Parquet files of the lake whose schema no contract fixes (raw zone)."""
        return self.backend.read_parquet(
            [str(path) for path in paths],
            hive_partitioning=True,
            hive_types_autocast=False,
            union_by_name=True,
        )

    def from_arrow(self, table: pa.Table) -> ir.Table:
        """An Arrow table as a table of the engine.

        All columns become nullable, as those read from Parquet are: Ibis takes required and
        nullable columns for different types, and would not unite the two.
        """
        nullable = table.cast(pa.schema([one.with_nullable(True) for one in table.schema]))
        waiting = ibis.util.gen_name("arrow")
        self.connection.register(waiting, nullable)
        try:
            return self._stored(
                ibis.Schema.from_pyarrow(nullable.schema), f"SELECT * FROM {waiting}"
            ).to_expr()
        finally:
            self.connection.unregister(waiting)

    def hold(self, expression: ir.Table) -> ir.Table:
        """Run ``expression`` now and hold the result in the engine, which spills what exceeds its memory.

        The result goes when nothing refers to it any more, but not at once: a statement in the midst
        of a stream of batches would end the stream, silently. So it waits for the next thing to run.
        """
        self._drop_forgotten()
        self.backend._run_pre_execute_hooks(expression)
        operation = self._stored(expression.schema(), self.backend.compile(expression))
        finalize(operation, self._forgotten.append, operation.name)
        return operation.to_expr()

    def _stored(self, schema: ibis.Schema, query: str) -> ops.DatabaseTable:
        """Rows of a query in a table of their own, with the types of ``schema``."""
        name = ibis.util.gen_name("held")
        columns = ", ".join(f"{_quoted(one)} {_sql(kind)}" for one, kind in schema.items())
        self.connection.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
        self.connection.execute(f"INSERT INTO {name} {query}").fetchall()
        types = {one: _as_stored(kind) for one, kind in schema.items()}
        return ops.DatabaseTable(name, ibis.schema(types), self.backend)

    def _drop_forgotten(self) -> None:
        while self._forgotten:
            self.connection.execute(f"DROP TABLE IF EXISTS {self._forgotten.pop()}")

    def to_arrow(self, expression: ir.Table) -> pa.Table:
        """Run ``expression`` and hold the result in memory: for samples and aggregates only."""
        self._drop_forgotten()
        return expression.to_pyarrow()

    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """Run ``expression`` and stream the result in batches of bounded size.

        Run nothing else with this engine before the last batch: it would end the stream, silently.
        """
        self._drop_forgotten()
        yield from expression.to_pyarrow_batches(chunk_size=BATCH_ROWS)

    def close(self) -> None:
        """Give back memory and scratch."""
        # A signal ends only the waiting for a query, which goes on: without this, closing waits for it.
        self.connection.interrupt()
        self.backend.disconnect()
        self._scratch.close()


@cache
def _schema(table: Table) -> ibis.Schema:
    """Columns of a contract as Ibis knows them; all nullable, as ``from_arrow`` has them."""
    found = ibis.Schema.from_pyarrow(table.schema)
    return ibis.schema({name: kind(nullable=True) for name, kind in found.items()})


def engine_of(expression: ir.Table) -> Engine:
    """The engine that an expression belongs to."""
    return _open[id(expression.get_backend())]


@cache
def _sql(kind: dt.DataType) -> str:
    """A type in the words of the database."""
    written: str = DuckDBType.to_string(kind)
    return written


@cache
def _as_stored(kind: dt.DataType) -> dt.DataType:
    """A type as it comes back from the database: with its precision, where it has one."""
    found: dt.DataType = DuckDBType.from_string(_sql(kind), nullable=kind.nullable)
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
