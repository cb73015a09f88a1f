"""What members of one household share counts only so far."""

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.identity.linkage.households import GROUPS, Caps, capped_weight, learned

ACCOUNTS = 2_000
CAPS = Caps(place=-1.0, email=6.0, phone=2.0, name=4.0)


def weight(caps: Caps = CAPS, prior: float = -12.0, **bits: float) -> float:
    groups = {name: ibis.literal(bits.get(name, 0.0), "float64") for name in GROUPS}
    return float(capped_weight(groups, prior, caps).execute())


def test_however_much_place_agrees_it_counts_up_to_its_cap() -> None:
    assert weight(place=14.0) == -1.0
    assert weight(place=40.0) == -1.0
    assert weight(place=5.0) == -7.0, "below the cap evidence counts as it is"


def test_a_contact_in_common_lifts_the_odds_to_its_own_cap() -> None:
    assert weight(place=20.0, phone=15.0) == 2.0
    assert weight(place=20.0, phone=15.0, email=18.0) == 6.0
    assert weight(phone=20.0) == 2.0


def test_what_speaks_against_always_counts() -> None:
    assert weight(place=20.0, phone=15.0, email=-3.0) == -1.0
    assert weight(place=20.0, name=-6.0) == -7.0


def test_a_given_name_counts_less_at_home_than_among_strangers() -> None:
    assert weight(place=20.0, name=9.0) == 3.0
    assert weight(place=2.0, name=9.0) == -1.0
    assert weight(place=20.0, name=9.0, birth=10.0) == 13.0


def company(couples: int, juniors: int, doubled: int) -> dict[str, np.ndarray]:
    """Pairs of a company: couples, fathers with sons of one name, doubled accounts, strangers."""
    kinds = (
        [(20.0, -5.0, -4.0)] * couples  # another name, another birth date
        + [(20.0, 7.0, -4.0)] * juniors  # the same name, another birth date
        + [(20.0, 7.0, 11.0)] * doubled
        + [(-8.0, -5.0, -4.0)] * 5_000
    )
    place, name, birth = np.array(kinds).T
    zero = np.zeros(len(kinds))
    return {"place": place, "email": zero, "phone": zero, "name": name, "birth": birth, "number": zero}


def test_the_cap_of_place_is_the_share_of_one_person_among_pairs_of_one_place() -> None:
    prior, caps = learned(company(couples=300, juniors=0, doubled=100), ACCOUNTS, 1.0)
    assert caps.place == pytest.approx(np.log2(100 / 300), abs=0.1)
    assert prior * ACCOUNTS * (ACCOUNTS - 1) / 2 == pytest.approx(100, rel=0.1)


def test_where_nobody_shares_a_place_it_counts_fully() -> None:
    _, caps = learned(company(couples=0, juniors=0, doubled=200), ACCOUNTS, 1.0)
    assert caps.place == 10.0


def test_sons_with_their_fathers_names_make_the_name_count_less() -> None:
    _, few = learned(company(couples=300, juniors=3, doubled=100), ACCOUNTS, 1.0)
    _, many = learned(company(couples=300, juniors=100, doubled=100), ACCOUNTS, 1.0)
    assert many.name < few.name
    assert many.name == pytest.approx(np.log2(1 / 0.25), abs=0.3)


@settings(max_examples=10)
@given(seed=st.integers(0, 1_000))
def test_the_order_of_pairs_does_not_matter(seed: int) -> None:
    weights = company(couples=60, juniors=5, doubled=40)
    places = np.random.default_rng(seed).permutation(len(weights["place"]))
    shuffled = {name: values[places] for name, values in weights.items()}
    one, other = learned(weights, ACCOUNTS, 1.0), learned(shuffled, ACCOUNTS, 1.0)
    assert one[0] == pytest.approx(other[0], rel=1e-9)
    assert one[1].place == pytest.approx(other[1].place, abs=1e-6)
