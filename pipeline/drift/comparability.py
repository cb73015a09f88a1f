"""Features that cannot be compared with the previous period while a project is young.

Belongs here: left censoring. Data begin somewhere, so totals over a window grow for everyone
until the window is full, and lifetimes grow for ever: that is no drift. Does not belong here:
missing bins or too few customers (``assessment``).
"""

import re

from pipeline.features import Feature
from pipeline.features.evidence import FAMILY as EVIDENCE

#: Windows are no longer than this; evidence rests on all of them.
LONGEST = 12


def incomparable(feature: Feature, periods_seen: int) -> str | None:
    """Why the feature cannot be compared with the previous period, or none when it can.

    ``periods_seen`` counts the project's periods up to this one, which is included. The window
    must have been full in the previous period already.
    """
    if feature.window == "lifetime":
        return "it grows with the length of history for every customer"
    return filling(feature, periods_seen) if feature.ripens or feature.family is EVIDENCE else None


def filling(feature: Feature, periods_seen: int) -> str | None:
    """Why only the level of the feature can be compared, or none when all can.

    While a window fills more becomes known of every customer, whatever they do: fewer values are missing, and
    means and shares of few events lie further apart than those of many.
    """
    window = re.fullmatch(r"(\d+)p", feature.window)
    periods = LONGEST if feature.family is EVIDENCE else int(window[1]) if window else 0
    if periods_seen > periods:
        return None
    return f"its window of {periods} periods was not yet full in the previous period"
