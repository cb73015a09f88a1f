"""Arithmetic that several families share.

Belongs here: formulae on columns of one row. Does not belong here: which feature uses them.

All are null where they are not defined, and never NaN or infinite. ``greatest`` and ``least``
skip nulls on every engine, so nothing that may be null goes through them.
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import ratio

__all__ = ["coefficient_of_variation", "largest", "largest_name", "rate_per_30_days", "ratio", "trend_index"]


def coefficient_of_variation(
    count: ir.NumericValue, total: ir.NumericValue, squares: ir.NumericValue
) -> ir.FloatingValue:
    """Sample standard deviation over mean of ``count`` values with sum and sum of squares given.

    variance = (Σx² - (Σx)²/n) / (n - 1)   (Pearson, 1896, for the coefficient)
    Null for fewer than two values or a mean of zero.
    """
    n, x, xx = (one.cast("float64") for one in (count, total, squares))
    spread = xx - x * x / n.nullif(0)
    # Equal values can leave a rounding error below zero.
    variance = ibis.ifelse(spread > 0, spread, 0.0) / (n - 1).nullif(0)
    return ibis.ifelse(n >= 2, ratio(variance.sqrt(), x / n.nullif(0)), ibis.null("float64"))


def rate_per_30_days(amount: ir.NumericValue, exposure_days: ir.FloatingValue) -> ir.FloatingValue:
    """``amount`` per 30 days of exposure, so that months of 28 and 31 days compare."""
    return amount.cast("float64") * 30 / exposure_days


def trend_index(
    now: ir.NumericValue, before: ir.NumericValue, now_days: float, before_days: float
) -> ir.FloatingValue:
    """(a - b) / (\\|a\\| + \\|b\\|) of the two rates per day: -1 ceased, 0 level, 1 began.

    Null when both are zero.
    """
    a = now.cast("float64") / now_days
    b = before.cast("float64") / before_days
    return ratio(a - b, a.abs() + b.abs())


def largest(counts: Mapping[str, ir.IntegerValue]) -> ir.IntegerValue:
    """The largest of several ``counts``; null if one is null."""
    every = list(counts.values())
    known = ibis.and_(*(one.notnull() for one in every))
    return ibis.ifelse(known, ibis.greatest(*every), ibis.null("int64"))


def largest_name(counts: Mapping[str, ir.IntegerValue]) -> ir.StringValue:
    """Name of the largest of several ``counts``, the first of equals; null where all are zero."""
    top = largest(counts)
    branches = [((one == top) & (one > 0), ibis.literal(name)) for name, one in counts.items()]
    return ibis.cases(*branches, else_=ibis.null("string"))
