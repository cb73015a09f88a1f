"""Arithmetic that several families share.

Belongs here: formulae on columns of one row. Does not belong here: which feature uses them.

All are null where they are not defined, and never NaN or infinite. ``greatest`` and ``least``
skip nulls on every engine, so nothing that may be null goes through them.
"""

from collections.abc import Mapping, Sequence

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import ratio

__all__ = [
    "coefficient_of_variation",
    "effective_number",
    "largest",
    "largest_name",
    "moved_share",
    "rate_per_30_days",
    "ratio",
    "slope_of",
    "spread_over",
    "trend_index",
]


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


def effective_number(total: ir.IntegerValue, logs: ir.NumericValue) -> ir.FloatingValue:
    """exp(ln N - (1/N) Σ n ln n) of N things in classes of n (Hill, 1973); null where N is zero.

    ``logs`` is Σ n ln n. Never below one: sums of rounded logarithms may miss it by a billionth.
    """
    n = total.cast("float64").nullif(0)
    entropy_ = n.ln() - logs.cast("float64") / n
    return ibis.ifelse(entropy_ > 0, entropy_, entropy_ * 0).exp()


def spread_over(counts: Mapping[str, ir.IntegerValue]) -> ir.FloatingValue:
    """The effective number of classes with ``counts``, of which some may be zero."""
    each = list(counts.values())
    logs = [
        ibis.ifelse(one > 0, one.cast("float64") * one.nullif(0).cast("float64").ln(), 0.0) for one in each
    ]
    return effective_number(sum(each[1:], each[0]), sum(logs[1:], logs[0]))


def moved_share(now: Sequence[ir.IntegerValue], before: Sequence[ir.IntegerValue]) -> ir.FloatingValue:
    """½ Σ |a / Σa - b / Σb|: what must move for two spreads over classes to be equal (total variation).

    Null where nothing is in one of them.
    """
    a, b = (sum(one[1:], one[0]) for one in (list(now), list(before)))
    apart = [(ratio(x, a) - ratio(y, b)).abs() for x, y in zip(now, before, strict=True)]
    return sum(apart[1:], apart[0]) / 2


def slope_of(values: Sequence[ir.NumericValue], known: ir.IntegerValue) -> ir.FloatingValue:
    """Least-squares slope per step over the last ``known`` of ``values``, oldest first, per their mean.

    Null for fewer than two, or a mean of zero.
    """
    newest_first = [one.cast("float64") for one in reversed(values)]
    within = [ibis.ifelse(known > at, one, 0.0) for at, one in enumerate(newest_first)]
    k = known.cast("float64")
    total = sum(within[1:], within[0])
    back = sum((one * float(at) for at, one in enumerate(within)), ibis.literal(0.0))
    slope = ((k - 1) / 2 * total - back) / (k * (k * k - 1) / 12).nullif(0)
    return ratio(slope, total / k.nullif(0))
