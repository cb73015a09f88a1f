"""Overlap: where customers of one scheme's segments are in the other schemes; how closely two go together.

Belongs here: counts of customers by pairs of segments, and what follows from them. Does not belong here:
overlap of a segment with itself through a refit (``registry``), or of segments of two periods (``drift``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.coded import as_codes
from pipeline.engine.protocol import engine_of
from pipeline.models.frame import Floats, Integers
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.overlaps import SCHEME_OVERLAP, SEGMENT_OVERLAP
from pipeline.tables.zones import schemes_in, state_of

#: Customers in one state of a scheme and one of another.
COUNTS = pa.schema(
    [
        *((name, pa.string()) for name in ("scheme", "state", "other_scheme", "other_state")),
        ("customers", pa.int64()),
    ]
)
#: Customers counted at a time: codes of all schemes stay at hand of the processor.
CUSTOMERS_AT_ONCE = 16_384
_DECIMALS = 6
#: Where a scheme says nothing of a customer.
_NOWHERE = "not_applicable"


class Overlaps(NamedTuple):
    """``SEGMENT_OVERLAP`` and ``SCHEME_OVERLAP`` of a period."""

    segments: pa.Table
    schemes: pa.Table


def overlaps(states: ir.Table, period: str, least: int) -> Overlaps:
    """Who is where at once in ``period``: a row a pair of states of two schemes, and a row a pair of schemes.

    ``states`` are the ``states_table`` of the project's schemes. Each pair stands twice, once from either
    side. Lift is observed over expected, n_ab · N / (n_a · n_b) of N customers of the population. Nothing is
    told of fewer than ``least`` customers: pairs of states that have fewer are left out, and so are schemes
    that put everybody in one state, of which every lift is 1. Customers are counted in one pass, in whole
    numbers, so that no order shows in the result (law L3).
    """
    schemes = sorted(schemes_in(states.columns))
    chosen = states.select(*map(state_of, schemes))
    parts = engine_of(chosen).map_batches(chosen, counted, COUNTS) if len(schemes) > 1 else iter(())
    of_segments: list[dict[str, Any]] = []
    of_schemes: list[dict[str, Any]] = []
    for (scheme, other), table in sorted(_crosstabs(parts).items()):
        common = {"period": period, "scheme": scheme, "other_scheme": other}
        of_segments += [common | row for row in _shared(table, least)]
        of_schemes.append(common | _together(table, least))
    return Overlaps(
        pa.Table.from_pylist(of_segments, schema=SEGMENT_OVERLAP.schema),
        pa.Table.from_pylist(of_schemes, schema=SCHEME_OVERLAP.schema),
    )


class Crosstab(NamedTuple):
    """Customers by state of a scheme (rows) and of another (columns), both in the order of their names."""

    scheme: str
    other: str
    rows: Sequence[str]
    columns: Sequence[str]
    counts: Integers


def counted(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """``COUNTS`` of the customers of ``batches``, which may be some of all: a function for ``map_batches``.

    A pair of schemes stands once, the first in the alphabet before the other.
    """
    names: dict[str, dict[str, int]] = {}
    found: dict[tuple[str, str], Integers] = {}
    for batch in batches:
        for at in range(0, batch.num_rows, CUSTOMERS_AT_ONCE):
            piece = batch.slice(at, CUSTOMERS_AT_ONCE)
            codes = {
                one: _codes(piece, one, names.setdefault(one, {}))
                for one in sorted(schemes_in(piece.schema.names))
            }
            for one, other in combinations(codes, 2):
                shape = len(names[one]), len(names[other])
                pairs = np.bincount(codes[one] * shape[1] + codes[other], minlength=shape[0] * shape[1])
                found[one, other] = _grown(found.get((one, other)), shape) + pairs.reshape(shape)
    yield from _listed(found, names).to_batches()


def _codes(batch: pa.RecordBatch, scheme: str, known: dict[str, int]) -> Integers:
    """Number of each customer's state among the ``known`` ones, which learn those that are new."""
    column = as_codes(batch.column(state_of(scheme)))
    texts = [*column.dictionary.to_pylist(), _NOWHERE]
    places = [known.setdefault(name, len(known)) for name in texts]
    codes = column.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)
    found: Integers = np.array(places, np.int64)[codes]
    return found


