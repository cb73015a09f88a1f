"""Amounts of what is used, drawn anew: as another draw of the same customers would show them."""

import numpy as np
import pytest

from pipeline.schemes.redraws import Acts, Uses

SIZE, DAYS, TYPICAL = 2_000, 365.0, 120.0
PLACES = np.arange(SIZE)


def used(draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Uses of one service and what is used per 30 days, by customers for whom it is the own service or one of
    five; so much each time as a gamma distribution has it."""
    trait, chance = np.random.default_rng(7), np.random.default_rng([7, draw])
    share = np.where(trait.random(SIZE) < 0.2, 0.6, 0.1)
    uses = chance.poisson(trait.gamma(1.5, 12.0, SIZE) * share)
    amounts = np.where(uses > 0, chance.gamma(2.0 * np.maximum(uses, 1), TYPICAL / 2), 0.0)
    return uses.astype(float), amounts * 30 / DAYS


@pytest.fixture(scope="module")
def acts() -> Acts:
    return Acts(used(1)[0], np.full(SIZE, DAYS))


def looks(acts: Acts, fewest: int = 50, number: int = 20) -> np.ndarray:
    uses, rng = Uses(used(1)[1], acts, "count", fewest), np.random.default_rng(3)
    return np.stack([uses.look(PLACES, acts.look(PLACES, rng), rng) for _ in range(number)])


@pytest.mark.parametrize("most", [0.0, 0.5, 0.75, 0.9])
def test_who_uses_much_does_so_again_as_often_as_in_another_draw(acts: Acts, most: float) -> None:
    first, again = used(1)[1], used(2)[1]
    much = np.quantile(first, most)
    told = looks(acts) > much
    for some in (first > much, first <= much):
        share = (again[some] > much).mean()
        error = np.sqrt(share * (1 - share) / some.sum())
        assert told[:, some].mean() == pytest.approx(share, abs=0.02 + 2 * error)


def test_what_is_used_at_a_time_scatters_as_it_does_between_uses(acts: Acts) -> None:
    uses = Uses(used(1)[1], acts, "count", 50)
    # variance of the logarithm of a gamma-distributed amount of shape 2: the trigamma function at 2
    assert uses.scatter == pytest.approx(0.645, rel=0.25)


def test_where_too_few_show_how_far_amounts_scatter_the_mean_stands(acts: Acts) -> None:
    count, seen = used(1)
    uses = Uses(seen, acts, "count", fewest=SIZE + 1)
    again = uses.look(PLACES, count, np.random.default_rng(4))
    assert again == pytest.approx(seen)
    assert uses.look(PLACES, count + 1.0, np.random.default_rng(4)).min() > 0


def test_what_is_not_known_stays_so(acts: Acts) -> None:
    seen = np.where(PLACES < 10, np.nan, used(1)[1])
    found = Uses(seen, acts, "count", 50).look(PLACES, used(1)[0], np.random.default_rng(5))
    assert np.array_equal(np.isnan(found), PLACES < 10)
