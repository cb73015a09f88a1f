"""Are two clusters two? The valley between them, on customers by whom nothing was chosen.

Belongs here: the test of one pair of clusters, and of one cluster against its halves. Does not belong here:
what follows for a fit (``refinement``).

A distribution with one mode is nowhere thinner than on both sides of the place (Hartigan and Hartigan,
1985). So two clusters are two when on the axis between them fewer customers lie in the valley than on the
thinner of the two sides, whatever the form of the one mode would be: correlated, skewed, flat. Everything
that is chosen is chosen on one half of the customers: the clusters, the axis (Fisher's discriminant, 1936),
where valley and sides are; customers in these three windows are counted on the other half (Cox, 1975, on
splitting data), so neither axis nor windows favour a valley. Both halves are used in turn, so that each
customer counts once, by what was chosen without it. Of customers in the valley or on the thinner side those
in the valley are a share that has exact limits (Clopper and Pearson, 1934). "Every pair" is an intersection
of claims, as sure as each (Berger, 1982).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import betaincinv

from pipeline.models.frame import Floats, Integers
from pipeline.schemes.clustering.finding import Way
from pipeline.schemes.clustering.shapes import Shapes

#: Customers that are looked at, at most: windows then hold hundreds.
SEPARATION_CUSTOMERS = 20_000
#: Chance to call one mode two. A fit looks some ten times, so it is wrong in one of a hundred.
SPLIT_LEVEL = 0.001
#: Chance to call two clusters one that lie just as far apart as is asked.
MERGE_LEVEL = 0.05
#: Width of the windows as a share of the distance between the two clusters: a standard deviation where
#: clusters lie four apart.
WINDOW = 0.25
#: Where the valley may be, from the one cluster (0) to the other (1), and how far beyond it the sides.
_VALLEYS, _SIDES = np.linspace(0.2, 0.8, 25), np.linspace(WINDOW, WINDOW + 1, 41)
#: Two normal clusters of like width have one mode up to this distance in standard deviations (Schilling,
#: Watkins and Watkins, 2002): nearer ones, as those of a mixture within each other, are one.
_NEAREST = 2.0
#: Fewest customers of a cluster in a half.
_FEWEST = 5
#: What is added to the variance of each feature before it is inverted, as a share of the mean one.
_RIDGE = 1e-3


@dataclass(frozen=True)
class Valley:
    """Customers between two clusters for each on the thinner side: surely not fewer than ``least`` (at
    ``MERGE_LEVEL``), surely not more than ``most`` (at ``SPLIT_LEVEL``). 0: an empty valley; 1: none."""

    least: float
    most: float


#: What is known of clusters of which too few customers are there to count.
UNKNOWN = Valley(0.0, float("inf"))


def valleys(z: Floats, whole: Floats, shapes: Shapes, way: Way) -> dict[tuple[int, int], Valley]:
    """The valley between each two clusters of ``shapes``.

    ``z`` is what clusters are found on, ``whole`` the same before it was clipped: what is cut at a border
    piles up there, and would be a mode. Found anew, warm, on each half.
    """
    found: dict[tuple[int, int], list[tuple[int, int]]] = {
        pair: [] for pair in combinations(range(shapes.k), 2)
    }
    for chosen, counted in _halves(z.shape[1], way.seed):
        half = way.find(z[:, chosen], shapes.k, shapes)
        here, there = half.labels(z[:, chosen]), half.labels(z[:, counted])
        by, on = whole[:, chosen], whole[:, counted]
        for pair, counts in found.items():
            counts.append(_counts(by, here, on, there, pair))
    return {pair: _valley(counts) for pair, counts in found.items()}


def own_valley(z: Floats, whole: Floats, way: Way) -> Valley:
    """The valley within one cluster, between the two that it would best be parted into; found on each half
    alone."""
    counts = []
    for chosen, counted in _halves(z.shape[1], way.seed):
        two = way.find(z[:, chosen], 2, None)
        here, there = two.labels(z[:, chosen]), two.labels(z[:, counted])
        counts.append(_counts(whole[:, chosen], here, whole[:, counted], there, (0, 1)))
    return _valley(counts)


def _halves(size: int, seed: int) -> Iterator[tuple[Integers, Integers]]:
    """Two halves of some of the customers by chance, each in both roles: to choose by, and to count."""
    order = np.random.default_rng(seed).permutation(size)[:SEPARATION_CUSTOMERS]
    first, second = np.sort(order[::2]), np.sort(order[1::2])
    yield first, second
    yield second, first


def _counts(
    chosen: Floats, here: Integers, counted: Floats, there: Integers, pair: tuple[int, int]
) -> tuple[int, int]:
    """Customers of the half that counts in the valley and on the thinner side, where the other half has
    them."""
    one, other = (chosen[:, here == place] for place in pair)
    if min(one.shape[1], other.shape[1]) < _FEWEST:
        return 0, 0
    axis = _discriminant(one, other)
    start, length = axis @ one.mean(axis=1), axis @ (other.mean(axis=1) - one.mean(axis=1))
    of_pair = (there == pair[0]) | (there == pair[1])
    if length < _NEAREST**2:  # on Fisher's axis the square of the distance in standard deviations
        return int(of_pair.sum()), 0
    by = np.sort((axis @ np.hstack([one, other]) - start) / length)
    valley, left, right = _windows(by)
    on = np.sort((axis @ counted[:, of_pair] - start) / length)
    sides = min(int(_within(on, left)), int(_within(on, right)))
    return int(_within(on, valley)), sides


def _discriminant(one: Floats, other: Floats) -> Floats:
    """Fisher's axis from the one cluster to the other."""
    sizes = one.shape[1], other.shape[1]
    pooled = sum(
        np.atleast_2d(np.cov(each)) * (size - 1) for each, size in zip((one, other), sizes, strict=True)
    )
    within = pooled / (sum(sizes) - 2)
    ridge = np.eye(len(within)) * max(float(np.trace(within)) / len(within), 1e-9) * _RIDGE
    axis: Floats = np.linalg.solve(within + ridge, other.mean(axis=1) - one.mean(axis=1))
    return axis


