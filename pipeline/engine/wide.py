"""Wide tables: columns of one kind for each of several names, ``<name>_<kind>``.

Belongs here: picking of such columns the one whose name a row says. Does not belong here: any name.
"""

from collections.abc import Collection

import ibis
from ibis.expr import types as ir


def picked(rows: ir.Table, by: str, names: Collection[str], end: str) -> ir.Value:
    """Of the columns ``<name><end>`` of ``rows`` that of the name in column ``by``; null for another name."""
    branches = [(rows[by] == name, rows[f"{name}{end}"]) for name in names]
    return ibis.cases(*branches) if branches else ibis.null("string")
