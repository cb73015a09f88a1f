"""Rows into files and databases, the same bytes for the same rows.

Belongs here: CSV, JSON lines, Excel, Parquet, SQL. Does not belong here: what is written.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.simulate.frames import Frame, size
from pipeline.simulate.sources import Form

#: Time stamp of everything inside a workbook: Excel files hold one, and rows decide alone here.
_ZIP_TIME = (2024, 1, 1, 0, 0, 0)


def write(folder: Path, form: Form, period: str, frames: Sequence[Frame]) -> None:
    """Write rows as one file, folders included; an older file is replaced. No rows, no log."""
    if form.format == "jsonl" and not any(map(size, frames)):
        return
    path = folder / form.path.replace("{period}", period)
    path.parent.mkdir(parents=True, exist_ok=True)
    if form.format == "csv":
        _csv(path, form, frames)
    elif form.format == "jsonl":
        _jsonl(path, frames)
    elif form.format == "parquet":
        _parquet(path, form, frames)
    else:
        _excel(path, frames)


def _rows(frames: Sequence[Frame]) -> Any:
    for frame in frames:
        yield from zip(*(values.tolist() for values in frame.values()), strict=True)


def _csv(path: Path, form: Form, frames: Sequence[Frame]) -> None:
    with path.open("w", encoding=form.encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=form.delimiter, lineterminator="\r\n")
        writer.writerow(list(frames[0]))
        writer.writerows(_rows(frames))


def _jsonl(path: Path, frames: Sequence[Frame]) -> None:
    names = list(frames[0])
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for row in _rows(frames):
            stream.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")


def _parquet(path: Path, form: Form, frames: Sequence[Frame]) -> None:
    names = list(frames[0])
    table = pa.table(
        {
            name: pa.array(
                [one for frame in frames for one in frame[name].tolist()], form.types.get(name, pa.string())
            )
            for name in names
        }
    )
    pq.write_table(table, path, compression="zstd")


def _excel(path: Path, frames: Sequence[Frame]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = datetime(*_ZIP_TIME)
    sheet = book.create_sheet("Answers")
    sheet.append(list(frames[0]))
    for row in _rows(frames):
        sheet.append(list(row))
    book.create_sheet("About").append(["Pulse survey, one row an answer"])
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stored:
        for name in sorted(made.namelist()):
            content = made.read(name)
            if name == "docProps/core.xml":
                content = _without_save_time(content)
            stored.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content, zipfile.ZIP_DEFLATED)


def _without_save_time(content: bytes) -> bytes:
    """The properties with the time of saving replaced: openpyxl writes the present one."""
    stamp = datetime(*_ZIP_TIME).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)


class Crm:
    """The CRM's database: tables of text columns, made anew."""

    def __init__(self, url: str) -> None:
        import sqlalchemy

        self._engine = sqlalchemy.create_engine(url, hide_parameters=True)
        self._made: set[str] = set()

    def __enter__(self) -> "Crm":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def append(self, table: str, frame: Frame) -> None:
        """Add rows to a table; the first time the table is made anew."""
        from sqlalchemy import Column, MetaData, Table, Text, insert

        target = Table(table, MetaData(), *(Column(name, Text) for name in frame))
        with self._engine.begin() as connection:
            if table not in self._made:
                target.drop(connection, checkfirst=True)
                target.create(connection)
                self._made.add(table)
            rows = [dict(zip(frame, row, strict=True)) for row in _rows([frame])]
            for at in range(0, len(rows), 2_000):
                connection.execute(insert(target), rows[at : at + 2_000])
