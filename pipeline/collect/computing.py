"""Columns that settings compute from those of a row, and rows that they want (``where``).

Belongs here: expressions of a source over its rows, and which of them can be computed when. Does not
belong here: reading rows or joining lookups (``reading``), or what an expression means (``expressions``).
"""

from collections.abc import Collection, Mapping
from functools import reduce
from operator import and_

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import raw_name, text
from pipeline.errors import InputError
from pipeline.expressions import Expression, ExpressionError, compiled
from pipeline.expressions.terms import Kind
from pipeline.settings import SourceSettings
from pipeline.settings.columns import COMPUTED

#: Columns named in a message, at most.
_NAMED = 20
_ADDED = frozenset(("_source", "_file", "_row"))


def keys_of_names(source: SourceSettings) -> dict[str, str]:
    """Every name that an expression of ``source`` mentions, and the key of the first that does."""
    each = {_key(name): one for name, one in source.computed.items()} | source.conditions
    found: dict[str, str] = {}
    for key, one in each.items():
        for name in one.names:
            found.setdefault(name, key)
    return found


def with_computed(
    table: ir.Table, waiting: Mapping[str, Expression], untyped: Collection[str], where: str
) -> tuple[ir.Table, dict[str, Expression]]:
    """``table`` with those of the ``waiting`` columns that can be computed from it, and the others.

    ``untyped``: raw columns of text that has no type. Raises ``InputError`` where ``table`` has a column of
    that name, or an expression is wrong over the columns there are.
    """
    left = dict(waiting)
    while ready := {name: one for name, one in left.items() if _has_all(table, one)}:
        names = {one.casefold() for one in table.columns}
        if clash := [one for one in ready if raw_name(one).casefold() in names]:
            raise InputError(
                f"{where}, key compute.{clash[0]}",
                f"the source has a column {clash[0]} of its own",
                "names that the source lacks",
                "Rename the computed column, and use the new name where it is meant.",
            )
        found = {
            raw_name(name): _value(table, one, untyped, f"{where}, key {_key(name)}", None)
            for name, one in ready.items()
        }
        table = table.mutate(**found)
        left = {name: one for name, one in left.items() if name not in ready}
    return table, left


def check_all_computed(
    table: ir.Table,
    names: Collection[str],
    left: Mapping[str, Expression],
    untyped: Collection[str],
    where: str,
) -> None:
    """``InputError`` where a column of ``names``, or one that it is made from, is among those ``left``: it
    says what the table lacks."""
    behind, todo = [], list(names)
    while todo:
        one = todo.pop()
        if one in left and one not in behind:
            behind.append(one)
            todo += left[one].names
    for name in behind:
        if any(raw_name(one) not in table.columns and one not in left for one in left[name].names):
            _value(table, left[name], untyped, f"{where}, key {_key(name)}", None)


def is_wanted(
    table: ir.Table, source: SourceSettings, untyped: Collection[str], where: str
) -> ir.BooleanValue:
    """Whether every condition of ``where`` is true of a row; never null. Raises ``InputError``."""
    each = [
        _value(table, one, untyped, f"{where}, key {key}", "boolean").fill_null(False)
        for key, one in source.conditions.items()
    ]
    return reduce(and_, each, ibis.literal(True))


def _value(
    table: ir.Table, expression: Expression, untyped: Collection[str], where: str, expected: Kind | None
) -> ir.Value:
    there = [one for one in table.columns if one not in _ADDED and not one.startswith(COMPUTED)]
    named = {one: one for one in there} | {
        one: raw_name(one) for one in expression.names if raw_name(one) in there
    }
    values = {name: table[column] for name, column in named.items()}
    values |= {
        one: text(values[one]) for one in expression.names if one in values and values[one].type().is_string()
    }
    plain = [name for name, column in named.items() if column in untyped]
    try:
        return compiled(expression, values, expected, plain)
    except ExpressionError as error:
        more = f" and {len(there) - _NAMED:,} more" if len(there) > _NAMED else ""
        raise InputError(
            where,
            str(error),
            f"an expression over the columns there are: {', '.join(there[:_NAMED])}{more}",
            "Correct the expression in the settings.",
        ) from None


def _has_all(table: ir.Table, expression: Expression) -> bool:
    return all(raw_name(one) in table.columns for one in expression.names)


def _key(name: str) -> str:
    """The key of the settings under which a column is computed."""
    if not name.startswith(COMPUTED):
        return f"compute.{name}"
    mapped = name.removeprefix(COMPUTED)
    return mapped if mapped == "latest_by" else f"columns.{mapped}"
