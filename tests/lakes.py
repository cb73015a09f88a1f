"""Where tables of a lake stand, for tests that look into it."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from pipeline.engine import Lake
from pipeline.publish.manifest import read_manifest
from pipeline.settings import Project


def lake_file(lake: Path, table: str, period: str) -> Path:
    """File of ``zone/table`` in ``period``: published ones are flat, inner ones in hive folders."""
    return lake / table / (f"{period}.parquet" if _is_flat(table) else f"period={period}/part-0.parquet")


def lake_files(lake: Path, table: str) -> dict[str, Path]:
    """Files of ``zone/table`` by period, oldest first."""
    found = (lake / table).glob("*.parquet" if _is_flat(table) else "period=*/part-0.parquet")
    return {
        one.stem if _is_flat(table) else one.parent.name.removeprefix("period="): one for one in sorted(found)
    }


def lake_rows(lake: Path, table: str, period: str | None = None) -> list[dict[str, Any]]:
    """Rows of ``zone/table`` with their ``period``, of one period or of all."""
    files = lake_files(lake, table) if period is None else {period: lake_file(lake, table, period)}
    return [
        {"period": key} | row
        for key, path in files.items()
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


def published_values(project: Project) -> dict[str, str]:
    """Content digest of every published file: what a reader sees, without when it was written."""
    manifest = read_manifest(Lake(project.lake_path))
    assert manifest is not None
    return {
        f"{name} {period}": entry.content_digest
        for name, table in manifest.tables.items()
        for period, entry in table.periods.items()
    }


def history_differs(lake: Path) -> dict[str, int]:
    """By period, customers and schemes that stand elsewhere by their stays than by their assignments."""
    stays = pd.read_parquet(lake / "published" / "customer_history")
    every = pd.read_parquet(lake / "published" / "segment_assignments")
    every["state"] = every["segment_id"].fillna(every["status"])
    found = {}
    for period, assigned in every.groupby("period"):
        there = (stays["entered_period"] <= period) & ~(stays["left_period"] <= period)
        told = stays[there].set_index(["customer_id", "scheme"])["state"]
        then = assigned.set_index(["customer_id", "scheme"])["state"]
        assert told.index.is_unique, "in two places at once"
        both = pd.concat([told, then], axis=1, keys=["told", "then"])
        found[str(period)] = int((both["told"] != both["then"]).sum())
    return found


def _is_flat(table: str) -> bool:
    return table.startswith("published/")
