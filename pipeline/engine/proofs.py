"""What Parquet files prove by themselves, so that no query need look at their rows.

Belongs here: nulls and extremes from footers, unique keys from the order of rows, equal columns by place.
Does not belong here: rules (``quality``, ``publish.validate``), which ask rows what a file does not prove.

None of it trusts who wrote a file further than the rows themselves: footers are made from the values as they
are encoded, order and equality are looked at.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engine.coded import Codes, as_codes
from pipeline.tables.model import Table

#: Parts of keys that have few values, in groups of which the rest of a key is looked at.
_GROUPS = ("scheme", "source")


class Footers:
    """The footers of some files."""

    def __init__(self, paths: Sequence[Path]) -> None:
        read = [pq.read_metadata(path) for path in paths]
        self._groups = [one.row_group(number) for one in read for number in range(one.num_row_groups)]
        self._places = [
            {one.row_group(0).column(place).path_in_schema: place for place in range(one.num_columns)}
            for one in read
            for _ in range(one.num_row_groups)
        ]

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return int(sum(group.num_rows for group in self._groups))

    def nulls(self, column: str) -> int | None:
        """Nulls in a plain ``column``; none where a footer does not say."""
        found = self._statistics(column)
        if found is None or not all(one.has_null_count for one in found):
            return None
        return int(sum(one.null_count for one in found))

    def extremes(self, column: str) -> tuple[float, float] | None:
        """Least and greatest number of ``column``; none where a footer does not say or there is no number."""
        found = [one for one in self._statistics(column) or [] if not _is_nothing(one)]
        if not found or not all(one.has_min_max for one in found):
            return None
        lows, highs = [one.min for one in found], [one.max for one in found]
        if not all(isinstance(one, int | float | Decimal) for one in (*lows, *highs)):
            return None
        return float(min(lows)), float(max(highs))

    def moments(self, column: str) -> tuple[datetime, datetime] | None:
        """First and last time of ``column``; none where a footer does not say or there is none."""
        found = [one for one in self._statistics(column) or [] if not _is_nothing(one)]
        if not found or not all(one.has_min_max for one in found):
            return None
        every = [moment for one in found for moment in (one.min, one.max)]
        if not all(isinstance(one, datetime) and one.tzinfo for one in every):
            return None
        return min(every), max(every)

    def are_all_null(self, column: str) -> bool:
        """Whether ``column`` is null in every row, by what the footers say."""
        found = self._statistics(column)
        return bool(found) and all(map(_is_nothing, found or []))

    def _statistics(self, column: str) -> list[pq.Statistics] | None:
        found = []
        for group, places in zip(self._groups, self._places, strict=True):
            if column not in places or not group.column(places[column]).is_stats_set:
                return None
            found.append(group.column(places[column]).statistics)
        return found


def _is_nothing(one: pq.Statistics) -> bool:
    """Whether a row group has no value at all, and so no least one."""
    return bool(one.has_null_count and one.num_values == 0)


def proves_key(path: Path, table: Table) -> bool:
    """Whether the order of rows in a file of one period proves the key of ``table``."""
    parts = [one for one in table.key if one != "period"]
    by = next((one for one in _GROUPS if one in parts), None)
    within = next((one for one in parts if one != by), None)
    return within is not None and is_unique(path, within, by)


def is_unique(path: Path, key: str, by: str | None = None) -> bool:
    """Whether ``key``, or ``key`` with ``by``, is proven to occur once in a file: among rows of the same
    ``by`` it only ever grows.

    False says nothing: the rows may stand in another order. Nulls prove nothing.
    """
    last: dict[str | None, str] = {}
    columns = [key, *([by] if by else [])]
    with (
        pq.ParquetFile(path, read_dictionary=columns) as file,
        pq.ParquetFile(path, read_dictionary=columns[1:]) as plain,
    ):
        for number in range(file.num_row_groups):
            if (grows := _grows(plain.read_row_group(number, columns=columns), key, by, last)) is not None:
                if not grows:
                    return False
                continue
            rows = file.read_row_group(number, columns=columns)
            codes, texts = _numbered(rows.column(key))
            groups, names = _numbered(rows.column(by)) if by else (np.zeros_like(codes), pa.array([""]))
            if not len(codes):
                continue
            if min(codes.min(), groups.min()) < 0:
                return False
            ranks = pc.rank(texts, tiebreaker="dense").to_numpy(zero_copy_only=False)
            order = np.argsort(groups.astype(np.int16 if len(names) < 2**15 else np.int32), kind="stable")
            codes, groups = codes[order], groups[order]
            begins = np.flatnonzero(np.diff(groups, prepend=-1))
            grows = np.diff(ranks.astype(np.int64)[codes], prepend=0) > 0
            grows[begins] = True
            ends = np.append(begins[1:], len(codes)) - 1
            if not grows.all() or not _goes_on(last, names, texts, groups, codes, begins, ends):
                return False
    return True


def _grows(rows: pa.Table, key: str, by: str | None, last: dict[str | None, str]) -> bool | None:
    """Whether ``key`` grows from row to row, and from the ``last`` key on, where all ``rows`` are of one
    group; none where they are not, so that codes have to tell."""
    name: str | None = ""
    if by:
        groups = rows.column(by).unify_dictionaries()
        found = {one for chunk in groups.chunks for one in chunk.dictionary.to_pylist()}
        if groups.null_count or len(found) != 1:
            return None
        (name,) = found
    keys = rows.column(key).combine_chunks()
    if not len(keys):
        return True
    if keys.null_count or (name in last and not last[name] < keys[0].as_py()):
        return False
    last[name] = keys[-1].as_py()
    return bool(pc.all(pc.less(keys[:-1], keys[1:]), min_count=0).as_py())


def _goes_on(
    last: dict[str | None, str],
    names: pa.Array,
    texts: pa.Array,
    groups: Codes,
    codes: Codes,
    begins: np.ndarray[tuple[int], np.dtype[np.int64]],
    ends: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> bool:
    """Whether each group goes on after the ``last`` key of the row groups before, which is moved on."""
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        name = names[int(groups[begin])].as_py()
        if name in last and not last[name] < texts[int(codes[begin])].as_py():
            return False
        last[name] = texts[int(codes[end])].as_py()
    return True


def _numbered(column: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """Codes of a column, -1 for null, and their texts."""
    whole = column.unify_dictionaries().combine_chunks()
    found = as_codes(whole)
    codes: Codes = found.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes, found.dictionary


def are_equal(one: Path, other: Path, columns: Sequence[str]) -> bool:
    """Whether two files have the same texts in ``columns``, row by row, and the same row groups."""
    names = list(columns)
    with (
        pq.ParquetFile(one, read_dictionary=names) as first,
        pq.ParquetFile(other, read_dictionary=names) as second,
    ):
        if _sizes(first) != _sizes(second):
            return False
        return all(
            _equal(*(file.read_row_group(number, columns=names) for file in (first, second)))
            for number in range(first.num_row_groups)
        )


def _sizes(file: pq.ParquetFile) -> list[int]:
    return [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]


def _equal(one: pa.Table, other: pa.Table) -> bool:
    for first, second in zip(one.columns, other.columns, strict=True):
        (codes, texts), (others, their_texts) = _numbered(first), _numbered(second)
        if not texts.equals(their_texts):
            places = pc.index_in(their_texts, value_set=texts).fill_null(-2).to_numpy(zero_copy_only=False)
            others = np.append(places, -1).astype(np.int32)[others]
        if not np.array_equal(codes, others):
            return False
    return True


def texts_in(path: Path, column: str) -> set[str]:
    """The different texts of a column, which may be nested: ``reasons.list.element.feature``."""
    found: set[str] = set()
    with pq.ParquetFile(path, read_dictionary=[column]) as file:
        for number in range(file.num_row_groups):
            values = file.read_row_group(number, columns=[column]).column(0)
            while not pa.types.is_dictionary(values.type) and not pa.types.is_string(values.type):
                values = _inside(values)
            found |= set(pc.unique(values).drop_null().to_pylist())
    return found


def _inside(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The elements of lists, or the only part of structs."""
    chunks = [
        pc.list_flatten(one) if pa.types.is_list(one.type) else one.flatten()[0] for one in values.chunks
    ]
    return pa.chunked_array(chunks)
