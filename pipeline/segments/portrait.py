"""Portraits: how the customers of a segment differ from the scheme's population.

Belongs here: means and their distances, feature by feature. Does not belong here: reasons of
one customer's assignment (``reasons``).
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.protocol import engine_of
from pipeline.features import Feature
from pipeline.segments.sums import SUMS, merged, partial_sums
from pipeline.settings import Project
from pipeline.tables.zones import PORTRAITS, state_of

#: Decimals of a feature, and the largest sum that a 64-bit integer is trusted with.
_DECIMALS, _LARGEST_SUM = 6, 4e18
#: Customers whose features and segments are summed at a time: as many as the processor keeps at hand.
CUSTOMERS_AT_ONCE = 8_192


@dataclass(frozen=True)
class _Scale:
    """Decimals with which values and their squares are summed as integers.

    Sums of integers are exact in any order, unlike sums of floats (law L3), and much faster than
    sums of wide decimals. ``is_any``: whether the feature is known of anybody.
    """

    value: int
    square: int
    is_any: bool = True


@dataclass(frozen=True)
class _Sums:
    """Known values of one feature in one group of customers, as scaled integers."""

    scale: _Scale
    known: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.scale, self.known + other.known, self.total + other.total, self.squares + other.squares
        )

    @property
    def mean(self) -> float | None:
        return self.total / self.known / 10.0**self.scale.value if self.known else None

    @property
    def deviation(self) -> float:
        """Standard deviation over the group."""
        mean = self.mean
        if mean is None:
            return 0.0
        return math.sqrt(max(self.squares / self.known / 10.0**self.scale.square - mean * mean, 0.0))


def portraits(
    features: ir.Table, states: ir.Table, previous: ir.Table | None, period: str, project: Project
) -> pa.Table:
    """``PORTRAITS`` of ``period``: one row for each numeric feature of each segment with customers.

    ``states`` are the ``states_table`` of the project's schemes. The population of a scheme are the customers
    it assigns. The standardized difference is the difference of means in standard deviations of that
    population (Cohen, 1988); the rank orders a segment's features by its size, unknown last. ``previous``
    are the portraits of the period before.
    """
    groups = _sums(features, states, list(project.every_scheme), numeric(project.catalogue))
    before = _previous_means(previous)
    wholes: dict[tuple[str, str], _Sums] = {}
    for (scheme, _), (_, sums) in groups.items():
        for feature, one in sums.items():
            so_far = wholes.get((scheme, feature))
            wholes[scheme, feature] = one if so_far is None else so_far + one
    rows: list[dict[str, Any]] = []
    for (scheme, segment_id), (customers, sums) in sorted(groups.items()):
        described = [
            {
                "period": period,
                "scheme": scheme,
                "segment_id": segment_id,
                "feature": feature,
                "population_count": customers,
                "known_share": round(one.known / customers, 6),
                "mean_value": _rounded(one.mean),
                "population_mean_value": _rounded(wholes[scheme, feature].mean),
                "standardized_difference": _difference(one, wholes[scheme, feature]),
                "previous_mean_value": before.get((segment_id, feature)),
            }
            for feature, one in sums.items()
        ]
        described.sort(key=_rank_key)
        rows += [row | {"rank": place} for place, row in enumerate(described, start=1)]
    return pa.Table.from_pylist(rows, schema=PORTRAITS.schema)


def numeric(features: Mapping[str, Feature]) -> list[str]:
    """Names of the ``features`` that portraits describe."""
    return [one.name for one in features.values() if one.is_numeric]


def _scales(features: ir.Table, names: Sequence[str]) -> dict[str, _Scale]:
    """Scale of each feature: its own decimals, or fewer where sums would grow too large."""
    largest = {name: features[name].cast("float64").abs().max() for name in names}
    row = features.aggregate(customers=features.count(), **largest).to_pyarrow().to_pylist()[0]

    def decimals(size: float) -> int:
        whole = max(size, 1.0) * max(row["customers"], 1)
        return min(_DECIMALS, math.floor(math.log10(_LARGEST_SUM / whole)))

    return {
        name: _Scale(decimals(row[name] or 0.0), decimals((row[name] or 0.0) ** 2), row[name] is not None)
        for name in names
    }


def _sums(
    features: ir.Table, states: ir.Table, schemes: Sequence[str], names: Sequence[str]
) -> dict[tuple[str, str], tuple[int, dict[str, _Sums]]]:
    """Customers, and sums of each feature, by scheme and segment: one pass over customers for all schemes.

    Nothing is summed of features that are known of nobody, as no source gives them.
    """
    scales = _scales(features, names)
    known = [name for name in names if scales[name].is_any] or list(names[:1])
    values = features.select("customer_id", **{name: features[name].cast("float64") for name in known})
    joined = values.inner_join(states.select("customer_id", *map(state_of, schemes)), "customer_id")
    decimals = {name: (scales[name].value, scales[name].square) for name in known}
    add = partial(_added, schemes=list(schemes), decimals=decimals, at_once=CUSTOMERS_AT_ONCE)
    parts = (pa.Table.from_batches([one]) for one in engine_of(joined).map_batches(joined, add, SUMS))
    found: dict[tuple[str, str], tuple[int, dict[str, _Sums]]] = {}
    for row in merged(parts).to_pylist():
        segment = (row["scheme"], f"{row['scheme']}:{row['segment']}")
        nothing = {name: _Sums(scales[name]) for name in names} if segment not in found else {}
        _, sums = found.setdefault(segment, (row["customers"], nothing))
        name = row["feature"]
        sums[name] = _Sums(scales[name], row["known"], row["total"], row["squares"])
    return found


def _added(
    batches: Iterable[pa.RecordBatch],
    schemes: Sequence[str],
    decimals: Mapping[str, tuple[int, int]],
    at_once: int,
) -> Iterator[pa.RecordBatch]:
    """``SUMS`` of the customers of ``batches``, which may be some of all: a function for ``map_batches``."""
    pieces = (batch.slice(at, at_once) for batch in batches for at in range(0, batch.num_rows, at_once))
    yield from merged(partial_sums(one, schemes, decimals) for one in pieces).to_batches()


def _previous_means(previous: ir.Table | None) -> dict[tuple[str, str], float | None]:
    if previous is None:
        return {}
    rows = previous.select("segment_id", "feature", "mean_value").to_pyarrow().to_pylist()
    return {(row["segment_id"], row["feature"]): row["mean_value"] for row in rows}


def _difference(part: _Sums, whole: _Sums) -> float | None:
    deviation = whole.deviation
    if part.mean is None or whole.mean is None or deviation < 1e-9:
        return None
    return _rounded((part.mean - whole.mean) / deviation)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6) + 0.0


def _rank_key(row: dict[str, Any]) -> tuple[bool, float, str]:
    difference = row["standardized_difference"]
    return (difference is None, -abs(difference or 0.0), str(row["feature"]))
