"""How the text of a CSV file is written: encoding, delimiter, where its header is.

Belongs here: guesses from the first lines of a file, and from all its bytes for the encoding. Does not
belong here: reading rows (``collect``).
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pipeline.collect.files import Source, permitted
from pipeline.collect.masking import looks_personal
from pipeline.collect.text import lines, text
from pipeline.drafting.numbers import numbers, times
from pipeline.errors import InputError
from pipeline.settings import FileConnector

#: Bytes and lines from which an encoding and a dialect are guessed.
_HEAD_BYTES, _HEAD_LINES = 1 << 18, 200
#: Characters among which there are no control characters in a text.
_LOOKED_AT = 4096
#: Characters that are decoded to see whether an encoding serves.
_TRIED_CHARACTERS = 1 << 24
_DELIMITERS = (",", ";", "\t", "|")
#: What a header may stand behind: titles, dates of export.
_MOST_SKIPPED = 20
#: Encodings of Western letters; any bytes are text in them.
_ONE_BYTE = ("cp1252", "latin-1")
#: In Western text so many letters beyond ASCII stand alone.
_ALONE = 0.3
_CHINESE_CODES = ("gb2312", "gbk", "gb18030", "hz")


@dataclass(frozen=True)
class Dialect:
    """Settings of a connector that differ from the defaults, and what is unsure about them."""

    options: dict[str, Any]
    asks: tuple[str, ...] = ()


def csv_dialect(file: Source) -> Dialect:
    """The dialect of a CSV file. Raises ``InputError`` when it is no text, or no table."""
    encoding = text_encoding(file)
    options: dict[str, Any] = {} if encoding == "utf-8" else {"encoding": encoding}
    head = _head(file, encoding)
    if not head:
        raise _no_table(file, "there is no line with text")
    comment = "#" if head[0].startswith("#") and any(not one.startswith("#") for one in head) else None
    # what is skipped is counted in lines of the file, blank ones and comments too
    found = ["" if comment and one.startswith(comment) else one for one in head]
    delimiter = max(_DELIMITERS, key=lambda one: _evenness(found, one))
    if _evenness(found, delimiter) == (0, 0):
        delimiter = ","
    rows = _rows(found, delimiter)
    width = Counter(len(row) for row in rows if row).most_common(1)[0][0]
    first = next(at for at, row in enumerate(rows) if len(row) == width)
    if width == 1 and file.name.lower().endswith(".txt"):
        raise _no_table(file, "its lines have no fields that are separated")
    options |= {"delimiter": delimiter} if delimiter != "," else {}
    options |= {"comment": comment} if comment else {}
    asks: list[str] = []
    if encoding in _ONE_BYTE:
        asks.append(f"the encoding {encoding} is a guess: are letters with accents right in segments check?")
    if any(rows[:first]) and first <= _MOST_SKIPPED:
        options["skip_lines"] = first
        asks.append(f"the first {first} lines were taken for a title, no rows; is that so?")
    if any('\\"' in one for one in found) and not any('""' in one for one in found):
        options["escape"] = "\\"
    header = rows[first]
    body = [row for row in rows[first + 1 :] if len(row) == width]
    if looks_like_values(header, body):
        options["columns_in_order"] = [f"column_{at}" for at in range(1, width + 1)]
        asks.append("the file has no header: name its columns in columns_in_order and in the mapping")
    return Dialect(options, tuple(asks))


def looks_like_values(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a first row is one of values: a number, time or address where a name should stand."""
    if any(looks_personal(one, is_text=False) for one in header if one):
        return True
    for at, one in enumerate(header):
        below = [row[at] for row in body if at < len(row) and row[at]]
        if one and below and (_is_value(one) and all(map(_is_value, below[:20]))):
            return True
    return False


def _is_value(one: str) -> bool:
    written = one.strip()
    return bool(re.search(r"\d", written)) and (
        numbers([written]) is not None or times([written]) is not None
    )


def text_encoding(file: Source) -> str:
    """Encoding of a text file: ``utf-8`` wherever it serves. Raises ``InputError`` for binary content."""
    head = _bytes(file)
    tried = ["utf-8", *(["utf-16"] if head.count(0) > len(head) // 4 else []), *_likely(head)]
    for one in dict.fromkeys(tried):
        if _is_decodable(file, one):
            beginning = "".join(_head(file, one))[:_LOOKED_AT]
            if any(ord(char) < 32 and char not in "\t\r\n\f" for char in beginning):
                raise _no_table(file, "it holds bytes that no text has")
            return one
    raise _no_table(file, "it is text of no encoding that was tried")


def _likely(head: bytes) -> list[str]:
    """Encodings in the order in which they are tried: letters with accents stand alone between plain
    ones, characters of Chinese and other scripts in rows."""
    runs = [len(one) for one in re.findall(rb"[\x80-\xff]+", head)]
    if sum(one == 1 for one in runs) >= _ALONE * len(runs):
        return list(_ONE_BYTE)
    import charset_normalizer  # slow to load

    best = charset_normalizer.from_bytes(head).best()
    name = str(best.encoding) if best is not None else "gb18030"
    name = "gb18030" if name in _CHINESE_CODES else name.replace("_", "-")
    return list(dict.fromkeys([name, "gb18030", *_ONE_BYTE]))


def _bytes(file: Source) -> bytes:
    connector = FileConnector(path=file.name, format="csv", encoding="latin-1")
    try:
        with text(file, connector) as stream:
            return stream.read(_HEAD_BYTES).encode("latin-1", "ignore")
    except InputError:  # many zero bytes, or not to be decompressed, which decoding will say
        with permitted(file.name), file.path.open("rb") as raw:
            return raw.read(_HEAD_BYTES)


def _is_decodable(file: Source, encoding: str) -> bool:
    connector = FileConnector(path=file.name, format="csv", encoding=encoding)
    try:
        with text(file, connector) as stream:
            left = _TRIED_CHARACTERS
            while left > 0 and (block := stream.read(1 << 20)):
                left -= len(block)
    except InputError:
        return False
    return True


def _head(file: Source, encoding: str) -> list[str]:
    connector = FileConnector(path=file.name, format="csv", encoding=encoding)
    with text(file, connector) as stream:
        found = list(islice(lines(stream, file.name), _HEAD_LINES))
    return found if any(one.strip() for one in found) else []


def _rows(head: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(head, delimiter=delimiter))
    except csv.Error:
        return [one.rstrip("\r\n").split(delimiter) for one in head]


def _evenness(head: Sequence[str], delimiter: str) -> tuple[int, int]:
    """Rows that have the commonest width under a delimiter, and that width; zeros for a width of one."""
    counted = Counter(len(row) for row in _rows(head, delimiter) if row)
    width, rows = max(counted.items(), key=lambda one: (one[1] * (one[0] > 1), one[0]), default=(1, 0))
    return (rows, width) if width > 1 else (0, 0)


def _no_table(file: Source, why: str) -> InputError:
    return InputError(
        file.name,
        why,
        "a text file of rows and columns",
        "Deliver it as CSV, JSON lines, Parquet or a workbook, or take it out of the folder.",
    )
