import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.segments import fit_versions, register
from pipeline.settings import BUILT_IN
from pipeline.tables.zones import SEGMENT_REGISTER
from tests.unit.segments.synthetic import (
    KINDS,
    PERIOD,
    assigned,
    changed,
    customers,
    forecast_versions,
    with_previous,
)

NEXT = "2024-04"


def by_id(table: pa.Table) -> dict:
    return {row["segment_id"]: row for row in table.to_pylist()}


def registered(engine, previous, versions, before, assignments, counterfactual, shop, period=PERIOD):
    table = None if counterfactual is None else engine.from_arrow(counterfactual)
    return register(previous, versions, before, engine.from_arrow(assignments), table, period, shop)


@pytest.fixture
def first(engine, features, versions, shop):
    found = assigned(features, versions, shop)
    return registered(engine, None, versions, None, found, None, shop)


def test_every_segment_of_a_first_version_is_born_with_its_labels(first, versions):
    rows = by_id(first)
    assert first.schema.names == SEGMENT_REGISTER.columns
    assert {row["event"] for row in rows.values()} == {"born"}
    assert set(BUILT_IN["rfm"].segment_ids()) <= set(rows)
    assert rows["rfm:champions"]["label_zh"] == "重要价值客户"
    assert rows["behaviour_clusters:s01"]["label"]
    assert "satisfaction:high" not in rows


def test_without_a_refit_nothing_happens(engine, features, versions, first, shop):
    found = assigned(features, versions, shop, NEXT)
    table = engine.from_arrow(features)
    carried = fit_versions(table, None, versions, None, NEXT, shop, forecast_versions())
    rows = by_id(registered(engine, engine.from_arrow(first), carried, versions, found, None, shop, NEXT))
    assert set(rows) == set(by_id(first))
    assert {row["event"] for row in rows.values()} == {"none"}
    assert {row["born_period"] for row in rows.values()} == {PERIOD}


def test_segments_are_born_on_any_engine(any_engine, features, versions, shop, first):
    found = assigned(features.slice(0, 8), versions, shop)
    assert registered(any_engine, None, versions, None, found, None, shop).equals(first)


@pytest.fixture
def refitted(engine, write_shop):
    """Three kinds of customers become four: the shop, its two versions and what they say."""
    shop = write_shop(schemes=["behaviour_clusters", "loyalty"], refit_every_periods=1)
    old, new = customers(kinds=KINDS[:3], size=300), customers(kinds=KINDS, size=400, seed=2, period=NEXT)
    # Loyalty is to be continued, so it must not see that a kind was added.
    old = changed(old, active_periods_share_12p=new["active_periods_share_12p"].to_pylist()[:300])
    one = fit_versions(engine.from_arrow(old), None, None, None, PERIOD, shop)
    before = assigned(old, one, shop)
    two = fit_versions(
        engine.from_arrow(new), engine.from_arrow(old), one, engine.from_arrow(before), NEXT, shop
    )
    features = with_previous(new, before)
    now, counterfactual = assigned(features, two, shop, NEXT), assigned(features, one, shop, NEXT)
    start = registered(engine, None, one, None, before, None, shop)
    return shop, one, two, start, now, counterfactual


def test_a_refit_records_what_happened_to_each_segment(engine, refitted):
    shop, one, two, start, now, counterfactual = refitted
    rows = by_id(registered(engine, start, two, one, now, counterfactual, shop, NEXT))
    born = rows["behaviour_clusters:s04"]
    assert born["event"] in ("born", "split")
    assert born["born_period"] == NEXT
    assert rows["behaviour_clusters:s01"]["born_period"] == PERIOD
    assert all(0 <= row["overlap_share"] <= 1 for row in rows.values())
    assert {row["scheme_version"] for row in rows.values()} == {
        f"behaviour_clusters@{NEXT}",
        f"loyalty@{NEXT}",
    }


def test_a_discovered_segment_is_called_otherwise_only_with_an_event(engine, refitted):
    shop, one, two, start, now, counterfactual = refitted
    by_centres = by_id(registered(engine, start, two, one, now, counterfactual, shop, NEXT))
    # What earlier centres were called: one of them as the newly found segment would be.
    newest = by_centres["behaviour_clusters:s04"]
    found = {key: row for key, row in by_centres.items() if row["scheme"] == "behaviour_clusters"}
    kept = {key for key, row in found.items() if row["event"] == "continued"}
    assert kept
    assert kept != set(found)
    called = [
        row | {"label": newest["label"], "label_zh": newest["label_zh"]}
        if row["segment_id"] == min(kept)
        else row | {"label": f"Once {row['segment_id']}", "label_zh": f"原 {row['segment_id']}"}
        for row in start.to_pylist()
    ]
    earlier = pa.Table.from_pylist(called, schema=start.schema)
    rows = by_id(registered(engine, earlier, two, one, now, counterfactual, shop, NEXT))
    before = by_id(earlier)
    for key in kept:
        assert (rows[key]["label"], rows[key]["label_zh"]) == (before[key]["label"], before[key]["label_zh"])
    for key in found.keys() - kept:
        assert rows[key]["label"].startswith(by_centres[key]["label"])
    assert rows["behaviour_clusters:s04"]["label"] == f"{newest['label']} (s04)"
    assert len({rows[key]["label"] for key in found}) == len(found)
    assert rows["loyalty:high"]["label"] == BUILT_IN["loyalty"].segments["high"].label.en, (
        "named by documents"
    )


