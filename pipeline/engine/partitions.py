"""Partitions of several files: written beside their place as a folder, put there as a whole.

Belongs here: what makes several files one partition. Does not belong here: the files themselves
(``writing``, or whatever engine wrote them), where partitions stand (``lake``).

::

    zone/table/period=2024-01/part-….parquet    any number, in the order of their names
    zone/table/period=2024-01/_partition.json   what one file says in its footer: provenance, digest
    zone/table/.period=2024-01.4711.partial/    the same under way, by process 4711

A partition of one file, ``part-0.parquet``, has it all in the footer of that file.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

PART = "part-0.parquet"
#: Files of a partition, whoever wrote them.
PARTS = "part-*.parquet"
#: What a partition of several files says of itself.
SAID = "_partition.json"


def parts(folder: Path) -> list[Path]:
    """Files of the partition in ``folder``, in the order of their names; none when it is not there, whole."""
    found = sorted(folder.glob(PARTS))
    is_whole = (folder / SAID).is_file() or [one.name for one in found] == [PART]
    return found if is_whole else []


def said(folder: Path) -> dict[str, str] | None:
    """What a partition of several files says of itself; none when it has one file, or is not there."""
    path = folder / SAID
    if not path.is_file():
        return None
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def staging(folder: Path) -> Path:
    """An empty folder beside the partition ``folder``, to write its files into."""
    staged = _beside(folder, "partial")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    return staged


def put_in_place(staged: Path, folder: Path, footer: Mapping[str, str]) -> None:
    """Make the files in ``staged`` the partition ``folder``, of which ``footer`` is said.

    Whatever was there is replaced. Cut off in the midst, the partition is missing, never mixed: what is
    missing is made again.
    """
    (staged / SAID).write_text(json.dumps(dict(footer), sort_keys=True), encoding="utf-8")
    for path in (*staged.iterdir(), staged):
        sync(path)
    old = _beside(folder, "old.partial")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    staged.replace(folder)
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def make_way(path: Path) -> None:
    """Take away whatever else stands where the one file ``path`` is to be the partition."""
    path.with_name(SAID).unlink(missing_ok=True)  # first: from here on several files are no partition
    for one in path.parent.glob(PARTS):
        if one != path:
            one.unlink()


def _beside(folder: Path, end: str) -> Path:
    return folder.with_name(f".{folder.name}.{os.getpid()}.{end}")


def sync(path: Path) -> None:
    """Bring a file, or the entries of a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
