"""Where an export goes: a CSV or Parquet file, or a table of a database; whole or not at all.

Belongs here: files, and telling destinations apart. Does not belong here: databases (``database``), what is
exported (``rows``), the form of CSV (``csvs``).

A file is written in the restricted zone's scratch, where a killed process leaves nothing for long, and
renamed into its place. Where that is on another file system it is copied beside its place first, and what
a killed process left there goes with the next export to the same place.
"""

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine.writing import cast
from pipeline.errors import InputError
from pipeline.export.csvs import csv_line

CSV, PARQUET = ".csv", ".parquet"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
#: Readable by its owner alone: it holds the company's numbers, maybe addresses.
_MODE = 0o600


class Destination(Protocol):
    """One place that rows can go to."""

    @property
    def name(self) -> str:
        """What it is called in the record and on the screen: without user and password."""
        ...

    def check(self, schema: pa.Schema) -> None:
        """Raise ``InputError`` where rows of ``schema`` cannot go there; nothing is changed."""
        ...

    def deliver(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        """Put all rows there, or none. Raises ``InputError``."""
        ...


def destination_of(to: str, table: str | None, replace: bool, lake: Path, scratch: Path) -> Destination:
    """The destination ``to``: the URL of a database (then with a ``table``), or a file.

    ``lake`` is where no export may go, ``scratch`` a folder of the restricted zone. Raises ``InputError``.
    """
    if _URL.match(to):
        # SQLAlchemy takes its time to load: only databases pay for it.
        from pipeline.export.database import DatabaseTable

        return DatabaseTable.of(to, table, replace)
    if table is not None:
        raise InputError(
            f"--table {table}",
            "a table is only in a database, and --to names a file",
            "--to with the URL of a database, such as postgresql://user@host/database",
            "Correct --to, or leave --table out.",
        )
    return FileDestination(Path(to).expanduser().absolute(), replace, lake, scratch)


class FileDestination:
    """A CSV or Parquet file, by the ending of its name."""

    def __init__(self, path: Path, replace: bool, lake: Path, scratch: Path) -> None:
        self._path, self._replace, self._lake, self._scratch = path, replace, lake, scratch

    @property
    def name(self) -> str:
        """The absolute path."""
        return str(self._path)

    def check(self, schema: pa.Schema) -> None:
        """Raise ``InputError`` where no file can be written there."""
        place, folder = f"--to {self._path}", self._path.parent
        if self._path.suffix.lower() not in (CSV, PARQUET):
            raise InputError(
                place,
                "its ending says no format",
                "a file that ends in .csv or .parquet, or the URL of a database",
                "Name it so.",
            )
        if not folder.is_dir():
            raise InputError(place, "there is no such folder", "a folder that is there", "Make it first.")
        if self._path.resolve().is_relative_to(self._lake.resolve()):
            raise InputError(
                place,
                "it lies in the lake, where the company's own numbers stand in the restricted zone alone",
                "a place outside of the lake",
                "Choose another folder.",
            )
        if self._path.is_dir():
            raise InputError(place, "it is a folder", "a file", "Name a file in it.")
        if os.path.lexists(self._path) and not self._replace:
            raise InputError(
                place,
                "it is there already",
                "a new file, or --replace",
                "Name another file, or say --replace to write over it.",
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InputError(
                place, "you may not write into this folder", "a folder that you may write into", "Choose one."
            )
        self._clear()

    def deliver(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        """Write the file, and rename it into its place when it is complete."""
        staged = self._scratch / f"export{self._path.suffix.lower()}"
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write(file, batches, schema, staged.suffix)
                file.flush()
                os.fsync(file.fileno())
            self._move(staged)
        except OSError as error:
            raise InputError(
                f"--to {self._path}",
                f"it cannot be written ({error.strerror or type(error).__name__})",
                "a place with room that you may write into",
                "Nothing was exported. Make room, or choose another place.",
            ) from error
        finally:
            staged.unlink(missing_ok=True)

    def _move(self, staged: Path) -> None:
        try:
            staged.replace(self._path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(staged)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _copy(self, staged: Path) -> None:
        """Beside the place, on its file system, then into it; locked, so that nobody clears it meanwhile."""
        partial = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
        try:
            with os.fdopen(descriptor, "wb") as target, staged.open("rb") as source:
                fcntl.flock(target, fcntl.LOCK_EX)
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
                partial.replace(self._path)
        finally:
            partial.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Remove what exports that were killed while they copied left beside the place."""
        for path in self._path.parent.glob(f".{_literally(self._path.name)}.*.partial"):
            with path.open("ab") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:  # its process lives
                    continue
                path.unlink(missing_ok=True)


def _literally(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _write(file: IO[bytes], batches: Iterable[pa.RecordBatch], schema: pa.Schema, ending: str) -> None:
    if ending == PARQUET:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_table(cast(batch, schema))
        return
    file.write(csv_line(schema.names).encode())
    for batch in batches:
        columns = [batch.column(name).to_pylist() for name in schema.names]
        for row in zip(*columns, strict=True):
            file.write(csv_line(row).encode())
