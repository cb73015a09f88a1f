"""Staging: the tables of a period become files of the next publication, which nobody sees yet.

Belongs here: which file is linked, which is written, and from what. Does not belong here: what is checked
(``validate``), the swap (``swap``).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from pipeline.engine import Engine, Lake, Written, content_digest
from pipeline.engine.writing import CONTENT, write_partitions
from pipeline.publish.contracts import files_of
from pipeline.publish.folders import link
from pipeline.publish.manifest import table_file
from pipeline.tables.model import NUMBER, Table


@dataclass(frozen=True)
class InOrder:
    """Rows that are made in the order in which they are to stand: written as they come, in blocks of
    ``block_rows`` if they are (``write_partitions``)."""

    batches: Callable[[], Iterator[pa.RecordBatch]]
    block_rows: int | None = None


#: Rows of one file.
Rows: TypeAlias = ir.Table | InOrder
#: Rows of a table: of its only file, or of each of its files by name (the period, ``newest``).
Given: TypeAlias = Rows | Mapping[str, Rows]


@dataclass(frozen=True)
class Staged:
    """A period written into the folder of the next publication, not yet visible to anyone.

    ``written`` has its files by table and name (the period, or ``newest``), ``linked`` those among them that
    are files of the lake under another name.
    """

    folder: Path
    period: str
    is_newest: bool
    written: dict[tuple[str, str], Written]
    contracts: Mapping[str, Table]
    problems: tuple[str, ...] = ()
    linked: frozenset[tuple[str, str]] = frozenset()


def stage(
    engine: Engine,
    lake: Lake,
    number: int,
    period: str,
    tables: Mapping[str, Given],
    contracts: Mapping[str, Table],
    is_newest: bool,
    files: Mapping[str, Path],
) -> Staged:
    """Put the tables of ``period`` into the folder of publication ``number``.

    Those of which one of ``files`` has the form of the contract become links to it; all others are written,
    sorted by key unless they come in order. Tables that do not fit their contract are left out and named in
    ``problems``.
    """
    folder = lake.root / "publications" / str(number)
    problems = [f"{name}: no such table is published" for name in sorted(set(tables) - set(contracts))]
    written, linked = {}, set()
    for table in contracts.values():
        if table.name not in tables:
            continue
        rows = tables[table.name]
        for name in files_of(table.name, period, is_newest):
            path, inner = table_file(folder, table.name, name), files.get(table.name)
            if inner and name == period and _is_as_published(inner, table):
                written[table.name, name] = _linked(inner, path)
                linked.add((table.name, name))
                continue
            try:
                given = rows[name] if isinstance(rows, Mapping) else rows
                batches = _batches(engine, given, table, period)
                blocks = given.block_rows if isinstance(given, InOrder) else None
                file = write_partitions(batches, table.schema, {period: path}, block_rows=blocks)[period]
                written[table.name, name] = file
            except ValueError as error:
                problems.append(f"{table.name}: {error}")
    return Staged(folder, period, is_newest, written, contracts, tuple(problems), frozenset(linked))


def _batches(engine: Engine, rows: Rows, table: Table, period: str) -> Iterator[pa.RecordBatch]:
    if isinstance(rows, InOrder):
        return rows.batches()
    found = _as_doubles(rows.filter(rows.period == period), table)
    return engine.batches(found.order_by(list(table.key)))


def _is_as_published(file: Path, table: Table) -> bool:
    """Whether a file of the lake has the form of a published table: its period inside, say."""
    return file.is_file() and pq.read_schema(file).equals(table.schema)


def _linked(file: Path, path: Path) -> Written:
    """``path`` becomes another name of a file of the lake. A later run replaces that, and leaves this one."""
    link(file, path)
    metadata = pq.read_metadata(path)
    said = metadata.metadata or {}
    digest = said[CONTENT.encode()].decode() if CONTENT.encode() in said else content_digest(path)
    return Written(path, metadata.num_rows, digest)


def _as_doubles(rows: ir.Table, table: Table) -> ir.Table:
    """``rows`` with exact decimals as the nearest double, where ``table`` has a double.

    The engine divides; Arrow's own cast multiplies by a power of ten and misses every fourth value.
    """
    exact = [
        one.name
        for one in table.fields
        if one.type == NUMBER and one.name in rows.columns and rows[one.name].type().is_decimal()
    ]
    return rows.mutate(**{name: rows[name].cast("float64") for name in exact}) if exact else rows
