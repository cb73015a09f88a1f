"""The manifest: what a publication contains, and whether it is all there.

Belongs here: the manifest's shape, reading it, checking files against it. Does not belong
here: making a publication (``swap``).
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from pipeline.engine import Lake
from pipeline.engine.partitions import PART
from pipeline.errors import InputError
from pipeline.publish.restatements import Cause
from pipeline.tables.model import Table

#: 2: one file a period, ``<table>/<period>.parquet``, which holds ``period``; 1: in hive folders, without it.
FORMAT_VERSION: Literal[2] = 2
MANIFEST = "manifest.json"
#: In place of the version of the documents: the report is that of an earlier publication, the next draws one.
EARLIER = "earlier"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TablePeriod(_Part):
    """One file: revision (from 1, one more whenever its content changed), rows, digests.

    ``sha256`` is of the whole file, ``content_digest`` of its data pages alone.
    """

    revision: int
    rows: int
    sha256: str
    content_digest: str


class PublishedTable(_Part):
    """One table: meaning of a row, key, digest of its schema, files by period; ``newest`` is the file of what
    only the newest period has, with the revision of that period."""

    row: str
    key: list[str]
    schema_version: str
    periods: dict[str, TablePeriod]


class PublishedPeriod(_Part):
    """One period: revision (one more whenever any of its tables changed), end, origin."""

    revision: int
    as_of: datetime
    provenance: dict[str, str]


class RowsChange(_Part):
    """Rows of a table before and after a restatement."""

    before: int
    after: int


class Restatement(_Part):
    """New content for a period that had been published: why, the tables that changed, and how many
    customers are in another segment of some scheme (who: ``history/restatements``)."""

    period: str
    revision: int
    publication: int
    published_at: datetime
    cause: Cause
    customers_restated: int
    tables: dict[str, RowsChange]


class SourceReading(_Part):
    """What a source gave when it was last read, as a whole or from its cursor on, beside the periods:
    read = in periods + before the first + after the last + not the latest of their account, where events
    tell a state, + left out by ``where`` (law L1). ``rows_without_time_count`` of those in periods have no
    usable event time and are quarantined in the first period."""

    source: str
    entity: str
    reading: Literal["whole", "from_cursor"]
    collected_at: datetime
    rows_read_count: int
    rows_in_periods_count: int
    rows_before_first_count: int
    rows_after_last_count: int
    rows_without_time_count: int
    rows_not_latest_count: int = 0
    rows_left_out_count: int = 0

    @model_validator(mode="after")
    def _accounted(self) -> Self:
        explained = self.rows_in_periods_count + self.rows_before_first_count + self.rows_after_last_count
        explained += self.rows_not_latest_count + self.rows_left_out_count
        if self.rows_read_count != explained:
            raise ValueError(f"source {self.source}: {self.rows_read_count} rows read, {explained} explained")
        return self


class Manifest(_Part):
    """One publication. Written last, so that a folder with a manifest is complete."""

    format_version: Literal[1, 2] = FORMAT_VERSION
    project: str
    title: str
    currency: str
    time_zone: str
    code_version: str
    publication: int
    published_at: datetime
    tables: dict[str, PublishedTable]
    periods: dict[str, PublishedPeriod]
    restatements: list[Restatement] = []
    readings: list[SourceReading] = []
    documents: dict[str, str] = {}
    documents_version: str = ""

    @property
    def is_report_earlier(self) -> bool:
        """Whether the report is that of an earlier publication, because other periods were to follow."""
        return self.documents_version == EARLIER


def published_folder(lake: Lake) -> Path:
    """The link that always points to the newest publication."""
    return lake.root / "published"


def table_file(folder: Path, table: str, period: str, form: int = FORMAT_VERSION) -> Path:
    """File of a published table below the folder of a publication of format ``form``."""
    return folder / table / (f"{period}.parquet" if form > 1 else f"period={period}/{PART}")


def history_file(lake: Lake, table: str, period: str, revision: int) -> Path:
    """What a later revision replaced, or what ``revision`` changed (``restatements``)."""
    return lake.root / "history" / table / f"{period}.revision-{revision}.parquet"


def read_manifest(lake: Lake, any_form: bool = False) -> Manifest | None:
    """Manifest of the newest publication; none when nothing has been published.

    Raises ``InputError`` when the file is not a manifest that this version understands, and unless
    ``any_form`` when the publication's files have the form of an earlier one.
    """
    path = published_folder(lake) / MANIFEST
    if not path.is_file():
        return None
    try:
        found = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InputError(
            str(path),
            f"it is not a manifest that this version can read ({error.error_count()} problems)",
            f"a manifest of format {FORMAT_VERSION}",
            "Use the version of customer-segments that wrote it, or publish into a new lake.",
        ) from error
    if found.format_version != FORMAT_VERSION and not any_form:
        raise InputError(
            str(path),
            f"an earlier version wrote what is published (format {found.format_version})",
            f"files of format {FORMAT_VERSION}",
            "Run segments run: it publishes the periods anew, and what it carries over gets today's form.",
        )
    return found


def schema_version(table: Table) -> str:
    """Digest of the form of files, and of a contract's columns, types and nullability."""
    columns = "\n".join(f"{one.name} {one.type} {one.nullable}" for one in table.schema)
    return hashlib.sha256(f"{FORMAT_VERSION}\n{columns}".encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """SHA-256 of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(lake: Lake) -> list[str]:
    """Problems of the newest publication: files missing or not as the manifest says; none is good."""
    manifest = read_manifest(lake, any_form=True)
    if manifest is None:
        return []
    folder = published_folder(lake)
    problems = [
        problem
        for name, table in manifest.tables.items()
        for period, entry in table.periods.items()
        if (problem := _problem(table_file(folder, name, period, manifest.format_version), entry))
    ]
    for name, digest in manifest.documents.items():
        path = folder / name
        if not path.is_file():
            problems.append(f"{path} is missing")
        elif file_digest(path) != digest:
            problems.append(f"{path} differs from the manifest's checksum")
    return problems


def _problem(path: Path, entry: TablePeriod) -> str | None:
    if not path.is_file():
        return f"{path} is missing"
    if file_digest(path) != entry.sha256:
        return f"{path} differs from the manifest's checksum"
    rows = pq.read_metadata(path).num_rows
    if rows != entry.rows:
        return f"{path} has {rows} rows, the manifest says {entry.rows}"
    return None
