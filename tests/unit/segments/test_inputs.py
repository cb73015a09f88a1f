"""What scoring reads: every customer once, in order, with the segment it was in."""

import pyarrow as pa

from pipeline.segments import refitted_schemes, scoring_input
from pipeline.segments.inputs import remembering
from pipeline.tables.zones import ASSIGNMENTS
from tests.unit.segments.synthetic import changed, shop_with

REMEMBERED = "previous_segment_behaviour_clusters"


def previous(rows: list[tuple[str, str, str | None]]) -> pa.Table:
    """Assignments of the period before: customer, scheme, segment."""
    empty = dict.fromkeys(ASSIGNMENTS.columns)
    given = [
        empty | {"customer_id": one, "scheme": scheme, "segment_id": segment} for one, scheme, segment in rows
    ]
    return pa.Table.from_pylist(given, schema=ASSIGNMENTS.schema)


def test_customers_come_in_order_with_the_segments_they_were_in(any_engine, features, shop):
    few = features.slice(0, 3).take([2, 0, 1])
    before = previous(
        [
            ("c000000", "behaviour_clusters", "behaviour_clusters:s02"),
            ("c000000", "loyalty", "loyalty:high"),
            ("c000001", "behaviour_clusters", None),
            ("c000001", "loyalty", "loyalty:low"),
            ("c999999", "behaviour_clusters", "behaviour_clusters:s01"),
        ]
    )
    read = any_engine.to_arrow(scoring_input(any_engine.from_arrow(few), any_engine.from_arrow(before), shop))
    assert read["customer_id"].to_pylist() == ["c000000", "c000001", "c000002"]
    assert read[REMEMBERED].to_pylist() == ["behaviour_clusters:s02", None, None]
    assert read["previous_segment_loyalty"].to_pylist() == ["loyalty:high", "loyalty:low", None]
    # A scheme that is new in this period had nobody in it.
    assert read["previous_segment_rfm"].to_pylist() == [None, None, None]
    assert read.column_names == [
        *features.column_names,
        *(f"previous_segment_{one}" for one in remembering(shop)),
    ]


def test_in_a_first_period_nobody_was_in_a_segment(any_engine, features, shop):
    read = any_engine.to_arrow(scoring_input(any_engine.from_arrow(features.slice(0, 2)), None, shop))
    assert read[REMEMBERED].to_pylist() == [None, None]
    assert pa.types.is_string(read.schema.field(REMEMBERED).type)


def test_every_scheme_in_use_is_remembered_a_projects_own_too(tmp_path):
    tastes = {
        "scheme": "tastes",
        "kind": "clusters",
        "label": {"en": "Tastes", "zh": "口味"},
        "features": ["categories_count_12p", "discount_share_12p"],
    }
    shop = shop_with(tmp_path, tastes)
    assert {"tastes", "behaviour_clusters", "rfm", "loyalty", "lifecycle"} <= set(remembering(shop))
    assert "satisfaction" not in remembering(shop)  # the shop asks nobody


def test_schemes_whose_version_changed_were_refitted(versions):
    assert refitted_schemes(versions, None) == set()
    assert refitted_schemes(versions, versions) == set()
    older = changed(
        versions, scheme_version=[one and f"{one}x" for one in versions["scheme_version"].to_pylist()]
    )
    in_force = {row["scheme"] for row in versions.to_pylist() if row["scheme_version"]}
    assert refitted_schemes(versions, older) == in_force
    none_before = changed(versions, scheme_version=None)
    assert refitted_schemes(versions, none_before) == set()


def test_who_is_placed_anew_was_nowhere_in_that_scheme_and_stays_remembered_in_others(engine, features, shop):
    few = engine.from_arrow(features.slice(0, 1))
    before = previous([("c000000", "loyalty", "loyalty:high"), ("c000000", "rfm", "rfm:champions")])
    read = engine.to_arrow(scoring_input(few, engine.from_arrow(before), shop, anew={"loyalty"}))
    assert read["previous_segment_loyalty"].to_pylist() == [None]
    assert read["previous_segment_rfm"].to_pylist() == ["rfm:champions"]
