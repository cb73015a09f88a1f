"""Archetypes: behaviour follows them, and what is planted happens when the truth says."""

import numpy as np

from pipeline.simulate.archetypes import ARCHETYPES, archetype_events, drift_events, extra_discount, season
from pipeline.simulate.orders import lines
from pipeline.simulate.world import World


def _count(large: World, name: str, period: int) -> int:
    return int((large.archetypes.names(period) == name).sum())


def test_planted_events_happen_in_their_periods(large: World):
    keys = large.plan.keys
    at = {one["event"]: keys.index(one["period"]) for one in archetype_events(large.plan)}
    assert _count(large, "loyal_evening", at["split"] - 1) == 0 < _count(large, "loyal_evening", at["split"])
    assert _count(large, "subscriber", at["born"] - 1) == 0 < _count(large, "subscriber", at["born"])
    assert (
        _count(large, "coupon_clipper", at["merged"] - 1) > 0 == _count(large, "coupon_clipper", at["merged"])
    )
    assert _count(large, "gift_giver", at["retired"] - 1) > 0 == _count(large, "gift_giver", at["retired"])


def test_persons_are_new_first_and_nothing_before_their_first_account(large: World):
    born = large.people.born
    for period in range(12):
        names = large.archetypes.names(period)
        assert all(one is None for one in names[born > period])
        assert set(names[(born >= 0) & (born == period)]) <= {"new"}


def test_orders_follow_the_archetype(large: World):
    """Mean lines of a person in a month: those who buy often buy more than those who do not."""
    found = lines(large, "shop", 2)
    names = large.archetypes.names(2)
    has_shop = large.accounts.by_person("shop", large.people.count) >= 0
    many = np.bincount(large.accounts.person[found.account], minlength=large.people.count)
    mean = {one: many[(names == one) & has_shop].mean() for one in ("loyal_premium", "occasional", "fading")}
    assert mean["loyal_premium"] > 3 * mean["occasional"] > 3 * mean["fading"] * 0.9
    assert ARCHETYPES["loyal_premium"].orders > ARCHETYPES["fading"].orders


def test_returns_are_the_mark_of_problem_returners(large: World):
    found = lines(large, "shop", 2)
    names = large.archetypes.names(2)[large.accounts.person[found.account]]
    back = found.is_return.astype(bool)
    share = {one: back[names == one].mean() for one in ("problem_returner", "loyal_regular")}
    assert share["problem_returner"] > 4 * share["loyal_regular"]
    assert (found.quantity[back] < 0).all()
    assert (found.quantity[~back] > 0).all()


def test_drift_is_planted_where_the_truth_says(large: World):
    events = {str(one["kind"]): one for one in drift_events(large.plan)}
    sudden = large.plan.keys.index(str(events["sudden"]["first_period"]))
    assert extra_discount(large.plan, sudden) > 0 == extra_discount(large.plan, sudden - 1)
    cut = [float((lines(large, "shop", one).discount > 0).mean()) for one in (sudden - 1, sudden, sudden + 1)]
    assert cut[1] > cut[0] + 0.25 > 0
    assert cut[1] > cut[2] + 0.25
    assert season(large.plan, 11) > season(large.plan, 5)
