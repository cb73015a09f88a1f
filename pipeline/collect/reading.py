"""A source as rows: its files or query, with lookups joined, columns computed, and rows that are wanted.

Belongs here: dispatch over connectors, checks of columns, the order of lookups and computed columns. Does
not belong here: periods (``collecting``), joining (``lookups``), expressions (``computing``).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import ibis
from ibis.expr import types as ir

from pipeline.collect import database, filetables
from pipeline.collect.computing import check_all_computed, is_wanted, keys_of_names, with_computed
from pipeline.collect.counting import check_all_arrived, check_width
from pipeline.collect.lookups import joined
from pipeline.collect.sharing import Opened, Shared, Spans
from pipeline.engine import Engine, sources
from pipeline.engine.values import raw_name
from pipeline.errors import InputError
from pipeline.settings import (
    Connector,
    FileConnector,
    HttpConnector,
    Lookup,
    Project,
    SourceSettings,
    SqlConnector,
)
from pipeline.settings.problems import meant

#: Columns named in a message, at most.
_NAMED = 20


def read_source(
    engine: Engine, project: Project, name: str, since: str | None = None, shared: Shared | None = None
) -> ir.Table:
    """Every row of a source that it wants, every column as it came, with ``_source``, ``_file``, ``_row``.

    CSV and Excel: all text, empty fields null. JSON lines: scalars as the text in the file, nested
    values as JSON text. SQL: all text. Parquet: own types, nested values as JSON text. ``_row``
    counts from 1 within ``_file`` (JSON lines: the line; Excel: the sheet's row). Columns of lookups, and
    those computed, come last.
    A source column called like one that is added here bears a trailing underscore.
    HTTP: as JSON lines. ``since`` (text, for connectors with a cursor): only rows whose cursor is
    at least that; lookups are always read whole. What ``shared`` knows is not read again. Memory does not
    grow with the source. Raises ``InputError``, also when not every row that stands in the source has
    arrived: rows are counted before, or beside, the engine that parses them (law L1).
    """
    return read_rows(engine, project, name, since, shared).wanted


@dataclass(frozen=True)
class SourceRows:
    """Rows of one reading of a source: ``every`` one, those ``wanted``, and those that its ``where`` leaves
    out (none: it has no ``where``)."""

    every: ir.Table
    wanted: ir.Table
    left_out: ir.Table | None


def read_rows(
    engine: Engine,
    project: Project,
    name: str,
    since: str | None = None,
    shared: Shared | None = None,
    only: Spans | None = None,
) -> SourceRows:
    """As ``read_source``, with the rows that ``where`` leaves out. Columns are computed, and lookups joined,
    as soon as what they are made from is there. ``only``: the rows of its own files that are read."""
    source, where, shared = project.sources[name], f"source {name}", shared or Shared()
    read = table = _read(engine, project, source.connector, _needed(source, name), name, shared, since, only)
    untyped = set(table.columns) if _is_text(source.connector) else set()
    table, waiting = with_computed(table, source.computed, untyped, where)
    for lookup in source.lookups:
        check_all_computed(table, lookup.match, waiting, untyped, where)
        table = _with_lookup(engine, project, table, lookup, name, shared)
        if lookup.connector is None or _is_text(lookup.connector):
            untyped |= {raw_name(one) for one in lookup.columns}
        table, waiting = with_computed(table, waiting, untyped, where)
    check_all_computed(table, waiting, waiting, untyped, where)
    if source.lookups:
        check_all_arrived(where, int(read.count().execute()), int(table.count().execute()))
    own = [column for column in table.columns if column not in ("_file", "_row")]
    every = table.select(
        _source=ibis.literal(name),
        _file=table["_file"],
        _row=table["_row"],
        **{one: table[one] for one in own},
    )
    if not source.where:
        return SourceRows(every, every, None)
    wanted = is_wanted(every, source, untyped, where)
    return SourceRows(every, every.filter(wanted), every.filter(~wanted))


def _with_lookup(
    engine: Engine, project: Project, table: ir.Table, lookup: Lookup, name: str, shared: Shared
) -> ir.Table:
    there, where = lookup.connector, f"lookup of source {name}"
    if isinstance(there, FileConnector):
        where = f"{where}, {filetables.shown(there)}"

    def read() -> ir.Table:
        assert there is not None  # only then it is read
        needed = dict.fromkeys((*lookup.match.values(), *lookup.columns), "")
        return _read(engine, project, there, needed, name, shared)

    return joined(table, lookup, where, read)


def _is_text(connector: Connector) -> bool:
    """Whether a connector gives text alone, whatever is written in it."""
    return not (isinstance(connector, FileConnector) and connector.format == "parquet")


def _needed(source: SourceSettings, name: str) -> dict[str, str]:
    """Columns that the connector must give, each with the place of the expression that mentions it; of those
    that are mapped, or match a lookup, no place."""
    given = {column for lookup in source.lookups for column in lookup.columns} | set(source.computed)
    plain = source.own_columns | {column for lookup in source.lookups for column in lookup.match}
    mentioned = {one: f"source {name}, key {key}" for one, key in keys_of_names(source).items()}
    needed = mentioned | dict.fromkeys(plain, "")
    return {column: place for column, place in needed.items() if column not in given}


def _read(
    engine: Engine,
    project: Project,
    connector: Connector,
    needed: Mapping[str, str],
    name: str,
    shared: Shared,
    since: str | None = None,
    only: Spans | None = None,
) -> ir.Table:
    """Rows of a connector. Raises ``InputError`` when a column of ``needed`` is missing."""
    where = f"source {name}"
    wanted = needed if isinstance(connector, FileConnector) else _raw_names(needed)
    opened = shared.opened(
        connector, since, only, lambda: _opened(engine, project, connector, wanted, where, since, only)
    )
    for place, columns in opened.found:
        _check_columns(where if isinstance(connector, SqlConnector) else place, columns, wanted)
    if isinstance(connector, HttpConnector):
        return _judged(opened.rows, where, needed)
    if isinstance(connector, FileConnector) and connector.format == "jsonl":
        return _judged(opened.rows, filetables.shown(connector), needed)
    return opened.rows


def _opened(
    engine: Engine,
    project: Project,
    connector: Connector,
    wanted: Mapping[str, str],
    where: str,
    since: str | None,
    only: Spans | None,
) -> Opened:
    """A connector read to its end; a column of ``wanted`` that is missing ends it at once."""
    found: list[tuple[str, list[str]]] = []

    def check(place: str, columns: list[str]) -> None:
        _check_columns(place, columns, wanted)
        found.append((place, columns))

    if isinstance(connector, FileConnector):
        return Opened(filetables.read(engine, project, connector, check, only), found)
    if isinstance(connector, SqlConnector):
        rows = database.batches(connector, where, since)
        first = next(rows)
        check(where, first.column_names[2:])
        rows = chain([first], rows)
    else:
        from pipeline.collect import http  # its client is not cheap to import

        rows = http.batches(connector, where, since)
    return Opened(sources.read_staged(engine, filetables.staged(engine, where, rows)), found)


def _raw_names(needed: Mapping[str, str]) -> dict[str, str]:
    return {raw_name(column): place for column, place in needed.items()}


def _judged(table: ir.Table, where: str, needed: Mapping[str, str]) -> ir.Table:
    """Rows of JSON objects, checked as a whole: a key may be missing from any of them. Without rows
    there are no keys, and the columns of ``needed`` are added."""
    if table.count().execute():
        _check_columns(
            where, [one for one in table.columns if one not in ("_file", "_row")], _raw_names(needed)
        )
        return table
    missing = {
        raw_name(one): ibis.null("string") for one in sorted(needed) if raw_name(one) not in table.columns
    }
    return table.mutate(**missing)


def _check_columns(where: str, found: list[str], needed: Mapping[str, str]) -> None:
    check_width(where, len(found))
    if missing := sorted(set(needed) - set(found)):
        more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
        lost = ", ".join(_missing(one, needed[one], found) for one in missing)
        raise InputError(
            where,
            f"there is no column {lost}; it has: {', '.join(found[:_NAMED])}{more}",
            "every column that the settings map",
            "A column may have been renamed: correct columns in the settings, or the file.",
        )
    if clash := [
        name for name, count in Counter(raw_name(one).casefold() for one in found).items() if count > 1
    ]:
        raise InputError(
            where,
            f"the column {', '.join(clash)} cannot be told from a reserved name",
            "names other than period_ and the like beside period",
            "Rename one of the two columns.",
        )


def _missing(column: str, place: str, found: list[str]) -> str:
    """A column that is not there; with the expression that mentions it, and the one probably meant."""
    if not place:
        return column
    close = meant(column, found)
    return f"{column} ({place}" + (f"; did you mean {close}?)" if close else ")")
