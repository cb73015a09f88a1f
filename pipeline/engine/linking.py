"""Files of equal rows become one file: a state that did not change is stored once, for all its periods.

Belongs here: hard links between files of the lake. Does not belong here: which tables may share files (the
shell). Files of the lake are only ever replaced, never changed in place, so one can stand in several places.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine.writing import CONTENT


def share_equal(files: Iterable[Path], said: Callable[[Mapping[str, str]], Mapping[str, str]]) -> int:
    """Make those of ``files`` that have the same columns, rows and footer one file, the first of them; how
    many became another's. ``said`` takes out of a footer what may differ. Without links they stay copies."""
    first: dict[tuple[str, str], Path] = {}
    shared = 0
    for path in files:
        if (key := _key(path, said)) is None:
            continue
        there = first.setdefault(key, path)
        if there != path and not there.samefile(path):
            shared += _linked(there, path)
    return shared


def _key(path: Path, said: Callable[[Mapping[str, str]], Mapping[str, str]]) -> tuple[str, str] | None:
    """What equal files have alike; none for a file that does not say what it holds, or is damaged: that is
    the matter of those who need its rows."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError):
        return None
    # the schema that Arrow adds repeats the footer
    told = {one: value for one, value in (metadata.metadata or {}).items() if one != b"ARROW:schema"}
    said_there = {one.decode(): value.decode() for one, value in told.items()}
    if CONTENT not in said_there:
        return None
    columns = str(metadata.schema.to_arrow_schema().remove_metadata())
    return columns, repr(sorted(said(said_there).items()))


def _linked(there: Path, path: Path) -> bool:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(there)
    except OSError:
        return False
    partial.replace(path)
    return True
