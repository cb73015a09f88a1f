"""Of whom a forecast is asked, and how finely it is told: the same for every kind.

Belongs here: what scoring and training share. Does not belong here: either of them.
"""

from collections.abc import Mapping

import numpy as np

from pipeline.models.frame import Flags, Frame

#: Decimals that forecasts keep, as features do.
DECIMALS = 6


def is_asked(at_least: Mapping[str, int], frame: Frame) -> Flags:
    """Customers of whom a forecast is asked: those with the least counts."""
    found = np.ones(len(frame), dtype=np.bool_)
    for name, least in at_least.items():
        found &= np.nan_to_num(frame.number(name), nan=0.0) >= least
    return found
