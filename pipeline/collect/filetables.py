"""Files of a connector as one table: each found, fetched if it is far, read by its format.

Belongs here: the way from a file connector to rows. Does not belong here: what a format looks
like (``csvfiles``, ``jsonlines``, ``excel``, ``engine.sources``), lookups (``reading``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.collect import addresses, archives, csvfiles, excel, files, jsonlines, remote
from pipeline.collect.counting import Handed, check_all_arrived
from pipeline.collect.sharing import Span, Spans
from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector, Project

Found: TypeAlias = files.Source | remote.RemoteFile
#: Called with a file's name and the columns found there; raises ``InputError`` when one is missing.
ColumnCheck: TypeAlias = Callable[[str, list[str]], None]


def find(project: Project, connector: FileConnector) -> list[Found]:
    """Every file of the connector once, by place and name; no two bear one name.

    Where files of several places would bear the same name, it starts with the number of the place.
    Raises ``InputError``.
    """
    found: dict[str, tuple[int, Found]] = {}
    for number, place in enumerate(connector.paths, 1):
        if remote.is_remote(place):
            for there in remote.find(connector, place):
                found.setdefault(f"{there.shown}/{there.name}", (number, there))
        else:
            for here in files.find(project, connector, place):
                found.setdefault(str(here.path.resolve()), (number, here))
    names = [one.name for _, one in found.values()]
    return [
        replace(one, name=f"{number}/{one.name}") if names.count(one.name) > 1 else one
        for number, one in found.values()
    ]


def shown(connector: FileConnector) -> str:
    """The connector's places for messages: of URLs neither user, password nor query."""
    return ", ".join(addresses.shown(one) if remote.is_remote(one) else one for one in connector.paths)


def state(file: Found) -> list[str | int]:
    """What changes when the file does: name, size, time of change or the store's version."""
    if isinstance(file, remote.RemoteFile):
        return remote.state(file)
    return [file.name, file.size, file.modified_ns]


def read(
    engine: Engine,
    project: Project,
    connector: FileConnector,
    check: ColumnCheck,
    only: Spans | None = None,
) -> ir.Table:
    """Rows of all files with ``_file``, ``_row`` and their columns. Raises ``InputError``.

    CSV, JSON lines, Excel: all text. Parquet: own types. ``check`` judges the columns of each
    file, but of JSON lines none: a key may be missing from any line. ``only``: the files, and the rows of
    Parquet files, that are read (local ones).
    """
    wanted = None if only is None else dict(only)
    found = [one for one in find(project, connector) if wanted is None or one.name in wanted]
    if wanted is not None and connector.format == "parquet":
        return _spans(engine, [one for one in found if isinstance(one, files.Source)], wanted, check)
    if connector.format == "parquet":
        return _parquet(engine, list(_fetched(engine, found, connector)), check)
    if connector.format == "excel":
        paths = [
            path
            for one in _fetched(engine, found, connector)
            for path in _excel(engine, one, connector, check)
        ]
        return sources.read_staged(engine, paths)
    if connector.format == "csv":
        paths = []
        for one in _fetched(engine, found, connector):
            some = [] if wanted is None else [span for span in wanted[one.name] if span[2:] != (0, one.size)]
            paths += [_csv_piece(engine, one, connector, check, span) for span in some]
            if not some:
                paths.append(_csv(engine, one, connector, check))
        return sources.read_staged(engine, paths)
    return _jsonl(engine, found, connector)


def _fetched(engine: Engine, found: list[Found], connector: FileConnector) -> Iterator[files.Source]:
    """Local files, those of archives among them; what lies in the scratch folder goes when the next
    file is asked for, unless it is Parquet, which is read where it lies as long as the engine lives."""
    for one in found:
        local = one if isinstance(one, files.Source) else remote.download(engine, one, connector)
        if archives.is_archive(local.name):
            archive = files.copied(engine, local)
            yield from _until_next(archives.members(engine, archive, connector), connector)
            archive.path.unlink()
        else:
            yield from _until_next(iter([local]), connector)


