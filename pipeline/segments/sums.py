"""Sums of every feature over the customers of every segment of every scheme, in one pass.

Belongs here: sums of a batch of customers, and adding up those of all batches. Does not belong here: what
the sums mean (``portrait``).

All are sums of integers, so that neither batches nor their order show in the result (law L3).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models.frame import Floats, Integers
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.zones import state_of

#: One feature in one segment of one scheme: customers, those whose value is known, and their scaled sums.
SUMS = pa.schema(
    [
        ("scheme", pa.string()),
        ("segment", pa.string()),
        ("feature", pa.string()),
        *((name, pa.int64()) for name in ("customers", "known", "total", "squares")),
    ]
)
_KEY, _ADDED = SUMS.names[:3], SUMS.names[3:]


def partial_sums(
    batch: pa.RecordBatch, schemes: Sequence[str], features: Mapping[str, tuple[int, int]]
) -> pa.Table:
    """``SUMS`` over the customers of ``batch``, which has their states and the ``features`` as floats; each
    is summed with so many decimals, and its square with so many.

    A row of ones and zeros says which segments a customer is in; the product of these with the features are
    the sums. It depends on the batch alone, so that batches may be worked on anywhere, and ``merged``.
    """
    from scipy.sparse import csr_array

    size = batch.num_rows
    groups: list[tuple[str, str]] = []
    members = np.empty((size, len(schemes)), np.int32)
    for place, scheme in enumerate(schemes):
        members[:, place], segments = _segments(batch.column(state_of(scheme)), len(groups) + 1)
        groups += [(scheme, one) for one in segments]
    every = len(groups) + 1  # the first is that of customers whom a scheme does not assign
    indicator = csr_array(
        (
            np.ones(members.size, np.int64),
            members.ravel(),
            np.arange(size + 1, dtype=np.int32) * len(schemes),
        ),
        shape=(size, every),
    )
    sums = (indicator.T @ _values(batch, features))[1:]
    customers = sums[:, :1].repeat(len(features), axis=1)
    known, total, squares = (sums[:, 1 + part :: 3] for part in range(3))
    table = pa.table(
        [
            pa.array([scheme for scheme, _ in groups for _ in features], pa.string()),
            pa.array([segment for _, segment in groups for _ in features], pa.string()),
            pa.array(list(features) * len(groups), pa.string()),
            *(pa.array(np.ascontiguousarray(one).ravel()) for one in (customers, known, total, squares)),
        ],
        schema=SUMS,
    )
    return table.filter(pc.field("customers") > 0)


def _segments(states: pa.Array, first: int) -> tuple[Integers, list[str]]:
    """Number of each customer's segment, counted from ``first``, 0 for none; names of the segments."""
    coded = states.dictionary_encode()
    names = coded.dictionary.to_pylist()
    segments = [one for one in names if one not in UNASSIGNED]
    numbers = np.array([0 if one in UNASSIGNED else first + segments.index(one) for one in names] + [0])
    codes = coded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
    return numbers[codes], segments


def _values(batch: pa.RecordBatch, features: Mapping[str, tuple[int, int]]) -> Integers:
    """A row a customer: one, and of each feature whether it is known, its value and its square, scaled."""
    values = np.ones((1 + 3 * len(features), batch.num_rows), np.int64)
    for place, (name, (decimals, of_square)) in enumerate(features.items()):
        column = batch.column(name)
        if column.null_count:
            values[1 + 3 * place] = column.is_valid().to_numpy(zero_copy_only=False)
            column = column.fill_null(0.0)
        value = column.to_numpy()
        values[2 + 3 * place] = _rounded(value * 10.0**decimals)
        values[3 + 3 * place] = _rounded(value * value * 10.0**of_square)
    return np.ascontiguousarray(values.T)


def _rounded(values: Floats) -> Floats:
    """Whole numbers; halves away from zero, as databases round."""
    found = np.rint(values)
    (halves,) = np.nonzero(np.abs(values - found) == 0.5)
    found[halves] = np.trunc(values[halves]) + np.sign(values[halves])
    return found


def merged(parts: Iterable[pa.Table]) -> pa.Table:
    """``SUMS`` of all customers from those of batches."""
    every = pa.concat_tables([SUMS.empty_table(), *parts])
    added = every.group_by(_KEY).aggregate([(name, "sum") for name in _ADDED])
    return added.rename_columns([*_KEY, *_ADDED]).sort_by([(name, "ascending") for name in _KEY])
