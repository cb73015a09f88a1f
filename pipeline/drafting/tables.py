"""Tables as they stand in files and databases: read by the connectors that a run uses, and profiled.

Belongs here: from a place to profiles of columns. Does not belong here: what a table means
(``matching``). Memory does not grow with a table: rows are staged by the engine, which counts; a sample of
bounded size is looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir
from pydantic import SecretStr

from pipeline.collect import csvfiles, database, excel, filetables, jsonlines, listing
from pipeline.collect.files import Source
from pipeline.drafting import places
from pipeline.drafting.dialects import csv_dialect, looks_like_values
from pipeline.drafting.places import Files
from pipeline.drafting.profiles import Column, profile
from pipeline.engine import Engine, sources
from pipeline.engine.values import held, identifier_text, raw_name
from pipeline.errors import InputError
from pipeline.settings import FileConnector, Project, SqlConnector

#: Rows that are looked at: enough that 99% of a column's values are known to be of one form.
SAMPLE_ROWS = 10_000
#: Batches of a query that are read: the database would be busy for long with a large table.
_QUERY_BATCHES = 25
#: Columns that are looked at; wider tables are no tables of customers.
_WIDEST = 300
#: A query over more files than this is slower to plan than to run: their rows are held as one table.
_PLANNED_FILES = 8
#: Rows that may stand before the header of a sheet.
_TITLE_ROWS = 10
_GENERIC_SHEETS = ("sheet", "tabelle", "feuil", "hoja", "foglio", "工作表")


@dataclass(frozen=True)
class Table:
    """A table that was read: what the settings call it, what stands in it.

    ``connector`` are the settings that read it; ``words`` what it is called, the most telling first.
    ``is_whole``: every row was read. ``asks`` are questions that its form leaves open.
    """

    name: str
    words: tuple[str, ...]
    connector: Mapping[str, Any]
    rows: int
    columns: tuple[Column, ...]
    data: ir.Table
    files: int = 1
    is_whole: bool = True
    asks: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column called ``name``."""
        return next(one for one in self.columns if one.name == name)

    def ids(self, column: str) -> ir.Table:
        """The different values of a column as ids: one row each, column ``id``."""
        values = self.data.select(id=identifier_text(self.data[raw_name(column)]))
        return values.filter(values["id"].notnull()).distinct()


@dataclass(frozen=True)
class Unread:
    """A place that could not be read, and why."""

    place: str
    why: str


def resolving(folder: Path) -> Project:
    """A project that knows its folder and nothing else: what readers ask when they resolve a path."""
    known: dict[str, Any] = {"folder": folder}
    return Project.model_construct(None, **known)


def of_files(
    engine: Engine, folder: Path, home: Path, prefix: str, groups: Iterator[Files]
) -> Iterator[Table | Unread]:
    """Tables of groups of files below ``folder``; ``prefix`` stands before their paths in the settings,
    which are relative to ``home``."""
    whole: list[tuple[Files, frozenset[str]]] = []
    for group in groups:
        if group.format == "excel":
            yield from _workbooks(engine, folder, home, prefix, group)
            continue
        try:
            headers = [frozenset(_header(group, path, folder)) for path in group.files]
        except InputError as error:
            yield Unread(", ".join(group.paths), str(error))
            continue
        for part in places.split(folder, group, headers):
            at = group.files.index(part.files[0])
            whole.append((part, headers[at]))
    for group in places.joined(folder, whole):
        try:
            options, asks = _options(group, folder)
            connector = _connector(prefix, group, options)
            yield _read(engine, home, connector, _words(group, folder), len(group.files), asks)
        except InputError as error:
            yield Unread(", ".join(group.paths), str(error))


def _words(group: Files, folder: Path) -> tuple[str, ...]:
    parent = group.files[0].parent
    return (group.words, *((parent.name,) if parent != folder else ()))


def _source(path: Path, folder: Path) -> Source:
    return Source.of(path, path.relative_to(folder).as_posix())


