"""Files of a file connector: which there are, what their headers say, what is wrong with one.

Belongs here: globs, headers, plain messages for bad files. Does not belong here: reading of rows
(``engine.sources``) or JSON lines (``jsonlines``).
"""

import csv
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector, Project

_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True)
class Source:
    """One file: where it is, and its name relative to the settings' path, free of this machine."""

    path: Path
    name: str


def find(project: Project, connector: FileConnector) -> list[Source]:
    """Files of ``connector``, by name. Raises ``InputError`` when there is none, or one is empty."""
    place = project.resolve(connector.path)
    if not _WILDCARDS & set(connector.path):
        found = [Source(place, place.name)] if place.is_file() else []
    else:
        fixed = list(place.parts)
        first = next(index for index, part in enumerate(fixed) if _WILDCARDS & set(part))
        root = Path(*fixed[:first])
        paths = sorted(one for one in root.glob("/".join(fixed[first:])) if one.is_file())
        found = [Source(one, one.relative_to(root).as_posix()) for one in paths]
    if not found:
        raise InputError(
            connector.path,
            "there is no such file",
            f"a {connector.format} file (looked in {place.parent})",
            "Correct the connector's path, or put the file there.",
        )
    for one in found:
        if one.path.stat().st_size == 0:
            raise InputError(
                one.name,
                "the file has 0 bytes",
                f"a {connector.format} file, with a header even when it has no rows",
                "Deliver the file again; it looks cut off.",
            )
    return found


def columns_of(file: Source, connector: FileConnector) -> list[str]:
    """Columns that the header of a CSV or Parquet file names. Raises ``InputError``."""
    if connector.format == "parquet":
        try:
            names = sources.parquet_columns(file.path)
        except sources.UnreadableError as error:
            raise unreadable_parquet(file) from error
    else:
        names = _csv_header(file, connector)
    folded = [name.casefold() for name in names]
    twice = sorted({name for name, one in zip(names, folded, strict=True) if folded.count(one) > 1})
    if twice:
        raise InputError(
            f"{file.name}, header",
            f"the column {', '.join(twice)} stands there more than once (case does not count)",
            "every column named once",
            "Rename one of them in the file.",
        )
    if blank := [str(number) for number, name in enumerate(names, 1) if not name.strip()]:
        raise InputError(
            f"{file.name}, header",
            f"column {', '.join(blank)} has no name",
            "a name for every column",
            "Name it in the file's first line.",
        )
    return names


def _csv_header(file: Source, connector: FileConnector) -> list[str]:
    try:
        with file.path.open(encoding=python_encoding(connector, file), newline="") as stream:
            return next(csv.reader(stream, delimiter=connector.delimiter, strict=True), [])
    except UnicodeDecodeError as error:
        raise wrong_encoding(file, connector) from error
    except csv.Error as error:
        raise InputError(
            f"{file.name}, header",
            "the first line is not CSV",
            "names of columns in one line",
            "Correct the first line, or the connector's delimiter.",
        ) from error


def python_encoding(connector: FileConnector, file: Source) -> str:
    """The connector's encoding as Python knows it; a byte order mark is no part of the text."""
    try:
        "".encode(connector.encoding)
    except LookupError as error:
        raise InputError(
            file.name,
            f"the encoding {connector.encoding!r} is not known",
            "an encoding such as utf-8, latin-1, cp1252, gb18030, shift_jis",
            "Correct encoding in the connector's settings.",
        ) from error
    return (
        "utf-8-sig"
        if connector.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
        else connector.encoding
    )


def in_utf8(engine: Engine, file: Source, connector: FileConnector) -> Path:
    """The file itself when it is UTF-8, else a copy in UTF-8 made line by line."""
    encoding = python_encoding(connector, file)
    if encoding == "utf-8-sig":
        return file.path
    copy = sources.scratch_file(engine, ".txt")
    try:
        with (
            file.path.open(encoding=encoding, newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)
    except UnicodeError as error:
        raise wrong_encoding(file, connector) from error
    return copy


def wrong_encoding(file: Source, connector: FileConnector) -> InputError:
    """The message for bytes that are not text of the connector's encoding, with the line."""
    line = next(_bad_lines(file, connector), None)
    where = file.name if line is None else f"{file.name}, line {line}"
    return InputError(
        where,
        f"there are bytes that are not {connector.encoding}",
        f"text in {connector.encoding}",
        "Set encoding in the connector's settings (often cp1252, latin-1, gb18030), or save it as UTF-8.",
    )


def _bad_lines(file: Source, connector: FileConnector) -> Iterator[int]:
    if connector.encoding.lower().startswith(("utf-16", "utf16", "utf-32", "utf32")):
        return  # lines cannot be cut at a byte
    with file.path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode(connector.encoding)
            except UnicodeDecodeError:
                yield number


def unreadable_parquet(file: Source) -> InputError:
    """The message for a damaged Parquet file."""
    return InputError(
        file.name,
        "the file is not whole: its end or some of its pages cannot be read",
        "a complete Parquet file",
        "Copy or export the file again.",
    )


def unreadable_csv(file: Source, connector: FileConnector, columns: Sequence[str]) -> InputError:
    """The message for a CSV file that the engine refused: what is wrong, and in which line."""
    if next(_bad_lines(file, connector), None) is not None:
        return wrong_encoding(file, connector)
    width = len(columns)
    with file.path.open(encoding=python_encoding(connector, file), newline="") as stream:
        reader = csv.reader(stream, delimiter=connector.delimiter, strict=True)
        try:
            for row in reader:
                if row and len(row) != width:
                    return InputError(
                        f"{file.name}, line {reader.line_num}",
                        f"it has {len(row)} fields",
                        f"{width} fields, as the header has",
                        "Correct the line; a field with the delimiter or a line break needs double quotes.",
                    )
        except csv.Error:
            return InputError(
                f"{file.name}, line {reader.line_num}",
                "its quotes do not match",
                "fields in double quotes, with quotes inside doubled",
                "Correct the line.",
            )
    return InputError(
        file.name,
        "it cannot be read as CSV",
        f"CSV with the delimiter {connector.delimiter!r} and double quotes",
        "Check quotes and delimiter, or save it again as plain CSV.",
    )
