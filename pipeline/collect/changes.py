"""What a reading of a source changes in its raw rows: rows to add, and markers of rows withdrawn.

Belongs here: the rules of equal rows, keys, corrections and deletions. Does not belong here:
reading (``reading``), periods of rows (``placing``), or which of them are collected (``collecting``).

Raw rows are only ever added. A row that its source has since corrected or deleted is answered by
a *marker*: the same period, ``_file``, ``_row`` and columns, its ``_withdraws_at`` being the
``_collected_at`` of the row. Rows read have no ``_withdraws_at``.
"""

from datetime import datetime

import ibis
from ibis.expr import types as ir

from pipeline.collect.placing import event_instant, is_snapshot, mapped_instant
from pipeline.engine.dialect import INSTANT
from pipeline.engine.values import (
    digest,
    held,
    identifier_text,
    moment,
    normal,
    raw_name,
    source_columns,
    text,
)
from pipeline.settings import Project

#: Whether a row is left out by ``where``: no column of a source is called like this.
LEFT_OUT = "left out:"
#: Equal rows: the same key and content in the same period.
_SAME = ("_key", "period", "_content")


def unseen(read: ir.Table, known: ir.Table) -> ir.Table:
    """Rows of ``read`` whose n-th occurrence of a content in a period is not in ``known``.

    For sources without a key: what was collected stays, equal rows are recognised by content.
    """

    def numbered(rows: ir.Table) -> ir.Table:
        with_content = rows.mutate(_content=_content(rows))
        order = ibis.window(group_by=["period", "_content"], order_by=["_file", "_row"])
        return with_content.mutate(_occurrence=ibis.row_number().over(order))

    keys = ["period", "_content", "_occurrence"]
    return numbered(read).anti_join(numbered(known).select(keys), keys).select(read.columns)


def keyed(project: Project, name: str, read: ir.Table, known: ir.Table, collected_at: datetime) -> ir.Table:
    """Rows and markers to add, for a source with ``row_key``, or of one row an account (``latest_by``).

    ``read``: rows read now, as raw rows, with the ``period`` that they belong to, null for none.
    Where ``LEFT_OUT`` says so, a row is one that the source no longer wants: it is not added, and counts as
    deleted. ``known``: raw rows and markers collected before. Of all versions of a key the latest
    ``updated_at`` is in force; of equal ones the one read last (by file and row, and a row read
    now rather than one collected before). Every other
    version is kept and withdrawn, as is one that the source marks as deleted. A key that was
    withdrawn and is given again lives again. A row without a key (null in a column of it) is its
    own key, by its content. Of equal rows as many are added as there are more of them now. In a
    snapshot every period has keys of its own.
    """
    before = held(_alive(_marked(project, name, known)))
    now = held(_of_keys_kept(_marked(project, name, read), before))
    force = held(_in_force(now, before))
    judged = now.join(force, now["_key"] == force["_key_"])
    lives = judged["_wins"] & ~judged["_gone_"] & _equal(judged)
    judged = judged.mutate(_lives=lives).filter(judged["period"].notnull())
    judged = held(judged.filter(~judged[LEFT_OUT]))
    living = _more(judged.filter(judged["_lives"]), before.filter(before["_live"]))
    stale = held(_more(judged.filter(~judged["_lives"]), before))
    alive = before.filter(before["_live"])
    old = alive.join(force, alive["_key"] == force["_key_"])
    withdrawn = [old.filter(old["_wins"] & (old["_gone_"] | ~_equal(old)))]
    if project.sources[name].deletions == "missing":
        withdrawn.append(alive.anti_join(now, "_key"))
    markers = [_markers(one, collected_at) for one in (stale, *withdrawn)]
    return ibis.union(*(one.select(known.columns) for one in (living, stale, *markers)))


def _of_keys_kept(now: ir.Table, before: ir.Table) -> ir.Table:
    """``now`` with ``LEFT_OUT``; of rows left out only those whose key is also that of other rows."""
    if LEFT_OUT not in now.columns:
        return now.mutate(**{LEFT_OUT: False})
    now = now.mutate(_gone=now["_gone"] | now[LEFT_OUT])
    keys = now.filter(~now[LEFT_OUT]).select("_key").union(before.select("_key")).distinct()
    return now.semi_join(keys, "_key")


def key_of(project: Project, name: str, rows: ir.Table) -> ir.StringValue:
    """Digest of a row's own key; null for a row without one."""
    parts = [identifier_text(rows[raw_name(one)]) for one in project.sources[name].keyed_by]
    whole = ibis.and_(*(one.notnull() for one in parts))
    return ibis.ifelse(whole, digest(parts), ibis.null("string"))


