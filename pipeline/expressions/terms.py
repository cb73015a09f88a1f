"""Values on the way: an Ibis expression with what is known of it, and how one kind is read as another.

Belongs here: kinds, untyped text, bringing several to one kind. Does not belong here: arithmetic
(``numbers``), functions, or syntax.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import operations as ops
from ibis.expr import types as ir
from sqlglot import exp

from pipeline.expressions import reading
from pipeline.expressions.dialect import start, written
from pipeline.expressions.errors import ExpressionError, short

Kind: TypeAlias = Literal["boolean", "number", "text", "date", "timestamp"]
WALL = "timestamp(6)"
WORDS = {
    "boolean": "true or false",
    "number": "a number",
    "text": "text",
    "date": "a date",
    "timestamp": "a timestamp",
    "untyped": "text as it was read",
    "null": "NULL",
}
_NULLS = {"boolean": "boolean", "text": "string", "date": "date", "timestamp": WALL}
#: Digits of whole numbers by their size in bytes. Those of eight are computed with up to 18, so that the
#: product of two is exact; larger ones are null in arithmetic, and compared as they are.
_DIGITS = {1: 3, 2: 5, 4: 10, 8: 18}
#: Digits before and after the point of a number that is read from text: ids of 64 bits, and rates.
READ_DIGITS = (19, 10)
_LARGEST_FLOAT = 1.7976931348623157e308


@dataclass(frozen=True)
class Term:
    """A value, and the ``node`` of syntax that it stands for (none: an ELSE that is not written).

    ``digits`` before and after the point are those of an exact number, none of a float; ``settled``
    floats are finite or null. ``constant`` is what was written out.
    """

    value: ir.Value
    kind: str
    node: exp.Expr | None
    digits: tuple[int, int] | None = None
    settled: bool = True
    constant: Any = None

    @property
    def word(self) -> str:
        """As it is written."""
        return "ELSE" if self.node is None else short(written(self.node))

    def error(self, what: str) -> ExpressionError:
        """An error at this place."""
        return ExpressionError(what, None if self.node is None else start(self.node), self.word)

    def become(self, value: ir.Value, kind: str, digits: tuple[int, int] | None = None) -> "Term":
        """Another value at the same place."""
        return Term(value, kind, self.node, digits)


def of_value(value: ir.Value, node: exp.Expr, untyped: bool) -> Term:
    """A column. Raises ``ExpressionError`` for types that no expression reads."""
    kind = value.type()
    if kind.is_string():
        return Term(value, "untyped" if untyped else "text", node)
    if kind.is_boolean():
        return Term(value, "boolean", node)
    if kind.is_integer():
        return Term(value, "number", node, (_DIGITS[kind.nbytes], 0))
    if kind.is_decimal() and kind.precision is not None:
        return Term(value, "number", node, (kind.precision - kind.scale, kind.scale))
    if kind.is_numeric():
        return Term(value.cast("float64"), "number", node, None, settled=False)
    if kind.is_date():
        return Term(value, "date", node)
    if kind.is_timestamp():
        return Term(value.cast(WALL), "timestamp", node)
    if kind.is_null():
        return Term(value, "null", node)
    raise ExpressionError(
        f"it holds values of the type {kind}, which no expression reads", start(node), written(node)
    )


def settled(term: Term) -> Term:
    """``term``, null where it is NaN or infinite."""
    if term.settled:
        return term
    # NaN is the greatest float on every engine
    value = ibis.ifelse(term.value.abs() <= _LARGEST_FLOAT, term.value, ibis.null("float64"))
    return replace(term, value=value, settled=True)


def typed(term: Term, kind: str, why: str) -> Term:
    """``term`` as a value of ``kind``: untyped text is read so, NULL is one. ``why`` says what needs it.

    Raises ``ExpressionError`` where it is of another kind.
    """
    if term.kind == kind:
        return settled(term)
    if term.kind == "untyped":
        return read(term, kind)
    if term.kind == "null":
        if kind == "number":
            return term.become(ibis.null("decimal(1, 0)"), kind, (1, 0))
        return term.become(ibis.null(_NULLS[kind]), kind)
    if kind == "timestamp" and term.kind == "date":
        return term.become(term.value.cast(WALL), kind)
    raise term.error(f"{why} needs {WORDS[kind]}, and this is {WORDS[term.kind]}; {_remedy(term, kind)}")


def _remedy(term: Term, kind: str) -> str:
    if kind == "boolean":
        return "compare it, as x > 0"
    if kind == "date" and term.kind == "text" and isinstance(term.constant, str):
        return "write DATE '2024-01-31'"
    if kind == "timestamp" and term.kind == "text" and isinstance(term.constant, str):
        return "write TIMESTAMP '2024-01-31 12:00:00'"
    if kind == "number" and term.kind in ("date", "timestamp"):
        return "take a part of it, as year(d), or days_between(a, b)"
    if kind == "number" and isinstance(term.constant, str):
        return "write numbers without quotes"
    return f"write CAST(… AS {kind})"


def read(term: Term, kind: str) -> Term:
    """Text read as ``kind``; null where it cannot be."""
    if kind == "number":
        return term.become(reading.number(term.value), kind, READ_DIGITS)
    if kind == "boolean":
        return term.become(reading.boolean(term.value), kind)
    if kind == "date":
        return term.become(reading.date(term.value), kind)
    if kind == "timestamp":
        return term.become(reading.timestamp(term.value), kind)
    return term.become(term.value, "text")


def one_kind(terms: Sequence[Term], what: str, ordered: bool = False) -> list[Term]:
    """``terms`` as values of one kind and type; ``what`` names what they are parts of.

    Untyped text is read as the kind of the others. ``ordered``: they are told apart by size, which
    of two untyped texts nobody knows. Raises ``ExpressionError``.
    """
    known = [one for one in terms if one.kind not in ("untyped", "null")]
    if not known:
        if ordered and any(one.kind == "untyped" for one in terms):
            first = next(one for one in terms if one.kind == "untyped")
            raise first.error(
                f"{what} of texts as they were read: say what they are, as CAST({first.word} AS number)"
            )
        kind = "untyped" if any(one.kind == "untyped" for one in terms) else "null"
        return [one if one.kind == kind else one.become(ibis.null("string"), kind) for one in terms]
    kind = known[0].kind
    for one in known[1:]:
        if one.kind != kind:
            if {one.kind, kind} == {"date", "timestamp"}:
                kind = "timestamp"
                continue
            first = next(other for other in known if other.kind == kind)
            blamed, wanted = (first, one.kind) if first.kind == "text" else (one, kind)
            other = one if blamed is first else first
            raise blamed.error(
                f"{what}: {WORDS[blamed.kind]} and {WORDS[other.kind]} ({other.word}) do not go together; "
                f"{_remedy(blamed, wanted)}"
            )
    if ordered and kind == "boolean":
        raise known[0].error(f"{what}: true and false have no order; write = or <>")
    same = [typed(one, kind, what) for one in terms]
    return common(same) if kind == "number" else same


#: Spark loses places beyond 38 digits, and takes one more for sums.
MOST_DIGITS = 37


def exact(term: Term, digits: tuple[int, int]) -> ir.DecimalValue:
    """An exact number as a decimal of so many digits before and after the point."""
    before, after = digits
    kind = dt.dtype(f"decimal({before + after}, {after})")
    found = term.value
    if found.type().is_integer():
        return found.try_cast(kind)
    return found if found.type() == kind else found.cast(kind)


def floating(term: Term) -> ir.FloatingValue:
    """A number as a float."""
    value: ir.FloatingValue = term.value.cast("float64")
    return value


def common(terms: Sequence[Term]) -> list[Term]:
    """Numbers as values of one type: exact where all are and 37 digits suffice, else floats."""
    if all(one.value.type().is_integer() for one in terms):
        most = max(one.digits or (18, 0) for one in terms)
        return [one if one.digits == most else replace(one, digits=most) for one in terms]
    digits = shared_digits(terms)
    if digits is None:
        return [one.become(floating(one), "number") for one in terms]
    return [one.become(exact(one, digits), "number", digits) for one in terms]


def shared_digits(terms: Sequence[Term]) -> tuple[int, int] | None:
    """Digits that hold all of ``terms``; none where one is a float, or too many are needed."""
    known = [one.digits for one in terms if one.digits is not None]
    if len(known) < len(terms):
        return None
    before, after = max(one[0] for one in known), max(one[1] for one in known)
    return (before, after) if before + after <= MOST_DIGITS else None


def finished(term: Term) -> ir.Value:
    """The value that comes out: whole numbers as int64, texts as text, no NaN, nothing infinite."""
    if term.kind == "number":
        value = settled(term).value
        if term.digits is None:
            return value
        # cast even where Ibis knows the type: what DuckDB makes of decimals has fewer places at times
        return value.try_cast("int64") if term.digits[1] == 0 else ops.Cast(value, to=value.type()).to_expr()
    return term.value
