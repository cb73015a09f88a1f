import numpy as np
import pyarrow.compute as pc
import pytest

from pipeline.features import FEATURES
from pipeline.segments import portraits
from pipeline.segments.portrait import numeric
from pipeline.tables.zones import PORTRAITS
from tests.unit.segments.synthetic import PERIOD, assigned, changed
from tests.unit.segments.tables import side_by_side


def drawn(engine, features, assignments, previous, shop, period=PERIOD):
    beside = side_by_side(engine.from_arrow(assignments), shop.every_scheme)
    return portraits(engine.from_arrow(features), beside, previous, period, shop)


@pytest.fixture
def found(engine, features, versions, shop):
    assignments = assigned(features, versions, shop)
    return drawn(engine, features, assignments, None, shop), assignments


def test_there_is_a_row_for_each_numeric_feature_of_each_segment_with_customers(found):
    table, assignments = found
    assert table.schema.names == PORTRAITS.columns
    segments = set(assignments["segment_id"].to_pylist()) - {None}
    assert table.num_rows == len(segments) * len(numeric(FEATURES))
    for name in PORTRAITS.required:
        assert table[name].null_count == 0, name


def test_means_are_those_of_the_segments_customers(found, features):
    table, assignments = found
    segment = "purchase_frequency:high"
    members = assignments.filter(pc.field("segment_id") == segment)["customer_id"]
    values = features.filter(pc.is_in(features["customer_id"], value_set=members.combine_chunks()))[
        "recency_days"
    ]
    everybody = features["recency_days"].to_numpy()
    row = next(r for r in table.to_pylist() if r["segment_id"] == segment and r["feature"] == "recency_days")
    mean = float(np.mean(values.to_numpy()))
    assert row["population_count"] == len(members)
    assert row["mean_value"] == pytest.approx(mean, abs=1e-5)
    assert row["population_mean_value"] == pytest.approx(float(everybody.mean()), abs=1e-5)
    assert row["standardized_difference"] == pytest.approx(
        (mean - everybody.mean()) / everybody.std(), abs=1e-4
    )


def test_ranks_order_the_differences_and_unknown_features_come_last(found):
    table, _ = found
    rows = sorted((r for r in table.to_pylist() if r["segment_id"] == "loyalty:low"), key=lambda r: r["rank"])
    known = [abs(r["standardized_difference"]) for r in rows if r["standardized_difference"] is not None]
    assert known == sorted(known, reverse=True)
    assert [r["rank"] for r in rows] == list(range(1, len(numeric(FEATURES)) + 1))
    assert rows[-1]["mean_value"] is None
    assert rows[-1]["known_share"] == 0


def test_the_previous_mean_comes_from_the_portraits_before(engine, features, versions, shop, found):
    table, assignments = found
    tripled = changed(features, recency_days=[3 * one for one in features["recency_days"].to_pylist()])
    later = drawn(engine, tripled, assignments, engine.from_arrow(table), shop, "2024-04")
    before = {(r["segment_id"], r["feature"]): r["mean_value"] for r in table.to_pylist()}
    for row in later.to_pylist():
        assert row["previous_mean_value"] == before[row["segment_id"], row["feature"]]
        if row["feature"] == "recency_days":
            assert row["mean_value"] == pytest.approx(3 * row["previous_mean_value"], rel=1e-5)


def test_the_order_of_rows_does_not_matter(engine, features, versions, shop, found):
    table, assignments = found
    turned = features.take(list(range(features.num_rows - 1, -1, -1)))
    assert drawn(engine, turned, assignments, None, shop).equals(table)


def test_sums_of_pieces_are_those_of_the_whole(engine, features, versions, shop, found, monkeypatch):
    table, assignments = found
    monkeypatch.setattr("pipeline.segments.portrait.CUSTOMERS_AT_ONCE", 37)
    assert drawn(engine, features, assignments, None, shop).equals(table)


def test_portraits_are_the_same_on_any_engine(engine, any_engine, features, versions, shop):
    few = features.slice(0, 40)
    assignments = assigned(few, versions, shop, schemes={"loyalty", "rfm"})

    first = drawn(engine, few, assignments, None, shop)

    def again(one):
        return drawn(one, few, assignments, one.from_arrow(first), shop)

    assert again(any_engine).equals(again(engine))
