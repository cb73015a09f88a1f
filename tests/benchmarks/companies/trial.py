"""What every trial of a company needs: its project, its run, what the lake says, and what was counted.

Belongs here: loading and running, row accounts, tables as data frames, comparing. Not here: what is
expected of a company (the modules beside this one).
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from assets.running import bring_up_to_date
from pipeline.engine import Lake
from pipeline.publish.manifest import SourceReading, read_manifest
from pipeline.settings import Project, load_project
from tests.lakes import lake_files

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("SHARED_DATA", HERE.parents[3] / "shared" / "data"))
#: What becomes of a row that was read (law L1), and the column that counts it.
FATES = {
    "kept": "rows_kept_count",
    "duplicates": "duplicates_dropped_count",
    "withdrawn": "rows_withdrawn_count",
    "quarantined": "rows_quarantined_count",
    "excluded": "rows_excluded_count",
}


@dataclass(frozen=True)
class Compared:
    """One value of the lake beside the same value counted with pandas from the raw files."""

    what: str
    found: Any
    expected: Any

    @property
    def equal(self) -> bool:
        """Whether both are the same; floats to a hundredth, since pandas sums them inexactly."""
        if isinstance(self.expected, float):
            return abs(float(self.found) - self.expected) < 0.01
        return bool(self.found == self.expected)


@dataclass(frozen=True)
class Tried:
    """A company that was run: its project, and its values beside those counted from its files."""

    project: Project
    values: Sequence[Compared]


#: Lays the raw files of a company into a folder (a small cut of them or all), runs it, and compares.
Trial = Callable[[Path, bool], Tried]


def project_in(folder: Path, name: str, last_period: str | None = None) -> Project:
    """The project ``name`` of this package, written into ``folder`` and loaded from there."""
    text = (HERE / f"{name}.yaml").read_text(encoding="utf-8")
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    project = load_project(folder)
    return project.model_copy(update={"last_period": last_period}) if last_period else project


def run(project: Project) -> list[str]:
    """Bring the project up to date; the periods that were published."""
    return bring_up_to_date(project).published


def table(project: Project, name: str, period: str | None = None) -> pd.DataFrame:
    """A table of the lake (``published/customer_segments``, ``clean/orders``), of one period or of all."""
    files = [one for key, one in lake_files(project.lake_path, name).items() if period in (None, key)]
    return pd.concat([pq.read_table(one, partitioning=None).to_pandas() for one in files], ignore_index=True)


def row_accounts(project: Project) -> dict[str, dict[str, int]]:
    """By source, over all periods: rows read, what became of them, and how many of them came late."""
    found = table(project, "published/data_quality").groupby("source").sum(numeric_only=True)
    names = {"read": "rows_read_count", **FATES, "late": "late_rows_count"}
    return {
        str(source): {said: int(found.at[source, column]) for said, column in names.items()}
        for source in found.index
    }


def unaccounted(accounts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Sources whose rows read are not the sum of what became of them."""
    return [source for source, one in accounts.items() if one["read"] != sum(one[fate] for fate in FATES)]


def readings(project: Project) -> dict[str, SourceReading]:
    """What the last whole reading of each source gave."""
    manifest = read_manifest(Lake(project.lake_path))
    assert manifest is not None
    return {one.source: one for one in manifest.readings if one.reading == "whole"}


def customers(project: Project, period: str) -> pd.DataFrame:
    """The published customers of a period, with their country (which is not published) and the company's own
    numbers: a row an account."""
    wide = table(project, "published/customer_segments", period)
    known = table(project, "customers/customers", period)[["customer_id", "country"]]
    numbers = table(project, "restricted/crosswalk", period)
    return wide.merge(known, on="customer_id").merge(numbers, on="customer_id")


def counts(values: "pd.Series[Any]") -> dict[str, int]:
    """How often each value occurs, unknown ones left out."""
    return {str(value): int(count) for value, count in values.dropna().value_counts().sort_index().items()}
