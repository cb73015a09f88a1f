"""Columns that are null in every row because nothing gives them: not sorted, not carried through the engine.

Belongs here: finding them in an expression, streaming the others, adding them to what comes. Does not belong
here: columns that only happen to be null in the rows.

A company gives a part of all features. A sort carries each of the others as eight bytes a row: with a
hundred and ninety columns of two hundred and forty, it took five times as long and had to spill.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa
from ibis.expr import operations as ops
from ibis.expr import types as ir

from pipeline.engine.protocol import Engine


def unknown_columns(rows: ir.Table) -> list[str]:
    """Columns of ``rows`` that are null whatever the rows are: literal nulls, through selections."""
    last = rows.op()
    if not isinstance(last, ops.Project):
        return []
    return [name for name, value in last.values.items() if _is_null(value)]


def in_batches(engine: Engine, rows: ir.Table, order: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """``rows`` in their ``order``, in batches as ``Engine.batches`` gives them."""
    unknown = set(unknown_columns(rows)) - set(order)
    known = [name for name in rows.columns if name not in unknown]
    if not unknown or not known:
        yield from engine.batches(rows.order_by(list(order)))
        return
    types = {one.name: one.type for one in rows.schema().to_pyarrow()}
    nothing = dict[pa.DataType, pa.Array]()  # one for all columns of a type
    for batch in engine.batches(rows.select(known).order_by(list(order))):
        size = batch.num_rows
        for kind in {types[name] for name in unknown}:
            if kind not in nothing or len(nothing[kind]) < size:
                nothing[kind] = pa.nulls(size, kind)
        columns = [
            nothing[types[name]].slice(0, size) if name in unknown else batch.column(name)
            for name in rows.columns
        ]
        yield pa.RecordBatch.from_arrays(columns, names=rows.columns)


def _is_null(value: ops.Value) -> bool:
    while True:
        if isinstance(value, ops.Literal):
            return value.value is None
        if isinstance(value, ops.Cast):
            value = value.arg
        elif isinstance(value, ops.Field) and isinstance(value.rel, ops.Project):
            value = value.rel.values[value.name]
        else:
            return False
