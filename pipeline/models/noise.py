"""How much a score usually changes from one period to the next, in points.

Belongs here: the robust size of changes. Does not belong here: what a scheme makes of it.
"""

import numpy as np

from pipeline.models.frame import Floats

#: Noise of a score in points: never below the floor, and the fallback while there is no earlier period.
NOISE_FLOOR, NOISE_FALLBACK = 1.0, 5.0
#: 80% of a normal distribution lie within so many standard deviations of its middle.
NORMAL_80 = 1.281552


def robust_noise(changes: Floats, fewest: int) -> float:
    """Usual size of ``changes`` in points: the standard deviation of the normal with their middle 80%.

    Distances from the median, at their 80th percentile: extremes beyond do not count, and changes
    of which most are zero are not taken for calm, as their median would have it. Fewer than
    ``fewest`` changes teach nothing.
    """
    if len(changes) < fewest:
        return NOISE_FALLBACK
    distances = np.abs(changes - np.median(changes))
    return max(NOISE_FLOOR, float(np.quantile(distances, 0.80) / NORMAL_80))
