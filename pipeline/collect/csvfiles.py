"""CSV of any dialect: its columns, its rows staged as text, what is wrong with a line.

Belongs here: headers, dialects, plain messages for bad lines. Does not belong here: encodings
and compression (``text``), or which files there are (``files``).

Files of the plain dialect (UTF-8, quotes doubled) are read where they lie by the engine. What the
engine cannot read as it is comes as a copy in that dialect, made as a stream.
"""

import csv
import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.collect.files import Source
from pipeline.collect.text import is_plain, text
from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector

#: Longest field; as long as the longest line of the engine.
_FIELD_BYTES = 1 << 24


class _Lines:
    """Lines that belong to the table; ``number`` is that of the last one in the file."""

    def __init__(self, stream: Iterator[str], connector: FileConnector) -> None:
        self.number = 0
        self._stream, self._connector = stream, connector
        null = re.escape(connector.delimiter)
        self._null = re.compile(rf"(?:(?<=^)|(?<={null}))\\N(?={null}|\r?\n|$)")

    def __iter__(self) -> Iterator[str]:
        connector = self._connector
        comment, quote, escape = connector.comment, connector.quote, connector.escape
        is_open = False  # a quoted field goes on: what looks like a comment is part of it
        for line in self._stream:
            self.number += 1
            if self.number <= connector.skip_lines:
                continue
            if comment and not is_open and line.startswith(comment):
                continue
            if escape == "\\" and not is_open and "\\N" in line:
                line = self._null.sub("", line)  # databases write \N where there is no value
            if comment and quote:
                seen = line.replace(escape * 2, "").replace(escape + quote, "") if escape else line
                is_open ^= bool(seen.count(quote) % 2)
            yield line


def columns(file: Source, connector: FileConnector) -> list[str]:
    """Names of the file's columns, by its header or by the settings. Raises ``InputError``."""
    if connector.columns_in_order is not None:
        return connector.columns_in_order
    where = f"{file.name}, header"
    with text(file, connector) as stream:
        lines = _Lines(iter(stream), connector)
        try:
            names: list[str] = next(_reader(lines, connector), [])
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
    folded = [name.casefold() for name in names]
    if twice := sorted({name for name, one in zip(names, folded, strict=True) if folded.count(one) > 1}):
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
    lines) and a text column each, empty fields null. Raises ``InputError``."""
    if connector.escape in (None, connector.quote) and connector.quote and not connector.comment:
        is_there = is_plain(file, connector) and not connector.skip_lines
        path = file.path if is_there else _in_utf8(engine, file, connector)
        has_header = connector.columns_in_order is None
        try:
            return sources.stage_csv(
                engine, path, file.name, names, connector.delimiter, connector.quote, header=has_header
            )
        except sources.UnreadableError:
            pass  # what follows is slower, takes more (line breaks of several kinds) and knows the line
        finally:
            if not is_there:
                path.unlink()
    path = _rewritten(engine, file, connector, len(names))
    try:
        return sources.stage_csv(engine, path, file.name, names, ",", '"', header=False)
    except sources.UnreadableError as error:
        raise InputError(
            file.name,
            "it cannot be read as CSV",
            f"CSV with the delimiter {connector.delimiter!r}, lines of at most 16 MB",
            "Check quotes and delimiter, or save it again as plain CSV.",
        ) from error
    finally:
        path.unlink()


def _in_utf8(engine: Engine, file: Source, connector: FileConnector) -> Path:
    copy = sources.scratch_file(engine, ".csv")
    with text(file, connector) as stream, copy.open("w", encoding="utf-8", newline="") as target:
        for _ in islice(stream, connector.skip_lines):
            pass
        shutil.copyfileobj(stream, target, 1 << 20)
    return copy


def _rewritten(engine: Engine, file: Source, connector: FileConnector, width: int) -> Path:
    """The rows, without header, in the plain dialect. Raises ``InputError`` with the line."""
    copy = sources.scratch_file(engine, ".csv")
    named_by = "the header has" if connector.columns_in_order is None else "columns_in_order names"
    with text(file, connector) as stream, copy.open("w", encoding="utf-8", newline="") as target:
        lines = _Lines(iter(stream), connector)
        writer = csv.writer(target, lineterminator="\n")
        try:
            rows = (row for row in _reader(lines, connector) if row)
            if connector.columns_in_order is None:
                next(rows, None)
            for row in rows:
                if len(row) != width:
                    raise InputError(
                        f"{file.name}, line {lines.number}",
                        f"it has {len(row)} fields",
                        f"{width} fields, as {named_by}",
                        "Correct the line; a field with the delimiter or a line break needs quotes.",
                    )
                writer.writerow(row)
        except csv.Error as error:
            raise InputError(
                f"{file.name}, line {lines.number}",
                "its quotes do not match",
                f"fields in quotes ({connector.quote or 'none'}), with quotes inside doubled or escaped",
                "Correct the line, or the connector's quote and escape.",
            ) from error
    return copy


def _reader(lines: _Lines, connector: FileConnector) -> Any:
    csv.field_size_limit(_FIELD_BYTES)
    doubled = connector.escape in (None, connector.quote)
    return csv.reader(
        lines,
        delimiter=connector.delimiter,
        quotechar=connector.quote,
        quoting=csv.QUOTE_MINIMAL if connector.quote else csv.QUOTE_NONE,
        doublequote=doubled,
        escapechar=None if doubled else connector.escape,
        strict=True,
    )
