"""Ibis expressions that mean the same on every engine, where the obvious ones do not.

Belongs here: time as numbers, division, squares of money. Does not belong here: any measure
or feature.
"""

from datetime import datetime

from ibis.expr import types as ir


def epoch_seconds(at: ir.TimestampValue) -> ir.IntegerValue:
    """Whole seconds from 1970-01-01 UTC to ``at``, rounded down.

    Engines return fractions, or cut them, or round them when cast: hence the floor.
    """
    return at.epoch_seconds().cast("float64").floor().cast("int64")


def days_until(end: datetime, at: ir.TimestampValue) -> ir.FloatingValue:
    """Days from ``at`` to ``end``, with fractions down to the second."""
    return (int(end.timestamp()) - epoch_seconds(at)).cast("float64") / 86_400


def ratio(numerator: ir.NumericValue, denominator: ir.NumericValue) -> ir.FloatingValue:
    """``numerator / denominator`` as a float; null where the denominator is zero or null."""
    return numerator.cast("float64") / denominator.cast("float64").nullif(0)


def squared(amount: ir.DecimalValue) -> ir.DecimalValue:
    """Exact square of an ``AMOUNT``, scale 8.

    One side is widened: DuckDB keeps 18 digits when both sides have 18, and Spark drops
    decimals when the product needs more than 38.
    """
    return multiplied(amount, amount)


def multiplied(one: ir.DecimalValue, other: ir.DecimalValue) -> ir.DecimalValue:
    """Exact product of two ``AMOUNT``, scale 8; widened as ``squared``."""
    wide = one.cast("decimal(18, 4)").cast("decimal(19, 4)")
    return (wide * other.cast("decimal(18, 4)")).cast("decimal(38, 8)")
