"""Features as columns of floats: what every scheme computes on.

Belongs here: the step from Arrow and Ibis to numpy, and the bounded sample of a fit. Does not
belong here: any rule of a scheme.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir
from numpy.typing import NDArray

from pipeline.engine.dialect import md5
from pipeline.models.rounding import told
from pipeline.tables.fields import reason_part

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
_VALUE = reason_part("value")
#: Where a normal distribution is looked at, in standard deviations, and how much each place counts
#: (Gauss-Hermite quadrature with four nodes: exact for polynomials up to the seventh degree).
NODES = (-2.334414218338977, -0.741963784302725, 0.741963784302725, 2.334414218338977)
WEIGHTS = (0.045875854768068, 0.454124145231932, 0.454124145231932, 0.045875854768068)


@dataclass(frozen=True)
class Frame:
    """Customers with features in numbers; NaN is unknown. ``previous_segments`` are those before, or null.

    A text stands as its ``code_of``, which serves to tell whether two texts are the same.

    Where a number is not what was seen of the customer but what is believed of it, ``seen`` has the former,
    which is what reasons tell, and ``anew`` where it would lie if the customer were observed anew for as
    long: at the ``NODES`` of a normal distribution (nodes x customers). ``luck`` names, by feature, what
    chance makes of it together with others, and whether more of it makes it greater (1) or less (-1):
    features of one name are off together.
    """

    customer_id: pa.Array
    numbers: dict[str, Floats]
    previous_segments: dict[str, pa.Array]
    seen: dict[str, Floats] = field(default_factory=dict)
    anew: dict[str, Floats] = field(default_factory=dict)
    luck: dict[str, tuple[str, int]] = field(default_factory=dict)
    _told: dict[str, Floats] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.customer_id)

    @cached_property
    def coded_ids(self) -> pa.DictionaryArray:
        """Ids of the customers, each with its place as its code."""
        ids = self.customer_id.cast(pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(np.arange(len(ids), dtype=np.int32)), ids)

    def told(self, feature: str) -> Floats:
        """Values of ``feature`` as reasons tell them: rounded once, for all schemes."""
        if feature not in self._told:
            self._told[feature] = told(self.seen.get(feature, self.numbers[feature]), _VALUE)
        return self._told[feature]

    def number(self, feature: str) -> Floats:
        """Values of ``feature``. Raises ``KeyError`` when the features lack it."""
        return self.numbers[feature]

    def known(self, feature: str) -> Flags:
        """Where the value of ``feature`` is known."""
        return ~np.isnan(self.numbers[feature])

    def taken(self, flags: Flags) -> "Frame":
        """The customers where ``flags`` holds."""
        numbers, seen = (
            {name: values[flags] for name, values in every.items()} for every in (self.numbers, self.seen)
        )
        previous = {name: ids.filter(flags) for name, ids in self.previous_segments.items()}
        anew = {name: values[:, flags] for name, values in self.anew.items()}
        return Frame(self.customer_id.filter(flags), numbers, previous, seen, anew, self.luck)

    def foretold(self, feature: str, seen_as: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
        """Mean and standard deviation of ``seen_as(feature)`` if customers were observed anew.

        Of what was seen and is no trait nothing is known but that it was seen.
        """
        if feature not in self.anew:
            return seen_as(self.numbers[feature]), np.zeros(len(self))
        values = [seen_as(one) for one in self.anew[feature]]
        mean, squared = np.zeros(len(self)), np.zeros(len(self))
        for weight, value in zip(WEIGHTS, values, strict=True):
            mean += weight * value
        for weight, value in zip(WEIGHTS, values, strict=True):
            squared += weight * (value - mean) ** 2
        return mean, np.sqrt(squared)


@dataclass(frozen=True)
class Sample:
    """What a fit reads: customers sorted by id, and the same customers a period earlier, if any."""

    now: Frame
    before: Frame | None

    def paired(self) -> tuple[Integers, Integers]:
        """Positions of the customers known in both periods: in ``now`` and in ``before``."""
        nobody = np.empty(0, np.int64)
        if self.before is None:
            return nobody, nobody
        found = pc.index_in(self.now.customer_id, value_set=self.before.customer_id)
        positions = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        here = np.flatnonzero(positions >= 0)
        return here, positions[here]


def frame_of(
    table: pa.RecordBatch | pa.Table, features: Iterable[str], previous_segments: Iterable[str] = ()
) -> Frame:
    """``features`` of ``table`` as floats, and its columns ``previous_segment_<scheme>``.

    Raises ``ValueError`` where a column is missing.
    """
    wanted = dict.fromkeys(features)
    previous = {scheme: f"previous_segment_{scheme}" for scheme in previous_segments}
    missing = {*wanted, *previous.values(), "customer_id"} - set(table.schema.names)
    if missing:
        raise ValueError(f"columns missing from the features: {', '.join(sorted(missing))}")
    return Frame(
        _flat(table.column("customer_id")),
        {name: _floats(table.column(name)) for name in wanted},
        {scheme: _flat(table.column(column)).cast(pa.string()) for scheme, column in previous.items()},
    )


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _floats(column: pa.Array | pa.ChunkedArray) -> Floats:
    whole = _flat(column)
    if (
        pa.types.is_dictionary(whole.type)
        or pa.types.is_string(whole.type)
        or pa.types.is_large_string(whole.type)
    ):
        return _codes(whole)
    # A copy of its own, contiguous: numpy may take another path for strided or borrowed memory.
    values = whole.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.array(values, dtype=np.float64, order="C")


def _codes(texts: pa.Array) -> Floats:
    """A number for each text, NaN for none."""
    coded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
    known = np.array([*(code_of(one) for one in coded.dictionary.to_pylist()), np.nan])
    places = coded.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(known[places], np.float64)


def code_of(text: str | None) -> float:
    """The number that stands for a text in a frame: whole, the same everywhere, of 48 bits, so that two texts
    of a company hardly ever share one; NaN for none."""
    if text is None:
        return float("nan")
    return float(int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[:6], "big"))


def take_sample(
    features: ir.Table,
    previous_features: ir.Table | None,
    previous_assignments: ir.Table | None,
    names: Iterable[str],
    discovered: Iterable[str],
    size: int,
) -> Sample:
    """At most ``size`` customers, chosen by the hash of their id, sorted by id.

    Chosen by hash so that neither the order of rows nor the number of threads matters, and so
    that a customer chosen once is likely to be chosen again.
    """
    columns = ["customer_id", *dict.fromkeys(names)]
    chosen = features.select(*columns).order_by(md5(features.customer_id), features.customer_id).limit(size)
    now = chosen.to_pyarrow().sort_by("customer_id")
    schemes = list(discovered)
    for scheme, segments in _previous_segments(now, chosen, previous_assignments, schemes).items():
        now = now.append_column(f"previous_segment_{scheme}", segments)
    before = None
    if previous_features is not None:
        same = previous_features.select(*columns).semi_join(chosen, "customer_id")
        before = frame_of(same.to_pyarrow().sort_by("customer_id"), columns[1:])
    return Sample(frame_of(now, columns[1:], schemes), before)


def _previous_segments(
    now: pa.Table, chosen: ir.Table, previous_assignments: ir.Table | None, schemes: Sequence[str]
) -> dict[str, pa.Array]:
    """The segment that each customer of ``now`` was in, by scheme; assignments are read once for all."""
    if previous_assignments is None or not schemes:
        return {one: pa.nulls(now.num_rows, pa.string()) for one in schemes}
    long = previous_assignments.semi_join(chosen, "customer_id")
    segments = {one: long.segment_id.max(where=long.scheme == one) for one in schemes}
    rows = long.group_by("customer_id").aggregate(**segments).to_pyarrow()
    places = pc.index_in(_flat(now.column("customer_id")), value_set=_flat(rows.column("customer_id")))
    return {one: _flat(rows.column(one)).cast(pa.string()).take(places) for one in schemes}
