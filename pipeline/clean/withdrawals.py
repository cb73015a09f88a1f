"""Rows read, and markers that withdraw them.

Belongs here: telling the two apart. Does not belong here: writing markers (``collect``).

A raw row with ``_withdraws_at`` is no row read but a marker: the row of the same period, ``_file``
and ``_row`` that was collected at that instant has since been deleted, or replaced by a corrected
one. Raw tables from before markers existed have no such column.
"""

import ibis
from ibis.expr import types as ir

from pipeline.clean.duplicates import ROW_ID

_MARK = "_withdraws_at"


def rows_read(raw: ir.Table) -> ir.Table:
    """The rows that were read from the source, without markers."""
    return raw.filter(raw[_MARK].isnull()).drop(_MARK) if _MARK in raw.columns else raw


def withdrawn(raw: ir.Table, source: str) -> ir.Table | None:
    """Ids of the rows that markers withdraw, each once; none where the table has no markers."""
    if _MARK not in raw.columns:
        return None
    markers = raw.filter(raw[_MARK].notnull())
    return markers.select(
        period=markers["period"],
        source=ibis.literal(source),
        file=markers["_file"],
        row=markers["_row"].cast("int64"),
        collected_at=markers[_MARK],
    ).distinct()


def marked(rows: ir.Table, gone: ir.Table, number: int) -> ir.Table:
    """``rows`` with ``broken`` = ``number`` for good rows that are ``gone``; a bad row stays bad."""
    joined = rows.left_join(gone.mutate(_gone=ibis.literal(True)), list(ROW_ID))
    reason = joined["broken"].coalesce(
        ibis.ifelse(joined["_gone"], ibis.literal(number, "int64"), ibis.null("int64"))
    )
    return joined.mutate(broken=reason).select(rows.columns)