def test_a_refit_is_recorded_alike_on_any_engine(engine, any_engine, refitted):
    shop, one, two, start, now, counterfactual = refitted
    usual = registered(engine, start, two, one, now, counterfactual, shop, NEXT)
    before = any_engine.from_arrow(start)
    assert registered(any_engine, before, two, one, now, counterfactual, shop, NEXT).equals(usual)


def test_a_refit_continues_every_named_segment(engine, refitted):
    shop, one, two, start, now, counterfactual = refitted
    rows = by_id(registered(engine, start, two, one, now, counterfactual, shop, NEXT))
    loyalty = [rows[i] for i in BUILT_IN["loyalty"].segment_ids()]
    assert {row["event"] for row in loyalty} == {"continued"}
    assert all(row["overlap_share"] >= shop.segments.continued_overlap for row in loyalty)


def test_a_named_segment_whose_customers_changed_is_ambiguous_never_anything_else(
    engine, refitted, write_shop
):
    _, one, two, start, now, counterfactual = refitted
    strict = write_shop(schemes=["behaviour_clusters", "loyalty"], continued_overlap=1.0)
    rows = by_id(registered(engine, start, two, one, now, counterfactual, strict, NEXT))
    assert {rows[i]["event"] for i in BUILT_IN["loyalty"].segment_ids()} == {"ambiguous"}


def test_a_named_segment_that_is_empty_under_both_versions_is_continued(engine, refitted):
    """Nobody was in it and nobody is: there is nothing to be in doubt about."""
    shop, one, two, start, now, counterfactual = refitted
    nobody_low = pc.field("segment_id") != "loyalty:low"
    rows = by_id(
        registered(
            engine, start, two, one, now.filter(nobody_low), counterfactual.filter(nobody_low), shop, NEXT
        )
    )
    assert rows["loyalty:low"]["event"] == "continued"
    assert rows["loyalty:low"]["overlap_share"] is None


def marked(versions: pa.Table, is_refit: bool) -> pa.Table:
    position = versions.column_names.index("is_refit")
    return versions.set_column(position, "is_refit", pa.array([is_refit] * versions.num_rows))


def test_a_segment_that_ends_stays_in_the_register(engine, refitted):
    shop, three, four, _, now, counterfactual = refitted
    # Backwards, from four kinds to three: what was the old version is the new one.
    start = registered(engine, None, four, None, now, None, shop)
    new = marked(three, True)
    ended = registered(engine, start, new, four, counterfactual, now, shop, NEXT)
    gone = by_id(ended)["behaviour_clusters:s04"]
    assert gone["retired_period"] == NEXT
    assert gone["event"] in ("merged", "retired", "split")
    assert gone["label"] == by_id(start)["behaviour_clusters:s04"]["label"]
    quiet = marked(three, False)
    later = registered(engine, ended, quiet, new, counterfactual, None, shop, "2024-05")
    assert by_id(later)["behaviour_clusters:s04"] == gone | {
        "period": "2024-05",
        "event": "none",
        "related_segment_ids": [],
        "overlap_share": None,
    }


def test_a_refit_cannot_be_recorded_without_the_old_versions_view(engine, refitted):
    shop, one, two, start, now, _ = refitted
    with pytest.raises(ValueError, match="previous version"):
        registered(engine, start, two, one, now, None, shop, NEXT)


def test_what_happened_to_clusters_is_told_by_where_their_customers_went(any_engine, refitted):
    """Whoever was in one cluster is in two now: split, whatever the old version makes of the new features."""
    shop, one, two, start, now, counterfactual = refitted
    discovered = now.filter(pc.field("scheme") == "behaviour_clusters")
    (child,) = set(discovered["segment_id"].to_pylist()) - set(by_id(start))
    parent, *others = sorted(set(discovered["segment_id"].to_pylist()) - {child})
    came_from = [parent if each == child else each for each in discovered["segment_id"].to_pylist()]
    then = any_engine.from_arrow(changed(discovered, segment_id=came_from))
    tables = (any_engine.from_arrow(each) for each in (now, counterfactual))
    rows = by_id(register(start, two, one, *tables, NEXT, shop, then))
    for key, related in ((child, [parent]), (parent, [child])):
        assert (rows[key]["event"], rows[key]["related_segment_ids"]) == ("split", related)
    assert {rows[key]["event"] for key in others} == {"continued"}
    assert rows["loyalty:high"]["event"] == "continued"
