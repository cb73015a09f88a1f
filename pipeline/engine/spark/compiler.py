"""DuckDB's words in Spark's SQL, where Ibis has none or another meaning.

Belongs here: how an operation is written so that it gives what DuckDB gives. Does not belong here: running
it (``backend``).
"""

import re
from collections.abc import Callable
from typing import Any

import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.dialects import PySpark
from ibis.expr import operations as ops
from ibis.expr.operations.udf import InputType

from pipeline.engine.spark.functions import CAPITALS, TEXT_OF_FLOATS, WORKERS_WORDS, reading_name

_Word = Callable[..., Any]
#: Hours after which a clock that was set back is past the times that it showed twice.
_AFTER_HOURS = 6
#: A group of a pattern, in a replacement.
_GROUP = re.compile(r"\\(\d)")
#: Capital letters that Java writes small by what stands beside them, or as two signs; and one sign for each.
_TURNED, _SMALL = "\u0130\u03a3", "i\u03c3"
#: Parts of a pattern that tell whether a class is open, and the blanks of RE2: Java's have the vertical tab.
_SIGNS, _BLANKS = re.compile(r"\\.|[\[\]]", re.DOTALL), r" \t\n\f\r"


class SparkText(PySpark):  # type: ignore[misc]
    """SQL for Spark in which a text means what it holds.

    Of ``\\v``, ``\\f`` and ``\\a`` Spark reads the letter: stripped of blanks, two of which are written so, a
    text would lose each v and f at its ends. They stand as they are.
    """


SparkText.ESCAPED_SEQUENCES = {
    sign: written for sign, written in PySpark.ESCAPED_SEQUENCES.items() if sign not in "\v\f\a"
}


class SparkCompiler(PySparkCompiler):  # type: ignore[misc]
    """Ibis's compiler for Spark, with DuckDB's meaning."""

    __slots__ = ()
    dialect = SparkText

    def visit_ScalarUDF(self, op: Any, **values: Any) -> Any:
        """A word of ``engine.dialect``, or a function in Python."""
        name = op.__func_name__
        if op.__input_type__ == InputType.BUILTIN:
            if name in WORKERS_WORDS:
                return self.f.anon[WORKERS_WORDS[name].name](*values.values())
            if word := _WORDS.get(name):
                return word(self, op, *values.values())
        return super().visit_ScalarUDF(op, **values)

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """Text of instants has the offset, that of floats is DuckDB's; to whole numbers it is rounded."""
        if to.is_string() and op.arg.dtype.is_floating():
            return self.f.anon[TEXT_OF_FLOATS.name](arg)
        if to.is_integer():
            arg = self._nearest(arg, op.arg.dtype)
        text = super().visit_Cast(op, arg=arg, to=to)
        if to.is_string() and op.arg.dtype.is_timestamp() and op.arg.dtype.timezone:
            return self.f.concat(text, sge.convert("+00"))
        return text

    def visit_Lowercase(self, op: Any, *, arg: Any) -> Any:
        """Letter by letter: Java writes a sigma at the end of a word in another way, İ as two signs."""
        return self.f.lower(self.f.anon.translate(arg, sge.convert(_TURNED), sge.convert(_SMALL)))

    def visit_Uppercase(self, op: Any, *, arg: Any) -> Any:
        """By DuckDB on the workers: Java writes hundreds of letters as two or three, such as ß and ŉ."""
        return self.f.anon[CAPITALS.name](arg)

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """Text is read by DuckDB on the workers: each engine takes other texts for a number or a time."""
        if op.arg.dtype.is_string() and not to.is_string():
            return self.f.anon[reading_name(to)](arg)
        if to.is_integer():
            arg = self._nearest(arg, op.arg.dtype)
        return super().visit_TryCast(op, arg=arg, to=to)

    def _nearest(self, arg: Any, kind: Any) -> Any:
        """The nearest whole number, where Spark cuts: of two the even one for floats, else the greater."""
        if kind.is_floating():
            return self.f.rint(arg)
        return self.f.round(arg, 0) if kind.is_decimal() else arg

    def visit_Round(self, op: Any, *, arg: Any, digits: Any) -> Any:
        """Floats are rounded as DuckDB does it: scaled, rounded half away from zero, scaled back."""
        if not op.arg.dtype.is_floating() or not isinstance(op.digits, ops.Literal) or not op.digits.value:
            return super().visit_Round(op, arg=arg, digits=digits)
        scale = self.cast(sge.convert(10 ** abs(op.digits.value)), op.arg.dtype)
        if op.digits.value > 0:
            return self.cast(self.f.round(arg * scale, 0) / scale, op.dtype)
        return self.cast(self.f.round(arg / scale, 0) * scale, op.dtype)

    def visit_IsInf(self, op: Any, *, arg: Any) -> Any:
        """Ibis compares the words of both sides instead of writing a comparison: nothing is infinite."""
        return self.f.abs(arg).eq(self.POS_INF)

    def visit_IsNan(self, op: Any, *, arg: Any) -> Any:
        """Null of a null, of which Spark says that it is a number."""
        return self.if_(arg.is_(NULL), NULL, self.f.isnan(arg))

    def visit_ArrayIndex(self, op: Any, *, arg: Any, index: Any) -> Any:
        """Null beyond the ends, where ``element_at`` is an error."""
        if isinstance(op.index, ops.Literal) and op.index.value >= 0:
            return self.f.anon.get(arg, index)
        return self.f.anon.try_element_at(arg, self.if_(index < 0, index, index + 1))

    def visit_ArrayCollect(self, op: Any, *, arg: Any, where: Any, order_by: Any, **others: Any) -> Any:
        """In order, where an order is asked for: of the values themselves."""
        if not order_by:
            return super().visit_ArrayCollect(op, arg=arg, where=where, order_by=order_by, **others)
        if [one.arg for one in op.order_by] != [op.arg] or not op.order_by[0].ascending:
            raise NotImplementedError("Spark collects in the order of the collected values only")
        return self.f.sort_array(self.f.collect_list(arg if where is None else self.if_(where, arg, NULL)))

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Zero, where Ibis's own sum would be null: of rows of which no condition is known."""
        if where is None:
            return super().visit_CountStar(op, arg=arg, where=where)
        return self.f.anon.count_if(where)

    def visit_InValues(self, op: Any, **values: Any) -> Any:
        """In parentheses: Spark cannot read ``a IN (b) IS NULL``."""
        return sge.paren(super().visit_InValues(op, **values), copy=False)

    def visit_Between(self, op: Any, **values: Any) -> Any:
        """In parentheses, as ``visit_InValues``."""
        return sge.paren(super().visit_Between(op, **values), copy=False)

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:
        """See ``_pattern``."""
        return self.f.anon.rlike(arg, _pattern(pattern))

    def visit_RegexExtract(self, op: Any, *, arg: Any, pattern: Any, index: Any) -> Any:
        """See ``_pattern``."""
        return self.f.anon.regexp_extract(arg, _pattern(pattern), index)

    def visit_RegexReplace(self, op: Any, *, arg: Any, pattern: Any, replacement: Any) -> Any:
        r"""See ``_pattern``; groups are ``$1`` in Java, ``\1`` elsewhere."""
        if isinstance(replacement, sge.Literal):
            said = str(replacement.this).replace("$", "\\$")
            replacement = sge.convert(_GROUP.sub(r"$\1", said))
        return self.f.anon.regexp_replace(arg, _pattern(pattern), replacement)


