"""Expressions: what users write in YAML to compute a value or a condition from the values of one row.

Belongs here: the language: its words (``dialect``), functions (``functions``), kinds (``terms``), and the
Ibis that it becomes (``compiling``). Does not belong here: what names exist (sources, features and rules
say so). Described in docs/expressions.md.

Nothing is ever run as text: sqlglot parses, a whitelist of syntax is let through, and what is computed is
made of Ibis operations.
"""

from collections.abc import Collection, Mapping

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from pipeline.expressions.compiling import Walk, check_size, wanted
from pipeline.expressions.dialect import tree
from pipeline.expressions.errors import ExpressionError
from pipeline.expressions.functions import FUNCTIONS, Function
from pipeline.expressions.language import Expression, parse
from pipeline.expressions.terms import Kind, finished

__all__ = ["FUNCTIONS", "Expression", "ExpressionError", "Function", "Kind", "compiled", "parse", "type_of"]


def compiled(
    expression: Expression | str,
    values: Mapping[str, ir.Value],
    expected: Kind | None = None,
    untyped: Collection[str] = (),
) -> ir.Value:
    """``expression`` over ``values``, as an Ibis value of one of the types of ``type_of``.

    ``untyped`` names texts as they were read from a source (best as ``engine.values.text`` gives them):
    they count as numbers beside numbers, as dates beside dates, and what cannot be read so is null. An
    expression that is itself such a text is read as what is ``expected``. Errors as for ``type_of``.
    """
    text = expression if isinstance(expression, str) else expression.text
    term = Walk(values, frozenset(untyped)).term(tree(text))
    value = finished(wanted(term, expected))
    check_size(value, values.values())
    return value


def type_of(
    expression: Expression | str,
    types: Mapping[str, dt.DataType],
    expected: Kind | None = None,
    untyped: Collection[str] = (),
) -> dt.DataType:
    """Type of what ``expression`` gives over columns of ``types``: boolean, int64, a decimal, float64,
    string, date or timestamp(6).

    Raises ``ExpressionError`` for an unknown name, a wrong type, a function that does not exist, and
    where another kind of value is ``expected``.
    """
    table = ibis.table({f"c{at}": one for at, one in enumerate(types.values())}, name="types")
    values = {name: table[f"c{at}"] for at, name in enumerate(types)}
    return compiled(expression, values, expected, untyped).type()
