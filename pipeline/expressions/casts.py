"""What is written out, and what is cast: literals, CAST.

Belongs here: values of a stated kind. Does not belong here: reading texts (``reading``), operators
(``compiling``).
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation

import ibis
from sqlglot import exp

from pipeline.expressions import numbers
from pipeline.expressions.dialect import start
from pipeline.expressions.errors import ExpressionError
from pipeline.expressions.terms import WALL, Term, typed

#: Longest number that can be written: what a decimal holds, with digits to compute with.
_LONGEST_NUMBER = 28
_TYPES = {
    exp.DType.DECIMAL: "number",
    exp.DType.INT: "integer",
    exp.DType.TEXT: "text",
    exp.DType.DATE: "date",
    exp.DType.TIMESTAMP: "timestamp",
    exp.DType.BOOLEAN: "boolean",
}


def type_named(node: exp.Cast) -> str:
    """The type that is cast to. Raises ``ExpressionError`` for one that does not exist."""
    to = node.args["to"]
    kind = _TYPES.get(to.this) if not to.expressions else None
    if kind is None:
        raise ExpressionError(
            f"unknown type {to.sql()}; there are {', '.join(_TYPES.values())}", start(node), to.sql()
        )
    return kind


def cast(term: Term, kind: str) -> Term:
    """``term`` as a value of ``kind``, null where it cannot be read so. Raises ``ExpressionError``."""
    if term.kind == "null":
        return typed(term, "number" if kind == "integer" else kind, "CAST")
    plain = term.become(term.value, "untyped") if term.kind == "text" else term
    if plain.kind == "untyped":
        found = typed(plain, "number" if kind == "integer" else kind, "CAST")
        return numbers.integer(found) if kind == "integer" else found
    if kind in ("number", "integer") and plain.kind == "boolean":
        return plain.become(
            ibis.ifelse(plain.value, 1, 0).nullif(ibis.ifelse(plain.value.isnull(), 0, 2)), "number", (1, 0)
        )
    if kind == "integer" and plain.kind == "number":
        return numbers.integer(plain)
    if kind == "text":
        return _text(plain)
    if kind == "date" and plain.kind == "timestamp":
        return plain.become(plain.value.date(), "date")
    return typed(plain, kind, "CAST")


def _text(term: Term) -> Term:
    if term.kind == "number":
        return numbers.text(term)
    if term.kind == "boolean":
        return term.become(ibis.cases((term.value, "true"), (~term.value, "false")), "text")
    if term.kind == "timestamp":
        return term.become(term.value.strftime("%Y-%m-%d %H:%M:%S"), "text")
    return term.become(term.value.cast("string"), "text")


def literal(node: exp.Literal) -> Term:
    """A number or text that is written out. Raises ``ExpressionError`` for a number that is too long."""
    at, word = start(node), str(node.this)
    if node.is_string:
        return Term(ibis.literal(word), "text", node, constant=word)
    try:
        number = Decimal(word)
    except InvalidOperation:
        raise ExpressionError("this is no number; write 1234.5", at, word) from None
    if number.adjusted() >= _LONGEST_NUMBER or sum(numbers.digits_of(number)) > _LONGEST_NUMBER:
        raise ExpressionError(f"a number has at most {_LONGEST_NUMBER} digits", at, word)
    plain = number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
    return Term(numbers.literal(plain), "number", node, numbers.digits_of(plain), constant=plain)


def moment(node: exp.Literal, kind: str) -> Term:
    """DATE '…' and TIMESTAMP '…', which must be ones."""
    at, written = start(node), str(node.this)
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is not None or moment.year < 1000 or (kind == "date" and len(written) != 10):
            raise ValueError
    except ValueError:
        example = "DATE '2024-01-31'" if kind == "date" else "TIMESTAMP '2024-01-31 12:00:00'"
        raise ExpressionError(f"this is no {kind}; write {example}", at, written) from None
    if kind == "date":
        return Term(ibis.literal(moment.date()), "date", node)
    return Term(ibis.literal(moment, WALL), "timestamp", node)
