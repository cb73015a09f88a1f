from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.engine.writing import cast
from pipeline.segments import SideBySide, assign, fit_versions, in_blocks, scoring_input
from pipeline.tables.zones import ASSIGNMENTS
from tests.unit.segments.synthetic import PERIOD, SCHEME_NAMES, assigned, in_words, with_previous
from tests.unit.segments.tables import side_by_side


def test_every_customer_has_a_row_in_every_scheme_in_the_shape_of_the_contract(features, versions, shop):
    found = assigned(features, versions, shop)
    assert found.num_rows == features.num_rows * len(SCHEME_NAMES)
    keys = found.group_by(list(ASSIGNMENTS.key)).aggregate([])
    assert keys.num_rows == found.num_rows
    for name in ASSIGNMENTS.required:
        assert found[name].null_count == 0, name


def test_rows_come_scheme_after_scheme_for_so_many_customers_however_batches_are_cut(
    features, versions, shop, monkeypatch
):
    monkeypatch.setattr("pipeline.segments.assignments.CUSTOMERS_AT_ONCE", 150)
    whole = assigned(features, versions, shop)
    ids = features["customer_id"].to_pylist()
    blocks = [ids[start : start + 150] for start in range(0, len(ids), 150)]
    expected = [(one, scheme) for block in blocks for scheme in sorted(SCHEME_NAMES) for one in block]
    assert list(zip(whole["customer_id"].to_pylist(), whole["scheme"].to_pylist(), strict=True)) == expected
    pieces = with_previous(features).to_batches(max_chunksize=70)
    cut = in_words(assign(pieces, versions, PERIOD, shop))
    assert cut.combine_chunks().equals(whole.combine_chunks())


def test_rows_stand_in_the_same_order_whichever_engine_scored_them(any_engine, features, versions, shop):
    rows = scoring_input(any_engine.from_arrow(features), None, shop)
    score = partial(assign, versions=versions, period=PERIOD, project=shop)
    # where workers take parts of the customers, each comes back as blocks of its own
    scored = any_engine.map_batches(rows, score, ASSIGNMENTS.schema)
    found = pa.concat_tables(
        cast(one, ASSIGNMENTS.schema)  # workers send words, not codes
        for block in in_blocks(scored, SCHEME_NAMES)
        for one in block.values()
    )
    assert found.combine_chunks().equals(assigned(features, versions, shop).combine_chunks())


@pytest.mark.parametrize("workers_rows", [(400,), (90, 310), (151, 149, 100), (1, 398, 1)])
def test_blocks_of_workers_become_those_of_one(features, versions, shop, monkeypatch, workers_rows):
    monkeypatch.setattr("pipeline.segments.assignments.CUSTOMERS_AT_ONCE", 150)
    rows, start, scored = with_previous(features), 0, []
    for size in workers_rows:
        scored += assign(rows.slice(start, size).to_batches(), versions, PERIOD, shop)
        start += size
    blocks = list(in_blocks(scored, SCHEME_NAMES))
    assert [block["rfm"].num_rows for block in blocks] == [150, 150, 100]
    found = in_words(one for block in blocks for one in block.values())
    assert found.combine_chunks().equals(assigned(features, versions, shop).combine_chunks())


@pytest.mark.parametrize("rows_at_once", [150, 70, 10_000])
def test_states_side_by_side_are_those_of_the_assignments_however_these_are_cut(
    engine, features, versions, shop, monkeypatch, tmp_path, rows_at_once
):
    monkeypatch.setattr("pipeline.segments.assignments.CUSTOMERS_AT_ONCE", 150)
    beside = SideBySide(SCHEME_NAMES, tmp_path / "states.parquet")
    passed = assign(with_previous(features).to_batches(), versions, PERIOD, shop)
    whole = in_words(passed).combine_chunks()
    passing = beside.passing(whole.to_batches(max_chunksize=rows_at_once))
    rows = pa.Table.from_batches(passing, schema=ASSIGNMENTS.schema)
    assert rows.equals(whole)
    expected = engine.to_arrow(side_by_side(engine.from_arrow(rows), SCHEME_NAMES).order_by("customer_id"))
    kept = sorted(beside.kept().read_all().to_pylist(), key=lambda one: one["customer_id"])
    assert kept == expected.to_pylist()


