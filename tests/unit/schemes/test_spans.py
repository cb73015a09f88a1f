"""Counts of the last quarter are a part of those of the year: what the rest of it tells is learned."""

import numpy as np
import pytest

from pipeline.schemes.redraws import Acts
from pipeline.schemes.spans import Spans

SIZE, SHORT, LONG = 2_000, 91.0, 365.0
PLACES = np.arange(SIZE)
NAMES = ("visits_count_3p", "visits_count_12p")


def seen(draw: int, changing: bool = False) -> dict[str, np.ndarray]:
    """Visits at rates of the customers' own, which are others in the last quarter if ``changing``."""
    trait, chance = np.random.default_rng(5), np.random.default_rng([5, draw])
    rate = trait.gamma(1.2, 20.0 / LONG, SIZE)
    of_late = trait.permutation(rate) if changing else rate
    late = chance.poisson(of_late * SHORT).astype(float)
    return dict(zip(NAMES, (late, late + chance.poisson(rate * (LONG - SHORT))), strict=True))


def spans_of(counts: dict[str, np.ndarray]) -> Spans:
    days = dict(zip(NAMES, (SHORT, LONG), strict=True))
    return Spans({name: Acts(one, np.full(SIZE, days[name])) for name, one in counts.items()})


def looks(spans: Spans, number: int = 10) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    found = [spans.look(PLACES, rng) for _ in range(number)]
    return {name: np.stack([one[name] for one in found]) for name in NAMES}


@pytest.mark.parametrize(("changing", "least", "most"), [(False, 0.75, 1.0), (True, 0.0, 0.25)])
def test_how_much_the_rest_of_the_year_tells_is_learned(changing: bool, least: float, most: float) -> None:
    assert least <= spans_of(seen(1, changing)).power <= most


@pytest.mark.parametrize("changing", [False, True])
def test_a_look_is_as_far_from_the_first_as_another_draw(changing: bool) -> None:
    first, again = seen(1, changing), seen(2, changing)
    found = looks(spans_of(first))
    for name in NAMES:
        told = np.abs(np.sqrt(found[name]) - np.sqrt(first[name])).mean()
        assert told == pytest.approx(np.abs(np.sqrt(again[name]) - np.sqrt(first[name])).mean(), rel=0.07)
    # of whom nothing was seen of late, though it came before
    some = (first[NAMES[0]] == 0) & (first[NAMES[1]] >= 3)
    share = (again[NAMES[0]][some] > 0).mean()
    error = np.sqrt(share * (1 - share) / some.sum())
    assert (found[NAMES[0]][:, some] > 0).mean() == pytest.approx(share, abs=0.02 + 2 * error)


def test_the_year_holds_its_last_quarter_and_what_is_not_known_stays_so() -> None:
    counts = seen(1)
    unknown = PLACES < 10
    found = looks(spans_of({name: np.where(unknown, np.nan, one) for name, one in counts.items()}))
    short, long = found.values()
    assert (np.isnan(short) == unknown).all()
    assert (short <= long)[:, ~unknown].all()