def _until_next(some: Iterator[files.Source], connector: FileConnector) -> Iterator[files.Source]:
    for one in some:
        yield one
        if one.is_copy and connector.format != "parquet":
            one.path.unlink()


def _csv(engine: Engine, file: files.Source, connector: FileConnector, check: ColumnCheck) -> Path:
    def stage(one: files.Source) -> Path:
        columns = csvfiles.columns(one, connector)
        check(one.name, columns)
        return csvfiles.stage(engine, one, connector, columns)

    return files.steadily(file, stage, may_grow=not file.name.lower().endswith(tuple(files.COMPRESSED)))


def _csv_piece(
    engine: Engine, file: files.Source, connector: FileConnector, check: ColumnCheck, span: Span
) -> Path:
    def stage(one: files.Source) -> Path:
        columns = csvfiles.columns(one, connector)
        check(one.name, columns)
        return csvfiles.stage_piece(engine, one, connector, columns, span)

    return files.steadily(file, stage)


def _excel(engine: Engine, file: files.Source, connector: FileConnector, check: ColumnCheck) -> list[Path]:
    def stage(one: files.Source) -> list[Path]:
        columns, batches = excel.read(one, connector)
        check(one.name, columns)
        return staged(engine, one.name, batches)

    return files.steadily(file, stage)


def staged(engine: Engine, where: str, batches: Iterable[pa.Table]) -> list[Path]:
    """``batches`` staged, every row of them. Raises ``InputError``."""
    handed = Handed(batches)
    paths = sources.stage_batches(engine, handed)
    check_all_arrived(where, handed.rows, sources.staged_rows(paths))
    return paths


def _parquet(engine: Engine, found: list[files.Source], check: ColumnCheck) -> ir.Table:
    # copies: they are read again by every later step, and must not change between two of them
    own = {one.path: one for one in (files.copied(engine, file) for file in found)}
    try:
        for file in own.values():
            _check_header(file, check)
        table = sources.read_parquet(engine, {path: file.name for path, file in own.items()})
    except sources.UnreadableError as error:
        raise _not_whole(own[error.path].name) from error
    arrived = table.group_by("_file").agg(rows=table.count()).to_pyarrow().to_pylist()
    counts = {one["_file"]: one["rows"] for one in arrived}
    for file in own.values():
        check_all_arrived(file.name, sources.staged_rows([file.path]), counts.get(file.name, 0))
    return table


def _spans(
    engine: Engine,
    found: list[files.Source],
    wanted: Mapping[str, Sequence[Span]],
    check: ColumnCheck,
) -> ir.Table:
    def read(one: files.Source) -> ir.Table:
        try:
            _check_header(one, check)
            return sources.read_spans(
                engine, one.path, one.name, [(first, rows) for first, rows, *_ in wanted[one.name]]
            )
        except sources.UnreadableError as error:
            raise _not_whole(one.name) from error

    tables = []
    for file in found:
        tables.append(files.steadily(file, read))
        there = sum(rows for _, rows, *_ in wanted[file.name])
        check_all_arrived(file.name, there, int(tables[-1].count().to_pyarrow().as_py()))
    return sources.together(engine, tables)


def _check_header(file: files.Source, check: ColumnCheck) -> None:
    columns = sources.parquet_columns(file.path)
    csvfiles.check_names(f"{file.name}, header", columns)
    check(file.name, columns)


def _not_whole(name: str) -> InputError:
    return InputError(
        name,
        "the file is not whole: its end or some of its pages cannot be read",
        "a complete Parquet file",
        "Copy or export the file again.",
    )


def _jsonl(engine: Engine, found: list[Found], connector: FileConnector) -> ir.Table:
    def stage(one: files.Source) -> list[Path]:
        return staged(engine, one.name, jsonlines.batches(one, connector))

    paths = []
    for file in _fetched(engine, found, connector):
        may_grow = not file.name.lower().endswith(tuple(files.COMPRESSED))
        paths += files.steadily(file, stage, may_grow=may_grow)
    return sources.read_staged(engine, paths)