def test_the_status_decides_what_is_null(features, versions, shop):
    found = assigned(features, versions, shop)
    is_assigned = pc.equal(found["status"], "assigned")
    for name in ("segment_id", "confidence", "margin", "reasons"):
        assert pc.equal(pc.is_valid(found[name]), is_assigned).to_pylist() == [True] * found.num_rows, name


def test_numbers_are_within_their_bounds(features, versions, shop):
    found = assigned(features, versions, shop)
    for name, low, high in (
        ("confidence", 0, 1),
        ("margin", -1, 1),
        ("score", 0, 100),
        ("evidence_share", 0, 1),
    ):
        extremes = pc.min_max(found[name]).as_py()
        assert low <= extremes["min"] <= extremes["max"] <= high, name
    # Confidence less margin is the runner-up's membership; together they are at most all, but for rounding.
    sums = pc.subtract(pc.multiply(found["confidence"], 2.0), found["margin"])
    assert pc.max(sums).as_py() <= 1 + 1.1e-4


def test_numbers_are_told_as_the_contract_says_and_do_not_contradict_each_other(features, versions, shop):
    rows = [one for one in assigned(features, versions, shop).to_pylist() if one["status"] == "assigned"]
    for name, decimals in (("score", 2), ("confidence", 4), ("margin", 4), ("evidence_share", 6)):
        assert all(one[name] is None or one[name] == round(one[name], decimals) for one in rows), name
    for row in rows:
        next_best = round(row["confidence"] - row["margin"], 6)
        assert (next_best > 0) == (row["runner_up_segment_id"] is not None)
        for reason in row["reasons"]:
            assert reason["value"] == float(f"{reason['value']:.3g}")
            assert reason["contribution"] == round(reason["contribution"], 2)


def test_the_runner_up_is_another_segment(features, versions, shop):
    found = assigned(features, versions, shop)
    same = pc.equal(found["segment_id"], found["runner_up_segment_id"])
    assert not pc.any(same).as_py()


def test_before_a_fit_there_is_a_status_and_the_evidence(engine, features, shop):
    early = fit_versions(engine.from_arrow(features), None, None, None, "2024-01", shop)
    found = assigned(features, early, shop, "2024-01")
    assert set(found["status"].to_pylist()) == {"insufficient_data", "not_applicable"}
    assert found["segment_id"].null_count == found.num_rows
    loyalty = found.filter(pc.field("scheme") == "loyalty")
    assert set(loyalty["evidence_share"].to_pylist()) == {1.0}


def test_some_schemes_alone_give_the_same_rows(features, versions, shop):
    wanted = ["loyalty", "rfm"]
    found = assigned(features, versions, shop)
    alone = assigned(features, versions, shop, schemes=set(wanted))
    kept = found.filter(pc.is_in(found["scheme"], value_set=pa.array(wanted)))
    assert alone.combine_chunks().equals(kept.combine_chunks())


def test_clusters_need_to_know_the_previous_segment(features, versions, shop):
    with pytest.raises(ValueError, match="previous_segment_behaviour_clusters"):
        list(assign(features.to_batches(), versions, PERIOD, shop))


def test_no_customers_no_rows(features, versions, shop):
    nobody = with_previous(features.slice(0, 0))
    batch = pa.RecordBatch.from_arrays(
        [c.combine_chunks() for c in nobody.columns], names=nobody.column_names
    )
    assert sum(one.num_rows for one in assign([batch], versions, PERIOD, shop)) == 0


def test_no_schemes_no_rows(features, versions, shop):
    assert assigned(features, versions, shop, schemes=set()).num_rows == 0
