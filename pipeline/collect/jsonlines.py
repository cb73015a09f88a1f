"""JSON lines: one object a line, scalars as the text that stands in the file.

Belongs here: lines into Arrow tables of bounded size. Does not belong here: other formats.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from pipeline.collect.counting import check_width
from pipeline.collect.files import Source
from pipeline.collect.text import lines, text
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
    with text(file, connector, newline=None) as stream:
        for number, line in enumerate(lines(stream, file.name), 1):
            if not line.strip():
                continue
            rows.append(_row(line, f"{file.name}, line {number}"))
            names.update({key: key for key in rows[-1]})
            check_width(f"{file.name}, line {number}", len(names))
            numbers.append(number)
            if len(rows) == _BATCH_ROWS:
                yield table(file.name, list(names), rows, numbers)
                rows, numbers = [], []
    check_case(file.name, list(names))
    yield table(file.name, list(names), rows, numbers)


def _row(line: str, where: str) -> dict[str, str | None]:
    try:
        found = read_json(line)
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
    return row_of(found, lambda: json.loads(line))


def read_json(text: str | bytes) -> Any:
    """JSON with numbers as the text that stands there; ``ValueError`` also when a key stands twice."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_unique)


def row_of(found: dict[str, Any], plain: Callable[[], dict[str, Any]]) -> dict[str, str | None]:
    """An object that ``read_json`` read as texts; ``plain`` gives it with numbers as numbers, asked
    for only when nested values become JSON text."""
    if any(isinstance(value, (dict, list)) for value in found.values()):
        whole = plain()
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
    if value is None:
        return None
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, bool):
        return _WORDS[value]
    return _storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _storable(text: str) -> str:
    """JSON may hold half a character (an emoji that was cut), which no UTF-8 can: it becomes \ufffd."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def check_case(where: str, names: list[str]) -> None:
    """``InputError`` when two names differ only in case (or in the underscore of a reserved name)."""
    folded = Counter(raw_name(name).casefold() for name in names)
    if twice := sorted({name for name in names if folded[raw_name(name).casefold()] > 1}):
        raise InputError(
            where,
            f"the keys {', '.join(twice)} differ only in case",
            "one spelling for every key",
            "Write the key alike in all lines.",
        )


def table(
    file: str, names: Sequence[str], rows: Sequence[dict[str, str | None]], numbers: Sequence[int]
) -> pa.Table:
    """Rows as an Arrow table: ``_file``, ``_row`` and a text column for every name."""
    own = {raw_name(name): pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return pa.table(
        {
            "_file": pa.array([file] * len(rows), pa.string()),
            "_row": pa.array(numbers, pa.int64()),
            **own,
        }
    )
