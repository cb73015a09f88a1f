"""Places in the lake: ``zone/table/period=…/part-0.parquet``, or several parts (``partitions``).

Belongs here: where a table's files stand and which periods exist. Does not belong here:
the publication's own places (``publish``), which are swapped as a whole.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.engine.partitions import PART, parts, said
from pipeline.engine.writing import CONTENT, content_digest

#: Zones that hold direct identifiers: readable by their owner alone (law L6).
RESTRICTED_ZONES = ("raw", "quarantine", "restricted")


@dataclass(frozen=True)
class Lake:
    """The lake of one project."""

    root: Path

    def folder(self, table: str, period: str) -> Path:
        """Folder of the partition of ``table`` (``zone/name``) in ``period``."""
        return self.root / table / f"period={period}"

    def file(self, table: str, period: str) -> Path:
        """File of ``table`` in ``period``, where the partition has one."""
        return self.folder(table, period) / PART

    def holds(self, table: str, period: str) -> bool:
        """Whether ``table`` has been written for ``period``."""
        return bool(parts(self.folder(table, period)))

    def files(self, table: str, periods: list[str]) -> list[Path]:
        """Files of ``table`` that exist among ``periods``, in that order."""
        return [path for one in periods for path in parts(self.folder(table, one))]

    def periods(self, table: str) -> list[str]:
        """Periods of which ``table`` has a file, in the order of their keys."""
        found = (one.name.removeprefix("period=") for one in (self.root / table).glob("period=*"))
        return sorted(one for one in found if self.holds(table, one))

    def footer(self, table: str, period: str) -> dict[str, str]:
        """Provenance of a partition; empty when there is none."""
        folder = self.folder(table, period)
        if (together := said(folder)) is not None:
            return together
        path = folder / PART
        if not path.is_file():
            return {}
        metadata = pq.read_metadata(path).metadata or {}
        return {key.decode(): value.decode() for key, value in metadata.items() if key != b"ARROW:schema"}

    def content(self, table: str, period: str) -> str | None:
        """Digest of the rows of ``table`` in ``period``; none when there is no file."""
        if not self.holds(table, period):
            return None
        return self.footer(table, period).get(CONTENT) or content_digest(self.file(table, period))

    @property
    def scratch(self) -> Path:
        """Folder for the scratch of every process that works on this lake: in the restricted zone."""
        return self.root / "restricted" / ".scratch"

    def secure(self) -> None:
        """Make the restricted zone's folders, readable by their owner alone."""
        for zone in RESTRICTED_ZONES:
            (self.root / zone).mkdir(parents=True, exist_ok=True)
            (self.root / zone).chmod(0o700)
