"""Raw rows of periods: what was collected before stays, what is new is added.

Belongs here: which periods a reading may touch, and how far it reaches. Does not belong here:
reading (``reading``), periods of rows (``placing``), rules of equal rows and keys (``changes``),
or how a cursor is compared (``cursors``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from pipeline.collect.changes import LEFT_OUT, alive, key_of, keyed, unseen
from pipeline.collect.cursors import next_cursor
from pipeline.collect.given import given_in_parts, given_whole
from pipeline.collect.parts import Part
from pipeline.collect.placing import is_snapshot, located, of_periods, place
from pipeline.collect.reading import SourceRows
from pipeline.collect.readings import Reading
from pipeline.collect.sharing import Shared
from pipeline.collect.states import unchanged_carried
from pipeline.engine import Engine
from pipeline.engine.dialect import INSTANT
from pipeline.engine.values import held, moment, raw_name, source_columns
from pipeline.errors import InputError
from pipeline.settings import Project


@dataclass(frozen=True)
class Changes:
    """What one reading of a source adds to its raw rows.

    ``added``: rows and markers with their ``period``. ``cursor``: the value from which the next
    reading must start so that no row is missed; none for a source without a cursor. ``reading``:
    how many rows were read, in periods and outside of them. ``parts``: what to remember of the parts of its
    files, so that the next reading can leave out those that it knows; none for a source without parts.
    ``new_columns``: columns that the source has now and had not when it was collected first; nothing reads
    them.
    """

    added: ir.Table
    cursor: str | None
    reading: Reading
    parts: list[Part] | None = None
    new_columns: tuple[str, ...] = ()

    def periods(self) -> list[str]:
        """Periods that get rows or markers."""
        found = self.added.select("period").distinct().to_pyarrow()["period"].to_pylist()
        return sorted(map(str, found))


def collect(
    engine: Engine,
    project: Project,
    name: str,
    periods: list[str],
    existing: ir.Table | None,
    collected_at: datetime,
    since: str | None = None,
    collected: Collection[str] | None = None,
) -> ir.Table:
    """Raw rows of a source for ``periods``: those of ``existing``, and what ``changes`` adds."""
    found = changes(engine, project, name, periods, existing, collected_at, since, collected)
    return with_added(existing, found.added, periods)


def with_added(existing: ir.Table | None, added: ir.Table, periods: list[str]) -> ir.Table:
    """Raw rows of ``periods``: those collected before and those added."""
    new = of_periods(added, periods)
    if existing is None:
        return new
    before = _with_markers(existing.filter(existing["period"].isin(periods)))
    known, more = _alike(before.select(added.columns), new)
    return known.union(more)


def changes(
    engine: Engine,
    project: Project,
    name: str,
    periods: list[str],
    existing: ir.Table | None,
    collected_at: datetime,
    since: str | None = None,
    collected: Collection[str] | None = None,
    shared: Shared | None = None,
    parts: Sequence[Part] = (),
) -> Changes:
    """Read a source and find what is new in ``periods``.

    Rows added have ``period``, ``_collected_at``, ``_source``, ``_file``, ``_row``,
    ``_withdraws_at`` and the source's columns.

    ``existing``: raw rows collected before, with the mapping of today: of ``periods`` (or of another one, for
    its columns), and of all periods when rows have a key, because a corrected row may leave its period.
    ``collected`` are the periods that were collected before, none given: those of ``existing``. With
    ``since`` only rows from that value of the source's cursor on are read.

    Without ``row_key`` a row is new when its content is not among those collected before in its
    period. With it, see ``changes.keyed``. A snapshot is the state at its collection: it goes to
    periods never collected, and what changed in it to the project's last complete one; earlier
    periods keep the state as it was known then (law L2). A state told by events goes on from the one that
    was collected last. What ``shared`` knows is not read again, nor are ``parts`` of its files that the last
    reading with these settings gave (``Changes.parts``), as far as nothing new can come of them. Raises
    ``InputError``, also when the source's columns are not those of ``existing``, and when it has no rows at
    all while missing rows count as deleted.
    """
    if not periods:
        raise ValueError("no periods asked for")
    known = None if existing is None or not existing.count().execute() else _with_markers(existing)
    now = collected_at if known is None else _later(known, collected_at)
    asked = _open(project, name, periods, known, now, collected)
    every = [*periods, *(collected or ())]
    source_rows = None
    if known is not None and since is None:
        source_rows = given_in_parts(engine, project, name, parts, asked, every, now, shared)
    if source_rows is None:
        source_rows = given_whole(engine, project, name, every, now, since, shared)
    if source_rows.touched is not None:
        asked = [one for one in asked if one in source_rows.touched]
    rows = source_rows.rows or _nothing(known)
    raw = _telling(project, name, rows.wanted)
    new_columns = _new_columns(known, raw)
    if known is not None:
        raw = _same_columns(name, known, raw, partly=since is not None)
    columns = ["period", "_collected_at", "_source", "_file", "_row", "_withdraws_at", *raw.columns[3:]]

    def placed(some: ir.Table) -> ir.Table:
        found = _placed(project, name, some, asked, now)
        return found.mutate(_collected_at=moment(now), _withdraws_at=ibis.null(INSTANT)).select(columns)

    read = placed(_with_last_state(project, name, raw, known))
    cursor = next_cursor(project, name, rows.every, periods, now, since)
    source = project.sources[name]
    if not source.keyed_by:
        some = None if known is None else known.filter(known["period"].isin(asked))
        added = _as_before(project, name, _without_keys(read, some, since), known, asked)
        return Changes(added, cursor, source_rows.reading, source_rows.parts, new_columns)
    before = known
    known = read.limit(0) if known is None else known.select(columns)
    if is_snapshot(project, name):
        known = known.filter(known["period"].isin(asked))
    _check_not_emptied(project, name, raw, known)
    read, known = _alike(read, known)
    given = read
    if rows.left_out is not None and source.latest_by is None:
        # a row that is wanted no more ends what was collected of its key
        left_out = placed(rows.left_out).cast(read.schema())
        given = read.mutate(**{LEFT_OUT: False}).union(left_out.mutate(**{LEFT_OUT: True}))
    if since is not None:
        known = _of_keys(project, name, given, known)
    found = keyed(project, name, given, known, now)
    added = _as_before(project, name, held(of_periods(found, asked)), before, asked)
    return Changes(added, cursor, source_rows.reading, new_columns=new_columns)


def _as_before(
    project: Project, name: str, added: ir.Table, known: ir.Table | None, asked: list[str]
) -> ir.Table:
    """``added``, where a state that is as it was is the one ``known`` of the last period collected."""
    if known is None or not is_snapshot(project, name):
        return added
    start = project.calendar.start_date
    there = known.select("period").distinct().to_pyarrow()["period"].to_pylist()
    last = max(there, key=start)
    new = [one for one in asked if start(one) > start(last)]
    one, other = _alike(added, _with_markers(known).select(added.columns))
    return held(unchanged_carried(one, other, last, new)) if new else added


def _nothing(known: ir.Table | None) -> SourceRows:
    """A reading of no part: no rows, with the columns collected before."""
    assert known is not None  # without it, all parts are read
    rows = known.select("_source", "_file", "_row", *source_columns(known)).limit(0)
    return SourceRows(rows, rows, None)


def _telling(project: Project, name: str, raw: ir.Table) -> ir.Table:
    """``raw`` as it is kept: of events that tell a state only the columns that tell it."""
    source = project.sources[name]
    if source.latest_by is None:
        return raw
    wanted = {"_source", "_file", "_row", *(raw_name(one) for one in source.own_columns)}
    return raw.select([one for one in raw.columns if one in wanted])


def _with_last_state(project: Project, name: str, raw: ir.Table, known: ir.Table | None) -> ir.Table:
    """``raw`` and, of events that tell a state, those of the last period collected: what a source no
    longer gives, or gave before its cursor, has been told."""
    if known is None or project.sources[name].latest_by is None:
        return raw
    periods = known.select("period").distinct().to_pyarrow()["period"].to_pylist()
    state = known.filter(known["period"] == max(periods, key=project.calendar.start_date))
    one, other = _alike(raw, alive(state).select(raw.columns))
    return one.union(other)


def _with_markers(existing: ir.Table) -> ir.Table:
    """Raw rows of a lake that knew no markers yet have none."""
    given = "_withdraws_at" in existing.columns
    return existing if given else existing.mutate(_withdraws_at=ibis.null(INSTANT))


def _later(known: ir.Table, collected_at: datetime) -> datetime:
    """``collected_at``, or just after the newest row known: no two collections share a moment."""
    newest = known["_collected_at"].max().to_pyarrow().as_py()
    return max(collected_at, newest + timedelta(microseconds=1)) if newest is not None else collected_at


def _open(
    project: Project,
    name: str,
    periods: list[str],
    known: ir.Table | None,
    now: datetime,
    collected: Collection[str] | None,
) -> list[str]:
    """Those of ``periods`` that rows may be added to."""
    if not is_snapshot(project, name) or (known is None and not collected):
        return periods
    if collected is None:
        assert known is not None
        collected = known.select("period").distinct().to_pyarrow()["period"].to_pylist()
    last = project.periods(now)[-1:]
    return [one for one in periods if one not in collected or one in last]


def _placed(project: Project, name: str, raw: ir.Table, asked: list[str], now: datetime) -> ir.Table:
    """Rows with their period. Rows with keys are all there, with no period when it is not the
    project's: a row may be corrected to a time outside of it."""
    if not asked:
        return raw.limit(0).mutate(period=ibis.null("string"))
    if is_snapshot(project, name) or not project.sources[name].row_key:
        return place(project, name, raw, asked, now)
    last = max([*asked, *project.periods(now)], key=project.calendar.start_date)
    return located(project, name, raw, last, now)


