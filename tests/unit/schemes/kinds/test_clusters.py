"""Clusters: found in a fit, kept by hysteresis, numbered for ever."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models.parameters import from_json
from pipeline.schemes.clustering.space import unscaled
from pipeline.segments import fit_versions
from tests.unit.segments.synthetic import (
    KINDS,
    PERIOD,
    assigned,
    changed,
    customers,
    segments_of,
    with_previous,
)

SCHEME = "behaviour_clusters"


def version_of(versions: pa.Table) -> dict:
    return next(row for row in versions.to_pylist() if row["scheme"] == SCHEME)


def test_the_four_kinds_are_found_and_numbered(features, versions, shop):
    segments = segments_of(assigned(features, versions, shop), SCHEME)
    by_kind = [{segments[f"c{i:06d}"] for i in range(kind, 400, 4)} for kind in range(4)]
    assert all(len(one) == 1 for one in by_kind)
    assert set.union(*by_kind) == {f"{SCHEME}:s{i:02d}" for i in range(1, 5)}


def test_round_clusters_are_taken_for_equally_usual(versions):
    """As their memberships take them, however many customers each has."""
    assert from_json(version_of(versions)["parameters"])["usual"] == [0.25] * 4


def test_when_nothing_is_stable_nothing_is_assigned(engine, write_shop):
    shop = write_shop(schemes=[SCHEME], clusters={"bootstraps": 4, "k_min": 5, "k_max": 6})
    one_blob = customers(kinds=KINDS[:1], spread=0.3, size=300)
    version = version_of(fit_versions(engine.from_arrow(one_blob), None, None, None, PERIOD, shop))
    assert version["status"] == "insufficient_data"
    assert version["parameters"] is None
    gates = from_json(version["gates"])
    assert gates["decision"] == "refused"
    assert {one["name"] for one in gates["gates"] if not one["passed"]} <= {
        "adjusted_rand_index",
        "smallest_cluster_jaccard",
        "fullest_valley_share",
        "clusters",
    }


def test_the_previous_segment_holds_a_customer_between_two_centres(features, versions, shop):
    parameters = from_json(version_of(versions)["parameters"])
    centres = np.array(parameters["centres"])
    pairs = list(combinations(range(len(centres)), 2))
    places = min(pairs, key=lambda two: np.linalg.norm(centres[two[0]] - centres[two[1]]))
    first, second = centres[list(places)]
    between = first + (second - first) * 0.51  # a little nearer to the second
    raw = [unscaled(z, s) for z, s in zip(between, parameters["scalings"], strict=True)]
    names = [one["feature"] for one in parameters["scalings"]]
    one = changed(
        features.slice(0, 1),
        **{n: [round(v)] if "count" in n else [v] for n, v in zip(names, raw, strict=True)},
    )
    ids = [parameters["segment_ids"][place] for place in places]
    here = with_previous(one)
    fresh = segments_of(assigned(here, versions, shop), SCHEME)["c000000"]
    other = ids[0] if fresh == ids[1] else ids[1]
    column = here.column_names.index(f"previous_segment_{SCHEME}")
    held = here.set_column(column, here.column_names[column], pa.array([other]))
    assert segments_of(assigned(held, versions, shop), SCHEME)["c000000"] == other


def test_reasons_lie_on_the_side_of_the_centre(features, versions, shop):
    rows = assigned(features, versions, shop).filter(pc.field("scheme") == SCHEME).to_pylist()
    for row in rows[:20]:
        for reason in row["reasons"]:
            assert (reason["contribution"] > 0) == (reason["direction"] == "raises")
    frequent = rows[0]  # kind 0: buys every few days
    assert ("orders_per_30_days_12p", "raises") in {
        (r["feature"], r["direction"]) for r in frequent["reasons"]
    }


def test_a_new_cluster_gets_a_number_never_used(engine, write_shop):
    shop = write_shop(schemes=[SCHEME], refit_every_periods=1)
    old = customers(kinds=KINDS[:3], size=300)
    first = fit_versions(engine.from_arrow(old), None, None, None, PERIOD, shop)
    before = assigned(old, first, shop)
    parameters = from_json(version_of(first)["parameters"])
    assert parameters["highest_number"] == 3
    new = customers(kinds=KINDS, size=400, period="2024-04")
    second = fit_versions(
        engine.from_arrow(new), engine.from_arrow(old), first, engine.from_arrow(before), "2024-04", shop
    )
    parameters = from_json(version_of(second)["parameters"])
    assert version_of(second)["is_refit"]
    assert sorted(parameters["segment_ids"]) == [f"{SCHEME}:s{i:02d}" for i in range(1, 5)]
    assert parameters["highest_number"] == 4
