"""Places in the lake: ``zone/table/period=…/part-0.parquet``.

Belongs here: where a table's file stands and which periods exist. Does not belong here:
the publication's own places (``publish``), which are swapped as a whole.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.engine.writing import CONTENT, content_digest

PART = "part-0.parquet"
#: Zones that hold direct identifiers: readable by their owner alone (law L6).
RESTRICTED_ZONES = ("raw", "quarantine", "restricted")


@dataclass(frozen=True)
class Lake:
    """The lake of one project."""

    root: Path

    def file(self, table: str, period: str) -> Path:
        """File of ``table`` (``zone/name``) in ``period``."""
        return self.root / table / f"period={period}" / PART

    def files(self, table: str, periods: list[str]) -> list[Path]:
        """Files of ``table`` that exist among ``periods``, in that order."""
        return [path for path in (self.file(table, one) for one in periods) if path.is_file()]

    def periods(self, table: str) -> list[str]:
        """Periods of which ``table`` has a file, in the order of their keys."""
        found = (self.root / table).glob(f"period=*/{PART}")
        return sorted(path.parent.name.removeprefix("period=") for path in found)

    def footer(self, table: str, period: str) -> dict[str, str]:
        """Provenance written into the file's footer; empty when there is no file."""
        path = self.file(table, period)
        if not path.is_file():
            return {}
        metadata = pq.read_metadata(path).metadata or {}
        return {key.decode(): value.decode() for key, value in metadata.items() if key != b"ARROW:schema"}

    def content(self, table: str, period: str) -> str | None:
        """Digest of the rows of ``table`` in ``period``; none when there is no file."""
        path = self.file(table, period)
        if not path.is_file():
            return None
        return self.footer(table, period).get(CONTENT) or content_digest(path)

    @property
    def scratch(self) -> Path:
        """Folder for the scratch of every process that works on this lake: in the restricted zone."""
        return self.root / "restricted" / ".scratch"

    def secure(self) -> None:
        """Make the restricted zone's folders, readable by their owner alone."""
        for zone in RESTRICTED_ZONES:
            (self.root / zone).mkdir(parents=True, exist_ok=True)
            (self.root / zone).chmod(0o700)
