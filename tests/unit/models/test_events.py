import pytest

from pipeline.models.events import NOWHERE, Crossing, Event, event_of, traced_event_of


def events(counts: dict[tuple[str, str], int]) -> dict[str, Event]:
    old, new = {pair[0] for pair in counts}, {pair[1] for pair in counts}
    crossing = Crossing(counts)
    return {one: event_of(one, old, new, crossing, 0.7, 0.3) for one in old | new}


def kinds(counts: dict[tuple[str, str], int]) -> dict[str, str]:
    return {one: event.kind for one, event in events(counts).items()}


def test_a_segment_that_keeps_its_customers_is_continued():
    found = events({("a", "a"): 80, ("a", "b"): 10, ("b", "b"): 90, ("b", "a"): 10})
    assert found["a"] == Event("continued", (), pytest.approx(0.8))


def test_a_segment_that_loses_half_to_a_new_one_is_split_and_so_is_the_child():
    found = events({("a", "a"): 50, ("a", "c"): 50, ("b", "b"): 100})
    assert found["a"].kind == "split"
    assert found["a"].related == ("c",)
    assert found["c"].kind == "split"
    assert found["c"].related == ("a",)
    assert found["b"].kind == "continued"


def test_a_segment_that_goes_into_another_is_merged_with_its_heir():
    found = events({("a", "a"): 100, ("b", "a"): 100})
    assert found["b"] == Event("merged", ("a",), pytest.approx(0.5))
    assert found["a"] == Event("merged", ("b",), pytest.approx(0.5))


def test_a_segment_from_crumbs_of_many_is_born():
    counts = {(old, old): 90 for old in "abcde"} | {(old, "n"): 10 for old in "abcde"}
    assert kinds(counts)["n"] == "born"


def test_a_segment_scattered_over_many_is_retired_and_over_two_is_split():
    scattered = {("x", new): 25 for new in "abcd"} | {(one, one): 100 for one in "abcd"}
    assert kinds(scattered)["x"] == "retired"
    halved = {("x", "a"): 50, ("x", "b"): 50, ("a", "a"): 100, ("b", "b"): 100}
    assert kinds(halved)["x"] == "split"


def test_a_segment_that_changed_its_customers_bit_by_bit_is_ambiguous():
    counts = {("a", "a"): 60} | {("a", one): 10 for one in "bcde"} | {(one, one): 200 for one in "bcde"}
    assert kinds(counts)["a"] == "ambiguous"


Counts = dict[tuple[str, str], int]


def traced(counts: Counts, same: Counts | None = None) -> dict[str, Event]:
    old, new = ({pair[side] for pair in counts} - {NOWHERE} for side in (0, 1))
    versions = Crossing(same or {})
    return {one: traced_event_of(one, old, new, Crossing(counts), versions, 0.7, 0.3) for one in old | new}


def test_half_of_a_cluster_that_went_elsewhere_is_split_from_it_wherever_it_went():
    found = traced({("a", "a"): 50, ("a", "n"): 50, ("b", "b"): 100})
    assert found["a"] == Event("split", ("n",), pytest.approx(0.5))
    assert found["n"] == Event("split", ("a",), pytest.approx(0.5))
    assert found["b"].kind == "continued"


def test_two_clusters_that_became_one_are_merged():
    found = traced({("a", "a"): 100, ("b", "a"): 100})
    assert found["b"] == Event("merged", ("a",), pytest.approx(0.5))
    assert found["a"] == Event("merged", ("b",), pytest.approx(0.5))


def test_newcomers_make_a_cluster_born_and_leavers_one_retired():
    found = traced({("a", "a"): 100, (NOWHERE, "n"): 90, ("a", "n"): 10, ("b", NOWHERE): 95, ("b", "a"): 5})
    assert found["n"].kind == "born"
    assert found["b"] == Event("retired", (), pytest.approx(5 / 105))
    assert found["a"].kind == "continued"
    # Few of the newborn's customers are of a small cluster, though these are most of its own.
    small = traced({("c", "c"): 5, ("c", "n"): 15, (NOWHERE, "n"): 200})
    assert small["n"] == Event("born", (), pytest.approx(15 / 20))


def test_customers_who_change_cluster_are_no_event_while_the_clusters_stay_where_they_are():
    flows = {("a", "a"): 60, ("a", "b"): 40, ("b", "b"): 60, ("b", "a"): 40}
    assert {one.kind for one in traced(flows, {("a", "a"): 100, ("b", "b"): 100}).values()} == {"continued"}
    assert {one.kind for one in traced(flows).values()} == {"ambiguous"}
