"""A lake with what people are told of: findings of published periods, states of sources."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.notify.alarms import Row
from pipeline.publish.contracts import DRIFT_FINDINGS, SEGMENT_REGISTER
from pipeline.publish.manifest import Manifest, PublishedPeriod
from pipeline.tables.health import SOURCE_HEALTH
from pipeline.tables.model import Table

NOW = datetime(2024, 7, 1, tzinfo=UTC)
FEATURE = "net_amount_12p"


def finding(period: str, severity: str = "major", status: str = "began", **changes: Any) -> dict[str, Any]:
    """A finding on the mean of money spent, which doubled."""
    known: dict[str, Any] = {
        "period": period,
        "level": "feature",
        "subject": FEATURE,
        "comparison": "previous_period",
        "measure": "mean_change",
        "value": 240.0,
        "compared_value": 120.0,
        "effect": 1.0,
        "verdict": severity if severity in ("major", "minor") else "known",
        "severity": severity,
        "change_status": status,
        "history_status": "learned",
        "explanation": "said",
    }
    return known | changes


def state(period: str, source_state: str = "healthy", **changes: Any) -> dict[str, Any]:
    """The state of the till in a period."""
    known: dict[str, Any] = {
        "period": period,
        "source": "till",
        "entity": "orders",
        "source_state": source_state,
        "since_period": None if source_state == "healthy" else period,
        "is_accepted": False,
        "rows_kept_count": 10,
        "explanation": "About 50% of the rows are missing.",
        "explanation_zh": "约缺 50% 的行。",
        "to_do": "Deliver it anew.",
        "to_do_zh": "重新交付。",
    }
    return known | changes


def publish(lake: Path, periods: Sequence[str], findings: Iterable[Row], number: int = 1) -> None:
    """Publication ``number`` of ``periods``, in each a measurement that is no finding, and ``findings``."""
    quiet = [
        finding(one, "none", "none", subject=subject)
        for one in periods
        for subject in (FEATURE, "orders_count_12p")
    ]
    rows = [*quiet, *findings]
    for period in periods:
        _write(
            lake / "published" / "drift_findings" / f"{period}.parquet",
            DRIFT_FINDINGS,
            [one for one in rows if one["period"] == period],
        )
        _write(
            lake / "published" / "segment_register" / f"{period}.parquet",
            SEGMENT_REGISTER,
            [{"segment_id": "rfm:champions", "label": "Champions", "label_zh": "冠军客户"}],
        )
    manifest = Manifest(
        project="shop",
        title="A small shop",
        currency="EUR",
        time_zone="UTC",
        code_version="1",
        publication=number,
        published_at=NOW,
        tables={},
        periods={one: PublishedPeriod(as_of=NOW, revision=1, provenance={}) for one in periods},
    )
    (lake / "published" / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")


def judge(lake: Path, rows: Iterable[Row]) -> None:
    """States of sources, a file a period."""
    held = list(rows)
    for period in {one["period"] for one in held}:
        _write(
            lake / SOURCE_HEALTH.path / f"period={period}" / "part-0.parquet",
            SOURCE_HEALTH,
            [one for one in held if one["period"] == period],
        )


def _write(path: Path, table: Table, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = [{name: row.get(name) for name in table.columns} for row in rows]
    schema = pa.schema([one.with_nullable(True) for one in table.schema])
    pq.write_table(pa.Table.from_pylist(whole, schema), path)
