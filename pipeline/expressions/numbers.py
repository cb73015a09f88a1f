"""Arithmetic that is the same on every engine: exact while 37 digits suffice, else in floats; null where
it is not defined, never NaN, infinite, or an error.

Belongs here: operators and functions of numbers. Does not belong here: what else a function takes
(``functions``).

Sums have one digit more than their parts, products the digits of both: types are chosen before anything
is computed, so that nothing can overflow.
"""

from collections.abc import Callable
from decimal import Decimal

import ibis
from ibis.expr import types as ir

from pipeline.expressions.terms import (
    MOST_DIGITS,
    Term,
    common,
    exact,
    floating,
    settled,
    shared_digits,
)

#: Beyond, a float holds whole numbers no more.
_WHOLE_FLOAT = 10**15
_LONGEST_INTEGER = 18
#: With more, Spark writes small numbers with an exponent (1E-7), DuckDB never.
_PLAIN_PLACES = 6
#: Digits that a machine word holds: DuckDB keeps them in products of two such.
_WORD = 18


def literal(number: Decimal) -> ir.NumericValue:
    """An exact number that is written out: as an integer where it is one of at most 18 digits."""
    before, after = digits_of(number)
    if after == 0 and before <= _LONGEST_INTEGER:
        return ibis.literal(int(number), "int64")
    return ibis.literal(number, f"decimal({before + after}, {after})")


def digits_of(number: Decimal) -> tuple[int, int]:
    """Digits before and after the point that ``number`` needs; at least one before it."""
    after = max(0, -int(number.as_tuple().exponent))
    return max(1, number.adjusted() + 1), after


def add(left: Term, right: Term) -> Term:
    """Sum."""
    return _sum(left, right, lambda a, b: a + b)


def subtract(left: Term, right: Term) -> Term:
    """Difference."""
    return _sum(left, right, lambda a, b: a - b)


def _sum(left: Term, right: Term, operator: Callable[[ir.Value, ir.Value], ir.Value]) -> Term:
    digits = shared_digits([left, right])
    if digits is None or sum(digits) + 1 > MOST_DIGITS:
        return _floats(left, operator(floating(left), floating(right)))
    wider = (digits[0] + 1, digits[1])
    return _exact(left, operator(exact(left, wider), exact(right, wider)), wider)


def multiply(left: Term, right: Term) -> Term:
    """Product."""
    if left.digits is None or right.digits is None:
        return _floats(left, floating(left) * floating(right))
    before, after = left.digits[0] + right.digits[0], left.digits[1] + right.digits[1]
    wider = [_wide_enough(*pair) for pair in ((left.digits, right.digits), (right.digits, left.digits))]
    totals = [sum(wider[0]) + sum(right.digits), sum(wider[1]) + sum(left.digits)]
    if min(totals) > MOST_DIGITS:
        return _floats(left, floating(left) * floating(right))
    if totals[0] <= totals[1]:
        return _exact(left, exact(left, wider[0]) * exact(right, right.digits), (before, after))
    return _exact(left, exact(left, left.digits) * exact(right, wider[1]), (before, after))


