"""Features that cannot be compared with the previous period while a project is young.

Belongs here: left censoring. Data begin somewhere, so totals over a window grow for everyone
until the window is full, and lifetimes grow for ever: that is no drift. Does not belong here:
missing bins or too few customers (``assessment``).
"""

import re

import pyarrow as pa

from pipeline.tables.catalogue import Feature

#: Neither totals nor days, and yet their expectation depends on how much of the window is seen:
#: with few orders a top share is high, a variation low, and a gap still open short.
GROWING_WITH_EVIDENCE = frozenset(
    {
        "active_periods_share_12p",
        "category_concentration_12p",
        "gap_variation_12p",
        "order_amount_variation_12p",
        "overdue_ratio",
        "silence_probability",
        "top_category_share_12p",
        "top_store_share_12p",
    }
)


def incomparable(feature: Feature, periods_seen: int) -> str | None:
    """Why the feature cannot be compared with the previous period, or none when it can.

    ``periods_seen`` counts the project's periods up to this one, which is included. The window
    must have been full in the previous period already.
    """
    if feature.window == "lifetime":
        return "it grows with the length of history for every customer"
    window = re.fullmatch(r"(\d+)p", feature.window)
    if window is None or periods_seen > int(window[1]) or not _fills(feature):
        return None
    return f"its window of {window[1]} periods was not yet full in the previous period"


def _fills(feature: Feature) -> bool:
    """Whether values grow or become known as the window fills: totals, counts, days, trends."""
    is_total = feature.is_numeric and not pa.types.is_floating(feature.field.type)
    is_days = feature.field.unit == "days"
    is_trend = feature.field.unit.startswith("index -1")
    return is_total or is_days or is_trend or feature.name in GROWING_WITH_EVIDENCE
