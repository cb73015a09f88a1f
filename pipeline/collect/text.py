"""Text of a file: decompressed, decoded as a stream, with plain words for what cannot be decoded.

Belongs here: compression by suffix, byte order marks, encodings. Does not belong here: what the
text means (``csvfiles``, ``jsonlines``).
"""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePath
from typing import IO, Any, TextIO

import pyarrow as pa

from pipeline.collect.files import COMPRESSED, Source, permitted
from pipeline.errors import InputError
from pipeline.settings import FileConnector

#: Longest line that is read, in characters: as long as the longest row of the engine.
LONGEST_LINE = 1 << 24
_BLOCK = 1 << 20
_HEAD = 4096
#: Bytes around an undecodable one from which the encoding is guessed.
_WINDOW = 1 << 15
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class _Bounded(io.RawIOBase):
    """The first ``limit`` bytes of a stream: what is written behind them meanwhile is not read."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._left = stream, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(min(len(buffer), self._left))
        buffer[: len(block)] = block
        self._left -= len(block)
        return len(block)


def compression(file: Source) -> str | None:
    """``gzip``, ``zstd`` or ``bz2`` by the end of the file's name."""
    return COMPRESSED.get(PurePath(file.name).suffix.lower())


@contextmanager
def _binary(file: Source) -> Iterator[IO[bytes]]:
    """The file's bytes, decompressed. Raises ``InputError`` for what cannot be read."""
    packed = compression(file)
    with permitted(file.name), file.path.open("rb") as whole:
        stream: Any = io.BufferedReader(_Bounded(whole, file.size), _BLOCK)
        if packed:
            stream = io.BufferedReader(_Unpacked(stream, packed, file), _BLOCK)
        yield stream


class _Unpacked(io.RawIOBase):
    """Decompressed bytes; damage is an ``InputError`` (Arrow's own message has no file)."""

    def __init__(self, stream: Any, packed: str, file: Source) -> None:
        self._stream = pa.CompressedInputStream(pa.PythonFile(stream, "r"), packed)
        self._packed, self._file = packed, file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._stream.read(len(buffer))
        except OSError as error:
            raise InputError(
                self._file.name,
                f"its {self._packed} data is damaged or cut off",
                f"a complete file, compressed with {self._packed} as its name says",
                "Copy or export the file again.",
            ) from error
        buffer[: len(block)] = block
        return len(block)


def encoding_of(file: Source, connector: FileConnector) -> tuple[str, int]:
    """The encoding of ``file`` and the length of its byte order mark.

    A mark wins over the settings. ``utf-16`` without one is little or big endian by where zero
    bytes stand in its start. Raises ``InputError`` for text that cannot be of the connector's
    encoding as it is full of zero bytes.
    """
    known = codecs.lookup(connector.encoding).name
    with _binary(file) as stream:
        head = stream.read(_HEAD)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    # in most texts more characters have a high byte of zero than a low byte of zero
    wide = "utf-16-be" if head[0::2].count(0) > head[1::2].count(0) else "utf-16-le"
    if known == "utf-16":
        return wide, 0
    if not known.startswith(("utf-16", "utf-32")) and head.count(0) > len(head) // 4:
        raise _not_decodable(file, f"{file.name}, line 1", connector.encoding, wide)
    return ("utf-8" if known == "utf-8-sig" else known), 0


def is_plain(file: Source, connector: FileConnector) -> bool:
    """Whether the file as it lies there is UTF-8, uncompressed and read to its end."""
    return not file.is_cut and compression(file) is None and encoding_of(file, connector)[0] == "utf-8"


@contextmanager
def text(file: Source, connector: FileConnector, newline: str | None = "") -> Iterator[TextIO]:
    """The file's text as a stream without byte order mark; ``newline`` as ``open`` has it.

    Bytes that cannot be decoded raise ``InputError`` with file, line and encoding, also when
    they are met inside the ``with`` block.
    """
    encoding, mark = encoding_of(file, connector)
    try:
        with _binary(file) as stream:
            stream.read(mark)
            yield io.TextIOWrapper(stream, encoding=encoding, newline=newline)
    except UnicodeError as error:
        raise wrong_encoding(file, connector) from error


def lines(stream: TextIO, name: str) -> Iterator[str]:
    """Lines of ``stream`` with their line breaks. One of more than ``LONGEST_LINE`` characters is an
    ``InputError``, and is not held in memory."""
    for number, line in enumerate(iter(partial(stream.readline, LONGEST_LINE + 1), ""), 1):
        if len(line) > LONGEST_LINE:
            raise too_long(f"{name}, line {number}", "the line, or a field in it, is")
        yield line


def too_long(where: str, what: str) -> InputError:
    """The message for text that is longer than anything that is read."""
    return InputError(
        where,
        f"{what} longer than {LONGEST_LINE:,} characters",
        "fields and lines of at most so many",
        "Shorten the field, or deliver the file without its column; if nothing in it is meant to be so long,"
        " a quote that closes a field or a line break is missing there.",
    )


def wrong_encoding(file: Source, connector: FileConnector) -> InputError:
    """The message for bytes that are not text of the encoding: which line, what they look like."""
    encoding, mark = encoding_of(file, connector)
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with _binary(file) as stream:
        stream.read(mark)
        while True:
            block = stream.read(_BLOCK)
            try:
                line += decoder.decode(block, final=not block).count("\n")
            except UnicodeError as error:
                start = getattr(error, "start", 0)
                seen = bytes(getattr(error, "object", block))
                line += seen[:start].decode(encoding, "ignore").count("\n")
                looks = _guess(seen, start, encoding)
                return _not_decodable(file, f"{file.name}, line {line}", encoding, looks)
            if not block:
                return _not_decodable(file, file.name, encoding, None)


def _guess(seen: bytes, at: int, encoding: str) -> str | None:
    """What charset-normalizer takes the lines around a byte for."""
    import charset_normalizer  # seldom needed, and slow to load

    start = seen.rfind(b"\n", max(0, at - _WINDOW), at) + 1 if at > _WINDOW else 0
    end = seen.find(b"\n", at + _WINDOW)
    best = charset_normalizer.from_bytes(seen[start : end if end > 0 else len(seen)][: 4 * _WINDOW]).best()
    if best is None or codecs.lookup(best.encoding).name == encoding:
        return None
    return str(best.encoding).replace("_", "-")


def _not_decodable(file: Source, where: str, encoding: str, looks: str | None) -> InputError:
    seems = f"; they look like {looks}" if looks else ""
    remedy = "Set encoding in the connector's settings"
    remedy += f" (try {looks})" if looks else " (often cp1252, latin-1, gb18030)"
    return InputError(
        where,
        f"there are bytes that are not {encoding}{seems}",
        f"text in {encoding}",
        f"{remedy}, or save the file as UTF-8.",
    )
