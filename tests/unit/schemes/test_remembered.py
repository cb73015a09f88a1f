"""A segment is left on evidence: the odds of the new one against it, and what is told of who was kept."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schemes.remembered import evened, kept

ODDS = {"leave_odds": 16.0}


def table(*rows: tuple[float, ...]) -> np.ndarray:
    """Memberships (segments x customers) from one row a customer."""
    return np.array(rows).T


def test_a_segment_is_left_once_the_odds_for_another_reach_those_of_the_version():
    memberships = table((0.05, 0.95), (0.06, 0.94), (1 / 17, 16 / 17))
    new, old = np.array([1, 1, 1]), np.array([0, 0, 0])
    assert kept(new, old, memberships, ODDS).tolist() == [False, True, False]


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
