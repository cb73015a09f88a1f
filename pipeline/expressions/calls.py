"""Which function is called, and what is said where there is none of that name.

Belongs here: looking up, counting arguments, words for what other languages have. Does not belong here:
the functions (``functions``).
"""

from sqlglot import exp

from pipeline.expressions.casts import literal, type_named
from pipeline.expressions.dialect import start
from pipeline.expressions.errors import ExpressionError, meant, short
from pipeline.expressions.functions import FUNCTIONS, Function

_AGGREGATES = frozenset((
    "sum", "count", "avg", "mean", "min", "max", "median", "stddev", "variance", "first", "last", "any_value",
    "array_agg", "string_agg", "row_number", "rank", "lag", "lead",
))  # fmt: skip
_INSTEAD = {
    **dict.fromkeys(("now", "today", "current_date", "current_timestamp"),
                    "a run of today and one of tomorrow would differ: write the date, as DATE '2024-12-31'"),
    "if": "write CASE WHEN … THEN … ELSE … END",
    "iif": "write CASE WHEN … THEN … ELSE … END",
    "ifnull": "write coalesce(x, y)",
    "concat": "write x || y",
    "date": "write CAST(x AS date), or DATE '2024-01-31'",
    "strptime": "write to_date(t, '%d/%m/%Y')",
    "datediff": "write days_between(a, b)",
    "date_diff": "write days_between(a, b)",
    "regexp_matches": "engines read such patterns in different ways: write LIKE, contains or starts_with",
    "random": "a run of today and one of tomorrow would differ",
}  # fmt: skip


def called(node: exp.Anonymous) -> Function:
    """The function that ``node`` calls. Raises ``ExpressionError``: none of that name, or other arguments."""
    name = str(node.this).lower()
    function = FUNCTIONS.get(name)
    if function is None:
        raise _no_function(name, start(node))
    count = len(node.expressions)
    if count < function.least or count > function.most:
        bounds = (
            f"{function.least} to {function.most}" if function.least < function.most else str(function.most)
        )
        raise ExpressionError(
            f"{function.signature} takes {bounds} argument{'' if bounds == '1' else 's'}, not {count}",
            start(node),
            name,
        )
    return function


def check_words(root: exp.Expr) -> None:
    """Raises ``ExpressionError`` where something is called, cast to, or written, that does not exist."""
    for node in root.walk():
        if isinstance(node, exp.Anonymous):
            called(node)
        elif isinstance(node, exp.Cast):
            type_named(node)
        elif isinstance(node, exp.Literal):
            literal(node)


def _no_function(name: str, at: int | None) -> ExpressionError:
    if name in _AGGREGATES:
        return ExpressionError(
            f"{name} looks at many rows, and an expression at one; for the largest of several values of one "
            "row write greatest(x, y), for the least least(x, y)",
            at,
            name,
        )
    if name in _INSTEAD:
        return ExpressionError(f"there is no function {name}: {_INSTEAD[name]}", at, name)
    listed = ", ".join(FUNCTIONS)
    close = meant(name, FUNCTIONS)
    hint = f"{close} All there are: {listed}" if close.startswith("did") else f"there are {listed}"
    return ExpressionError(f"there is no function {short(name)}, {hint}", at, name)