def _grown(counts: Integers | None, shape: tuple[int, int]) -> Integers:
    grown = np.zeros(shape, np.int64)
    if counts is not None:
        grown[: counts.shape[0], : counts.shape[1]] = counts
    return grown


def _listed(found: Mapping[tuple[str, str], Integers], names: Mapping[str, Mapping[str, int]]) -> pa.Table:
    rows = [
        (one, states[row], other, others[column], int(counts[row, column]))
        for (one, other), counts in found.items()
        for states, others in [(list(names[one]), list(names[other]))]
        for row, column in zip(*np.nonzero(counts), strict=True)
    ]
    return pa.Table.from_pylist([dict(zip(COUNTS.names, row, strict=True)) for row in rows], schema=COUNTS)


def _crosstabs(parts: Iterable[pa.RecordBatch]) -> dict[tuple[str, str], Crosstab]:
    """Crosstabs of all pairs of schemes that tell anything, from either side."""
    key = COUNTS.names[:-1]
    every = pa.Table.from_batches(parts, schema=COUNTS).group_by(key).aggregate([("customers", "sum")])
    cells: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for one in every.to_pylist():
        pair = cells.setdefault((one["scheme"], one["other_scheme"]), {})
        pair[one["state"], one["other_state"]] = one["customers_sum"]
    found = {}
    for (scheme, other), pair in cells.items():
        rows, columns = (sorted({states[side] for states in pair}) for side in (0, 1))
        if len(rows) < 2 or len(columns) < 2:
            continue
        counts = np.zeros((len(rows), len(columns)), np.int64)
        for (row, column), customers in pair.items():
            counts[rows.index(row), columns.index(column)] = customers
        found[scheme, other] = Crosstab(scheme, other, rows, columns, counts)
        found[other, scheme] = Crosstab(other, scheme, columns, rows, counts.T)
    return found


def _shared(table: Crosstab, least: int) -> Iterator[dict[str, Any]]:
    here, there, everybody = table.counts.sum(axis=1), table.counts.sum(axis=0), int(table.counts.sum())
    for row, column in zip(*np.nonzero(table.counts >= max(least, 1)), strict=True):
        both = int(table.counts[row, column])
        yield {
            "state": _id(table.scheme, table.rows[row]),
            "other_state": _id(table.other, table.columns[column]),
            "shared_count": both,
            "shared_share": round(both / int(here[row]), _DECIMALS),
            "lift": round(both * everybody / (int(here[row]) * int(there[column])), _DECIMALS),
        }


def _id(scheme: str, state: str) -> str:
    return state if state in UNASSIGNED else f"{scheme}:{state}"


def _together(table: Crosstab, least: int) -> dict[str, Any]:
    """Association of the segments of two schemes among the customers whom both assign one."""
    rows, columns = (
        np.array([one not in UNASSIGNED for one in states]) for states in (table.rows, table.columns)
    )
    placed = table.counts[rows][:, columns]
    customers = int(placed.sum())
    value = cramers_v(placed.astype(float)) if customers >= least else None
    return {
        "placed_in_both_count": customers,
        "cramers_v": None if value is None else round(value, _DECIMALS) + 0.0,
    }


def cramers_v(counts: Floats) -> float | None:
    """Cramér's V of a crosstab, 0-1, corrected for what chance alone would make of it (Bergsma, 2013).

    φ² = χ²/n − (r−1)(c−1)/(n−1), at least 0; V = √(φ² / min(r′−1, c′−1)) with r′ = r − (r−1)²/(n−1), c′
    likewise.
    None where all are in one row or in one column.
    """
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    size, (rows, columns) = float(counts.sum()), counts.shape
    if rows < 2 or columns < 2:
        return None
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / size
    chance = (rows - 1) * (columns - 1) / (size - 1)
    squared = max(float(((counts - expected) ** 2 / expected).sum()) / size - chance, 0.0)
    most = min(one - (one - 1) ** 2 / (size - 1) for one in (rows, columns)) - 1
    return float(min(np.sqrt(squared / most), 1.0)) if most > 0 else None
