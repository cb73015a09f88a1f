"""The engine on Spark: local, a cluster, or a remote one by Spark Connect.

Belongs here: Spark's side of the protocol. Does not belong here: sessions (``session``), types (``types``).

What is held and what is streamed is written to Parquet by the workers, in the scratch: memory of neither
driver nor workers grows with it, and a plan ends there. So driver and workers have to see the lake under one
path.
"""

import itertools
import re
import shutil
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from weakref import finalize

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import datatypes as dt
from ibis.expr import operations as ops
from ibis.expr import types as ir
from pyspark import cloudpickle
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import column, lit

from pipeline.engine.duck import DuckEngine
from pipeline.engine.protocol import BATCH_ROWS, BatchFunction, Engine, Limits, contract_schema, engine_of
from pipeline.engine.spark.backend import SparkBackend
from pipeline.engine.spark.jobs import waited
from pipeline.engine.spark.queries import QUERY_WORDS, in_spark
from pipeline.engine.spark.sending import sent
from pipeline.engine.spark.session import closed, opened
from pipeline.engine.spark.types import (
    as_portable,
    ibis_schema,
    portable,
    portable_schema,
    shared,
    spark_schema,
)
from pipeline.tables.model import Table


class SparkEngine(Engine):
    """An engine on Spark. Source formats and Splink run in the driver's process, on DuckDB."""

    def __init__(self, settings: Limits, scratch_home: Path | None = None) -> None:
        super().__init__(scratch_home)
        self._settings, self._numbers = settings, itertools.count()
        self._session = opened(settings, self.scratch)
        ibis.pyspark.compile  # noqa: B018 - looking at it makes Ibis know the options of its compiler
        self._opened(SparkBackend().connect(self._session))
        self._forgotten: list[tuple[str, Path]] = []

    @cached_property
    def in_process(self) -> Engine:
        """A DuckDB beside, opened when it is first needed."""
        return DuckEngine(self._settings, self.scratch / "in_process")

    def read(self, paths: Sequence[Path], table: Table) -> ir.Table:
        """Rows of ``table`` from its Parquet files, with the contract's types."""
        if not paths:
            return self.from_arrow(table.schema.empty_table())
        return self._united(paths, _lake_of(paths), contract_schema(table))

    def read_any(self, paths: Sequence[Path]) -> ir.Table:
        """All columns of Parquet files of the lake, united by name, and what folders of their path say."""
        return self._united(paths, _lake_of(paths))

    def read_plain(self, paths: Sequence[Path]) -> ir.Table:
        """All columns of Parquet files and none from the path, united by name."""
        return self._united(paths, None)

    def _united(
        self, paths: Sequence[Path], lake: Path | None, wanted: ibis.Schema | None = None
    ) -> ir.Table:
        """Files read with their own types, then cast: to those ``wanted``, else to what holds all values."""
        own: dict[ibis.Schema, list[Path]] = {}
        for path in paths:
            own.setdefault(portable_schema(pq.read_schema(path)), []).append(path)
        whole = shared(list(own)) if wanted is None else wanted
        if lake is not None and wanted is None:
            told = (one.partition("=")[0] for one in paths[0].relative_to(lake).parts[:-1])
            whole = ibis.schema({**whole, **dict.fromkeys(told, "string")})
        parts = []
        for schema, some in own.items():
            found = self._files(some, schema, lake)
            there = set(found.columns)
            kinds = {one.name: one.dataType for one in spark_schema(whole)}
            parts.append(
                found.select(
                    *(
                        (_column(name) if name in there else lit(None)).cast(kind).alias(name)
                        for name, kind in kinds.items()
                    )
                )
            )
        united = parts[0]
        for part in parts[1:]:
            united = united.unionAll(part)
        return self._table(united, whole)

    def _files(self, paths: Sequence[Path], schema: ibis.Schema, lake: Path | None) -> DataFrame:
        """Rows of files; ``lake``: folder below which names of folders are values of columns."""
        reader = self._session.read.schema(spark_schema(schema))
        if lake is None:
            reader = reader.option("recursiveFileLookup", "true")
        else:
            reader = reader.option("basePath", address(lake))
        return reader.parquet(*(literal_address(one) for one in paths))

    def from_arrow(self, table: pa.Table) -> ir.Table:
        """An Arrow table as a table of the engine: sent by the driver, so of bounded size."""
        schema = portable_schema(table.schema)
        plain = _whole(table.cast(schema.to_pyarrow()))
        return self._table(self._session.createDataFrame(plain, schema=spark_schema(schema)), schema)

    def _table(self, frame: DataFrame, schema: ibis.Schema) -> ir.Table:
        name = ibis.util.gen_name("spark")
        frame.createOrReplaceTempView(name)
        return ops.DatabaseTable(name, schema, self.backend).to_expr()

    def hold(self, expression: ir.Table) -> ir.Table:
        """Run ``expression`` now and hold its result in the scratch, until nothing refers to it any more."""
        self._drop_forgotten()
        folder, schema = self._written(expression)
        table = self._table(
            self._session.read.schema(spark_schema(schema)).parquet(literal_address(folder)), schema
        )
        finalize(table.op(), self._forgotten.append, (table.op().name, folder))
        return table

    def sql(self, query: str) -> ir.Table:
        """Rows of a query in DuckDB's words over held tables, which Spark calls by the same names."""
        frame = self.session_for_queries().sql(in_spark(query))
        return self._table(frame, ibis_schema(frame.schema))

    #: A condition in DuckDB's words, in Spark's.
    in_its_words = staticmethod(in_spark)

    def session_for_queries(self) -> SparkSession:
        """The session, with the words of ``queries``; for ``sql`` and Splink."""
        self.backend.know(QUERY_WORDS.values())
        return self._session

    def kept(self, frame: DataFrame) -> tuple[Path, DataFrame]:
        """Rows of ``frame`` as files of a folder in the scratch, and a frame that reads them."""
        folder, schema = self._files_of(frame), frame.schema
        return folder, self._session.read.schema(schema).parquet(literal_address(folder))

    def _written(self, expression: ir.Table) -> tuple[Path, ibis.Schema]:
        """A new folder in the scratch with the rows of ``expression``, and their types."""
        frame = self.backend.frame(expression)
        known = ibis_schema(frame.schema)
        kinds = {
            name: known[name] if _is_open(kind) else portable(kind)
            for name, kind in expression.schema().items()
        }
        return self._files_of(frame), ibis.schema(kinds)

    def _files_of(self, frame: DataFrame) -> Path:
        """A new folder in the scratch with the rows of ``frame``."""
        folder = self.scratch / f"rows-{next(self._numbers)}"
        waited(self._session, partial(frame.write.parquet, address(folder)))
        return folder

    def _drop_forgotten(self) -> None:
        while self._forgotten:
            name, folder = self._forgotten.pop()
            self._session.catalog.dropTempView(name)
            shutil.rmtree(folder, ignore_errors=True)

    def to_arrow(self, expression: ir.Table) -> pa.Table:
        """Run ``expression`` and hold the result in memory: for samples and aggregates only."""
        self._drop_forgotten()
        return expression.to_pyarrow()

    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """Run ``expression`` and stream what the workers have written, in its order."""
        self._drop_forgotten()
        folder, schema = self._written(expression)
        return _streamed(folder, schema.to_pyarrow())

    def map_batches(
        self, expression: ir.Table, function: BatchFunction, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        """``function`` on the workers, by ``mapInArrow``; what it makes is streamed in its order."""
        self._drop_forgotten()
        plain = portable_schema(schema)
        frame = self.backend.frame(expression).mapInArrow(
            partial(_on_worker, sent(function), plain.to_pyarrow()), spark_schema(plain)
        )
        return _streamed(self._files_of(frame), schema)

    def taken(self, expression: ir.Table) -> ir.Table:
        """As the protocol says, with types that Spark has."""
        return super().taken(expression if engine_of(expression) is self else as_portable(expression))

    def close(self) -> None:
        """Give back memory and scratch; the session, when no other engine of this process has it."""
        if "in_process" in self.__dict__:
            self.in_process.close()
        closed(self._session)
        self._scratch.close()


def _whole(table: pa.Table) -> pa.Table:
    """The same rows in memory of their own: PySpark refuses lists that are a slice of others, some null, and
    lists of which there is no batch, not even an empty one."""
    if not table.num_rows:
        return table.schema.empty_table()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return pa.ipc.open_stream(sink.getvalue()).read_all()


def _column(name: str) -> Any:
    return column("`" + name.replace("`", "``") + "`")


def _is_open(kind: dt.DataType) -> bool:
    """Whether only Spark knows the whole type."""
    return kind.is_null() or (kind.is_decimal() and kind.precision is None)


def address(path: Path) -> str:
    """A path of this file system, whatever file system is Spark's default."""
    return f"file://{path.absolute()}"


def literal_address(path: Path) -> str:
    """``address`` in which Spark sees no wildcards."""
    return re.sub(r"([{}\[\]*?\\])", r"\\\1", address(path))


def _lake_of(paths: Sequence[Path]) -> Path:
    """The folder of the table, below which names of folders are values: ``period=…``."""
    first = next(iter(paths))
    return next(one for one in first.parents if "=" not in one.name)


def _on_worker(
    function: bytes, schema: pa.Schema, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for batch in cloudpickle.loads(function)(batches):
        yield from pa.Table.from_batches([batch]).cast(schema).to_batches()


def _streamed(folder: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows of a folder that Spark wrote, which goes with the last of them."""
    try:
        yield from _regrouped(_in_files(folder), schema)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_files(folder: Path) -> Iterator[pa.RecordBatch]:
    """Rows of the files that Spark wrote, whose names are in the order of its partitions."""
    for path in sorted(folder.glob("part-*.parquet")):
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(BATCH_ROWS)


def _regrouped(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of ``BATCH_ROWS``, the last of fewer; none where there are no rows."""
    waiting: list[pa.Table] = []
    rows = 0
    for batch in batches:
        waiting.append(pa.Table.from_batches([batch]).cast(schema))
        rows += batch.num_rows
        while rows >= BATCH_ROWS:
            whole = pa.concat_tables(waiting)
            yield from whole.slice(0, BATCH_ROWS).combine_chunks().to_batches()
            waiting, rows = [whole.slice(BATCH_ROWS)], rows - BATCH_ROWS
    if rows:
        yield from pa.concat_tables(waiting).combine_chunks().to_batches()
