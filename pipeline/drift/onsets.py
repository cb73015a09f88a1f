"""Where in a series a change began, and how sure that is.

Belongs here: change points of one level through time. Does not belong here: whether there is a change at all.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from pipeline.drift.binning import Floats

#: Places whose likelihood is within this of the best one are in the interval: half the 95% point of
#: chi-squared, 1 degree.
_REACH = 1.92


def onset(values: Sequence[float], errors: Sequence[float]) -> tuple[int, int, int]:
    """Most likely place at which a level began to change, first and last about as likely.

    The level jumps at the place, or rises from it by as much each time, whichever fits better (least
    squares; Hinkley,
    1970, for the jump); before it the level is constant. At least one value is before it. The variance about
    the fit is that of the series, never below that of sampling.
    """
    series = np.asarray(values, np.float64)
    size = series.size
    if size < 2:
        return size - 1, size - 1, size - 1
    steps, ramps = (_losses(series, shapes) for shapes in _shapes(size))
    losses = steps if steps.min() <= ramps.min() else ramps
    best = int(losses.argmin())
    variance = max(float(losses.min()) / max(size - 3, 1), float(np.mean(np.square(errors))) / 4, 1e-300)
    near = np.flatnonzero((losses - losses.min()) / (2 * variance) <= _REACH)
    return best + 1, int(near[0]) + 1, int(near[-1]) + 1


@lru_cache(maxsize=256)
def _shapes(size: int) -> tuple[Floats, Floats]:
    """Jumps and rises at every place, a row each, of mean zero and length one."""
    after = np.arange(size)[None, :] - np.arange(1, size)[:, None]
    found = []
    for shapes in ((after >= 0).astype(np.float64), np.maximum(0.0, after + 1.0)):
        away = shapes - shapes.mean(axis=1, keepdims=True)
        found.append(away / np.sqrt((away**2).sum(axis=1, keepdims=True)))
    return found[0], found[1]


def _losses(series: Floats, shapes: Floats) -> Floats:
    """Sums of squares about the best constant and multiple of each of ``shapes``."""
    centred = series - series.mean()
    left: Floats = np.maximum(0.0, float(centred @ centred) - (shapes @ centred) ** 2)
    return left
