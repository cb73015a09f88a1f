"""The least that must have been observed of a customer before a scheme judges it, by scheme.

Belongs here: the defaults, each with its reason, and the check of a project's own. Does not
belong here: what happens to whoever has less (``segments.least_evidence``).

Evidence is counted in observations: a feature can be known from a single order, yet one order
says nothing of how someone usually buys. A customer must have all that is named.
"""

from typing import Annotated

import pyarrow as pa
from pydantic import AfterValidator, Field

from pipeline.tables.catalogue import BY_NAME as FEATURES_BY_NAME


def _counts(least: dict[str, int]) -> dict[str, int]:
    wrong = [name for name in least if not _is_count(name)]
    if wrong:
        raise ValueError(f"not counts of the catalogue (whole numbers, _count_): {', '.join(wrong)}")
    return least


def _is_count(name: str) -> bool:
    feature = FEATURES_BY_NAME.get(name)
    return feature is not None and pa.types.is_integer(feature.field.type) and "_count" in name


#: Count feature -> the least number of it.
LeastEvidence = Annotated[dict[str, Annotated[int, Field(ge=1)]], AfterValidator(_counts)]

#: Two gaps are the fewest that can differ, and three order days the fewest with two gaps.
_RHYTHM = {"order_days_count_12p": 3}

LEAST_EVIDENCE: dict[str, dict[str, int]] = {
    # A level, not a rhythm: but the mean of one order is that order.
    "purchasing_power": {"orders_count_12p": 2},
    "purchase_frequency": _RHYTHM,
    # Of six orders all fall into one half of the span by chance once in 32; of three, once in four.
    "recent_trend": {"orders_count_6p": 6},
    # What was sent back of one or two orders is nothing or half of everything.
    "satisfaction": {"orders_count_12p": 3},
    "loyalty": _RHYTHM,
    "churn_risk": _RHYTHM,
    "rfm": _RHYTHM,
    # For the stages that rest on a rhythm; dates alone make new, returned and lost.
    "lifecycle": _RHYTHM,
    # How often and how evenly someone buys is what clusters are told apart by.
    "behaviour_clusters": _RHYTHM,
}