def _windows(sorted_places: Floats) -> tuple[float, float, float]:
    """Middles of the three windows that make the deepest valley: valley, left side, right side."""
    left, right = _VALLEYS[:, None] - _SIDES, _VALLEYS[:, None] + _SIDES
    on_left, on_right = _within(sorted_places, left), _within(sorted_places, right)
    side = np.minimum(on_left.max(axis=1), on_right.max(axis=1))
    deepest = int(np.argmin((_within(sorted_places, _VALLEYS) + 1) / (side + 1)))
    fullest = on_left[deepest].argmax(), on_right[deepest].argmax()
    return float(_VALLEYS[deepest]), float(left[deepest, fullest[0]]), float(right[deepest, fullest[1]])


def _within(sorted_places: Floats, middle: Floats | float) -> Integers:
    """How many places lie in the window about each ``middle``."""
    ends = np.searchsorted(sorted_places, np.asarray(middle) + WINDOW / 2)
    found: Integers = ends - np.searchsorted(sorted_places, np.asarray(middle) - WINDOW / 2)
    return found


def _valley(counts: list[tuple[int, int]]) -> Valley:
    """What the customers of both halves say together."""
    valley, side = (sum(each) for each in zip(*counts, strict=True))
    return Valley(_limit(valley, side, MERGE_LEVEL), _limit(valley, side, 1 - SPLIT_LEVEL))


def _limit(valley: int, side: int, level: float) -> float:
    """Limit of the odds of the valley against the side: the lower one for a small ``level``, else the upper
    one."""
    if level < 0.5:
        share = betaincinv(valley, side + 1, level) if valley else 0.0
    else:
        share = betaincinv(valley + 1, side, level) if side else 1.0
    return float(share / (1 - share)) if share < 1 else float("inf")