def _without_keys(read: ir.Table, known: ir.Table | None, since: str | None) -> ir.Table:
    if known is None:
        return read
    if since is not None:
        touched = read.select("period").distinct().to_pyarrow()["period"].to_pylist()
        known = known.filter(known["period"].isin(touched))
    return held(unseen(*_alike(read, known.select(read.columns))))


def _of_keys(project: Project, name: str, read: ir.Table, known: ir.Table) -> ir.Table:
    """Rows of ``known`` in the periods that hold keys read now: whole rows of the others are not read."""
    keys = held(read.select(_k=key_of(project, name, read)).distinct())
    found = known.select("period", _k=key_of(project, name, known)).semi_join(keys, "_k")
    touched = found.select("period").union(read.select("period")).distinct().to_pyarrow()["period"]
    return known.filter(known["period"].isin([one for one in touched.to_pylist() if one is not None]))


def _check_not_emptied(project: Project, name: str, raw: ir.Table, known: ir.Table) -> None:
    if project.sources[name].deletions != "missing" or raw.limit(1).count().execute():
        return
    if known.limit(1).count().execute():
        raise InputError(
            f"source {name}",
            "it gives no row at all, and by its settings every row collected before would count as deleted",
            "at least one row",
            "Deliver the source again; if really all was deleted, remove it from the settings.",
        )


