"""Writing Parquet: whole or not at all, the same bytes for the same rows.

Belongs here: casting to a contract's schema, atomic files, digests of content. Does not
belong here: where a table stands in the lake.
"""

import base64
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engine.coded import coded, plain, runs
from pipeline.engine.partitions import make_way

#: Rows in a row group; batches are regrouped so that equal rows give equal bytes.
ROW_GROUP_ROWS = 131_072
#: Rows in a page, at most, of a file in blocks, whose columns repeat themselves from name to name: what only
#: their bytes bound.
_ANY_ROWS = 2**31 - 1
#: Footer entry: ``content_digest`` of the file, so that nobody has to read it for that.
CONTENT = "content"
#: Footer entry with the Arrow schema, meanings of columns included, where Arrow looks for it.
_ARROW = "ARROW:schema"


@dataclass(frozen=True)
class Written:
    """A file that was written: place, rows, digest of its data pages."""

    path: Path
    rows: int
    digest: str


def whole_blocks(block_rows: int) -> int:
    """Rows in a row group of blocks of ``block_rows``: as many whole ones as others have room for, or one."""
    return max(ROW_GROUP_ROWS // block_rows, 1) * block_rows


def content_digest(path: Path) -> str:
    """SHA-256 of a Parquet file's data pages: equal rows in equal order, equal digest.

    The footer is left out, so that provenance may differ. Source of the layout: Apache Parquet
    format specification, "File format" (footer length in the last eight bytes).
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        footer = int.from_bytes(file.read(4), "little")
        remaining = path.stat().st_size - 8 - footer
        file.seek(0)
        while remaining:
            block = file.read(min(1 << 20, remaining))
            remaining -= len(block)
            digest.update(block)
    return digest.hexdigest()


def cast(batch: pa.RecordBatch | pa.Table, schema: pa.Schema) -> pa.Table:
    """``batch`` with exactly the columns and types of ``schema``.

    Sums of integers arrive as HUGEINT, which Arrow knows as double or decimal: they are cast
    through the contract. Raises ``ValueError`` where a column is missing, a required value is
    null, or a cast would lose data.
    """
    return _cast(batch, schema, keep_codes=False)


def _cast(batch: pa.RecordBatch | pa.Table, schema: pa.Schema, keep_codes: bool) -> pa.Table:
    """As ``cast``; columns of codes may be kept, which a file is written from faster."""
    given = set(batch.schema.names)
    missing = [name for name in schema.names if name not in given]
    if missing:
        raise ValueError(f"columns missing from the result: {', '.join(missing)}")
    columns, fields = [], []
    for field in schema:
        column = batch.column(field.name)
        is_kept = keep_codes and column.type == coded(field.type)
        if column.type != field.type and not is_kept:
            column = _convert(column, field)
        if not field.nullable and column.null_count:
            raise ValueError(f"column {field.name} is required and has {column.null_count} nulls")
        columns.append(column)
        fields.append(field.with_type(column.type))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, schema.metadata))


def _convert(column: pa.Array | pa.ChunkedArray, field: pa.Field) -> pa.Array | pa.ChunkedArray:
    if pa.types.is_decimal(field.type) and pa.types.is_decimal(column.type):
        return pc.round(column, field.type.scale, "half_to_even").cast(field.type)
    try:
        return column.cast(field.type)
    except pa.ArrowInvalid as error:
        raise ValueError(f"column {field.name}: {column.type} does not fit {field.type} ({error})") from error


class _Digesting(io.RawIOBase):
    """A new file that digests what is written into it."""

    def __init__(self, path: Path) -> None:
        self._file, self._digest = path.open("wb"), hashlib.sha256()

    def write(self, block: Any) -> int:
        self._digest.update(block)
        return self._file.write(block)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def hexdigest(self) -> str:
        """Digest of all that has been written so far."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file when it is safely on disk."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        super().close()


class _File:
    """One Parquet file under way beside its place; renamed into it when complete.

    Columns of codes are written as they are, which saves decoding them and looking every value up again: as
    text in the file. Which columns are, the first rows say.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, footer: Mapping[str, str], block_rows: int | None
    ) -> None:
        self.path, self.rows = path, 0
        self._group_rows = ROW_GROUP_ROWS if block_rows is None else whole_blocks(block_rows)
        self._pages: dict[str, int] = {} if block_rows is None else {"max_rows_per_page": _ANY_ROWS}
        self._schema, self._footer = schema.remove_metadata(), dict(footer)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._sink = _Digesting(self._partial)
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        table = _cast(batch, self._schema, keep_codes=True)
        table = table.cast(self._opened(table.schema).schema)
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        self.rows += table.num_rows
        while self._waiting_rows >= self._group_rows:
            self._flush(self._group_rows)

    def _opened(self, schema: pa.Schema) -> pq.ParquetWriter:
        # The schema that Arrow would store is that of the codes: ours goes into the footer.
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._sink, schema, compression="zstd", store_schema=False, **self._pages
            )
        return self._writer

    def _flush(self, rows: int) -> None:
        whole = pa.concat_tables(self._waiting)
        self._opened(whole.schema).write_table(
            whole.slice(0, rows).unify_dictionaries(), row_group_size=rows or 1
        )
        self._waiting = [whole.slice(rows)]
        self._waiting_rows -= rows

    def settle(self) -> None:
        """Write the rows that wait for a full row group: no more are to come."""
        if self._waiting_rows:
            self._flush(self._waiting_rows)
        self._waiting = []

    def close(self) -> Written:
        self.settle()
        writer = self._opened(self._schema)
        digest = self._sink.hexdigest()  # all data pages are written, and nothing of the footer
        arrow = base64.b64encode(plain(writer.schema).serialize().to_pybytes()).decode()
        writer.add_key_value_metadata({_ARROW: arrow, **self._footer, CONTENT: digest})
        writer.close()
        self._sink.close()
        make_way(self.path)
        self._partial.replace(self.path)
        return Written(self.path, self.rows, digest)

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._sink.close()
        self._partial.unlink(missing_ok=True)


def write_partitions(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    paths: Mapping[str, Path],
    footers: Mapping[str, Mapping[str, str]] | None = None,
    block_rows: int | None = None,
) -> dict[str, Written]:
    """Stream ``batches``, sorted by ``period``, into one file for each period of ``paths``.

    ``schema`` is the contract's, without ``period`` where that stands in the path; ``footers`` are what each
    file says of itself. Where ``batches`` are blocks of ``block_rows``, the last of fewer, each with
    texts that no other block has (ids of customers), row groups are of whole blocks: such a text is stored
    once a file.
    A period without rows gets an empty file. Files appear under their names only when all are
    complete: an error leaves none behind.
    Raises ``ValueError`` for rows of a period that is not in ``paths``.
    """
    with ExitStack() as undo:
        files: dict[str, _File] = {}
        for period, path in paths.items():
            files[period] = _File(path, schema, (footers or {}).get(period, {}), block_rows)
            undo.callback(files[period].discard)
        current: str | None = None
        for batch in batches:
            for period, part in _split(batch):
                if period not in files:
                    raise ValueError(f"rows of period {period}, which was not asked for")
                if current not in (None, period):
                    files[current].settle()  # else each file would hold its last rows in memory
                current = period
                files[period].add(part)
        written = {period: file.close() for period, file in files.items()}
        undo.pop_all()
        return written


def _split(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Consecutive runs of one period within a sorted batch."""
    if not batch.num_rows:
        return
    start = 0
    for end, period in runs(batch.column("period")):
        yield period, batch.slice(start, end - start)
        start = end
