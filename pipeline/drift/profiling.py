"""Profiles: what the customers of a period look like, in fixed bins that later periods reuse.

Belongs here: which features are profiled, and the one pass over the customers. Does not
belong here: how bins are fitted (``binning``), or comparing periods (``assessment``).
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.drift.binning import (
    LEAST_IN_QUASI_BIN,
    MISSING,
    CategoryBins,
    NumberBins,
    Row,
    fit_edges,
    mix_rows,
    shortened,
    stored_categories,
    stored_edges,
)
from pipeline.drift.carriers import GroupSums, profile_name
from pipeline.drift.movement import states
from pipeline.engine.dialect import md5
from pipeline.engine.protocol import engine_of
from pipeline.engine.values import held
from pipeline.features import Feature
from pipeline.settings import Project
from pipeline.tables.zones import FEATURE_PROFILES

MIX = "segment_mix:"
#: Values read at once, and the fewest features: bounds the memory of a million customers in order. Each
#: further reading sorts the customers anew, and joins their groups.
VALUES, CHUNK = 16_000_000, 16
#: Customers on whom edges are fitted, at most; chosen by a hash of the id.
SAMPLE = 100_000


def profiles(
    features: ir.Table, assignments: ir.Table, previous: ir.Table | None, period: str, project: Project
) -> pa.Table:
    """Rows of ``FEATURE_PROFILES`` of ``period``: every bin of every feature, every state of every scheme.

    ``features`` are ``CUSTOMER_FEATURES`` and ``assignments`` are ``ASSIGNMENTS`` of the period,
    ``previous`` the profiles of the previous period. Bins are fitted once, in the last warm-up
    period or the first later one in which at least ``drift.min_customers`` values are known,
    and then taken from ``previous``. Features whose entities the project lacks are left out.
    """
    earlier = _by_feature(previous)
    found: dict[str, list[Row]] = {}
    if len(project.calendar.between(project.first_period, period)) >= project.segments.warm_up_periods:
        known = [one for one in project.catalogue.values() if set(one.entities) <= project.entities]
        kinds = carriers_of(project)
        grouped = _grouped(features, assignments, kinds, project)
        chunk = max(CHUNK, VALUES // max(_size(features), 1))
        for start in range(0, len(known), chunk):
            chosen = known[start : start + chunk]
            found |= _profiled(features, grouped, chosen, earlier, kinds, project)
    found |= _mixes(assignments, earlier)
    rows = [{"period": period, "feature": name, **row} for name in sorted(found) for row in found[name]]
    return pa.Table.from_pylist(rows, FEATURE_PROFILES.schema)


def _size(rows: ir.Table) -> int:
    counted = engine_of(rows).to_arrow(rows.aggregate(rows=rows.count()))
    return int(counted["rows"][0].as_py())


def _by_feature(previous: ir.Table | None) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in previous.to_pyarrow().to_pylist() if previous is not None else []:
        found.setdefault(row["feature"], []).append(row)
    return found


def carriers_of(project: Project) -> list[str]:
    """Groups that a change may be named after: those of ``drift.carriers`` that the project has.

    Features that are withheld are none.
    """
    return [
        name
        for name in project.drift.carriers
        if name in project.every_scheme
        or (
            (one := project.catalogue.get(name)) is not None
            and not one.is_numeric
            and set(one.entities) <= project.entities
            and name not in project.privacy.withheld
        )
    ]


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


def _profiled(
    features: ir.Table,
    grouped: ir.Table,
    chosen: Sequence[Feature],
    earlier: Mapping[str, list[Row]],
    kinds: Sequence[str],
    project: Project,
) -> dict[str, list[Row]]:
    """Profiles of a few features in one pass, and sums of those that are not withheld by groups.

    ``grouped`` are the ``features`` with their groups.
    """
    numbers = [one for one in chosen if one.is_numeric]
    edges = {one.name: stored_edges(earlier.get(one.name, [])) for one in numbers}
    unfitted = [one for one in numbers if not edges[one.name]]
    edges |= _fitted_edges(features, unfitted, project)
    bins: dict[str, NumberBins | CategoryBins] = {}
    for one in chosen:
        is_quasi = one.name in project.privacy.withheld
        if one.is_numeric:
            bins[one.name] = NumberBins(edges[one.name], is_quasi)
        else:
            kept = stored_categories(earlier[one.name]) if one.name in earlier else None
            bins[one.name] = CategoryBins(kept or None, is_quasi, project.drift.min_new_category_share)
    told = [one.name for one in numbers if one.name not in project.privacy.withheld]
    sums = [GroupSums(name, told) for name in kinds if told]
    for batch in _in_order(grouped, chosen, [kind.groups for kind in sums]):
        values = {one.name: _floats(batch.column(one.name)) for one in numbers}
        for name, bin_ in bins.items():
            if isinstance(bin_, NumberBins):
                bin_.add(values[name])
            else:
                bin_.add(_counted(batch.column(name)))
        for kind in sums:
            kind.add(batch.column(_column(kind.groups)), values)
    found = {name: bin_.rows() for name, bin_ in bins.items()}
    return found | {profile_name(kind.groups, name): kind.rows(name) for kind in sums for name in told}


def _fitted_edges(features: ir.Table, numbers: Sequence[Feature], project: Project) -> dict[str, list[float]]:
    """Edges on a sample of customers; none for a feature of which too few values are known."""
    if not numbers:
        return {}
    sample = features.order_by(md5(features.customer_id), features.customer_id).limit(SAMPLE)
    values = sample.select(*_columns(features, numbers)).to_pyarrow()
    fitted = {}
    for one in numbers:
        known = _floats(values.column(one.name).combine_chunks())
        known = known[np.isfinite(known)]
        enough, least = known.size >= project.drift.min_customers, 1
        if one.name in project.privacy.withheld:
            known, least = shortened(known), LEAST_IN_QUASI_BIN
        fitted[one.name] = fit_edges(known, project.drift.bins, least) if enough else []
    return fitted


def _in_order(
    features: ir.Table, chosen: Sequence[Feature], kinds: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """Values of the features in the order of customers: float sums then never differ (law L3)."""
    groups = [features[_column(name)] for name in kinds]
    ordered = features.order_by("customer_id").select(*_columns(features, chosen), *groups)
    return engine_of(ordered).batches(ordered)


def _columns(features: ir.Table, chosen: Sequence[Feature]) -> list[ir.Column]:
    return [
        features[one.name].cast("float64" if one.is_numeric else "string").name(one.name) for one in chosen
    ]


def _floats(column: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


def _counted(column: pa.Array) -> dict[str, int]:
    counted = pc.value_counts(column.fill_null(MISSING))
    names, counts = counted.field("values").to_pylist(), counted.field("counts").to_pylist()
    return dict(zip(names, counts, strict=True))


def _mixes(assignments: ir.Table, earlier: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """Segment mix of each scheme, as features ``segment_mix:<scheme>``."""
    found = states(assignments)
    counted = found.group_by("scheme", "state").aggregate(n=found.count().cast("int64")).to_pyarrow()
    counts: dict[str, dict[str, int]] = {}
    for row in counted.to_pylist():
        counts.setdefault(f"{MIX}{row['scheme']}", {})[row["state"]] = row["n"]
    return {name: mix_rows(mix, stored_categories(earlier.get(name, []))) for name, mix in counts.items()}