def _pattern(pattern: Any) -> Any:
    r"""A pattern for Java that means what it means for RE2: ``.`` all but a line feed, ``$`` the very end,
    ``\s`` no vertical tab."""
    if not isinstance(pattern, sge.Literal):
        return pattern
    said = str(pattern.this)
    if said.endswith("$") and not said.endswith("\\$"):
        said = said[:-1] + "\\z"
    return sge.convert("(?d)" + _with_blanks(said))


def _with_blanks(pattern: str) -> str:
    r"""The blanks that ``\s`` and ``\S`` mean, one by one, in a class of their own or that around them."""
    is_open = False

    def said(found: re.Match[str]) -> str:
        nonlocal is_open
        sign = found.group()
        if sign in "[]":
            is_open = sign == "["
        if sign == r"\s":
            return _BLANKS if is_open else f"[{_BLANKS}]"
        return f"[^{_BLANKS}]" if sign == r"\S" else sign

    return _SIGNS.sub(said, pattern)


def _time_zone(compiler: SparkCompiler, op: Any, zone: Any, at: Any) -> Any:
    """``timezone``: of a wall time the instant, of an instant the wall time.

    A wall time that a clock shows twice means the later instant, as on DuckDB: Spark takes the earlier.
    The other one is found by the offset that holds some hours after it.
    """
    f = compiler.f.anon
    if op.args[1].dtype.timezone:
        return compiler.cast(f.from_utc_timestamp(at, zone), op.dtype)
    wall = compiler.cast(at, op.dtype)
    first = f.to_utc_timestamp(wall, zone)
    after = f.timestampadd(sge.Var(this="HOUR"), sge.convert(_AFTER_HOURS), first)
    offset = f.timestampdiff(sge.Var(this="MICROSECOND"), after, f.from_utc_timestamp(after, zone))
    second = f.timestampadd(sge.Var(this="MICROSECOND"), -offset, wall)
    is_shown = f.from_utc_timestamp(second, zone).eq(wall)
    return compiler.if_(is_shown, f.greatest(first, second), first)


#: Words of ``engine.dialect`` that Spark writes otherwise.
_WORDS: dict[str, _Word] = {
    "timezone": _time_zone,
    "sha256": lambda compiler, op, value: compiler.f.anon.sha2(value, sge.convert(256)),
    "encode": lambda compiler, op, text: compiler.f.anon.encode(text, sge.convert("UTF-8")),
    "||": lambda compiler, op, left, right: compiler.f.anon.concat(left, right),
    "list_distinct": lambda compiler, op, words: compiler.f.anon.array_distinct(words),
}
