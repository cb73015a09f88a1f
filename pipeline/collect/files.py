"""Files of a file connector: which there are, and whether one changed while it was read.

Belongs here: globs, folders, names in ``_file``, the state of a file before and after reading.
Does not belong here: what a format looks like (``csvfiles``, ``jsonlines``, ``excel``), text
(``text``), or stores behind a URL (``remote``).
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector, Project

WILDCARDS = frozenset("*?[")
#: How names of files of a format end; text may be compressed.
SUFFIXES = {
    "csv": (".csv", ".tsv", ".txt"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "parquet": (".parquet", ".pq"),
    "excel": (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
}
COMPRESSED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
_EDGE = 1 << 16

Result = TypeVar("Result")


@dataclass(frozen=True)
class Source:
    """One local file: where it is, its name free of this machine, its state when it was found.

    At most ``size`` bytes are read. ``is_cut``: it has grown since, only its first ``size`` bytes
    count. ``is_copy``: it lies in the engine's scratch folder, where nobody else writes.
    """

    path: Path
    name: str
    size: int
    modified_ns: int
    inode: int
    is_cut: bool = field(default=False, compare=False)
    is_copy: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, path: Path, name: str, *, is_copy: bool = False) -> "Source":
        """The file as it is now. Raises ``InputError``."""
        with permitted(name):
            stat = path.stat()
        return cls(path, name, stat.st_size, stat.st_mtime_ns, stat.st_ino, is_copy=is_copy)


def find(project: Project, connector: FileConnector, place: str) -> list[Source]:
    """Local files of one ``place`` of the settings, by name, each with at least a byte.

    A folder gives all its files of the connector's format, those of inner folders too, but none
    whose name starts with a dot, an underscore or ``~``. Raises ``InputError``.
    """
    path = project.resolve(place.removeprefix("file://"))
    with permitted(place):
        if WILDCARDS & set(place) and not path.exists():
            found = _glob(path)
        elif path.is_dir():
            inner = sorted(one for one in path.rglob("*") if one.is_file())
            found = [(one, one.relative_to(path)) for one in inner]
            found = [(one, name) for one, name in found if is_of_format(name.parts, connector)]
        else:
            found = [(path, Path(path.name))] if path.is_file() else []
    if not found:
        raise not_there(place, connector, f" (looked in {path if path.is_dir() else path.parent})")
    files = [Source.of(one, name.as_posix()) for one, name in found]
    for one in files:
        check_not_empty(one.name, one.size, connector)
    return files


def _glob(path: Path) -> list[tuple[Path, Path]]:
    parts = list(path.parts)
    first = next((at for at, part in enumerate(parts) if WILDCARDS & set(part)), len(parts) - 1)
    root = Path(*parts[:first])
    found = sorted(one for one in root.glob("/".join(parts[first:])) if one.is_file())
    return [(one, one.relative_to(root)) for one in found]


def is_of_format(parts: tuple[str, ...], connector: FileConnector) -> bool:
    """Whether a file within a folder, given by the parts of its path there, is one to read."""
    if any(part.startswith((".", "_", "~")) for part in parts):
        return False
    name = parts[-1].lower()
    if connector.format in ("csv", "jsonl"):
        name = next((name.removesuffix(one) for one in COMPRESSED if name.endswith(one)), name)
    return name.endswith(SUFFIXES[connector.format])


def not_there(place: str, connector: FileConnector, looked: str = "") -> InputError:
    """The message for a place without files."""
    return InputError(
        place,
        "there is no such file",
        f"a {connector.format} file{looked}",
        "Correct the connector's path, or put the file there.",
    )


def check_not_empty(name: str, size: int, connector: FileConnector) -> None:
    """``InputError`` for a file of 0 bytes."""
    if size == 0:
        raise InputError(
            name,
            "the file has 0 bytes",
            f"a {connector.format} file, with a header even when it has no rows",
            "Deliver the file again; it looks cut off.",
        )


@contextmanager
def permitted(name: str) -> Iterator[None]:
    """Turns what the system says about a file that may not, or cannot, be read into ``InputError``."""
    try:
        yield
    except PermissionError as error:
        raise InputError(
            name,
            "it may not be read by the user who runs this",
            "a file, in folders, that this user may read",
            "Give that user the right to read the file and to enter its folders.",
        ) from error
    except FileNotFoundError as error:
        raise InputError(
            name,
            "it went away while it was read",
            "a file that stays until it has been read",
            "Run again when its delivery is complete.",
        ) from error


def steadily(file: Source, read: Callable[[Source], Result], *, may_grow: bool = False) -> Result:
    """What ``read`` makes of ``file`` as it was when it was found.

    A file that has changed meanwhile is an ``InputError``, and its result is thrown away. With
    ``may_grow`` a file to which lines were only added (size grew; same inode, same first and last
    64 KiB of what was there) is read again up to its last complete line at that time: the lines
    after it belong to the next collection.
    """
    if file.is_copy:
        return read(file)
    edges = _edges(file) if may_grow else b""
    try:
        result = read(file)
    except InputError:
        if _is_as_found(file):
            raise
    else:
        if _is_as_found(file):
            return result
    lines = _complete_lines(file) if may_grow and _has_only_grown(file, edges) else 0
    if not lines:
        raise _changed(file)
    result = read(replace(file, size=lines, is_cut=True))
    if not _has_only_grown(file, edges):
        raise _changed(file)
    return result


def copied(engine: Engine, file: Source) -> Source:
    """A copy of ``file`` in the scratch folder, that nobody changes. Raises ``InputError``."""
    if file.is_copy:
        return file

    def copy(one: Source) -> Source:
        target = sources.scratch_file(engine, "".join(one.path.suffixes[-1:]))
        with permitted(one.name), one.path.open("rb") as source, target.open("wb") as there:
            shutil.copyfileobj(source, there, 1 << 20)
        return Source.of(target, one.name, is_copy=True)

    return steadily(file, copy)


def _is_as_found(file: Source) -> bool:
    return Source.of(file.path, file.name) == file


def _has_only_grown(file: Source, edges: bytes) -> bool:
    now = Source.of(file.path, file.name)
    return now.inode == file.inode and now.size > file.size and _edges(file) == edges


def _edges(file: Source) -> bytes:
    """Digest of the first and the last 64 KiB of what was there when the file was found."""
    with permitted(file.name), file.path.open("rb") as stream:
        head = stream.read(min(_EDGE, file.size))
        stream.seek(max(0, file.size - _EDGE))
        tail = stream.read(min(_EDGE, file.size))
    return hashlib.sha256(head + tail).digest()


def _complete_lines(file: Source) -> int:
    """Bytes up to the last line feed of what was there; 0 when there is none.

    In UTF-16 a line feed may have a zero byte after it, which belongs to it.
    """
    with permitted(file.name), file.path.open("rb") as stream:
        start = file.size
        while start > 0:
            start = max(0, start - _EDGE)
            stream.seek(start)
            block = stream.read(min(_EDGE, file.size - start) + 1)
            at = block.rfind(b"\n", 0, file.size - start)
            while at >= 0:
                end = start + at + 1
                if block[at + 1 : at + 2] == b"\0" and end % 2:
                    end += 1
                if end <= file.size:
                    return end
                at = block.rfind(b"\n", 0, at)
    return 0


def _changed(file: Source) -> InputError:
    with permitted(file.name):
        now = os.stat(file.path).st_size  # noqa: PTH116
    return InputError(
        file.name,
        f"the file changed while it was read (it had {file.size} bytes, now {now})",
        "a file that is not written to; nothing of it was collected",
        "Run again when its delivery is complete; deliver beside the place and rename into it.",
    )
