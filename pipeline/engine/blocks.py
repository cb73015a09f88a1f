"""Blocks: long rows of several names, put side by side by their place.

Belongs here: rows that stand name after name for the same keys, then for others, cut so that each name is
apart; streams of other rows in the order of the same keys, taken along. Does not belong here: what the names
are (schemes), or making the rows.

Nothing is joined or sorted: that a place is that of the same customer is compared, and rows that are not in
that order are refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engine.coded import runs

#: Keys of a block as files hold them: rows of each name for so many, the last for fewer.
STORED_KEYS = 4_096
#: Rows of each name for the same keys.
Block = Mapping[str, pa.RecordBatch]


class Blocks:
    """Collects rows that come name after name for the same ``key`` values, and gives them block by block."""

    def __init__(self, by: str, names: Sequence[str], key: str = "customer_id") -> None:
        self._by, self._names, self._key = by, list(names), key
        self._parts: dict[str, list[pa.RecordBatch]] = {}
        self._last: str | None = None

    def added(self, batch: pa.RecordBatch) -> Iterator[Block]:
        """Blocks that are complete now that ``batch`` came. A name that comes again begins the next block."""
        start = 0
        for end, name in runs(batch.column(self._by)):
            rows = batch.slice(start, end - start)
            if name in self._parts and (name != self._last or len(self._names) == 1):
                yield self._whole()
            self._parts.setdefault(name, []).append(rows)
            self._last, start = name, end

    def rest(self) -> Iterator[Block]:
        """The last block, when nothing more comes."""
        if self._parts:
            yield self._whole()

    def _whole(self) -> Block:
        parts, self._parts = self._parts, {}
        if differing := set(self._names) ^ set(parts):
            raise ValueError(f"rows of {', '.join(sorted(differing))} do not stand where others' do")
        block = {name: _one(parts[name]) for name in self._names}
        keys = block[self._names[0]].column(self._key)
        if odd := [name for name, rows in block.items() if not _same(rows.column(self._key), keys)]:
            raise ValueError(f"rows of {', '.join(odd)} are not those of the same {self._key} as others")
        return block


class MisplacedError(ValueError):
    """Rows are not in the order, or not of the keys, that they were taken to be."""


def ascending(batches: Iterable[pa.RecordBatch], key: str) -> Iterator[pa.RecordBatch]:
    """``batches`` as they come. Raises ``MisplacedError`` where ``key`` does not ascend from row to row.

    What was stored in order comes in it without being sorted anew; that it does is looked at, not believed.
    """
    last = None
    for batch in batches:
        if not batch.num_rows:
            continue
        keys = batch.column(key)
        is_next = last is None or last < keys[0].as_py()
        if not is_next or not pc.all(pc.less(keys[:-1], keys[1:]), min_count=0).as_py():
            raise MisplacedError(f"rows do not stand in the order of {key}")
        last = keys[-1].as_py()
        yield batch


class Along:
    """A stream of rows from which as many are taken as others have, for the same keys in the same order."""

    def __init__(self, batches: Iterable[pa.RecordBatch], key: str) -> None:
        self._batches, self._key = iter(batches), key
        self._rest: pa.RecordBatch | None = None

    def taken(self, keys: pa.Array) -> pa.RecordBatch:
        """The next rows, as many as ``keys``. Raises ``MisplacedError`` where these are not theirs."""
        parts, missing = [], len(keys)
        while missing:
            batch = self._rest if self._rest is not None else next(self._batches, None)
            self._rest = None
            if batch is None:
                raise MisplacedError(f"rows by {self._key} end before those that they belong to")
            part = batch.slice(0, missing)
            parts.append(part)
            missing -= part.num_rows
            if part.num_rows < batch.num_rows:
                self._rest = batch.slice(part.num_rows)
        rows = _one(parts)
        if not _same(rows.column(self._key), keys):
            raise MisplacedError(f"rows are not those of the same {self._key} in the same order")
        return rows


def blocks_of(batches: Iterable[pa.RecordBatch], by: str, names: Sequence[str]) -> Iterator[Block]:
    """Rows of ``batches`` block by block: for each of ``names`` in column ``by`` those of the same keys.

    Raises ``ValueError`` where a name is missing, or unknown.
    """
    found = Blocks(by, names)
    for batch in batches:
        yield from found.added(batch)
    yield from found.rest()


def evened(blocks: Iterable[Block], size: int) -> Iterator[Block]:
    """The same rows in blocks of ``size`` keys, the last of fewer; one that has as many passes as it is.

    Where rows were made by many workers, each began with a block of its own: how many they were is not to be
    seen in what they made.
    """
    waiting: list[Block] = []
    missing = size
    for block in blocks:
        start, rows = 0, next(iter(block.values())).num_rows
        while start < rows:
            part = {name: one.slice(start, missing) for name, one in block.items()}
            taken = min(missing, rows - start)
            waiting.append(part)
            start, missing = start + taken, missing - taken
            if not missing:
                yield _joined(waiting)
                waiting, missing = [], size
    if waiting:
        yield _joined(waiting)


def _joined(blocks: Sequence[Block]) -> Block:
    return {name: _one([block[name] for block in blocks]) for name in blocks[0]}


def as_stored(
    paths: Sequence[Path], columns: Sequence[str] | None = None, coded: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Rows of Parquet files in the order that they stand in, texts of ``coded`` columns as codes."""
    for path in paths:
        with pq.ParquetFile(path, read_dictionary=list(coded)) as file:
            yield from file.iter_batches(columns=None if columns is None else list(columns))


def _one(parts: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Batches as one; those of different codes get common ones."""
    if len(parts) == 1:
        return parts[0]
    whole = pa.Table.from_batches(parts).unify_dictionaries().combine_chunks()
    return whole.to_batches()[0] if whole.num_rows else parts[0]


def _same(one: pa.Array, other: pa.Array) -> bool:
    """Whether two columns hold the same texts, coded or not."""
    if one is other:
        return True
    if all(pa.types.is_dictionary(column.type) for column in (one, other)) and one.dictionary.equals(
        other.dictionary
    ):
        return bool(one.indices.equals(other.indices))
    return bool(_words(one).equals(_words(other)))


def _words(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
