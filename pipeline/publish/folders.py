"""Folders of publications: files and links that are made whole, safely on disk, or not at all.

Belongs here: linking, writing, the swap of the link, what is removed. Does not belong here: what is in a
publication (``swap``, ``carried``).
"""

import os
import shutil
from pathlib import Path

from pipeline.engine import Lake
from pipeline.engine.partitions import sync
from pipeline.publish.manifest import published_folder


def swap_in(lake: Lake, number: int) -> None:
    """Point ``published`` to the publication: one rename, so a reader sees the old or the new one."""
    fresh = lake.root / ".published.partial"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(f"publications/{number}")
    fresh.replace(published_folder(lake))
    sync(lake.root)


def prune(lake: Lake, newest: int) -> None:
    """Keep the newest publication and the one before; remove older ones and what killed runs left."""
    for folder in (lake.root / "publications").iterdir():
        if folder.is_dir() and folder.name not in (str(newest), str(newest - 1)):
            shutil.rmtree(folder)


def link(source: Path, target: Path) -> None:
    """``target`` becomes the same file as ``source``; a copy where the file system has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.link")
    partial.unlink(missing_ok=True)
    try:
        os.link(source, partial)
    except OSError:
        shutil.copy2(source, partial)
        sync(partial)
    partial.replace(target)
    # rename(2) does nothing when both names are the same file already
    partial.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Write a text, safely on disk."""
    path.write_text(text, encoding="utf-8")
    sync(path)


def sync_folders(folder: Path) -> None:
    """Bring the entries of ``folder``, and of all below it, to disk."""
    for path, _, _ in os.walk(folder, topdown=False):
        sync(Path(path))
    sync(folder.parent)
