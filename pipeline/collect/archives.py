"""ZIP archives: a folder of files in one file.

Belongs here: which members are read, unpacking them as a stream into the engine's scratch folder,
plain messages for what cannot be unpacked. Does not belong here: what a member holds (``csvfiles``
and its like), or text compressed by itself (``text``).

Only stored and deflated members are read: the others, which hardly anybody writes, Python unpacks
without a bound, so that a small archive could fill the memory.
"""

import errno
import shutil
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pipeline.collect.files import SUFFIXES, Source, check_not_empty, is_of_format, permitted
from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector

#: What bytes that are no ZIP archive, or no longer, make Python raise.
BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError)
_BLOCK = 1 << 20
_ENCRYPTED = 0x1
#: Members named in a message, at most.
_NAMED = 5


def is_archive(name: str) -> bool:
    """Whether a file of that name is a ZIP archive."""
    return name.lower().endswith(".zip")


def members(engine: Engine, archive: Source, connector: FileConnector) -> Iterator[Source]:
    """Files of the connector's format in ``archive``, by name, as a folder would give them.

    Each is unpacked when it is asked for, and is its taker's to delete; its name begins with that
    of the archive. ``archive`` must not change meanwhile. Raises ``InputError``.
    """
    with _readable(archive.name), permitted(archive.name), ZipFile(archive.path) as whole:
        for one in _chosen(archive.name, whole.infolist(), connector):
            yield _unpacked(engine, whole, one, f"{archive.name}/{one.filename}", connector)


def _chosen(archive: str, found: list[ZipInfo], connector: FileConnector) -> list[ZipInfo]:
    files = [one for one in found if not one.is_dir()]
    if not files:
        raise InputError(
            archive,
            "the archive holds no file",
            f"at least one {connector.format} file in it",
            "Deliver the archive again; it may have been packed before its files were there.",
        )
    chosen = [one for one in files if is_of_format(PurePosixPath(one.filename).parts, connector)]
    if not chosen:
        names = sorted(one.filename for one in files)
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise InputError(
            archive,
            f"the archive holds no {connector.format} file; it holds: {', '.join(names[:_NAMED])}{more}",
            f"a file in it whose name ends with {', '.join(SUFFIXES[connector.format])}",
            "Correct the connector's format or path, or the names in the archive.",
        )
    counts = Counter(one.filename for one in chosen)
    if twice := sorted(name for name, count in counts.items() if count > 1):
        raise InputError(
            archive,
            f"the archive holds {', '.join(twice[:_NAMED])} more than once",
            "every file in it once",
            "Pack the archive anew.",
        )
    return sorted(chosen, key=lambda one: one.filename)


def _unpacked(engine: Engine, whole: ZipFile, one: ZipInfo, name: str, connector: FileConnector) -> Source:
    check_not_empty(name, one.file_size, connector)
    _check_unpackable(engine, one, name)
    target = sources.scratch_file(engine, "".join(PurePosixPath(name).suffixes[-1:]))
    with _readable(name), whole.open(one) as packed, target.open("wb") as there:
        shutil.copyfileobj(packed, there, _BLOCK)
    return Source.of(target, name, is_copy=True)


def _check_unpackable(engine: Engine, one: ZipInfo, name: str) -> None:
    if one.flag_bits & _ENCRYPTED:
        raise InputError(
            name,
            "it is locked with a password",
            "an archive that unpacks without one",
            "Deliver the archive without encryption.",
        )
    if one.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise InputError(
            name,
            f"it is packed by a method that is not read (number {one.compress_type})",
            "files packed by the usual method of ZIP (deflate), or not compressed",
            "Pack the archive anew; most programs call the method Deflate, Normal or Compatible.",
        )
    free = shutil.disk_usage(engine.scratch).free
    if one.file_size > free:
        raise InputError(
            name,
            f"unpacked it takes {one.file_size / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free",
            "room for the file in the engine's scratch folder",
            "Make room there, or check the archive: it may be damaged or meant to do harm.",
        )


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turns what unpacking says about bytes that are no ZIP into ``InputError``."""
    try:
        yield
    except (PermissionError, FileNotFoundError):
        raise
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise InputError(
            name,
            "the archive is damaged or cut off, or not a ZIP archive at all",
            "a complete ZIP archive",
            "Copy or pack the archive again.",
        ) from error
