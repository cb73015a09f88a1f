"""What the rest of the pipeline asks of an engine; which engine it is, nobody outside this package knows.

Belongs here: the protocol, and which engine an expression belongs to. Does not belong here: an engine
(``duck``, ``spark``), choosing one (``opening``), words that differ between engines (``dialect``).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakValueDictionary

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir
from pydantic import SecretStr

from pipeline.engine.memory import give_back
from pipeline.engine.scratch import Scratch
from pipeline.engine.writing import cast
from pipeline.tables.model import Table

#: Rows in an Arrow batch: bounds memory, and fixes the row groups of what is written.
BATCH_ROWS = 131_072

#: From batches to batches.
BatchFunction = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]

#: Open engines by the identity of their backend.
_open: "WeakValueDictionary[int, Engine]" = WeakValueDictionary()


class Limits(Protocol):
    """What an engine is, and what bounds it: the project's settings have it."""

    @property
    def kind(self) -> str:
        """``duckdb`` or ``spark``."""
        ...

    @property
    def threads(self) -> int:
        """Threads at most."""
        ...

    @property
    def memory_limit(self) -> str:
        """Memory at most, as 2GB; beyond it the engine spills."""
        ...

    @property
    def memory_bytes(self) -> int:
        """``memory_limit`` in bytes."""
        ...

    @property
    def master(self) -> str | None:
        """Spark: its master, such as ``local[2]`` or ``spark://host:7077``."""
        ...

    @property
    def remote(self) -> SecretStr | None:
        """Spark: address of a Spark Connect server, ``sc://host:15002``; it may hold a token."""
        ...

    @property
    def written_conf(self) -> Mapping[str, str]:
        """Spark: further settings, ``spark.*``."""
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


class Engine(ABC):
    """Reads Parquet into Ibis tables and runs Ibis expressions.

    A table read here and an expression made of it belong to this engine: write it with the
    same one. What it spills and stages stands below ``scratch_home``: for a project in the
    restricted zone of its lake, otherwise in the system's temporary folder.
    """

    #: Ibis's backend that compiles expressions and runs them.
    backend: Any

    def __init__(self, scratch_home: Path | None) -> None:
        self._scratch = Scratch(scratch_home)

    def _opened(self, backend: Any) -> None:
        """Let expressions of ``backend`` find this engine."""
        self.backend = backend
        _open[id(backend)] = self

    @property
    def scratch(self) -> Path:
        """Folder for files that live as long as the engine: spilled and staged data."""
        return self._scratch.folder

    @abstractmethod
    def read(self, paths: Sequence[Path], table: Table) -> ir.Table:
        """Rows of ``table`` from its Parquet files; ``period`` comes from the path, or stands in the file.

        An empty ``paths`` gives an empty table with the right columns. Columns and types are the
        contract's, so that the engine need not be asked for them.
        """

    @abstractmethod
    def read_any(self, paths: Sequence[Path]) -> ir.Table:
        """All columns of Parquet files of the lake whose schema no contract fixes (raw zone)."""

    @abstractmethod
    def read_plain(self, paths: Sequence[Path]) -> ir.Table:
        """All columns of Parquet files, none from the path; null in rows of a file that lacks a column."""

    @abstractmethod
    def from_arrow(self, table: pa.Table) -> ir.Table:
        """An Arrow table as a table of the engine.

        All columns become nullable, as those read from Parquet are: Ibis takes required and
        nullable columns for different types, and would not unite the two.
        """

    @abstractmethod
    def hold(self, expression: ir.Table) -> ir.Table:
        """Run ``expression`` now and hold the result in the engine, until nothing refers to it any more."""

    @abstractmethod
    def sql(self, query: str) -> ir.Table:
        """Rows of a query in DuckDB's words over held tables, called by the name of their operation."""

    @abstractmethod
    def to_arrow(self, expression: ir.Table) -> pa.Table:
        """Run ``expression`` and hold the result in memory: for samples and aggregates only."""

    @abstractmethod
    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """Run ``expression`` and stream the result in batches of ``BATCH_ROWS`` rows, the last of fewer.

        Run nothing else with this engine before the last batch: it may end the stream, silently.
        """

    @abstractmethod
    def map_batches(
        self, expression: ir.Table, function: BatchFunction, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        """What ``function`` makes of the batches of ``expression``, in their order: rows of ``schema``.

        It may be called many times, each with some of the batches, and elsewhere: what it makes of a row
        must depend on the row alone, and it has to be one that can be sent to another process.
        """

    @property
    @abstractmethod
    def in_process(self) -> "Engine":
        """The engine of this process, for what runs nowhere else: files in formats of sources, Splink."""

    def taken(self, expression: ir.Table) -> ir.Table:
        """``expression`` of whichever engine as a table of this one, streamed through a file in scratch."""
        theirs = engine_of(expression)
        if theirs is self:
            return expression
        path = self.scratch / f"{ibis.util.gen_name('taken')}.parquet"
        schema = expression.schema().to_pyarrow()
        with pq.ParquetWriter(path, schema) as writer:
            for batch in theirs.batches(expression):
                writer.write_table(cast(batch, schema))
        return self.read_plain([path])

    def rest(self) -> None:
        """Between steps, and never in the midst of a stream of batches: give back memory that is free."""
        give_back()

    def keep(self) -> None:
        """Write down what lets the next process do the same quicker, if there is anything."""
        return

    @abstractmethod
    def close(self) -> None:
        """Give back memory and scratch."""


def engine_of(expression: ir.Table) -> Engine:
    """The engine that an expression belongs to."""
    return _open[id(expression.get_backend())]


@cache
def contract_schema(table: Table) -> ibis.Schema:
    """Columns of a contract as Ibis knows them; all nullable, as ``from_arrow`` has them."""
    found = ibis.Schema.from_pyarrow(table.schema)
    return ibis.schema({name: kind(nullable=True) for name, kind in found.items()})
