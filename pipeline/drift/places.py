"""Places: where every customer is in every scheme, as one number a customer and scheme.

Belongs here: turning states into numbers that mean the same in both periods, and finding the customers of one
period in the other, once for all schemes. Does not belong here: what is made of it (``movement``, ``stays``).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir
from numpy.typing import NDArray

from pipeline.engine.coded import Codes, as_codes, of_codes, runs
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.zones import schemes_in, state_of

#: Places of customers in a list of them.
Positions = NDArray[np.int64]
#: Customers who are looked at at a time: bounds memory, and is enough to be quick.
CUSTOMERS_AT_ONCE = 65_536


class Numbers:
    """A number for each text, given as it comes: the same in whatever column it stands."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._numbers = {text: number for number, text in enumerate(texts)}

    def of(self, column: pa.Array | pa.ChunkedArray, read: Callable[[str], str] = str) -> Codes:
        """Numbers of the texts of ``column``, as ``read``; -1 where there is none."""
        if isinstance(column, pa.ChunkedArray):
            column = column.unify_dictionaries().combine_chunks()
        coded = as_codes(column)
        numbers = [self.number(read(one)) if one is not None else -1 for one in coded.dictionary.to_pylist()]
        codes = coded.indices.fill_null(len(numbers)).to_numpy(zero_copy_only=False)
        found: Codes = np.array([*numbers, -1], np.int32)[codes]
        return found

    def number(self, text: str) -> int:
        """The number of one text."""
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def texts(self) -> list[str]:
        """All texts, in the order of their numbers."""
        return list(self._numbers)


@dataclass
class Places:
    """States of the customers of a period and of the one before, in the same numbers.

    ``previous`` and ``current`` are ``states_table`` of the two, by customer; none before the first period.
    """

    previous: pa.Table | None
    current: pa.Table
    schemes: list[str] = field(init=False)
    names: dict[str, Numbers] = field(init=False)

    def __post_init__(self) -> None:
        self.schemes = sorted(schemes_in(self.current.column_names))
        self.names = {one: Numbers(UNASSIGNED) for one in self.schemes}
        self.now = whole(self.current.column("customer_id"))
        self.then = self.now[:0] if self.previous is None else whole(self.previous.column("customer_id"))
        self.before = positions_in(self.now, self.then)

    def states_now(self, scheme: str) -> Codes:
        """State of each customer of the period in ``scheme``; -1 where there is none."""
        return self.names[scheme].of(self.current.column(state_of(scheme)))

    def states_then(self, scheme: str) -> Codes:
        """State of each customer of the period before in ``scheme``."""
        if self.previous is None or state_of(scheme) not in self.previous.column_names:
            return np.full(len(self.then), -1, np.int32)
        return self.names[scheme].of(self.previous.column(state_of(scheme)))

    def laid(self, assignments: Iterable[pa.RecordBatch]) -> dict[str, Codes]:
        """States by scheme from rows of ``ASSIGNMENTS``, for each customer of the period; -1 for others."""
        found: dict[str, Codes] = {}
        passed: Counter[str] = Counter()
        for batch in assignments:
            start = 0
            for end, scheme in runs(batch.column("scheme")):
                rows, start = batch.slice(start, end - start), end
                if scheme in self.names:
                    states = found.setdefault(scheme, np.full(len(self.now), -1, np.int32))
                    where = self._where(plain_ids(rows.column("customer_id")), passed[scheme])
                    states[where[where >= 0]] = self._state(scheme, rows)[where >= 0]
                    passed[scheme] += len(where)
        return found

    def _where(self, ids: pa.Array, passed: int) -> Positions:
        """Places of ``ids`` in the period: by place where they stand as its customers do, else looked up."""
        if ids.equals(self.now.slice(passed, len(ids))):
            return np.arange(passed, passed + len(ids))
        return positions_in(ids, self.now)

    def _state(self, scheme: str, rows: pa.RecordBatch) -> Codes:
        numbers = self.names[scheme]
        segment = numbers.of(rows.column("segment_id"), lambda one: one.removeprefix(f"{scheme}:"))
        return np.where(segment >= 0, segment, numbers.of(rows.column("status")))

    def full(self, scheme: str, codes: Codes) -> pa.DictionaryArray:
        """States by their full names: ``scheme:name`` of a segment, or the status."""
        return of_codes(codes, [full_name(scheme, one) for one in self.names[scheme].texts])


def by_customer(parts: Sequence[pa.RecordBatch], ids: pa.Array) -> pa.RecordBatch:
    """Rows of several schemes by customer, then by scheme: an id that comes again at once costs a file next
    to nothing. ``customer_id`` of ``parts`` is a place in ``ids``."""
    rows = pa.Table.from_batches(parts).unify_dictionaries().combine_chunks()
    column = rows.column_names.index("customer_id")
    places = rows.column(column).to_numpy()
    order = np.argsort(places, kind="stable")
    is_next = np.diff(places[order], prepend=-1) != 0
    told = of_codes(np.cumsum(is_next) - 1, ids.take(pa.array(places[order][is_next])))
    taken = rows.take(pa.array(order)).set_column(column, "customer_id", told)
    return taken.combine_chunks().to_batches()[0]


def full_name(scheme: str, name: str) -> str:
    """A state by its full name: ``scheme:name`` of a segment, or the status."""
    return name if name in UNASSIGNED else f"{scheme}:{name}"


def positions_in(ids: pa.Array, known: pa.Array) -> Positions:
    """Place of each of ``ids`` among ``known``; -1 for one that is not there."""
    found = pc.index_in(ids, value_set=known).fill_null(-1)
    positions: Positions = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return positions


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column of ids in one piece, as texts."""
    return plain_ids(column.unify_dictionaries().combine_chunks())


def plain_ids(column: pa.Array) -> pa.Array:
    """Ids as texts."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def some_at_once(size: int) -> Iterator[slice]:
    """So many customers at a time."""
    for start in range(0, size, CUSTOMERS_AT_ONCE):
        yield slice(start, start + CUSTOMERS_AT_ONCE)


def marked(ids: pa.Array, marks: ir.Table, kinds: Sequence[str]) -> Codes:
    """Place in ``kinds`` of the ``identity_event`` that ``marks`` have of each id; -1 where there is none."""
    told = marks.to_pyarrow()
    found = np.full(len(ids), -1, np.int32)
    where = positions_in(told.column("customer_id").combine_chunks(), ids)
    numbers = np.array([kinds.index(one) for one in told.column("identity_event").to_pylist()], np.int32)
    found[where[where >= 0]] = numbers[where >= 0]
    return found
