"""The engine: one DuckDB database in memory with bounded threads and memory.

Belongs here: reading into expressions, running expressions. Does not belong here: writing
Parquet (``writing``), reading of sources' own formats (``sources``).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.settings import EngineSettings
from pipeline.tables.model import Table

#: Rows in an Arrow batch: bounds memory, and fixes the row groups of what is written.
BATCH_ROWS = 131_072


class Engine:
    """Reads Parquet into Ibis tables and runs Ibis expressions.

    A table read here and an expression made of it belong to this engine: write it with the
    same one.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._spill = TemporaryDirectory(prefix="segments-spill-")
        self.backend = ibis.duckdb.connect(
            threads=settings.threads,
            memory_limit=settings.memory_limit,
            temp_directory=self._spill.name,
        )
        self.backend.raw_sql("SET TimeZone = 'UTC'")
        # A partition is rewritten under its own name within one process: never trust a cached read of it.
        self.backend.raw_sql("SET enable_external_file_cache = false")
        self.backend.raw_sql("SET enable_progress_bar = false")

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection, for readers of source formats inside this package."""
        connection: duckdb.DuckDBPyConnection = self.backend.con
        return connection

    @property
    def scratch(self) -> Path:
        """Folder for files that live as long as the engine: spilled and staged data."""
        return Path(self._spill.name)

    def read(self, paths: Sequence[Path], table: Table) -> ir.Table:
        """Rows of ``table`` from its Parquet files; ``period`` comes from the path.

        An empty ``paths`` gives an empty table with the right columns.
        """
        if not paths:
            return self.from_arrow(table.schema.empty_table())
        return self._parquet(paths).select(*table.columns)

    def read_any(self, paths: Sequence[Path]) -> ir.Table:
        """All columns of Parquet files of the lake whose schema no contract fixes (raw zone)."""
        return self._parquet(paths)

    def _parquet(self, paths: Sequence[Path]) -> ir.Table:
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
        return self.backend.create_table(ibis.util.gen_name("arrow"), nullable, temp=True)

    def to_arrow(self, expression: ir.Table) -> pa.Table:
        """Run ``expression`` and hold the result in memory: for samples and aggregates only."""
        return expression.to_pyarrow()

    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """Run ``expression`` and stream the result in batches of bounded size."""
        yield from expression.to_pyarrow_batches(chunk_size=BATCH_ROWS)

    def close(self) -> None:
        """Give back memory and spill files."""
        # held tables go with the database: their finalizers must not look for it any more
        self.backend._cache_name_to_entry.clear()
        self.backend._cache_op_to_entry.clear()
        self.backend.disconnect()
        self._spill.cleanup()
