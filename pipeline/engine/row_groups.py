"""Row groups of Parquet files: where they lie and what their bytes are, without decoding them.

Belongs here: footers and bytes of Parquet files that sources give. Does not belong here: which row groups
are wanted (``collect.parts``), or reading rows (``sources``).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

_BLOCK = 1 << 20


@dataclass(frozen=True)
class RowGroup:
    """Rows that are stored together: the first of them (from 1), how many, digest of their bytes."""

    first_row: int
    rows: int
    digest: str


def row_groups(path: Path) -> tuple[str, list[RowGroup]]:
    """Digest of a Parquet file's columns and types, and its row groups.

    A footer cannot tell that a value was corrected between its minimum and maximum, so bytes are digested,
    for a small part of what decoding costs. Raises ``ValueError`` or ``OSError`` for what is not whole.
    """
    found: list[RowGroup] = []
    try:
        with pq.ParquetFile(path) as file, path.open("rb") as stream:
            metadata, first, before = file.metadata, 1, 0
            for at in range(metadata.num_row_groups):
                group = metadata.row_group(at)
                chunks = [group.column(one) for one in range(group.num_columns)]
                starts = [_start(one) for one in chunks]
                ends = [start + one.total_compressed_size for start, one in zip(starts, chunks, strict=True)]
                digest = hashlib.sha256(repr([_form(one) for one in chunks]).encode())
                # not all writers say where a dictionary begins: from the last column before, to be sure
                _digest_bytes(digest, stream, min(before, *starts), max(ends))
                found.append(RowGroup(first, group.num_rows, digest.hexdigest()[:32]))
                first, before = first + group.num_rows, max(starts)
            columns = str(file.schema).partition("\n")[2]
    except pa.ArrowException as error:
        raise ValueError(f"{path.name} is not whole") from error
    return hashlib.sha256(columns.encode()).hexdigest()[:16], found


def _start(chunk: pq.ColumnChunkMetaData) -> int:
    data = int(chunk.data_page_offset)
    return min(data, int(chunk.dictionary_page_offset)) if chunk.has_dictionary_page else data


def _form(chunk: pq.ColumnChunkMetaData) -> tuple[Any, ...]:
    """What says how the bytes of a column are to be read."""
    return chunk.path_in_schema, chunk.num_values, chunk.compression, sorted(chunk.encodings)


def _digest_bytes(digest: Any, stream: BinaryIO, start: int, end: int) -> None:
    stream.seek(start)
    while start < end and (block := stream.read(min(_BLOCK, end - start))):
        digest.update(block)
        start += len(block)