def _header(group: Files, path: Path, folder: Path) -> list[str]:
    """Names of a file's columns. Raises ``InputError``."""
    file = _source(path, folder)
    if file.size == 0:
        raise InputError(file.name, "the file has 0 bytes", "a file with a header", "Deliver it again.")
    if group.format == "csv":
        return csvfiles.columns(
            file, FileConnector(path=file.name, format="csv", **csv_dialect(file).options)
        )
    if group.format == "jsonl":
        connector = FileConnector(path=file.name, format="jsonl")
        _check_is_lines(path, file)
        first = next(jsonlines.batches(file, connector))
        return [one for one in first.column_names if not one.startswith("_")]
    try:
        return sources.parquet_columns(path)
    except sources.UnreadableError as error:
        raise InputError(
            file.name, "it is no whole Parquet file", "a Parquet file", "Copy or export it again."
        ) from error


def _check_is_lines(path: Path, file: Source) -> None:
    if not file.name.endswith((".gz", ".zst", ".bz2")):
        with path.open("rb") as stream:
            if stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[":
                raise InputError(
                    file.name,
                    "it is one JSON list",
                    "JSON lines",
                    "Write one record on each line, without brackets and commas around.",
                )


def _options(group: Files, folder: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    if group.format != "csv":
        return {}, ()
    found = csv_dialect(_source(group.files[0], folder))
    if "encoding" in found.options or len(group.files) == 1:
        return found.options, found.asks
    # a single file of plain ASCII says nothing of the others' encoding
    for path in group.files[1:]:
        other = csv_dialect(_source(path, folder)).options.get("encoding")
        if other is not None:
            return {"encoding": other, **found.options}, found.asks
    return found.options, found.asks


def _connector(prefix: str, group: Files, options: Mapping[str, Any]) -> dict[str, Any]:
    paths = [prefix + one for one in group.paths]
    path = paths[0] if len(paths) == 1 else paths
    return {"kind": "file", "format": group.format, "path": path, **options}


def _workbooks(
    engine: Engine, folder: Path, home: Path, prefix: str, group: Files
) -> Iterator[Table | Unread]:
    try:
        names = excel.sheets(_source(group.files[0], folder))
    except InputError as error:
        yield Unread(", ".join(group.paths), str(error))
        return
    for at, name in enumerate(names):
        plain = name.casefold().startswith(_GENERIC_SHEETS)
        said = (group.words,) if plain else (f"{group.words} {name}", name, group.words)
        options: dict[str, Any] = {} if at == 0 and len(names) == 1 else {"sheet": name}
        try:
            skipped, asks = _sheet_start(_source(group.files[0], folder), options)
            connector = _connector(prefix, group, options | skipped)
            yield _read(engine, home, connector, said, len(group.files), asks)
        except InputError as error:
            yield Unread(f"{', '.join(group.paths)}, sheet {at + 1}", str(error))


def _sheet_start(file: Source, options: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Where the header of a sheet is: the first row from which on all rows can be read."""
    problem: InputError | None = None
    for skipped in range(_TITLE_ROWS + 1):
        connector = FileConnector(path=file.name, format="excel", skip_lines=skipped, **options)
        try:
            names, batches = excel.read(file, connector)
            rows = [row for batch in islice(batches, 2) for row in batch.slice(0, 50).to_pylist()]
        except InputError as error:
            problem = problem or error
            continue
        body = [[row[raw_name(one)] or "" for one in names] for row in rows]
        if looks_like_values(names, body):
            order = [f"column_{at}" for at in range(1, len(names) + 1)]
            ask = "the sheet has no header: name its columns in columns_in_order and in the mapping"
            return {"columns_in_order": order}, (ask,)
        return ({"skip_lines": skipped} if skipped else {}), ()
    raise problem or InputError(file.name, "the sheet is empty", "a row with names", "Fill it, or remove it.")


def _read(
    engine: Engine,
    home: Path,
    connector: Mapping[str, Any],
    words: tuple[str, ...],
    files: int,
    asks: tuple[str, ...],
) -> Table:
    """A table of files, every row of it. Raises ``InputError``."""
    project = resolving(home)
    data = filetables.read(engine, project, FileConnector(**connector), lambda where, columns: None)
    if files > _PLANNED_FILES:
        data = held(data)
    return _profiled(Table(words[0], words, connector, 0, (), data, files, asks=asks))


def of_database(engine: Engine, url: str, written: str, place: str) -> Iterator[Table | Unread]:
    """Tables and views of a database; ``written`` is the url as the settings have it. Raises
    ``InputError`` when the database cannot be reached."""
    for one in listing.tables(url, place):
        connector = {"kind": "sql", "url": written, "query": one.query}
        where = f"{place}, table {one.name}"
        try:
            batches = database.batches(SqlConnector(url=SecretStr(url), query=one.query), where)
            seen: list[pa.Table] = []
            paths = filetables.staged(engine, where, _first(batches, seen))
            data = sources.read_staged(engine, paths)
            is_whole = len(seen) < _QUERY_BATCHES
            yield _profiled(Table(one.name, (one.name,), connector, 0, (), data, is_whole=is_whole))
        except InputError as error:
            yield Unread(where, str(error))


def _first(batches: Iterator[pa.Table], seen: list[pa.Table]) -> Iterator[pa.Table]:
    for one in islice(batches, _QUERY_BATCHES):
        seen.append(one.slice(0, 0))
        yield one
    batches.close()  # type: ignore[attr-defined]


def _profiled(table: Table) -> Table:
    names = [one for one in table.data.columns if one not in ("_file", "_row")]
    own = [one for one in names if str(table.data[one].type()) != "null"][:_WIDEST]
    rows = int(table.data.count().execute())
    if not rows:
        empty = tuple(Column(_own_name(one), 0, 0, 0, "empty") for one in names)
        return replace(table, columns=empty)
    counted = table.data.agg(
        **{f"given {at}": table.data[one].count() for at, one in enumerate(own)},
        **{f"distinct {at}": table.data[one].nunique() for at, one in enumerate(own)},
    )
    counts = counted.to_pyarrow().to_pylist()[0]
    step = max(1, rows // SAMPLE_ROWS)
    spread = table.data.filter(table.data["_row"] % step == 1 % step)
    sample = spread.select(**{one: spread[one].cast("string") for one in own}).limit(SAMPLE_ROWS).to_pyarrow()
    columns = [
        profile(
            _own_name(one),
            sample[one].to_pylist(),
            rows,
            int(counts[f"given {at}"] or 0),
            int(counts[f"distinct {at}"] or 0),
            type_name=str(table.data[one].type()),
        )
        for at, one in enumerate(own)
    ]
    looked_at = {one.name for one in columns}
    rest = [Column(_own_name(one), rows, 0, 0, "empty") for one in names if _own_name(one) not in looked_at]
    return replace(table, rows=rows, columns=(*_with_one_order(columns, sample, table), *rest))


def _own_name(name: str) -> str:
    """The name that a column has in the source."""
    bare = name.removesuffix("_")
    return bare if bare != name and raw_name(bare) == name else name


def _with_one_order(columns: list[Column], sample: pa.Table, table: Table) -> list[Column]:
    """Columns of times whose day and month could be either, read as the others of the table are."""
    sure = [one.times.format for one in columns if one.times and one.times.format and not one.times.swapped]
    orders = {"md" if one.find("%m") < one.find("%d") else "dm" for one in sure if not one.startswith("%Y")}
    if len(orders) != 1:
        return columns
    order = orders.pop()
    return [_ordered(one, order, sample, table) if _is_swappable(one) else one for one in columns]


def _is_swappable(column: Column) -> bool:
    return column.times is not None and column.times.swapped is not None


def _ordered(column: Column, order: str, sample: pa.Table, table: Table) -> Column:
    name = raw_name(column.name)
    texts, type_name = sample[name].to_pylist(), str(table.data[name].type())
    counts = (column.rows, column.given, column.distinct)
    found = profile(column.name, texts, *counts, type_name=type_name, order=order)
    return found if found.times is None else replace(found, times=replace(found.times, swapped=None))
