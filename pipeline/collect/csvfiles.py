"""CSV of any dialect: its columns, its rows staged as text, what is wrong with a line.

Belongs here: headers, dialects, plain messages for bad lines. Does not belong here: encodings
and compression (``text``), or which files there are (``files``).

Files of the plain dialect (UTF-8, quotes doubled) are read by the engine where they lie, those of other
encodings from a copy. What the engine cannot read, or not to the last row, is read row by row.
"""

import csv
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from pipeline.collect.counting import check_all_arrived, check_width
from pipeline.collect.csvrecords import Records, count_plain
from pipeline.collect.files import Source
from pipeline.collect.sharing import Span
from pipeline.collect.text import LONGEST_LINE, is_plain, lines, text, too_long
from pipeline.engine import Engine, sources
from pipeline.engine.values import raw_name
from pipeline.errors import InputError
from pipeline.settings import FileConnector

#: Between rows of the plain dialect.
_BREAK = "\r\n"
_BATCH_ROWS = 20_000


class _Lines:
    """Lines that belong to the table; ``number`` is that of the last one in the file.

    ``records`` counts what begins in them, header included, and ``start`` is the line in which the
    last record did.
    """

    def __init__(self, stream: TextIO, file: Source, connector: FileConnector, width: int) -> None:
        self.number = self.start = 0
        self._stream, self._connector = lines(stream, file.name), connector
        escape = None if connector.escape == connector.quote else connector.escape
        self.records = Records(
            connector.delimiter,
            connector.quote,
            escape,
            blank_is_record=width == 1,
            has_header=connector.columns_in_order is None,
        )
        mark = re.escape(connector.delimiter)
        self._null = re.compile(rf"(?:(?<=^)|(?<={mark}))\\N(?={mark}|\r?\n|$)")

    def __iter__(self) -> Iterator[str]:
        connector, records = self._connector, self.records
        comment, nothing = connector.comment, (connector.quote or "") * 2
        for line in self._stream:
            self.number += 1
            if self.number <= connector.skip_lines:
                continue
            is_between = records.is_between  # else what looks like a comment is part of a field
            if comment and is_between and line.startswith(comment):
                continue
            records.add(line)
            if records.has_begun:
                self.start = self.number
            if connector.escape == "\\" and is_between and "\\N" in line:
                line = self._null.sub(nothing, line)  # databases write \N where there is no value
            yield line


def columns(file: Source, connector: FileConnector) -> list[str]:
    """Names of the file's columns, by its header or by the settings. Raises ``InputError``."""
    if connector.columns_in_order is not None:
        return connector.columns_in_order
    where = f"{file.name}, header"
    with text(file, connector) as stream:
        try:
            read = _reader(_Lines(stream, file, connector, 0), connector)
            names: list[str] = next((row for row in read if row), [])
        except csv.Error as error:
            raise InputError(
                where,
                "the first line is not CSV",
                "names of columns in one line",
                "Correct the first line, or the connector's delimiter, quote or escape.",
            ) from error
    if not names:
        raise InputError(
            where,
            "there is no line with names",
            "names of columns in the first line that is neither skipped nor a comment",
            "Correct skip_lines or comment, or name the columns with columns_in_order.",
        )
    check_names(where, names)
    return names


def check_names(where: str, names: Sequence[str]) -> None:
    """``InputError`` for a header with a name that is blank or stands there twice."""
    check_width(where, len(names))
    folded = Counter(name.casefold() for name in names)
    if twice := sorted({name for name in names if folded[name.casefold()] > 1}):
        raise InputError(
            where,
            f"the column {', '.join(twice)} stands there more than once (case does not count)",
            "every column named once",
            "Rename one of them in the file.",
        )
    if blank := [str(number) for number, name in enumerate(names, 1) if not name.strip()]:
        raise InputError(
            where,
            f"column {', '.join(blank)} has no name",
            "a name for every column",
            "Name it in the file's first line.",
        )


def stage(engine: Engine, file: Source, connector: FileConnector, names: Sequence[str]) -> Path:
    """Rows of ``file`` staged with ``_file``, ``_row`` (from 1, without header, comments and blank
    lines) and a text column each, empty fields null.

    In a file of one column a blank line is a row without a value. Raises ``InputError``, also when
    other rows are staged than stand in the file (law L1).
    """
    if connector.escape in (None, connector.quote) and connector.quote and not connector.comment:
        is_there = is_plain(file, connector) and not connector.skip_lines
        path = file.path if is_there else _in_utf8(engine, file, connector)
        try:
            has_header = connector.columns_in_order is None
            if (staged := _as_it_is(engine, path, file, connector, names, has_header)) is not None:
                return staged
        finally:
            if not is_there:
                path.unlink()
    # what follows is slower, takes more (line breaks of several kinds) and knows the line
    with text(file, connector) as stream:
        found = _Lines(stream, file, connector, len(names))
        (staged,) = sources.stage_batches(engine, _batches(found, file, connector, names))
    has_header = connector.columns_in_order is None
    check_all_arrived(file.name, max(0, found.records.count - has_header), sources.staged_rows([staged]))
    return staged


def has_pieces(file: Source, connector: FileConnector, names: Sequence[str]) -> bool:
    """Whether a line break outside of quotes ends a record, and nothing before it says how to read on."""
    plain = connector.escape in (None, connector.quote) and connector.quote and not connector.comment
    return bool(plain) and not connector.skip_lines and len(names) > 1 and is_plain(file, connector)


