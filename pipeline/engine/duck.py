"""The engine in process: one DuckDB database in memory with bounded threads and memory.

Belongs here: DuckDB's side of the protocol. Does not belong here: writing Parquet (``writing``), reading
of sources' own formats (``sources``).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any
from weakref import finalize

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr import datatypes as dt
from ibis.expr import operations as ops
from ibis.expr import types as ir

from pipeline.engine.compiled import Queries
from pipeline.engine.protocol import BATCH_ROWS, BatchFunction, Engine, Limits, contract_schema
from pipeline.tables.model import Table

#: Queries of this process and of earlier ones, beside the scratch: they may hold values of settings.
QUERIES = ".queries"
#: What any engine of this process has compiled: companies ask for the same steps.
_COMPILED: dict[str, str] = {}


class DuckBackend(Backend):  # type: ignore[misc]
    """Ibis's backend, which compiles equal steps once."""

    queries = Queries()

    def compile(self, expr: ir.Expr, /, **more: Any) -> str:
        """SQL of an expression, as Ibis writes it."""
        compiled: Callable[[], str] = partial(super().compile, expr, **more)
        if any(one is not None for one in more.values()):
            return compiled()
        return self.queries.sql(expr.as_table().op(), self._written, compiled)

    def _written(self, literal: ops.Literal) -> str:
        found = self.compiler.visit_Literal(literal, value=literal.value, dtype=literal.dtype)
        written: str = found.sql(self.dialect)
        return written


class DuckEngine(Engine):
    """An engine on DuckDB: what exceeds ``memory_limit`` is spilled into its scratch."""

    def __init__(self, settings: Limits, scratch_home: Path | None = None) -> None:
        super().__init__(scratch_home)
        self._opened(
            DuckBackend().connect(
                threads=settings.threads,
                memory_limit=settings.memory_limit,
                temp_directory=str(self.scratch),
            )
        )
        self.backend.queries = Queries(scratch_home.parent / QUERIES if scratch_home else None, _COMPILED)
        self.backend.raw_sql("SET TimeZone = 'UTC'")
        # A partition is rewritten under its own name within one process: never trust a cached read of it.
        self.backend.raw_sql("SET enable_external_file_cache = false")
        self.backend.raw_sql("SET enable_progress_bar = false")
        self._forgotten: list[str] = []

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection."""
        connection: duckdb.DuckDBPyConnection = self.backend.con
        return connection

    def read(self, paths: Sequence[Path], table: Table) -> ir.Table:
        """Rows of ``table`` from its Parquet files, by a view: files are opened by whoever asks for rows."""
        if not paths:
            return self.from_arrow(table.schema.empty_table())
        name, schema = ibis.util.gen_name("read"), contract_schema(table)
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

    def read_plain(self, paths: Sequence[Path]) -> ir.Table:
        """All columns of Parquet files and none from the path, united by name."""
        return self.backend.read_parquet(
            [str(path) for path in paths], union_by_name=True, hive_partitioning=False
        )

    def from_arrow(self, table: pa.Table) -> ir.Table:
        """An Arrow table as a table of the engine, copied into it."""
        nullable = table.cast(pa.schema([one.with_nullable(True) for one in table.schema]))
        self._drop_forgotten()
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
        return self._stored(expression.schema(), self.backend.compile(expression)).to_expr()

    def _stored(self, schema: ibis.Schema, query: str) -> ops.DatabaseTable:
        """Rows of a query in a table of their own, with the types of ``schema``."""
        name = ibis.util.gen_name("held")
        columns = ", ".join(f"{_quoted(one)} {_sql(kind)}" for one, kind in schema.items())
        self.connection.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
        self.connection.execute(f"INSERT INTO {name} {query}").fetchall()
        types = {one: _as_stored(kind) for one, kind in schema.items()}
        operation = ops.DatabaseTable(name, ibis.schema(types), self.backend)
        finalize(operation, self._forgotten.append, name)
        return operation

    def _drop_forgotten(self) -> None:
        while self._forgotten:
            self.connection.execute(f"DROP TABLE IF EXISTS {self._forgotten.pop()}")

    def sql(self, query: str) -> ir.Table:
        """Rows of a query over held tables."""
        return self.backend.sql(query)

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

    def map_batches(
        self, expression: ir.Table, function: BatchFunction, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        """``function`` of the stream, in this process."""
        return function(self.batches(expression))

    @property
    def in_process(self) -> Engine:
        """This engine."""
        return self

    def rest(self) -> None:
        """Drop what was held and is not referred to any more, then give back what is free."""
        self._drop_forgotten()
        super().rest()

    def keep(self) -> None:
        """Keep compiled queries for the next process."""
        self.backend.queries.keep()

    def close(self) -> None:
        """Give back memory and scratch."""
        # A signal ends only the waiting for a query, which goes on: without this, closing waits for it.
        self.connection.interrupt()
        self.backend.disconnect()
        self._scratch.close()


def connection_of(engine: Engine) -> duckdb.DuckDBPyConnection:
    """The database of this process, whichever engine transforms: for readers of source formats and Splink."""
    inner = engine.in_process
    if not isinstance(inner, DuckEngine):
        raise TypeError(f"{type(inner).__name__} does not run in this process")
    return inner.connection


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
