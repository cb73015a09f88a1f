"""JSON lines: one object a line, scalars as the text that stands in the file.

Belongs here: lines into Arrow tables of bounded size. Does not belong here: other formats.
"""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pipeline.collect.files import Source, python_encoding, wrong_encoding
from pipeline.engine.values import raw_name
from pipeline.errors import InputError
from pipeline.settings import FileConnector

_BATCH_ROWS = 50_000
_WORDS = {True: "true", False: "false"}


def batches(file: Source, connector: FileConnector) -> Iterator[pa.Table]:
    """Rows of ``file`` with ``_file``, ``_row`` and a text column for every key.

    Numbers keep their digits (1.10 stays 1.10), nested values become JSON text, a key that a
    line lacks is null. Blank lines are no rows but count as lines. Raises ``InputError`` with
    the number of the line.
    """
    names: dict[str, str] = {}
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    encoding = python_encoding(connector, file)
    number = 0
    try:
        with file.path.open(encoding=encoding) as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                rows.append(_row(line, f"{file.name}, line {number}"))
                names.update({key: key for key in rows[-1]})
                numbers.append(number)
                if len(rows) == _BATCH_ROWS:
                    yield _table(file, list(names), rows, numbers)
                    rows, numbers = [], []
    except UnicodeDecodeError as error:
        raise wrong_encoding(file, connector) from error
    _check_case(file, list(names))
    yield _table(file, list(names), rows, numbers)


def _row(line: str, where: str) -> dict[str, str | None]:
    try:
        found = json.loads(
            line, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError) as error:
        raise InputError(
            where,
            "it cannot be read as JSON",
            "one JSON object a line, every key once",
            "Correct the line; it may be cut off.",
        ) from error
    if not isinstance(found, dict):
        raise InputError(
            where,
            "it is not a JSON object",
            "one JSON object a line",
            'Write each row as {"column": value, …}.',
        )
    if any(isinstance(value, (dict, list)) for value in found.values()):
        whole = json.loads(line)
        return {
            key: _text(whole[key] if isinstance(value, (dict, list)) else value)
            for key, value in found.items()
        }
    return {key: _text(value) for key, value in found.items()}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return _WORDS[value]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _check_case(file: Source, names: list[str]) -> None:
    folded = [name.casefold() for name in names]
    if twice := sorted({name for name, one in zip(names, folded, strict=True) if folded.count(one) > 1}):
        raise InputError(
            file.name,
            f"the keys {', '.join(twice)} differ only in case",
            "one spelling for every key",
            "Write the key alike in all lines.",
        )


def _table(file: Source, names: list[str], rows: list[dict[str, str | None]], numbers: list[int]) -> pa.Table:
    own = {raw_name(name): pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return pa.table(
        {
            "_file": pa.array([file.name] * len(rows), pa.string()),
            "_row": pa.array(numbers, pa.int64()),
            **own,
        }
    )