def stage_piece(
    engine: Engine, file: Source, connector: FileConnector, names: Sequence[str], span: Span
) -> Path:
    """Rows of ``file`` that stand in the bytes of ``span``, staged as ``stage`` does. Raises ``InputError``
    where the engine cannot read them all: then the whole file says more."""
    first_row, _, start, end = span
    copy = sources.scratch_file(engine, ".csv")
    with file.path.open("rb") as stream, copy.open("wb") as target:
        stream.seek(start)
        while start < end and (block := stream.read(min(1 << 20, end - start))):
            start += target.write(block)
    try:
        has_header = span[2] == 0 and connector.columns_in_order is None
        staged = _as_it_is(engine, copy, file, connector, names, has_header, first_row)
    finally:
        copy.unlink()
    if staged is None:
        raise InputError(
            file.name,
            "some of its rows cannot be read apart from the others",
            "complete records, one after the other",
            "Deliver the file again.",
        )
    return staged


def _as_it_is(
    engine: Engine,
    path: Path,
    file: Source,
    connector: FileConnector,
    names: Sequence[str],
    has_header: bool,
    first_row: int = 1,
) -> Path | None:
    """Rows staged by the engine from text in UTF-8; none when it cannot read them all."""
    quote = str(connector.quote)
    try:
        staged = sources.stage_csv(
            *(engine, path, file.name, names, connector.delimiter, quote),
            header=has_header,
            first_row=first_row,
        )
    except sources.UnreadableError:
        return None
    there = count_plain(
        path,
        connector.delimiter,
        quote,
        columns=len(names),
        has_header=has_header,
        most=LONGEST_LINE,
    )
    if there == sources.staged_rows([staged]):
        return staged
    staged.unlink()
    return None


def _in_utf8(engine: Engine, file: Source, connector: FileConnector) -> Path:
    copy = sources.scratch_file(engine, ".csv")
    with text(file, connector) as stream, copy.open("w", encoding="utf-8", newline="") as target:
        for _ in islice(stream, connector.skip_lines):
            pass
        shutil.copyfileobj(stream, target, 1 << 20)
    return copy


def _batches(
    found: _Lines, file: Source, connector: FileConnector, names: Sequence[str]
) -> Iterator[pa.Table]:
    """The rows in tables of bounded size, the first of them empty. Raises ``InputError`` with the line."""
    rows: list[list[str]] = []
    first, length = 1, 0
    yield _table(file, names, rows, first)
    try:
        for row in _rows(found, file, connector, len(names)):
            rows.append(row)
            length += sum(map(len, row))
            if len(rows) == _BATCH_ROWS or length > LONGEST_LINE:
                yield _table(file, names, rows, first)
                first, length, rows = first + len(rows), 0, []
    except csv.Error as error:
        raise _not_csv(error, file, found, connector) from error
    yield _table(file, names, rows, first)


def _rows(found: _Lines, file: Source, connector: FileConnector, width: int) -> Iterator[list[str]]:
    read = _reader(found, connector)
    if connector.columns_in_order is None:
        next((row for row in read if row), None)
    for row in read:
        if not row and width > 1:
            continue
        fitting = row if len(row) == width else _fitting(row, width)
        if len(fitting) != width:
            named_by = "the header has" if connector.columns_in_order is None else "columns_in_order names"
            raise InputError(
                f"{file.name}, line {found.number}",
                f"it has {len(row)} fields",
                f"{width} fields, as {named_by}",
                "Correct the line; a field with the delimiter or a line break needs quotes.",
            )
        yield fitting


def _fitting(row: list[str], width: int) -> list[str]:
    """``row`` without empty fields beyond ``width``, as spreadsheets add them; a blank line of a file
    of one column as a row without a value."""
    return row[:width] if row and not any(row[width:]) else row or [""]


def _table(file: Source, names: Sequence[str], rows: list[list[str]], first: int) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    own = {
        raw_name(name): pa.array([one or None for one in column], pa.string())
        for name, column in zip(names, columns, strict=True)
    }
    numbers = pa.array(range(first, first + len(rows)), pa.int64())
    return pa.table({"_file": pa.array([file.name] * len(rows), pa.string()), "_row": numbers} | own)


def _not_csv(error: csv.Error, file: Source, found: _Lines, connector: FileConnector) -> InputError:
    if "field larger than field limit" in str(error):
        return too_long(f"{file.name}, line {found.start}", "a field that begins there is")
    return InputError(
        f"{file.name}, line {found.number}",
        "its quotes do not match",
        f"fields in quotes ({connector.quote or 'none'}), with quotes inside doubled or escaped",
        "Correct the line, or the connector's quote and escape.",
    )


def _reader(found: _Lines, connector: FileConnector) -> Any:
    csv.field_size_limit(LONGEST_LINE)
    doubled = connector.escape in (None, connector.quote)
    return csv.reader(
        found,
        delimiter=connector.delimiter,
        quotechar=connector.quote,
        quoting=csv.QUOTE_MINIMAL if connector.quote else csv.QUOTE_NONE,
        doublequote=doubled,
        escapechar=None if doubled else connector.escape,
        strict=True,
    )
