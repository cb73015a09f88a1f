"""The normal distribution, as far as scoring needs it.

Belongs here: its distribution function. Does not belong here: what a scheme takes for noise (``noise``).
"""

from pipeline.models.frame import Floats


def normal_below(deviations: Floats) -> Floats:
    """Share of a standard normal distribution below each of ``deviations``."""
    from scipy.special import ndtr  # a third of a second to load: only scoring pays for it

    found: Floats = ndtr(deviations)
    return found
