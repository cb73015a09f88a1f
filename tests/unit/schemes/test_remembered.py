"""A segment is left on evidence: how much higher the odds against it are than usual; what is told then."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.normal import normal_below
from pipeline.schemes import remembered
from pipeline.schemes.remembered import ASKED, against, evened, usual_shares

ODDS = {"leave_odds": 16.0}


def kept(segment, previous, memberships, parameters, usual=None) -> np.ndarray:
    """Who is kept, by the memberships."""
    return remembered.kept(segment, previous, against(memberships, parameters, usual), parameters)


def table(*rows: tuple[float, ...]) -> np.ndarray:
    """Memberships (segments x customers) from one row a customer."""
    return np.array(rows).T


def test_a_segment_is_left_once_the_odds_for_another_reach_those_of_the_version():
    memberships = table((0.05, 0.95), (0.06, 0.94), (1 / 17, 16 / 17))
    new, old = np.array([1, 1, 1]), np.array([0, 0, 0])
    assert kept(new, old, memberships, ODDS).tolist() == [False, True, False]


def test_evidence_is_by_how_much_the_odds_are_higher_than_they_are_of_customers_in_general():
    """Nine in ten are in the first segment: odds of 1 to 9 for it speak against it 81 times as much as usual,
    odds of 9 to 1 against the second one are what they always are."""
    usual = ODDS | {"usual": [0.9, 0.1]}
    rare, often = table((0.30, 0.70), (0.45, 0.55)), table((0.99, 0.01), (0.999, 0.001))
    assert kept(np.array([1, 1]), np.array([0, 0]), rare, usual).tolist() == [False, True]
    assert kept(np.array([0, 0]), np.array([1, 1]), often, usual).tolist() == [True, False]


def test_what_is_usual_may_differ_by_customer():
    memberships = table((0.05, 0.95), (0.05, 0.95))
    usual = table((0.5, 0.5), (0.1, 0.9))
    assert kept(np.array([1, 1]), np.array([0, 0]), memberships, ODDS, usual).tolist() == [False, True]


def test_each_pair_of_segments_may_ask_for_less():
    memberships = table((0.2, 0.8, 0.0), (0.2, 0.0, 0.8), (0.8, 0.2, 0.0))
    asked = ODDS | {ASKED: [[16.0, 4.0, 5.0], [3.0, 16.0, 16.0], [16.0, 16.0, 16.0]]}
    new, old = np.array([1, 2, 0]), np.array([0, 0, 1])
    assert kept(new, old, memberships, asked).tolist() == [False, True, False]
    assert kept(new, old, memberships, ODDS).tolist() == [True, True, True]


def test_nobody_is_kept_in_a_segment_that_is_impossible_now():
    asked = ODDS | {"usual": [1e-12, 1.0 - 1e-12], ASKED: [[16.0, 16.0], [16.0, 16.0]]}
    assert not kept(np.array([1]), np.array([0]), table((0.0, 1.0)), asked).any()


def test_usual_shares_leave_no_segment_impossible():
    assert usual_shares(np.array([0, 0, 0, -1]), 2) == [0.875, 0.125]


def test_segments_neither_fill_nor_empty_over_the_years_where_nobody_changes():
    """Twelve months of noise over a trait that stays; borders at uneven quantiles, everybody placed by them
    at first. By the odds themselves the outer segments would lose up to a fifth of theirs in four years."""
    size, months, weight = 12_000, 60, 0.7
    random = np.random.default_rng(20)
    noise = np.sqrt(12 * (1 - weight) / weight)
    seen = random.normal(size=(size, 1)) + noise * random.normal(size=(size, months))
    summed = np.concatenate([np.zeros((size, 1)), seen.cumsum(axis=1)], axis=1)
    looks = weight * (summed[:, 12:] - summed[:, :-12]).T / 12
    width = weight * np.sqrt((1 - weight) + (1 - weight) / weight)
    for quantiles in ((0.2, 0.8), (0.08, 0.5)):
        borders = np.quantile(looks[0], quantiles)
        version = {"leave_odds": 8.0}
        shares = {"usual": version | {"usual": [*np.diff([0, *quantiles, 1])]}, "odds": version}
        drift = {}
        for name, parameters in shares.items():
            segment = first = np.searchsorted(borders, looks[0])
            for look in looks[1:]:
                below = [normal_below((one - weight * look) / width) for one in borders]
                memberships = np.diff([0 * look, *below, 1 + 0 * look], axis=0)
                now = np.searchsorted(borders, look)
                segment = np.where(kept(now, segment, memberships, parameters), segment, now)
            drift[name] = np.abs(np.bincount(segment) - np.bincount(first)).max() / size
        assert drift["usual"] < 0.015 < 0.03 < drift["odds"], drift


def test_nobody_is_kept_without_a_segment_before_or_in_the_same_or_by_a_version_without_odds():
    memberships = table((0.4, 0.6), (0.4, 0.6))
    assert kept(np.array([1, 1]), np.array([-1, 1]), memberships, ODDS).tolist() == [False, False]
    assert not kept(np.array([1, 1]), np.array([0, 0]), memberships, {}).any()


def test_a_kept_segment_shares_alike_with_its_rival():
    told = evened(np.array([0, 0]), np.array([True, False]), table((0.1, 0.6, 0.3), (0.1, 0.6, 0.3)))
    np.testing.assert_allclose(told.T, [[0.35, 0.35, 0.3], [0.1, 0.6, 0.3]])


@given(
    st.lists(st.lists(st.floats(0.001, 1), min_size=3, max_size=3), min_size=1, max_size=20),
    st.integers(0, 2),
)
def test_what_is_told_adds_up_and_a_kept_segment_is_the_most_probable(rows, before):
    memberships = np.array(rows).T / np.array(rows).sum(axis=1)
    new, old = memberships.argmax(axis=0), np.full(len(rows), before)
    is_kept = kept(new, old, memberships, ODDS)
    segment = np.where(is_kept, old, new)
    told = evened(segment, is_kept, memberships)
    np.testing.assert_allclose(told.sum(axis=0), 1)
    assert (told[segment, np.arange(len(rows))] >= told.max(axis=0) - 1e-12).all()
    # Once more with the same is the same again: who does not change stays where it is (law L7).
    assert (np.where(kept(new, segment, memberships, ODDS), segment, new) == segment).all()
