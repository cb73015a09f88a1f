"""Lookups: columns of a second table beside the rows of a source.

Belongs here: joining. Does not belong here: reading the second table (``reading``).
"""

from collections.abc import Callable

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import identifier_text, raw_name
from pipeline.errors import InputError
from pipeline.settings import Lookup


def joined(table: ir.Table, lookup: Lookup, where: str, read: Callable[[], ir.Table]) -> ir.Table:
    """``table`` with the lookup's columns, null where no key is found; ``read`` gives the rows of its
    connector. Raises ``InputError``: a key occurs twice there, or a column is missing or there already."""
    if clash := sorted({raw_name(one) for one in lookup.columns} & set(table.columns)):
        raise InputError(
            where,
            f"the source has a column {', '.join(clash)} of its own",
            "columns that the source lacks",
            "Take the column from one of the two only.",
        )
    if lost := [one for one in lookup.match if raw_name(one) not in table.columns]:
        raise InputError(
            where,
            f"it matches on {', '.join(lost)}, which only a later lookup gives",
            "columns of the source, computed ones, or those of earlier lookups",
            "Put the lookups into the order in which they are needed.",
        )
    if lookup.connector is None:
        return _matched(table, lookup, _written(lookup), identifier_text)
    other, keys = read(), [raw_name(one) for one in lookup.match.values()]
    known = other.filter(other[key].notnull() for key in keys)
    repeated = known.group_by(keys).having(known.count() > 1).agg(rows=known.count()).count().execute()
    if repeated:
        raise InputError(
            where,
            f"{repeated} keys ({', '.join(lookup.match.values())}) occur more than once",
            "at most one row a key, so that no row of the source is doubled",
            "Make the key unique there, or match on more columns.",
        )
    return _matched(table, lookup, known, lambda value: value.cast("string"))


def _written(lookup: Lookup) -> ir.Table:
    """A table that stands in the settings, which have checked that its keys are unique."""
    names = dict.fromkeys((*lookup.match.values(), *lookup.columns))
    rows = [{raw_name(name): row[name] for name in names} for row in lookup.own_rows]
    return ibis.memtable(rows, schema={raw_name(name): "string" for name in names})


def _matched(
    table: ir.Table, lookup: Lookup, known: ir.Table, key_text: Callable[[ir.Value], ir.StringValue]
) -> ir.Table:
    keys = [raw_name(one) for one in lookup.match.values()]
    right = known.select(
        **{f"_key{at}": known[key].cast("string") for at, key in enumerate(keys)},
        **{raw_name(one): known[raw_name(one)] for one in lookup.columns},
    )
    left = table.mutate(
        **{f"_key{at}": key_text(table[raw_name(one)]) for at, one in enumerate(lookup.match)}
    )
    on = [f"_key{at}" for at in range(len(keys))]
    return left.left_join(right, on).drop(*on, *(f"{one}_right" for one in on))
