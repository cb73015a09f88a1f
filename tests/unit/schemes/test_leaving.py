"""What each segment asks of who leaves it can be shown, and lets as many in as out where nobody changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.normal import normal_below
from pipeline.schemes.leaving import SHOWN_BY, Look, asked
from pipeline.schemes.remembered import ASKED, against, kept

SEGMENTS, ODDS = 3, 8.0


def company(seed: int, size: int = 4_000, scatter: float = 2.0, borders=(0.1, 0.5), looks: int = 9):
    """Looks at customers who never change, each over a window of its own: a count whose chance grows with
    what it counts (Poisson), so that what is much scatters far and what is little hardly."""
    random = np.random.default_rng(seed)
    own = random.gamma(1.5, 4.0 / scatter, size)
    seen = np.sqrt(random.poisson(own, (looks, size)) + random.uniform(0, 1, (looks, size)))
    places = np.quantile(seen[0], borders)
    parameters = {"usual": [*np.diff([0, *borders, 1])], "leave_odds": ODDS}
    found = []
    for look in seen:
        below = [normal_below((one - look) / 0.8) for one in places]
        memberships = np.diff([0 * look, *below, 1 + 0 * look], axis=0)
        found.append(Look(np.searchsorted(places, look), against(memberships, parameters)))
    return found, parameters


def lived(looks, parameters) -> list[np.ndarray]:
    """Segments after each look, everybody first where the first one says."""
    found = [looks[0].segment]
    for look in looks[1:]:
        stays = kept(look.segment, found[-1], look.against, parameters)
        found.append(np.where(stays, found[-1], look.segment))
    return found


def drift(looks, parameters) -> float:
    """Greatest change of a share of a segment from the first look to the last."""
    segments = lived(looks, parameters)
    first, last = (np.bincount(one, minlength=SEGMENTS) / len(one) for one in (segments[0], segments[-1]))
    return float(np.abs(last - first).max())


@pytest.mark.parametrize("seed", [1, 2])
def test_as_many_come_as_go_where_nobody_changes(seed):
    looks, plain = company(seed, looks=29)
    balanced = plain | {ASKED: asked(looks[:9], ODDS)}
    # twenty windows that nothing was learned from
    later = looks[9:]
    assert drift(later, balanced) < 0.03 < 0.08 < drift(later, plain)


def test_where_as_many_come_as_go_anyway_little_is_lowered():
    """Two halves that scatter alike: the same evidence either way."""
    random = np.random.default_rng(4)
    own = random.normal(size=4_000)
    parameters = {"usual": [0.5, 0.5], "leave_odds": ODDS}
    looks = []
    for _ in range(9):
        look = own + random.normal(size=len(own))
        high = normal_below(look / 1.0)
        looks.append(Look((look < 0).astype(int), against(np.stack([high, 1 - high]), parameters)))
    found = np.array(asked(looks, ODDS))
    assert (found > 0.75 * ODDS).all()


def test_nobody_is_kept_for_ever_by_evidence_that_cannot_be_shown():
    """Of who lies in the small segment now nobody shows more than four times what is usual."""
    parameters = {"usual": [0.2, 0.8], "leave_odds": ODDS}
    shares = np.linspace(0.3, 0.5, 1_000)
    looks = [Look(np.zeros(1_000, int), against(np.stack([shares, 1 - shares]), parameters))] * 2
    here = parameters | {ASKED: asked(looks, ODDS)}
    before = np.ones(1_000, int)
    assert kept(looks[0].segment, before, looks[0].against, parameters).all()
    left = ~kept(looks[0].segment, before, looks[0].against, here)
    assert left.mean() == pytest.approx(SHOWN_BY, abs=0.002)
    assert left[-1], "who shows the most"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 3), st.floats(0.03, 0.4), st.floats(1, 30))
def test_never_more_is_asked_than_the_odds_and_always_so_much_that_some_can_show_it(seed, scatter, low, odds):
    looks, _ = company(seed, 600, scatter, (low, low + 0.3), 5)
    found = np.array(asked(looks, odds))
    assert (found > 0).all()
    assert (found <= odds + 1e-9).all()
    for new in range(SEGMENTS):
        shown = np.exp(np.concatenate([one.against[:, one.segment == new] for one in looks], axis=1))
        for old in {*range(SEGMENTS)} - {new} if shown.shape[1] else ():
            assert (shown[old] >= found[old, new] - 1e-9).mean() >= SHOWN_BY - 1e-9


def test_nothing_is_found_without_second_looks_or_where_a_segment_is_left_at_once():
    looks, _ = company(1, 100)
    assert asked(looks[:1], ODDS) is None
    assert asked(looks, 0.0) is None


def test_who_is_not_placed_by_a_look_neither_moves_nor_counts():
    nobody = Look(np.full(5, -1), np.full((2, 5), np.inf))
    np.testing.assert_allclose(np.array(asked([nobody, nobody], ODDS)), np.full((2, 2), ODDS))
