"""Features that cannot be compared with the previous period while a project is young.

Belongs here: left censoring. Data begin somewhere, so totals over a window grow for everyone
until the window is full, and lifetimes grow for ever: that is no drift. Does not belong here:
missing bins or too few customers (``assessment``).
"""

import re

from pipeline.features import Feature


def incomparable(feature: Feature, periods_seen: int) -> str | None:
    """Why the feature cannot be compared with the previous period, or none when it can.

    ``periods_seen`` counts the project's periods up to this one, which is included. The window
    must have been full in the previous period already.
    """
    if feature.window == "lifetime":
        return "it grows with the length of history for every customer"
    window = re.fullmatch(r"(\d+)p", feature.window)
    if window is None or periods_seen > int(window[1]) or not feature.ripens:
        return None
    return f"its window of {window[1]} periods was not yet full in the previous period"
