"""Rows of a source for one collection: all of them, or those of its parts that may bring something new.

Belongs here: how much of a source is read. Does not belong here: what a part is (``parts``), or which of the
rows read are new (``collecting``).

In parts: those never read before, and those with rows that belonged to no period yet, are read; their rows
say which periods they touch. Of the other parts those that may have rows in these periods are read as well,
so that equal rows are counted as if everything had been read. In all other periods nothing can be new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.collect.parts import (
    Part,
    Piece,
    are_as_found,
    counted,
    has_parts,
    pieces,
    reading_of_parts,
    spans,
    unread,
)
from pipeline.collect.placing import place
from pipeline.collect.reading import SourceRows, read_rows
from pipeline.collect.readings import Reading, reading_of
from pipeline.collect.sharing import Shared
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.settings import Project


@dataclass(frozen=True)
class Given:
    """Rows of a source, and what it holds in all. ``touched``: the periods of which they are all rows, and in
    which alone anything can be new (none: every period); ``rows`` is none where no part was read. ``parts``:
    what to remember of them; none where the source has none."""

    rows: SourceRows | None
    touched: list[str] | None
    reading: Reading
    parts: list[Part] | None


def given_whole(
    engine: Engine,
    project: Project,
    name: str,
    periods: Sequence[str],
    collected_at: datetime,
    since: str | None,
    shared: Shared | None,
) -> Given:
    """Every row of a source, or those from its cursor on. ``periods``: those collected, now or before."""
    found = pieces(project, name) if has_parts(project, name) else None
    rows = read_rows(engine, project, name, since, shared)
    if found is None or not are_as_found(project, name, found):
        return Given(rows, None, reading_of(project, name, rows, periods, collected_at), None)
    parts = counted(project, name, rows, found, _last(project, periods), collected_at)
    return Given(rows, None, reading_of_parts(parts), parts)


def given_in_parts(
    engine: Engine,
    project: Project,
    name: str,
    known: Sequence[Part],
    asked: list[str],
    periods: Sequence[str],
    collected_at: datetime,
    shared: Shared | None,
) -> Given | None:
    """The rows that may be new in the periods ``asked``, beside those of the parts ``known``; none where all
    must be read."""
    found = pieces(project, name, known) if known and has_parts(project, name) else None
    if found is None:
        return None
    todo, kept = unread(found, known)
    if not kept:
        return None
    last = _last(project, periods)
    rows, new, touched = None, [], []
    try:
        if todo:
            rows = read_rows(engine, project, name, None, shared, spans(todo))
            new = counted(project, name, rows, todo, last, collected_at)
            placed = place(project, name, rows.wanted, asked, collected_at).select("period").distinct()
            touched = sorted(map(str, placed.to_pyarrow()["period"].to_pylist()))
        if rows is not None and (more := [one for one in kept if one.may_have(project, touched)]):
            rows = _with(rows, read_rows(engine, project, name, None, shared, spans(more)))
    except InputError:  # reading the whole says what is wrong, if anything is
        return None
    if not are_as_found(project, name, found):
        return None
    parts = _in_order(found, [*kept, *new])
    return Given(rows, touched, reading_of_parts(parts), parts)


def _with(one: SourceRows, other: SourceRows) -> SourceRows:
    left_out = (
        one.left_out.union(other.left_out)
        if one.left_out is not None and other.left_out is not None
        else None
    )
    return SourceRows(one.every.union(other.every), one.wanted.union(other.wanted), left_out)


def _in_order(found: Sequence[Piece], parts: Sequence[Part]) -> list[Part]:
    by_place = {part.place: part for part in parts}
    return [by_place[piece.file, piece.first_row, piece.digest] for piece in found]


def _last(project: Project, periods: Sequence[str]) -> str:
    return max(periods, key=project.calendar.start_date)
