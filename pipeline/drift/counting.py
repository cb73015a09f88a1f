"""One pass over the customers of a period: values into bins, and sums by groups.

Belongs here: reading customers in their order, and adding them up. Does not belong here: which features are
profiled, and fitting their bins (``profiling``); how bins count (``binning``, ``carriers``).

Rows are added in the order of customers: float sums then never differ (law L3). They are stored in that
order, so they are read as they stand, and only sorted where they turn out to stand otherwise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.drift.binning import MISSING, CategoryBins, Floats, NumberBins, Row, stored_categories
from pipeline.drift.carriers import GroupSums, profile_name
from pipeline.drift.movement import states
from pipeline.engine.blocks import Along, MisplacedError, ascending
from pipeline.engine.protocol import engine_of
from pipeline.engine.values import held
from pipeline.features import Feature
from pipeline.settings import Project

#: Values sorted at once, and the fewest features: bounds the memory of a million customers that do not stand
#: in order. Each further reading sorts the customers anew, and joins their groups.
VALUES, CHUNK = 16_000_000, 16
Edges = Mapping[str, list[float]]


def counted(
    features: ir.Table,
    assignments: ir.Table,
    chosen: Sequence[Feature],
    edges: Edges,
    earlier: Mapping[str, list[Row]],
    kinds: Sequence[str],
    project: Project,
) -> dict[str, list[Row]]:
    """Rows of the profiles of ``chosen`` features by name, without period and feature.

    ``edges`` are those of the numbers among them, categories have the bins of ``earlier`` profiles. Sums of
    numbers that are not withheld stand beside them by ``kinds`` of groups.
    """
    made = Counts(chosen, edges, earlier, kinds, project)
    try:
        for batch, labels in _as_they_stand(features, assignments, chosen, kinds, project):
            made.add(batch, labels)
        return made.rows()
    except MisplacedError:
        grouped = _grouped(features, assignments, kinds, project)
    chunk = max(CHUNK, VALUES // max(size_of(features), 1))
    found: dict[str, list[Row]] = {}
    for start in range(0, len(chosen), chunk):
        some = chosen[start : start + chunk]
        made = Counts(some, edges, earlier, kinds, project)
        groups = [grouped[_column(name)] for name in kinds]
        ordered = grouped.order_by("customer_id").select(*columns(grouped, some), *groups)
        for batch in engine_of(ordered).batches(ordered):
            made.add(batch, {name: batch.column(_column(name)) for name in kinds})
        found |= made.rows()
    return found


@dataclass
class Counts:
    """Profiles of ``chosen`` features, and sums of those that are not withheld by ``kinds`` of groups."""

    chosen: Sequence[Feature]
    edges: Edges
    earlier: Mapping[str, list[Row]]
    kinds: Sequence[str]
    project: Project

    def __post_init__(self) -> None:
        withheld, least = self.project.privacy.withheld, self.project.drift.min_new_category_share
        self._numbers: dict[str, NumberBins] = {}
        self._categories: dict[str, CategoryBins] = {}
        for one in self.chosen:
            is_quasi = one.name in withheld
            if one.is_numeric:
                self._numbers[one.name] = NumberBins(self.edges[one.name], is_quasi)
            else:
                kept = stored_categories(self.earlier.get(one.name, []))
                self._categories[one.name] = CategoryBins(kept or None, is_quasi, least)
        told = [name for name in self._numbers if name not in withheld]
        self._sums = {name: GroupSums(name, told) for name in self.kinds if told}

    def add(self, batch: pa.RecordBatch, labels: Mapping[str, pa.Array]) -> None:
        """Add customers; ``labels``: the group that each is in, by kind."""
        values = {name: floats(batch.column(name)) for name in self._numbers}
        for name, numbers in self._numbers.items():
            numbers.add(values[name])
        for name, categories in self._categories.items():
            categories.add(_by_category(batch.column(name)))
        for name, sums in self._sums.items():
            sums.add(labels[name], values)

    def rows(self) -> dict[str, list[Row]]:
        """Rows of the profiles by feature."""
        found = {name: one.rows() for name, one in self._numbers.items()}
        found |= {name: one.rows() for name, one in self._categories.items()}
        for name, sums in self._sums.items():
            found |= {profile_name(name, feature): sums.rows(feature) for feature in sums.features}
        return found


def _as_they_stand(
    features: ir.Table,
    assignments: ir.Table,
    chosen: Sequence[Feature],
    kinds: Sequence[str],
    project: Project,
) -> Iterator[tuple[pa.RecordBatch, dict[str, pa.Array]]]:
    """Customers as they were stored, with their groups, in one reading.

    Raises ``MisplacedError`` where they, or those in a scheme, do not stand in order.
    """
    engine = engine_of(features)
    schemes = [name for name in kinds if name in project.every_scheme]
    along = {}
    for name in schemes:
        found = states(assignments.filter(assignments.scheme == name)).select("customer_id", "state")
        along[name] = Along(engine.to_arrow(found).to_batches(), "customer_id")
    categories = [name for name in kinds if name not in along]
    groups = [features[name].cast("string").name(_column(name)) for name in categories]
    rows = engine.batches(features.select("customer_id", *columns(features, chosen), *groups))
    for batch in ascending(rows, "customer_id"):
        keys = batch.column("customer_id")
        labels = {name: one.taken(keys).column("state") for name, one in along.items()}
        yield batch, labels | {name: batch.column(_column(name)) for name in categories}


def _column(groups: str) -> str:
    """Name of a column beside the features."""
    return f"carrier__{groups}__group"


def _grouped(features: ir.Table, assignments: ir.Table, kinds: Sequence[str], project: Project) -> ir.Table:
    """``features`` with a column for every kind of groups."""
    placed = features.mutate(
        **{_column(name): features[name].cast("string") for name in kinds if name not in project.every_scheme}
    )
    schemes = [name for name in kinds if name in project.every_scheme]
    if not schemes:
        return placed
    # held: once for all features, which are read a few at a time
    found = states(assignments.filter(assignments.scheme.isin(schemes)))
    groups = {_column(name): found.state.max(where=found.scheme == name) for name in schemes}
    one = held(found.group_by(_of_groups=found.customer_id).aggregate(**groups))
    return placed.left_join(one, placed.customer_id == one["_of_groups"])


def size_of(rows: ir.Table) -> int:
    """How many rows there are."""
    counted = engine_of(rows).to_arrow(rows.aggregate(rows=rows.count()))
    return int(counted["rows"][0].as_py())


def columns(features: ir.Table, chosen: Sequence[Feature]) -> list[ir.Column]:
    """Numbers as floats, flags as they are, all others as text."""
    found = []
    for one in chosen:
        column = features[one.name]
        if one.is_numeric:
            column = column.cast("float64")
        elif not column.type().is_boolean():
            column = column.cast("string")
        found.append(column.name(one.name))
    return found


def floats(column: pa.Array) -> Floats:
    """Values of a number, NaN where there is none."""
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


def _by_category(column: pa.Array) -> dict[str, int]:
    """Customers by category; flags are called as a database writes them."""
    counted = pc.value_counts(column)
    found: dict[str, int] = {}
    for value, count in zip(
        counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True
    ):
        name = MISSING if value is None else str(value).lower() if isinstance(value, bool) else value
        found[name] = found.get(name, 0) + count
    return found
