"""Duplicates among good rows: which of equal rows stays.

Belongs here: the rule of survival. Does not belong here: quarantine (``rules``).

Exact duplicates (same content, source and period): the one collected first stays, then by file
and row. Key duplicates: latest ``updated_at``, then the source of higher priority, then the
latest collected, then the greatest digest of content, so that the order of rows never matters.
"""

import ibis
from ibis.expr import types as ir

#: What tells one raw row from another.
ROW_ID = ("period", "source", "file", "row", "collected_at")


def occurrences(rows: ir.Table) -> ir.Table:
    """Row ids with ``occurrence`` (from 0) of rows of one source whose content is repeated in the
    period; rows that stand alone are left out."""
    keys = ["period", "content"]
    repeated = rows.group_by(keys).having(rows.count() > 1).agg(times=rows.count())
    some = rows.semi_join(repeated, keys)
    order = ibis.window(group_by=keys, order_by=["collected_at", "file", "row"])
    return some.select(*ROW_ID, occurrence=ibis.row_number().over(order))


def superseded(rows: ir.Table, key: tuple[str, ...]) -> ir.Table:
    """Row ids of rows that lose to another of the same key."""
    keys = list(key)
    repeated = rows.group_by(keys).having(rows.count() > 1).agg(times=rows.count())
    some = rows.semi_join(repeated, keys)
    updated = [some["updated_at"].desc(nulls_first=False)] if "updated_at" in some.columns else []
    order = [
        *updated,
        some["priority"].desc(),
        some["collected_at"].desc(),
        some["content"].desc(),
        some["source"],
        some["file"],
        some["row"],
    ]
    ranked = some.select(*ROW_ID, place=ibis.row_number().over(ibis.window(group_by=keys, order_by=order)))
    return ranked.filter(ranked["place"] > 0).select(*ROW_ID)
