"""How many records a CSV holds, counted without the parsers that read them (law L1).

Belongs here: where a record begins and ends, in a line and in a whole file. Does not belong here:
fields, values, messages (``csvfiles``).

A record ends at a line break that is neither in quotes nor escaped. Blank lines are no records,
but for files of one column, where a blank line is a record without a value. A quote opens a field
only where the field begins.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from enum import Enum
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

_BLOCK = 1 << 20
_BREAK, _SPACE = 0x0A, 0x20
#: Bytes that a block is looked at with, of the one before: a quote may follow a blank and a delimiter.
_BEHIND = 2
_ENDS = ("\r\n", "\n", "\r")


class _At(Enum):
    """What goes on at the beginning of a line."""

    RECORD = "a record may begin"
    QUOTES = "a field in quotes goes on"
    FIELD = "a field without quotes goes on: the line break before was escaped"


class Records:
    """Counts the records of a text that is given line by line, each with its line break.

    ``escape``: none where quotes are doubled. ``blank_is_record``: the file has one column.
    ``leading_space``: a quote may follow one blank, as the engine has it. ``count`` includes the
    header; ``has_begun`` says whether the last line given began a record.
    """

    def __init__(
        self,
        delimiter: str,
        quote: str | None,
        escape: str | None,
        *,
        blank_is_record: bool = False,
        has_header: bool = True,
        leading_space: bool = False,
    ) -> None:
        self.count, self.has_begun = 0, False
        self._at = _At.RECORD
        self._blank_is_record, self._has_header = blank_is_record, has_header
        self._marks = [one for one in (quote, escape) if one]
        self._escape = escape
        blank = " ?" if leading_space and delimiter != " " else ""
        self._closed, self._escaped = _patterns(delimiter, quote, escape, blank)

    @property
    def is_between(self) -> bool:
        """Whether the next line begins a record, if it is not blank."""
        return self._at is _At.RECORD

    def add(self, line: str) -> None:
        """Count what begins in ``line``."""
        self.has_begun = self._at is _At.RECORD and (line not in _ENDS or self._counts_blank)
        if self.has_begun:
            self.count += 1
        elif self._at is _At.RECORD:
            return
        if any(mark in line for mark in self._marks):
            self._at = self._after(line)
        elif self._at is _At.FIELD:
            self._at = _At.RECORD

    @property
    def _counts_blank(self) -> bool:
        """Blank lines before the header are nothing."""
        return self._blank_is_record and (self.count > 0 or not self._has_header)

    def _after(self, line: str) -> _At:
        text = line.removesuffix("\n").removesuffix("\r")
        if self._closed[self._at].fullmatch(text):
            return _At.RECORD
        if self._escape and self._escaped[self._at].fullmatch(text):
            # of an escaped \r\n only the first half is: the second ends the record
            return _At.RECORD if line.endswith("\r\n") or line == text else _At.FIELD
        return _At.QUOTES


def _patterns(
    delimiter: str, quote: str | None, escape: str | None, blank: str
) -> tuple[dict[_At, re.Pattern[str]], dict[_At, re.Pattern[str]]]:
    """By what goes on at its beginning: a line that leaves no quotes open, and one that would do so
    but that its line break is escaped."""
    d, q, e = (re.escape(one) if one else "" for one in (delimiter, quote, escape))
    rest = rf"[^{d}{e}]*+(?:{e}.[^{d}{e}]*+)*+" if escape else rf"[^{d}]*+"
    field, to_close = rest, "(?!)"
    if quote:
        inside = rf"[^{q}{e}]*+(?:{e}.[^{q}{e}]*+)*+" if escape else rf"[^{q}]*+(?:{q}{q}[^{q}]*+)*+"
        to_close = rf"{inside}{q}{rest}"
        field = rf"(?:{blank}{q}{to_close}|(?!{blank}{q}){rest})"
    lines = {
        at: rf"{first}(?:{d}{field})*+"
        for at, first in ((_At.RECORD, field), (_At.QUOTES, to_close), (_At.FIELD, rest))
    }
    return (
        {at: re.compile(one, re.DOTALL) for at, one in lines.items()},
        {at: re.compile(one + e, re.DOTALL) for at, one in lines.items()},
    )


def count_plain(
    path: Path, delimiter: str, quote: str, *, columns: int, has_header: bool, most: int
) -> int | None:
    """Records of a file in UTF-8 whose quotes are doubled, without its header.

    None when a line is longer than ``most`` characters. Reads the bytes in blocks; only a file
    in which quotes stand inside of fields, or of one column, is read line by line.
    """
    found = None
    if columns > 1 and delimiter.isascii() and quote.isascii():
        found = _count_blocks(path, ord(delimiter), ord(quote))
    if found is None:
        blank_is_record = columns == 1
        records = Records(
            delimiter, quote, None, blank_is_record=blank_is_record, has_header=has_header, leading_space=True
        )
        found = _count_lines(path, records, most)
    return found if found is None else max(0, found - has_header)


def _count_lines(path: Path, records: Records, most: int) -> int | None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for line in iter(partial(stream.readline, most + 1), ""):
            if len(line) > most:
                return None
            records.add(line)
    return records.count


def _count_blocks(path: Path, delimiter: int, quote: int) -> int | None:
    """Records by line breaks and the parity of quotes; none where a quote stands inside of a field."""
    count, is_open, before = 0, False, b"\n" * _BEHIND
    for block in _blocks(path):
        signs = np.frombuffer(before + block, np.uint8)
        breaks = _places(signs, _BREAK)
        quotes = _places(signs, quote)
        if not _open_fields(signs, quotes[is_open::2], delimiter, quote):
            return None
        inside = (np.searchsorted(quotes, breaks) + is_open) % 2
        ends = breaks[inside == 0]
        count += int(np.count_nonzero(signs[ends - 1] != _BREAK))
        is_open ^= bool(len(quotes) % 2)
        before = (before + block)[-_BEHIND:]
    return count + (not before.endswith(b"\n"))


def _blocks(path: Path) -> Iterator[bytes]:
    """The file without its byte order mark, every line break as one line feed."""
    with path.open("rb") as stream:
        block = stream.read(_BLOCK).removeprefix(BOM_UTF8)
        while block:
            while block.endswith(b"\r") and (more := stream.read(1)):
                block += more
            yield block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block
            block = stream.read(_BLOCK)


def _places(signs: "npt.NDArray[np.uint8]", sign: int) -> "npt.NDArray[np.intp]":
    """Where ``sign`` stands, not counting what was carried over from the block before."""
    return np.flatnonzero(signs[_BEHIND:] == sign) + _BEHIND


def _open_fields(
    signs: "npt.NDArray[np.uint8]", quotes: "npt.NDArray[np.intp]", delimiter: int, quote: int
) -> bool:
    """Whether all ``quotes`` stand where a field begins, or are the second of two."""
    before = signs[quotes - 1]
    odd = quotes[(before != delimiter) & (before != _BREAK) & (before != quote)]
    further = signs[odd - 2]
    return bool(np.all((signs[odd - 1] == _SPACE) & ((further == delimiter) | (further == _BREAK))))
