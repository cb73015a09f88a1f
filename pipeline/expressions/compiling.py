"""From syntax to Ibis: names looked up, kinds checked, operators and functions applied.

Belongs here: one walk over the tree, which serves checking as well as computing. Does not belong here:
syntax (``dialect``), arithmetic (``numbers``), functions (``functions``).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import ibis
from ibis.expr import operations as ops
from ibis.expr import types as ir
from sqlglot import exp

from pipeline.expressions import numbers, texts
from pipeline.expressions.calls import called
from pipeline.expressions.casts import cast, literal, moment, type_named
from pipeline.expressions.dialect import name_of, start, written
from pipeline.expressions.errors import ExpressionError, meant, short
from pipeline.expressions.terms import WORDS, Kind, Term, of_value, one_kind, typed

#: What a part is guarded against (zero, too large a number) is written out with the part, as often as
#: parts stand within each other. More operations than this take an engine seconds to plan.
MOST_OPERATIONS = 2_000
_ARITHMETIC: dict[type[exp.Expr], tuple[str, Callable[[Term, Term], Term]]] = {
    exp.Add: ("+", numbers.add),
    exp.Sub: ("-", numbers.subtract),
    exp.Mul: ("*", numbers.multiply),
    exp.Div: ("/", numbers.divide),
    exp.Mod: ("%", numbers.remainder),
}
_COMPARISONS: dict[type[exp.Expr], tuple[str, Callable[[ir.Value, ir.Value], ir.BooleanValue]]] = {
    # not a == b: where b is NULL Ibis makes an IS NULL of that, which is true
    exp.EQ: ("=", lambda a, b: ops.Equals(a, b).to_expr()),
    exp.NEQ: ("<>", lambda a, b: ops.NotEquals(a, b).to_expr()),
    exp.LT: ("<", lambda a, b: a < b),
    exp.LTE: ("<=", lambda a, b: a <= b),
    exp.GT: (">", lambda a, b: a > b),
    exp.GTE: (">=", lambda a, b: a >= b),
}


@dataclass(frozen=True)
class Walk:
    """One walk over a tree, with the ``values`` of names; those ``untyped`` are text as it was read."""

    values: Mapping[str, ir.Value]
    untyped: Collection[str]

    def term(self, node: exp.Expr) -> Term:
        """The value of ``node``. Raises ``ExpressionError``."""
        match node:
            case exp.Paren():
                return self.term(node.this)
            case exp.Column():
                return self._name(node)
            case exp.Literal():
                return literal(node)
            case exp.Boolean():
                return Term(ibis.literal(bool(node.this)), "boolean", node)
            case exp.Null():
                return Term(ibis.null("string"), "null", node)
            case exp.And() | exp.Or() | exp.Not():
                return self._logic(node)
            case exp.Neg():
                return self._negative(node)
            case exp.DPipe():
                return self._joined(node)
            case exp.Between():
                return self._between(node)
            case exp.In():
                return self._within(node)
            case exp.Is():
                return self._is_null(node)
            case exp.Like() | exp.ILike():
                return self._like(node)
            case exp.Case():
                return self._case(node)
            case exp.Cast():
                return self._cast(node)
            case exp.Anonymous():
                return self._call(node)
        if type(node) in _ARITHMETIC:
            why, compute = _ARITHMETIC[type(node)]
            left, right = (self._number(one, why) for one in (node.this, node.expression))
            return _at(node, compute(left, right))
        if type(node) in _COMPARISONS:
            sign, compare = _COMPARISONS[type(node)]
            both = [self.term(node.this), self.term(node.expression)]
            for one in both:
                if isinstance(one.node, exp.Null):
                    raise one.error(f"{sign} NULL is never true: write x IS NULL or x IS NOT NULL")
            same = one_kind(both, sign, ordered=sign not in ("=", "<>"))
            return _flag(node, compare(same[0].value, same[1].value))
        raise ExpressionError(
            f"{type(node).__name__} (as SQL has it) is no part of an expression", start(node), written(node)
        )

    # ------------------------------------------------------------------------------ leaves

    def _name(self, node: exp.Column) -> Term:
        name = name_of(node)
        if name not in self.values:
            hint = " (texts stand in 'single quotes')" if node.this.args.get("quoted") else ""
            raise ExpressionError(
                f"unknown name {short(name)}{hint}, {meant(name, self.values)}", start(node)
            )
        return of_value(self.values[name], node, name in self.untyped)

    def _number(self, node: exp.Expr, why: str) -> Term:
        term = self.term(node)
        if term.kind == "number":
            return term
        if why in "+-" and term.kind in ("date", "timestamp"):
            raise term.error("dates are not added up: write add_days(d, 30) or days_between(a, b)")
        if why == "+" and term.kind == "text":
            raise term.error("texts are joined by ||")
        return typed(term, "number", why)

    # --------------------------------------------------------------------------- operators

    def _logic(self, node: exp.Expr) -> Term:
        why = type(node).__name__.upper()
        first = typed(self.term(node.this), "boolean", why).value
        if isinstance(node, exp.Not):
            return _flag(node, ~first)
        second = typed(self.term(node.expression), "boolean", why).value
        return _flag(node, first & second if isinstance(node, exp.And) else first | second)

    def _negative(self, node: exp.Neg) -> Term:
        term = self._number(node.this, "-")
        found = _at(node, numbers.negative(term))
        if isinstance(term.constant, Decimal):
            value = numbers.literal(-term.constant)
            return Term(value, "number", node, term.digits, constant=-term.constant)
        return found

    def _joined(self, node: exp.DPipe) -> Term:
        left, right = (typed(self.term(one), "text", "||") for one in (node.this, node.expression))
        return _at(node, left.become(left.value + right.value, "text"))

    def _between(self, node: exp.Between) -> Term:
        parts = [self.term(one) for one in (node.this, node.args["low"], node.args["high"])]
        value, low, high = (one.value for one in one_kind(parts, "BETWEEN", ordered=True))
        return _flag(node, (value >= low) & (value <= high))

    def _within(self, node: exp.In) -> Term:
        first, *others = one_kind([self.term(one) for one in (node.this, *node.expressions)], "IN")
        if first.kind == "boolean":  # see _is_null
            return _flag(node, ibis.or_(*(ops.Equals(first.value, one.value).to_expr() for one in others)))
        return _flag(node, first.value.isin([one.value for one in others]))

    def _is_null(self, node: exp.Is) -> Term:
        term = self.term(node.this)
        kind = "text" if term.kind in ("untyped", "null") else term.kind
        value = typed(term, kind, "IS NULL").value
        # Ibis writes no parentheses around a condition here, which engines take for other ones
        return _flag(node, (value.cast("int8") if kind == "boolean" else value).isnull())

    def _like(self, node: exp.Like | exp.ILike) -> Term:
        why = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
        text, pattern = typed(self.term(node.this), "text", why), self.term(node.expression)
        if not isinstance(pattern.constant, str):
            raise pattern.error(f"{why} needs a pattern that is written out, as 'A%'")
        found = texts.like(text.value, pattern.constant, why == "ILIKE")
        return _flag(node, ~found if node.args.get("negate") else found)

    def _case(self, node: exp.Case) -> Term:
        branches = node.args["ifs"]
        default = node.args.get("default")
        results = [self.term(one.args["true"]) for one in branches]
        other = Term(ibis.null("string"), "null", None) if default is None else self.term(default)
        if node.this is None:
            tests = [typed(self.term(one.this), "boolean", "WHEN").value for one in branches]
        else:
            operand, *keys = one_kind(
                [self.term(node.this), *(self.term(one.this) for one in branches)], "CASE"
            )
            tests = [ops.Equals(operand.value, key.value).to_expr() for key in keys]
        *same, last = one_kind([*results, other], "CASE")
        value = ibis.cases(*zip(tests, (one.value for one in same), strict=True), else_=last.value)
        return Term(value, last.kind, node, last.digits)

    def _cast(self, node: exp.Cast) -> Term:
        kind = type_named(node)
        if isinstance(node.this, exp.Literal) and node.this.is_string and kind in ("date", "timestamp"):
            return moment(node.this, kind)
        return _at(node, cast(self.term(node.this), kind))

    # --------------------------------------------------------------------------- functions

    def _call(self, node: exp.Anonymous) -> Term:
        function = called(node)
        return _at(node, function.build([self.term(one) for one in node.expressions]))


def check_size(value: ir.Value, given: Iterable[ir.Value]) -> None:
    """Raises ``ExpressionError`` where ``value``, written out, has more operations on what is ``given``
    than an engine should plan."""
    leaves = {one.op() for one in given}

    def size(node: ops.Node, sizes: Mapping[ops.Node, int], **_: object) -> int:
        if node in leaves:
            return 1
        inner = sum(sizes.get(one, 0) for one in node.__children__)
        # engines write NULLIF out as a CASE
        return 1 + inner * (2 if isinstance(node, ops.NullIf) else 1)

    if value.op().map(size, filter=ops.Value)[value.op()] > MOST_OPERATIONS:
        raise ExpressionError(
            "too much stands within each other for an engine: compute a part of it apart, under its own name"
        )


def _at(node: exp.Expr, term: Term) -> Term:
    """The same value, with the place of the whole of ``node``."""
    return replace(term, node=node)


def _flag(node: exp.Expr, value: ir.Value) -> Term:
    return Term(value, "boolean", node)


def wanted(term: Term, expected: Kind | None) -> Term:
    """``term`` as what is expected. Raises ``ExpressionError`` where it is something else."""
    if expected is not None:
        if term.kind not in (expected, "untyped", "null") and {term.kind, expected} != {"date", "timestamp"}:
            raise ExpressionError(
                f"the expression gives {WORDS[term.kind]}, and {WORDS[expected]} belongs here"
                + ("; compare it, as x > 0" if expected == "boolean" else f"; write CAST(… AS {expected})")
            )
        return (
            cast(term, expected)
            if {term.kind, expected} == {"date", "timestamp"}
            else typed(term, expected, "this")
        )
    if term.kind == "null":
        raise ExpressionError("the expression is always NULL; write CAST(NULL AS text) if that is meant")
    return term
