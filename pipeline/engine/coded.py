"""Codes: columns of text as numbers that count in a list of their different values.

Belongs here: making such columns, their types, runs of equal values. Does not belong here: writing them
(``writing``). A file has text in their place; only the way to it is shorter.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: Places in a list of texts; a negative one is none.
Codes = NDArray[np.int32]


def coded(kind: pa.DataType) -> pa.DataType:
    """A type with codes in place of every text, at any nesting."""
    if pa.types.is_string(kind):
        return pa.dictionary(pa.int32(), pa.string())
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(coded(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([one.with_type(coded(one.type)) for one in kind])
    return kind


def coded_schema(schema: pa.Schema) -> pa.Schema:
    """``schema`` with codes in place of every text."""
    return pa.schema([one.with_type(coded(one.type)) for one in schema], schema.metadata)


def plain(schema: pa.Schema) -> pa.Schema:
    """``schema`` with text in place of codes."""
    return pa.schema([one.with_type(_plain(one.type)) for one in schema], schema.metadata)


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_plain(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([one.with_type(_plain(one.type)) for one in kind])
    return kind


def repeated(value: str | None, size: int) -> pa.DictionaryArray:
    """One text, or null, so many times."""
    codes = pa.nulls(size, pa.int32()) if value is None else pa.array(np.zeros(size, np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array([value or ""], pa.string()))


def as_codes(column: pa.Array) -> pa.DictionaryArray:
    """A column of texts as codes, which it may be already."""
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def of_codes(codes: NDArray[Any], texts: Sequence[str] | pa.Array) -> pa.DictionaryArray:
    """The text that each code counts to in ``texts``, which are all different; null for a negative code."""
    found = codes.astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(found, mask=found < 0), pa.array(texts, pa.string()))


def codes_of(column: pa.Array, texts: pa.Array) -> Codes:
    """Place of each text of ``column``, coded or not, in ``texts``; -1 where it is null or not among them."""
    column = as_codes(column)
    places = pc.index_in(column.dictionary, value_set=texts).fill_null(-1).to_numpy(zero_copy_only=False)
    codes = column.indices.fill_null(len(places)).to_numpy(zero_copy_only=False)
    found: Codes = np.append(places, -1).astype(np.int32)[codes]
    return found


def runs(column: pa.Array) -> Iterator[tuple[int, str]]:
    """Runs of equal texts: where each ends (exclusive), and the text."""
    is_coded = pa.types.is_dictionary(column.type)
    found = pc.run_end_encode(column.indices if is_coded else column)
    values = column.dictionary.take(found.values) if is_coded else found.values
    yield from zip(found.run_ends.to_pylist(), values.to_pylist(), strict=True)
