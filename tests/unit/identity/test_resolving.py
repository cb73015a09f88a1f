"""From pairs to customers that last: which accounts are one customer, and under which id."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.engine.writing import cast
from pipeline.errors import InputError
from pipeline.tables.zones import ACCOUNT_LINKS, CUSTOMER_EVENTS, CUSTOMER_REGISTER
from tests.unit.identity.linking import (
    Pair,
    World,
    by_rule,
    customers_of,
    events_of,
    links_of,
    register_of,
)

JAN, FEB, MAR, APR = "2024-01", "2024-02", "2024-03", "2024-04"
Make = Callable[..., World]


@pytest.fixture
def world(write_project) -> Make:
    def make(*overrides: dict[str, Any], **identity: Any) -> World:
        return World(write_project(identity={"overrides": list(overrides), **identity}))

    return make


def decided(decision: str, one: str, other: str, from_period: str | None = None) -> dict[str, Any]:
    return {"decision": decision, "accounts": [one, other]} | (
        {"from_period": from_period} if from_period else {}
    )


def test_results_fit_their_contracts(world: Make):
    found = world().step(JAN, ["a_1", "a_2"], [by_rule("a_1", "a_2")])
    for table, contract in (
        (found.links, ACCOUNT_LINKS),
        (found.register, CUSTOMER_REGISTER),
        (found.events, CUSTOMER_EVENTS),
    ):
        assert cast(table, contract.schema).num_rows


def test_nobody_known_gives_empty_tables(world: Make):
    found = world().step(JAN)
    assert (found.links.num_rows, found.register.num_rows, found.events.num_rows) == (0, 0, 0)


def test_accounts_are_one_customer_by_rules_and_by_sure_pairs_directly_or_through_others(world: Make):
    pairs = [by_rule("a_1", "a_2"), Pair("a_2", "a_3", 8), Pair("a_3", "a_4", 4), by_rule("a_5", "a_9")]
    found = world(threshold=0.95).step(JAN, ["a_1", "a_2", "a_3", "a_4", "a_5"], pairs)
    # 2^4 to 1 is a probability of 0.94; a_9 is not known yet
    assert customers_of(found) == {"a_1": "c_1", "a_2": "c_1", "a_3": "c_1", "a_4": "c_4", "a_5": "c_5"}
    assert links_of(found) == {
        "a_1": ("rule", "a_2", None),
        "a_2": ("rule", "a_1", None),
        "a_3": ("model", "a_2", 8.0),
        "a_4": ("own_account", None, None),
        "a_5": ("own_account", None, None),
    }
    assert events_of(found) == [
        ("c_1", "created", "c_1", "accounts", 3),
        ("c_4", "created", "c_4", "accounts", 1),
        ("c_5", "created", "c_5", "accounts", 1),
    ]


def test_a_pair_at_the_threshold_counts(world: Make):
    pair = Pair("a_1", "a_2", 1)  # 2 to 1: two thirds
    at, above = 2 / 3, 0.667
    assert len(set(customers_of(world(threshold=at).step(JAN, ["a_1", "a_2"], [pair])).values())) == 1
    assert len(set(customers_of(world(threshold=above).step(JAN, ["a_1", "a_2"], [pair])).values())) == 2


def test_the_id_comes_from_the_account_seen_first(world: Make):
    found = world().step(JAN, ["a_9", "a_1"], [by_rule("a_1", "a_9")])
    assert set(customers_of(found).values()) == {"c_9"}
    assert found.register.to_pylist()[0]["founding_account_id"] == "a_9"


def test_the_strongest_link_of_an_account_is_named(world: Make):
    pairs = [Pair("a_1", "a_2", 20), Pair("a_1", "a_3", 9), Pair("a_2", "a_3", 12), by_rule("a_3", "a_4")]
    found = links_of(world().step(JAN, ["a_1", "a_2", "a_3", "a_4"], pairs))
    assert found["a_1"] == ("model", "a_2", 20.0)
    assert found["a_3"] == ("rule", "a_4", None)


def test_without_linking_only_overrides_join(world: Make):
    few = world(decided("same", "a_1", "a_3"), link=False)
    found = few.step(JAN, ["a_1", "a_2", "a_3"], [by_rule("a_1", "a_2")])
    assert customers_of(found) == {"a_1": "c_1", "a_2": "c_2", "a_3": "c_1"}


# --- merges -----------------------------------------------------------------------------


def test_when_two_customers_turn_out_to_be_one_the_larger_lives_on(world: Make):
    small = world()
    twins = [by_rule("a_2", "a_3")]
    small.step(JAN, ["a_1", "a_2", "a_3"], twins)
    found = small.step(FEB, pairs=[*twins, Pair("a_1", "a_3", 10)])
    assert set(customers_of(found).values()) == {"c_2"}
    assert events_of(found) == [("c_1", "merged", "c_2", "model", 1)]
    assert register_of(found) == {"c_1": ("merged", "c_2"), "c_2": ("live", None)}
    (row,) = [one for one in found.register.to_pylist() if one["customer_id"] == "c_1"]
    assert (row["born_period"], row["retired_period"]) == (JAN, FEB)


def test_between_equals_the_older_lives_on_then_the_smaller_id(world: Make):
    some = world()
    some.step(JAN, ["a_5"])
    some.step(FEB, ["a_1", "a_2"])
    found = some.step(MAR, pairs=[by_rule("a_1", "a_5"), by_rule("a_1", "a_2")])
    assert set(customers_of(found).values()) == {"c_5"}
    young = world()
    young.step(JAN, ["a_2", "a_1"])
    assert set(customers_of(young.step(FEB, pairs=[by_rule("a_1", "a_2")])).values()) == {"c_1"}


def test_a_new_account_that_connects_two_customers_is_the_cause(world: Make):
    some = world()
    some.step(JAN, ["a_1", "a_2"])
    found = some.step(FEB, ["a_3"], [by_rule("a_1", "a_3"), by_rule("a_2", "a_3")])
    assert events_of(found) == [("c_2", "merged", "c_1", "accounts", 1)]


def test_a_new_account_of_a_known_customer_is_no_event(world: Make):
    some = world()
    some.step(JAN, ["a_2"])
    found = some.step(FEB, ["a_1"], [by_rule("a_1", "a_2")])
    assert customers_of(found) == {"a_1": "c_2", "a_2": "c_2"}
    assert events_of(found) == []


def test_a_merged_id_says_into_whom_also_after_the_next_merge(world: Make):
    some = world()
    pairs = [by_rule("a_1", "a_2")]
    some.step(JAN, ["a_1", "a_2", "a_3", "a_4", "a_5"], [by_rule("a_3", "a_4"), by_rule("a_4", "a_5")])
    some.step(FEB, pairs=[*pairs, by_rule("a_3", "a_4"), by_rule("a_4", "a_5")])
    found = some.step(
        MAR, pairs=[*pairs, by_rule("a_3", "a_4"), by_rule("a_4", "a_5"), by_rule("a_2", "a_3")]
    )
    assert register_of(found) == {
        "c_1": ("merged", "c_3"),
        "c_2": ("merged", "c_3"),
        "c_3": ("live", None),
    }


# --- splits and undoing ----------------------------------------------------------------


def test_the_larger_part_keeps_the_id_and_the_other_gets_a_new_one(world: Make):
    some = world()
    strong = [by_rule("a_2", "a_3")]
    some.step(JAN, ["a_1", "a_2", "a_3"], [*strong, Pair("a_1", "a_2", 10)])
    found = some.step(FEB, pairs=strong)
    # a_1 founded c_1, which lives on without it: an id is never given twice
    assert customers_of(found) == {"a_1": "c_1_2", "a_2": "c_1", "a_3": "c_1"}
    assert events_of(found) == [("c_1_2", "split", "c_1", "model", 1)]


def test_a_part_with_several_accounts_is_named_after_the_first_that_gave_no_id(world: Make):
    some = world()
    strong = [by_rule("a_1", "a_2"), by_rule("a_3", "a_4"), by_rule("a_4", "a_5")]
    some.step(JAN, ["a_1", "a_2", "a_3", "a_4", "a_5"], [*strong, by_rule("a_2", "a_3")])
    found = some.step(FEB, pairs=strong)
    assert customers_of(found)["a_1"] == customers_of(found)["a_2"] == "c_2"
    assert events_of(found) == [("c_2", "split", "c_1", "rule", 2)]


def test_a_merge_that_is_undone_gives_everyone_the_former_id_back(world: Make):
    some = world()
    pairs = [by_rule("a_2", "a_3")]
    before = some.step(JAN, ["a_1", "a_2", "a_3"], pairs)
    some.step(FEB, pairs=[*pairs, Pair("a_1", "a_3", 10)])
    found = some.step(MAR, pairs=pairs)
    assert customers_of(found) == customers_of(before)
    assert events_of(found) == [("c_1", "undone", "c_2", "model", 1)]
    assert register_of(found) == {"c_1": ("live", None), "c_2": ("live", None)}
    assert found.register.column("retired_period").to_pylist() == [None, None]


def test_ids_go_back_to_their_people_even_when_the_merged_part_has_grown(world: Make):
    some = world()
    some.step(JAN, ["a_1", "a_2"])
    some.step(FEB, pairs=[by_rule("a_1", "a_2")])
    grown = [by_rule("a_2", "a_3"), by_rule("a_3", "a_4")]
    some.step(MAR, ["a_3", "a_4"], [by_rule("a_1", "a_2"), *grown])
    found = some.step(APR, pairs=grown)
    assert customers_of(found) == {"a_1": "c_1", "a_2": "c_2", "a_3": "c_2", "a_4": "c_2"}
    assert events_of(found) == [("c_2", "undone", "c_1", "rule", 3)]


def test_of_two_merges_into_one_the_right_one_is_undone(world: Make):
    some = world()
    some.step(JAN, ["a_1", "a_2", "a_3"])
    some.step(FEB, pairs=[by_rule("a_1", "a_2"), by_rule("a_1", "a_3")])
    found = some.step(MAR, pairs=[by_rule("a_1", "a_3")])
    assert customers_of(found) == {"a_1": "c_1", "a_2": "c_2", "a_3": "c_1"}
    assert register_of(found)["c_3"] == ("merged", "c_1")


def test_accounts_may_go_from_one_living_customer_to_another(world: Make):
    some = world()
    pairs = [by_rule("a_1", "a_2"), by_rule("a_2", "a_3"), by_rule("a_4", "a_5")]
    some.step(JAN, ["a_1", "a_2", "a_3", "a_4", "a_5"], pairs)
    found = some.step(FEB, pairs=[pairs[0], pairs[2], by_rule("a_3", "a_4")])
    assert customers_of(found)["a_3"] == "c_4"
    assert events_of(found) == [("c_4", "split", "c_1", "rule", 1)]


# --- overrides --------------------------------------------------------------------------


def test_an_override_joins_from_its_period_on(world: Make):
    some = world(decided("same", "a_1", "a_2", FEB))
    assert len(set(customers_of(some.step(JAN, ["a_1", "a_2"])).values())) == 2
    found = some.step(FEB)
    assert links_of(found)["a_1"] == ("override", "a_2", None)
    assert events_of(found) == [("c_2", "merged", "c_1", "override", 1)]
    assert events_of(some.step(MAR)) == []


def test_an_override_keeps_apart_what_pairs_hold_together_at_the_weakest_link(world: Make):
    some = world(decided("apart", "a_1", "a_4", FEB))
    pairs = [Pair("a_1", "a_2", 20), Pair("a_2", "a_3", 7), Pair("a_3", "a_4", 15), Pair("a_1", "a_3", 6)]
    some.step(JAN, ["a_1", "a_2", "a_3", "a_4"], pairs)
    found = some.step(FEB, pairs=pairs)
    assert customers_of(found) == {"a_1": "c_1", "a_2": "c_1", "a_3": "c_3", "a_4": "c_3"}
    assert events_of(found) == [("c_3", "split", "c_1", "override", 2)]
    assert links_of(found)["a_3"] == ("model", "a_4", 15.0)
    assert events_of(some.step(MAR, pairs=pairs)) == []


def test_a_merge_by_hand_is_undone_by_a_later_line(world: Make):
    some = world(decided("same", "a_1", "a_2", FEB), decided("apart", "a_2", "a_1", MAR))
    some.step(JAN, ["a_1", "a_2"])
    some.step(FEB)
    assert events_of(some.step(MAR)) == [("c_2", "undone", "c_1", "override", 1)]


def test_keeping_apart_holds_against_chains_of_overrides(world: Make):
    same = [decided("same", "a_1", "a_2"), decided("same", "a_2", "a_3")]
    found = world(*same, decided("apart", "a_1", "a_3")).step(JAN, ["a_1", "a_2", "a_3"])
    assert customers_of(found)["a_1"] != customers_of(found)["a_3"]


def test_several_that_are_kept_apart_all_are(world: Make):
    names = ["a_1", "a_2", "a_3"]
    apart = [decided("apart", one, other) for one in names for other in names if one < other]
    hub = [Pair("a_0", name, weight) for name, weight in zip(names, (9, 12, 10), strict=True)]
    found = customers_of(world(*apart).step(JAN, ["a_0", *names], hub))
    assert len({found[name] for name in names}) == 3
    assert found["a_0"] == found["a_2"]


def test_an_override_waits_for_its_accounts_unless_it_says_since_when(world: Make):
    waiting = world(decided("same", "a_1", "a_2"))
    waiting.step(JAN, ["a_1"])
    assert len(set(customers_of(waiting.step(FEB, ["a_2"])).values())) == 1
    due = world(decided("same", "a_1", "a_2", JAN))
    with pytest.raises(InputError, match=r"identity\.overrides\[0\]"):
        due.step(JAN, ["a_1"])


def test_links_of_a_customer_unknown_to_the_register_are_refused(world: Make):
    some = world()
    first = some.step(JAN, ["a_1"])
    some.done[JAN] = type(first)(first.links, first.register.slice(0, 0), first.events)
    with pytest.raises(ValueError, match="register"):
        some.step(FEB)
