"""Profiles: what the customers of a period look like, in fixed bins that later periods reuse.

Belongs here: which features are profiled, and the sample that bins are fitted on. Does not belong here: how
bins are fitted (``binning``), the one pass over the customers (``counting``), or comparing periods
(``assessment``).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.drift.binning import (
    LEAST_IN_QUASI_BIN,
    Row,
    fit_edges,
    mix_rows,
    shortened,
    stored_categories,
    stored_edges,
)
from pipeline.drift.counting import columns, counted, floats, size_of
from pipeline.drift.movement import states
from pipeline.engine.dialect import md5
from pipeline.engine.protocol import engine_of
from pipeline.features import Feature
from pipeline.settings import Project
from pipeline.tables.zones import FEATURE_PROFILES

MIX = "segment_mix:"
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
        edges = _edges(features, known, earlier, project)
        found = counted(features, assignments, known, edges, earlier, kinds, project)
    found |= _mixes(assignments, earlier)
    rows = [{"period": period, "feature": name, **row} for name in sorted(found) for row in found[name]]
    return pa.Table.from_pylist(rows, FEATURE_PROFILES.schema)


def _by_feature(previous: ir.Table | None) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in engine_of(previous).to_arrow(previous).to_pylist() if previous is not None else []:
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


def _edges(
    features: ir.Table, known: Sequence[Feature], earlier: Mapping[str, list[Row]], project: Project
) -> dict[str, list[float]]:
    """Edges of numbers: those of earlier profiles, else fitted on a sample of customers.

    None for a feature of which too few values are known.
    """
    numbers = [one for one in known if one.is_numeric]
    edges = {one.name: stored_edges(earlier.get(one.name, [])) for one in numbers}
    unfitted = [one for one in numbers if not edges[one.name]]
    if not unfitted:
        return edges
    values = _sample(features, unfitted)
    for one in unfitted:
        at_hand = floats(values[one.name].combine_chunks())
        at_hand = at_hand[np.isfinite(at_hand)]
        enough, least = at_hand.size >= project.drift.min_customers, 1
        if one.name in project.privacy.withheld:
            at_hand, least = shortened(at_hand), LEAST_IN_QUASI_BIN
        edges[one.name] = fit_edges(at_hand, project.drift.bins, least) if enough else []
    return edges


def _sample(features: ir.Table, chosen: Sequence[Feature]) -> pa.Table:
    """Values of the customers whose hashes are the smallest, at most ``SAMPLE``."""
    engine, size = engine_of(features), size_of(features)
    hashed = features.mutate(_hash=md5(features.customer_id))
    if size > SAMPLE:
        # Hashes are spread evenly: a tenth more than wanted is below this one, and all others are not sorted.
        hashed = hashed.filter(hashed["_hash"] < f"{int(16**8 * min(1.0, 1.1 * SAMPLE / size)) - 1:08x}")
    found = engine.to_arrow(hashed.select("_hash", "customer_id", *columns(hashed, chosen)))
    if size > SAMPLE:
        found = found.sort_by([("_hash", "ascending"), ("customer_id", "ascending")]).slice(0, SAMPLE)
    return found


def _mixes(assignments: ir.Table, earlier: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """Segment mix of each scheme, as features ``segment_mix:<scheme>``."""
    found = states(assignments)
    counted = found.group_by("scheme", "state").aggregate(n=found.count().cast("int64")).to_pyarrow()
    counts: dict[str, dict[str, int]] = {}
    for row in counted.to_pylist():
        counts.setdefault(f"{MIX}{row['scheme']}", {})[row["state"]] = row["n"]
    return {name: mix_rows(mix, stored_categories(earlier.get(name, []))) for name, mix in counts.items()}
