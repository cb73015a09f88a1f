"""The record of exports: one file each in the restricted zone, there before anything leaves.

Belongs here: writing and reading it. Does not belong here: what is exported.

::

    restricted/exports/20240501T093012Z-5f3a9c.json

A record is written as *begun*, then replaced by *done* or *failed*. One that stays *begun* was cut off: the
rows may have arrived.
"""

import json
import os
import pwd
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.engine import Lake
from pipeline.engine.writing import cast
from pipeline.errors import InputError
from pipeline.export.rows import Asked, Reach
from pipeline.tables.exports import EXPORT_LOG


@dataclass(frozen=True)
class Record:
    """What is recorded of an export beside its time and who it is: see ``EXPORT_LOG``."""

    asked: Asked
    publication: int
    revision: int
    reach: Reach
    rows: int
    destination: str

    def begin(self, lake: Lake, now: datetime) -> "Begun":
        """Record that the export begins. Raises ``InputError`` where that cannot be written: without a
        record nothing is exported."""
        asked = self.asked
        row = {
            "export_id": f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
            "export_status": "begun",
            "begun_at": now,
            "ended_at": None,
            "exported_by": _user(),
            "host": socket.gethostname(),
            "exported": asked.exported,
            "asked_scheme": asked.scheme,
            "asked_segment_id": asked.segment_id,
            "asked_cause": asked.cause,
            "of_period": asked.period,
            "of_publication": self.publication,
            "of_revision": self.revision,
            "account_space": asked.account_space,
            "consent_purpose": asked.consent,
            "identifiers": list(asked.identifiers),
            "rows_count": self.rows,
            "customers_count": self.reach.exported,
            "destination": self.destination,
        }
        folder = _folder(lake)
        try:
            lake.secure()
            folder.mkdir(mode=0o700, exist_ok=True)
            _write(folder, row)
        except OSError as error:
            raise InputError(
                str(folder),
                f"the export cannot be recorded there ({error.strerror or type(error).__name__}), so nothing"
                " was exported",
                "a restricted zone that you may write into",
                "Export as the owner of the lake, or make room.",
            ) from error
        return Begun(folder, row)


@dataclass(frozen=True)
class Begun:
    """An export that is recorded as begun."""

    folder: Path
    row: dict[str, Any]

    def done(self, now: datetime) -> dict[str, Any]:
        """Record that all rows have arrived; the whole record."""
        row = self.row | {"export_status": "done", "ended_at": now}
        _write(self.folder, row)
        return row

    def failed(self, now: datetime) -> None:
        """Record that the destination took nothing."""
        _write(self.folder, self.row | {"export_status": "failed", "ended_at": now})


def exports_of(lake: Lake) -> pa.Table:
    """All exports from this lake, rows of ``EXPORT_LOG``, newest first. Raises ``InputError`` for a record
    that cannot be read: none is left out."""
    rows = [_read(path) for path in _folder(lake).glob("*.json")]
    # not by name: that tells seconds alone
    rows.sort(key=lambda row: (row["begun_at"], row["export_id"]), reverse=True)
    return pa.Table.from_pylist(rows, schema=EXPORT_LOG.schema)


def _folder(lake: Lake) -> Path:
    return lake.root / EXPORT_LOG.path


def _write(folder: Path, row: dict[str, Any]) -> None:
    schema = EXPORT_LOG.schema
    [told] = cast(pa.Table.from_pylist([row], schema=schema), schema).to_pylist()
    told |= {name: one.isoformat() for name, one in told.items() if isinstance(one, datetime)}
    path = folder / f"{row['export_id']}.json"
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(path: Path) -> dict[str, Any]:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        if set(row) != set(EXPORT_LOG.columns):
            raise ValueError
        if not row["begun_at"]:
            raise ValueError
        return {name: _time(name, value) for name, value in row.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(
            str(path),
            "it is no record of an export",
            "JSON with the columns of the record, as exporting writes it",
            "Restore it from a copy, or move it away and note that it is missing.",
        ) from error


def _time(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in ("begun_at", "ended_at") and value else value


def _user() -> str:
    """Who runs this process, as the system knows it: not what the environment says."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