def _content(rows: ir.Table) -> ir.StringValue:
    return digest([rows[one] for one in source_columns(rows) if one != LEFT_OUT])


def _marked(project: Project, name: str, rows: ir.Table) -> ir.Table:
    """``rows`` with ``_key``, ``_content``, ``_updated`` (an instant or null) and ``_gone``."""
    content = _content(rows)
    key = ibis.coalesce(ibis.literal("k") + key_of(project, name, rows), ibis.literal("c") + content)
    if is_snapshot(project, name):
        key = key + rows["period"]
    updated = (
        mapped_instant(project, name, rows, "updated_at")
        if project.sources[name].latest_by is None
        else event_instant(project, name, rows)
    )
    return rows.mutate(
        _key=key,
        _content=content,
        _updated=ibis.null(INSTANT) if updated is None else updated,
        _gone=_marked_deleted(project, name, rows),
    )


def _marked_deleted(project: Project, name: str, rows: ir.Table) -> ir.BooleanValue:
    flag = project.sources[name].deleted
    if flag is None:
        return ibis.literal(False)
    value = text(rows[raw_name(flag.column)])
    if flag.values is None:
        return value.notnull()
    return value.lower().isin([normal(str(one)).lower() for one in flag.values]).fill_null(False)


def alive(known: ir.Table) -> ir.Table:
    """Rows of ``known`` that have not been withdrawn."""
    rows = _alive(known)
    return rows.filter(rows["_live"]).drop("_live")


def _alive(known: ir.Table) -> ir.Table:
    """Rows of ``known`` without its markers, and whether each is still ``_live``."""
    markers = known.filter(known["_withdraws_at"].notnull())
    gone = markers.select(_p="period", _f="_file", _r="_row", _w="_withdraws_at").distinct()
    rows = known.filter(known["_withdraws_at"].isnull())
    same = [("period", "_p"), ("_file", "_f"), ("_row", "_r"), ("_collected_at", "_w")]
    joined = rows.left_join(gone, same)
    return joined.mutate(_live=joined["_w"].isnull()).select(*rows.columns, "_live")


def _in_force(now: ir.Table, before: ir.Table) -> ir.Table:
    """Of each key read now (``_key_``) the version that the source gives, and whether it ``_wins``
    over what was collected before."""
    order = [now["_updated"].desc(nulls_first=False), now["_file"].desc(), now["_row"].desc()]
    ranked = now.mutate(_place=ibis.row_number().over(ibis.window(group_by="_key", order_by=order)))
    given = ranked.filter(ranked["_place"] == 0).select(
        _key_="_key", _content_="_content", _period_="period", _updated_="_updated", _gone_="_gone"
    )
    standing = before.filter(before["_live"] | before["_gone"])
    newest = standing.group_by(_known="_key").agg(_newest=standing["_updated"].max())
    joined = given.left_join(newest, given["_key_"] == newest["_known"])
    wins = joined["_newest"].isnull() | (joined["_updated_"] >= joined["_newest"]).fill_null(False)
    return joined.mutate(_wins=wins).drop("_known", "_newest")


def _equal(rows: ir.Table) -> ir.BooleanValue:
    """Whether a row is that version of its key which the source gives now, in that period."""
    same_period = (rows["period"] == rows["_period_"]).fill_null(False)
    return (rows["_content"] == rows["_content_"]) & same_period


def _more(rows: ir.Table, known: ir.Table) -> ir.Table:
    """Those of ``rows`` of which there are more than of their equals in ``known``."""
    counts = known.group_by(_k="_key", _p="period", _c="_content").agg(_had=known.count())
    order = ibis.window(group_by=list(_SAME), order_by=["_file", "_row"])
    numbered = rows.mutate(_nth=ibis.row_number().over(order))
    joined = numbered.left_join(counts, [("_key", "_k"), ("period", "_p"), ("_content", "_c")])
    return joined.filter(joined["_nth"] >= joined["_had"].fill_null(0)).select(rows.columns)


def _markers(rows: ir.Table, collected_at: datetime) -> ir.Table:
    kinds = rows.schema()
    withdrawn = rows.mutate(_withdraws_at=rows["_collected_at"].cast(kinds["_withdraws_at"]))
    return withdrawn.mutate(_collected_at=moment(collected_at).cast(kinds["_collected_at"]))
