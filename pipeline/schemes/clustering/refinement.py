"""Splitting and merging clusters until each is one and every two are two.

Belongs here: the moves from one set of clusters to the next. Does not belong here: the test they rest on
(``separation``), or whether the outcome is stable (``stability``).
 Between "surely one" and "surely two" there are clusters of which neither can be said. Those of the champion
stay as they are until there is evidence (law L11): its clusters are merged when the valley between them is
surely too full; new ones are accepted only when it is surely not.
"""

from collections.abc import Mapping

import numpy as np

from pipeline.models.frame import Floats
from pipeline.schemes.clustering.finding import Way
from pipeline.schemes.clustering.separation import UNKNOWN, Valley, own_valley, valleys
from pipeline.schemes.clustering.shapes import Shapes

#: Fewest customers of a cluster.
CUSTOMERS_PER_CLUSTER = 10


def fullest(found: Mapping[tuple[int, int], Valley], is_held: bool) -> float:
    """How full the fullest valley is: surely not more than that, or, of clusters ``is_held`` that were there
    before, surely not less. 0 for no pair."""
    return max((_fullness(one, is_held) for one in found.values()), default=0.0)


def _fullness(one: Valley, is_held: bool) -> float:
    return one.least if is_held else one.most


def refined(
    z: Floats, whole: Floats, start: Shapes, way: Way, k_max: int, limit: float, is_held: bool
) -> Shapes:
    """Clusters from ``start``, warm, with those merged between which the valley is fuller than ``limit``, and
    those split within which it surely is not. ``is_held``: see ``fullest``. One cluster when all are one."""
    shapes, may_split = _settled(z, start, way), True
    for _ in range(start.k + k_max):
        fewer = _merged(z, whole, shapes, way, limit, is_held)
        more = _split(z, whole, shapes, way, k_max, limit) if fewer is None and may_split else None
        after = more if fewer is None else fewer
        if after is None:
            break
        was_split = after.k > shapes.k
        shapes = _settled(z, after, way)
        if was_split and _merged(z, whole, shapes, way, limit, is_held) is not None:
            may_split = False  # on the edge: it would come and go for ever
    return shapes


def _settled(z: Floats, start: Shapes, way: Way) -> Shapes:
    """Clusters found from ``start``, without those that have lost their customers."""
    shapes = start
    while shapes.k > 1:
        shapes = shapes.taken(_peopled(z, shapes))
        shapes = way.find(z, shapes.k, shapes)
        if len(_peopled(z, shapes)) == shapes.k:
            break
    return shapes


def _peopled(z: Floats, shapes: Shapes) -> list[int]:
    sizes = np.bincount(shapes.labels(z), minlength=shapes.k)
    return [place for place, size in enumerate(sizes) if size >= CUSTOMERS_PER_CLUSTER] or [0]


def _merged(z: Floats, whole: Floats, shapes: Shapes, way: Way, limit: float, is_held: bool) -> Shapes | None:
    """``shapes`` with the two made one between which the valley is fullest, if it is too full."""
    found = {pair: _fullness(one, is_held) for pair, one in valleys(z, whole, shapes, way).items()}
    if not found or max(found.values()) <= limit:
        return None
    first, second = max(found, key=lambda pair: (found[pair], -pair[0], -pair[1]))
    sizes = np.bincount(shapes.labels(z), minlength=shapes.k)
    return shapes.merged(first, second, sizes)


def _split(z: Floats, whole: Floats, shapes: Shapes, way: Way, k_max: int, limit: float) -> Shapes | None:
    """``shapes`` with the cluster made two within which the valley is emptiest, if it is surely empty
    enough."""
    if shapes.k >= k_max:
        return None
    labels = shapes.labels(z)
    found = {}
    for place in range(shapes.k):
        mine = labels == place
        enough = int(mine.sum()) >= 4 * CUSTOMERS_PER_CLUSTER  # two halves of two clusters
        found[place] = own_valley(z[:, mine], whole[:, mine], way) if enough else UNKNOWN
    place = min(found, key=lambda one: (found[one].most, one))
    if found[place].most > limit:
        return None
    two = way.find(z[:, labels == place], 2, None)
    return shapes.parted(place, two)
