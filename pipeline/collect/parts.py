"""Parts of a source's files: what was read of each is remembered, so that what is new is opened alone.

Belongs here: which parts there are, which of them are known, what each holds by time. Does not belong here:
reading rows (``reading``), which rows are new (``collecting``), where it is remembered (the shell).

A part is one or more row groups of a Parquet file, or a CSV file; of one that has grown, what stood in it and
what was added are parts of their own. It is known again by a digest of its bytes, or by the size and the time
of change of its file, if both are as they were.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, BinaryIO

import ibis
from ibis import Deferred, _
from ibis.expr import types as ir

from pipeline.collect import archives, csvfiles, files, filetables
from pipeline.collect.counting import check_all_arrived
from pipeline.collect.reading import SourceRows
from pipeline.collect.readings import AT, Reading, timed_events
from pipeline.collect.sharing import Span, Spans
from pipeline.engine.row_groups import row_groups
from pipeline.errors import InputError
from pipeline.settings import FileConnector, Project
from pipeline.tables.entities import ENTITIES

#: Row groups of fewer rows are taken together: every part is remembered by name.
_LEAST_ROWS = 65_536
#: Bounds of event times are known to a day, and time zones are less than that apart from UTC.
_NEAR = timedelta(days=2)
#: No column of a source is called like this.
_NTH = "nth:"
#: What a part has of its piece.
_PLACE = ("file", "first_row", "digest", "stamp", "shape", "start", "end")


@dataclass(frozen=True)
class Piece:
    """A part as it stands in its file. ``stamp``: size and time of change of the file; ``shape``: digest of
    its columns; ``rows``: how many there are, where that is known without reading them; ``start``, ``end``:
    its bytes, where it is text."""

    file: str
    first_row: int
    rows: int | None
    digest: str
    stamp: str
    shape: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Part:
    """A piece that was read, and how many of its rows were left out by ``where``, lie before the first period
    or after the last, have no usable time; ``ahead_count`` of these have a time that was yet to come.

    ``first_at`` and ``last_at``: bounds of its usable event times, right to ``_NEAR`` (ISO 8601).
    """

    file: str
    first_row: int
    digest: str
    stamp: str
    shape: str
    start: int
    end: int
    rows_count: int
    left_out_count: int = 0
    before_count: int = 0
    after_count: int = 0
    untimed_count: int = 0
    ahead_count: int = 0
    first_at: str | None = None
    last_at: str | None = None

    @property
    def place(self) -> tuple[str, int, str]:
        """What it is known by."""
        return self.file, self.first_row, self.digest

    @property
    def is_waiting(self) -> bool:
        """Whether rows of it belonged to no period yet: it must be read when a later one is collected."""
        return bool(self.after_count or self.ahead_count)

    def may_have(self, project: Project, periods: Iterable[str]) -> bool:
        """Whether a row of it may be accounted to one of ``periods``."""
        for period in periods:
            if self.untimed_count and period == project.first_period:
                return True
            if self.first_at is None or self.last_at is None:
                continue
            start, end = project.calendar.starts_at(period), project.calendar.as_of(period)
            first, last = datetime.fromisoformat(self.first_at), datetime.fromisoformat(self.last_at)
            if last >= start - _NEAR and first < end + _NEAR:
                return True
        return False


def has_parts(project: Project, name: str) -> bool:
    """Whether a source can be read in parts: local Parquet or CSV files of events without keys. What a key
    says may be corrected from anywhere, and a state is a whole."""
    source = project.sources[name]
    return (
        isinstance(source.connector, FileConnector)
        and source.connector.format in ("parquet", "csv")
        and ENTITIES[source.entity].event_time is not None
        and not source.keyed_by
    )


def pieces(project: Project, name: str, known: Sequence[Part] = ()) -> list[Piece] | None:
    """The pieces that the source's files have now; of files that are as they were those ``known``. None where
    they cannot be told apart: files that are not here, archives, columns that differ, or what reading will
    complain about."""
    connector = project.sources[name].connector
    assert isinstance(connector, FileConnector)
    before = {file: list(some) for file, some in groupby(known, lambda part: part.file)}
    found: list[Piece] = []
    try:
        for file in filetables.find(project, connector):
            if not isinstance(file, files.Source) or archives.is_archive(file.name):
                return None
            same = [part for part in before.get(file.name, ()) if part.stamp == _stamp(file)]
            found += [_piece(part) for part in same] or _looked_at(file, connector, before.get(file.name, []))
    except (InputError, OSError, ValueError):
        return None
    return found if len({one.shape for one in found}) == 1 else None


def unread(found: Sequence[Piece], known: Sequence[Part]) -> tuple[list[Piece], list[Part]]:
    """Of the pieces ``found`` those to read, and the parts ``known`` that need not be."""
    by_place = {part.place: part for part in known if not part.is_waiting}
    read, kept = [], []
    for piece in found:
        part = by_place.get((piece.file, piece.first_row, piece.digest))
        if part is None or part.shape != piece.shape:
            read.append(piece)
        else:
            kept.append(replace(part, stamp=piece.stamp))
    return read, kept


def spans(some: Iterable[Piece | Part]) -> Spans:
    """The rows of pieces or parts, as reading asks for them."""
    by_file: dict[str, list[Span]] = {}
    for one in some:
        rows = one.rows_count if isinstance(one, Part) else one.rows or 0
        by_file.setdefault(one.file, []).append((one.first_row, rows, one.start, one.end))
    return tuple((file, tuple(rows)) for file, rows in by_file.items())


def are_as_found(project: Project, name: str, found: Iterable[Piece]) -> bool:
    """Whether no file changed since its pieces were ``found``."""
    connector = project.sources[name].connector
    assert isinstance(connector, FileConnector)
    try:
        now = {
            one.name: _stamp(one)
            for one in filetables.find(project, connector)
            if isinstance(one, files.Source)
        }
    except InputError:
        return False
    return now.items() >= {one.file: one.stamp for one in found}.items()


def counted(
    project: Project, name: str, rows: SourceRows, found: Sequence[Piece], last: str, collected_at: datetime
) -> list[Part]:
    """The pieces ``found``, whose ``rows`` were read, with what they hold when ``last`` is the last period
    that is collected. Raises ``InputError`` when other rows arrived than stand there (law L1)."""
    of_file = {file: list(some) for file, some in groupby(found, lambda piece: piece.file)}
    events = timed_events(project, name, rows.wanted, last, collected_at)
    has_time, at = ~_["untimed"], _[AT]
    sums = {f"{one}_count": _[one].sum() for one in ("before", "after", "untimed", "ahead")}
    bounds = {"first_at": at.min(where=has_time), "last_at": at.max(where=has_time)}
    told = _by_piece(events, of_file, rows_count=_.count(), **sums, **bounds)
    out = {} if rows.left_out is None else _by_piece(rows.left_out, of_file, n=_.count())
    parts = []
    for file, some in of_file.items():
        for nth, piece in enumerate(some):
            said, left_out = told.get((file, nth), {}), int(out.get((file, nth), {}).get("n", 0))
            counts = {one: int(said.get(one) or 0) for one in ("rows_count", *sums)}
            counts |= {"rows_count": counts["rows_count"] + left_out, "left_out_count": left_out}
            times = {one: said[one].isoformat() for one in bounds if said.get(one) is not None}
            if piece.rows is not None:
                check_all_arrived(file, piece.rows, counts["rows_count"])
            place: dict[str, Any] = {one: getattr(piece, one) for one in _PLACE}
            parts.append(Part(**(place | counts | times)))
    check_all_arrived(
        f"source {name}", int(rows.every.count().execute()), sum(one.rows_count for one in parts)
    )
    return parts


def reading_of_parts(parts: Collection[Part]) -> Reading:
    """What the parts hold together, by where it lies."""
    read, left_out, before, after, untimed = (
        sum(getattr(one, f"{what}_count") for one in parts)
        for what in ("rows", "left_out", "before", "after", "untimed")
    )
    inside = read - left_out - before - after
    return Reading(read, inside, before, after, untimed, rows_left_out_count=left_out)


def _by_piece(
    rows: ir.Table, of_file: Mapping[str, Sequence[Piece]], **measures: Deferred
) -> dict[tuple[str, int], dict[str, Any]]:
    """Measures by file and place of the piece in it."""
    several = [
        (rows["_file"] == file, _nth(rows["_row"], [one.first_row for one in some]))
        for file, some in of_file.items()
        if len(some) > 1
    ]
    nth = ibis.cases(*several, else_=0) if several else ibis.literal(0)
    grouped = rows.mutate(**{_NTH: nth.cast("int64")}).group_by("_file", _NTH).agg(**measures)
    return {(one["_file"], one[_NTH]): one for one in grouped.to_pyarrow().to_pylist()}


def _nth(row: ir.IntegerValue, starts: Sequence[int], first: int = 0) -> ir.IntegerValue:
    """Place of the piece that holds a row: a balanced tree of comparisons, as for periods."""
    if len(starts) == 1:
        return ibis.literal(first)
    middle = len(starts) // 2
    return ibis.ifelse(
        row < starts[middle], _nth(row, starts[:middle], first), _nth(row, starts[middle:], first + middle)
    )


def _stamp(file: files.Source) -> str:
    return f"{file.size}:{file.modified_ns}"


def _piece(part: Part) -> Piece:
    place = {one: getattr(part, one) for one in _PLACE}
    return Piece(rows=part.rows_count, **place)


def _looked_at(file: files.Source, connector: FileConnector, known: Sequence[Part]) -> list[Piece]:
    """The pieces of a file, whose bytes are read and not decoded. ``known``: its parts when it was read."""
    if connector.format == "csv":
        return _of_text(file, connector, known)
    shape, groups = row_groups(file.path)
    found: list[Piece] = []
    for group in groups:
        if found and (found[-1].rows or 0) < _LEAST_ROWS:
            one = found.pop()
            both = hashlib.sha256((one.digest + group.digest).encode()).hexdigest()[:32]
            found.append(replace(one, rows=(one.rows or 0) + group.rows, digest=both))
        else:
            found.append(Piece(file.name, group.first_row, group.rows, group.digest, _stamp(file), shape))
    return found


def _of_text(file: files.Source, connector: FileConnector, known: Sequence[Part]) -> list[Piece]:
    """The whole file; where its bytes begin with those ``known``, and these end a line, what was added since
    is a piece of its own. What was read to its end has no open quotes there."""
    columns = csvfiles.columns(file, connector)
    shape = hashlib.sha256("\n".join(columns).encode()).hexdigest()[:16]
    stamp, end = _stamp(file), known[-1].end if known else 0
    with file.path.open("rb") as stream:
        if 0 < end <= file.size and csvfiles.has_pieces(file, connector, columns):
            stream.seek(end - 1)
            ends_line = stream.read(1) == b"\n" or end == file.size
            if ends_line and all(_digest(stream, one.start, one.end) == one.digest for one in known):
                first_row = known[-1].first_row + known[-1].rows_count
                digest = _digest(stream, end, file.size)
                new = Piece(file.name, first_row, None, digest, stamp, shape, end, file.size)
                as_before = [replace(_piece(one), stamp=stamp) for one in known]
                return as_before if end == file.size else [*as_before, new]
        whole = _digest(stream, 0, file.size)
    return [Piece(file.name, 1, None, whole, stamp, shape, 0, file.size)]


def _digest(stream: BinaryIO, start: int, end: int) -> str:
    """Digest of the bytes from ``start`` to ``end``."""
    digest = hashlib.sha256()
    stream.seek(start)
    while start < end and (block := stream.read(min(1 << 20, end - start))):
        digest.update(block)
        start += len(block)
    return digest.hexdigest()[:32]