def _new_columns(known: ir.Table | None, raw: ir.Table) -> tuple[str, ...]:
    """Columns of the source that were not collected before: nothing reads them, or the source would be
    collected anew. They are left out, so that rows known are the same rows."""
    before = () if known is None else source_columns(known)
    return tuple(one for one in source_columns(raw) if before and one not in before)


def _same_columns(name: str, known: ir.Table, raw: ir.Table, partly: bool) -> ir.Table:
    """``raw`` when its columns are those collected before, without new ones; of a part of a source, which may
    lack keys that no record of it has, the others are null."""
    if partly:
        lost = [one for one in source_columns(known) if one not in raw.columns]
        raw = raw.mutate(**{one: ibis.null(known[one].type()) for one in lost})
    new = _new_columns(known, raw)
    if new and set(source_columns(known)) - set(source_columns(raw)):
        new = ()  # a lost column may be there by another name: both are shown
    raw = raw.drop(*new)
    _check_same_columns(name, known, raw)
    return raw


def _check_same_columns(name: str, existing: ir.Table, read: ir.Table) -> None:
    before, now = _kinds(existing), _kinds(read)
    if before == now:
        return
    lost = [f"{one} ({before[one]})" for one in before if before[one] != now.get(one)]
    new = [f"{one} ({now[one]})" for one in now if now[one] != before.get(one)]
    raise InputError(
        f"source {name}",
        f"its columns have changed; collected before: {', '.join(lost) or 'the same'}; "
        f"now: {', '.join(new) or 'the others only'}",
        "the columns that were collected before",
        f"Restore the columns, or remove raw/{name} from the lake to collect the source anew.",
    )


def _kinds(rows: ir.Table) -> dict[str, str]:
    """Kind of each column of the source: widths of numbers and fractions of seconds do not count."""
    kinds = {}
    for one in source_columns(rows):
        kind = rows[one].type()
        words = {
            "integer": kind.is_integer(),
            "float": kind.is_floating(),
            "timestamp": kind.is_timestamp() and not kind.timezone,
        }
        kinds[one] = next((word for word, yes in words.items() if yes), str(kind).lstrip("!"))
    return kinds


def _alike(one: ir.Table, other: ir.Table) -> tuple[ir.Table, ir.Table]:
    """Both tables with the wider type of each column."""
    wider = {
        name: dt.highest_precedence([one[name].type(), other[name].type()])(nullable=True)
        for name in one.columns
    }
    return one.cast(wider), other.cast(wider)