def _wide_enough(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """``one`` with so many digits that its type holds the ``other``, as Ibis wants it, and that it is no
    machine word where their product is none: DuckDB would keep 18 digits of it."""
    after = max(one[1], other[1])
    least = _WORD + 1 if sum(one) + sum(other) > _WORD else 0
    return max(one[0], sum(other) - after, least - after), after


def divide(left: Term, right: Term) -> Term:
    """Quotient as a float; null where the divisor is zero."""
    return _floats(left, floating(left) / floating(settled(right)).nullif(0))


def remainder(left: Term, right: Term) -> Term:
    """What is left of a division; it has the sign of the dividend. Null where the divisor is zero."""
    first, second = common([left, right])
    if first.digits is None:
        return _floats(left, floating(left) % floating(settled(right)).nullif(0))
    divisor = exact(second, first.digits)
    zero = ibis.literal(0).cast(divisor.type())
    return _exact(left, exact(first, first.digits) % divisor.nullif(zero), first.digits)


def negative(term: Term) -> Term:
    """The number with the other sign."""
    if term.digits is None:
        return _floats(term, -term.value)
    return _exact(term, -exact(term, term.digits), term.digits)


def absolute(term: Term) -> Term:
    """The number without its sign."""
    if term.digits is None:
        return _floats(term, term.value.abs())
    return _exact(term, exact(term, term.digits).abs(), term.digits)


def rounded(term: Term, places: int) -> Term:
    """``term`` to so many places, exact, halves away from zero; of a float null beyond 15 digits."""
    if term.digits is not None:
        before, after = term.digits
        if after <= places:
            return term
        return _exact(term, exact(term, (before + 1, after)), (before + 1, places))
    value = settled(term).value
    moved = value.abs() * float(10**places)
    whole = (ibis.ifelse(moved < _WHOLE_FLOAT, moved, ibis.null("float64")) + 0.5).floor()
    signed = ibis.ifelse(value < 0, -whole, whole)
    unit = Decimal(1).scaleb(-places)
    product = multiply(
        term.become(signed, "number", (16, 0)), term.become(literal(unit), "number", digits_of(unit))
    )
    return _exact(term, product.value, (16 - places, places))


def floor(term: Term) -> Term:
    """The greatest whole number that is not greater."""
    return _whole(term, lambda value: value.floor())


def ceil(term: Term) -> Term:
    """The least whole number that is not less."""
    return _whole(term, lambda value: value.ceil())


def _whole(term: Term, operator: Callable[[ir.Value], ir.Value]) -> Term:
    if term.digits is not None:
        before, after = term.digits
        if after == 0:
            return term
        return _exact(term, operator(exact(term, term.digits)), (before + 1, 0))
    # NaN and infinite ones do not fit either
    fits = term.value.abs() < 10**_LONGEST_INTEGER
    few = ibis.ifelse(fits, term.value, ibis.null("float64"))
    return term.become(operator(few).cast("int64"), "number", (18, 0))


def square_root(term: Term) -> Term:
    """Null for a number below zero."""
    value = floating(settled(term))
    return term.become(ibis.ifelse(value >= 0, value, ibis.null("float64")).sqrt(), "number")


def logarithm(term: Term) -> Term:
    """Natural; null for a number that is not above zero."""
    value = floating(settled(term))
    return term.become(ibis.ifelse(value > 0, value, ibis.null("float64")).ln(), "number")


def exponential(term: Term) -> Term:
    """e to the power of ``term``."""
    return _floats(term, floating(settled(term)).exp())


def power(base: Term, exponent: Term) -> Term:
    """Null where it is not defined, or too large for a float."""
    return _floats(base, floating(settled(base)) ** floating(settled(exponent)))


def integer(term: Term) -> Term:
    """``term`` if it is whole; null if it is not, or has more than 18 digits."""
    value = settled(term).value
    if value.type().is_integer():
        return term
    limit = 10**_LONGEST_INTEGER
    whole = (value.abs() < limit) & (value == value.floor())
    kind = value.type()
    return term.become(ibis.ifelse(whole, value, ibis.null(kind)).cast("int64"), "number", (18, 0))


def text(term: Term) -> Term:
    """An exact number written plainly: without zeros at the end, and without an exponent."""
    if term.digits is None:
        raise term.error(
            "a number with a fraction of any length has no one way to be written; "
            f"round it first: CAST(round({term.word}, 2) AS text)"
        )
    before, after = term.digits
    if after == 0:
        return term.become(term.value.cast("string"), "text")
    if after <= _PLAIN_PLACES:
        return term.become(exact(term, term.digits).cast("string").re_replace("[.]?0+$", ""), "text")
    # so the whole part and the places are written apart, as whole numbers
    size = exact(term, term.digits).abs()
    front = size.floor().cast(f"decimal({before}, 0)")
    rest = term.become(size - front, "number", (1, after))
    shift = Decimal(10) ** after
    scaled = multiply(rest, term.become(literal(shift), "number", digits_of(shift))).value.cast("int64")
    places = ibis.literal(".") + scaled.cast("string").lpad(after, "0")
    sign = ibis.ifelse(term.value < 0, "-", "")
    return term.become((sign + front.cast("string") + places).re_replace("[.]?0+$", ""), "text")


def _floats(term: Term, value: ir.Value) -> Term:
    return Term(value, "number", term.node, None, settled=False)


def _exact(term: Term, value: ir.Value, digits: tuple[int, int]) -> Term:
    before, after = digits
    return term.become(value.cast(f"decimal({max(1, before + after)}, {after})"), "number", digits)
