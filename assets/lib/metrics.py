"""Numbers that the Dagster UI plots over time, from tables that fit in memory.

Belongs here: aggregates for metadata. Does not belong here: findings and verdicts
(``pipeline.drift``).
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dagster import MetadataValue
from ibis.expr import types as ir

from assets.lib.metadata import markdown_table
from pipeline.engine import Engine

#: Findings shown beside the asset in the UI.
SHOWN = 15


def version_metrics(versions: pa.Table) -> dict[str, Any]:
    """Versions in force and refits of the period."""
    columns = ["scheme", "scheme_version", "status", "fitted_period", "is_refit"]
    return {
        "schemes_in_force": _count(pc.equal(versions["status"], "assigned")),
        "refits": _count(versions["is_refit"]),
        "versions": markdown_table(versions.select(columns).to_pylist()),
    }


def assignment_metrics(engine: Engine, assignments: ir.Table) -> dict[str, Any]:
    """Customers in the population, and how sure the assignments are on the whole."""
    assigned = assignments.status == "assigned"
    row = engine.to_arrow(
        assignments.aggregate(
            population=assignments.customer_id.nunique(),
            rows=assignments.count(),
            assigned=assigned.sum(),
            mean_confidence=assignments.confidence.mean(),
            mean_evidence_share=assignments.evidence_share.mean(where=assigned),
        )
    ).to_pylist()[0]
    metrics: dict[str, Any] = {"population": row["population"]}
    if row["rows"]:
        metrics["assigned_share"] = int(row["assigned"]) / row["rows"]
    for name in ("mean_confidence", "mean_evidence_share"):
        if row[name] is not None:
            metrics[name] = float(row[name])
    return metrics


def flow_metrics(flows: pa.Table) -> dict[str, Any]:
    """Moved share of every scheme, overall and by cause."""
    metrics: dict[str, Any] = {}
    rows = flows.to_pylist()
    for scheme in sorted({row["scheme"] for row in rows}):
        mine = [row for row in rows if row["scheme"] == scheme]
        population = sum(row["population_count"] for row in mine)
        moved = sum(value for row in mine for name, value in row.items() if name.startswith("moved_in_"))
        metrics[f"moved_share_{scheme}"] = moved / population if population else 0.0
    metrics["flows"] = markdown_table(
        [
            {name: value for name, value in row.items() if name not in ("period", "population_share")}
            for row in rows
        ]
    )
    return metrics


def finding_metrics(findings: pa.Table) -> dict[str, Any]:
    """Alarms, the largest population stability index, and the findings that matter."""
    rows = findings.to_pylist()
    alarms = [row for row in rows if row["severity"] != "none"]
    alarms.sort(key=lambda row: (row["severity"], -abs(row["effect"] or 0.0)))
    largest = max((row["population_stability_index"] or 0.0 for row in rows), default=0.0)
    shown = ("severity", "level", "subject", "measure", "value", "explanation")
    return {
        "alarms_major": sum(row["severity"] == "major" for row in rows),
        "alarms_minor": sum(row["severity"] == "minor" for row in rows),
        "largest_population_stability_index": float(largest),
        "findings": markdown_table([{name: row[name] for name in shown} for row in alarms[:SHOWN]]),
    }


def row_account_metrics(rows: pa.Table) -> dict[str, Any]:
    """Rows read and the share that was quarantined, by source."""
    read, quarantined = (
        int(pc.sum(rows[one]).as_py() or 0) for one in ("rows_read_count", "rows_quarantined_count")
    )
    columns = [one for one in rows.schema.names if one != "late_rows_count"]
    return {
        "rows_read": read,
        "quarantined_share": quarantined / read if read else 0.0,
        "late_rows": int(pc.sum(rows["late_rows_count"]).as_py() or 0),
        "rows": markdown_table(rows.select(columns).to_pylist()),
    }


def link_to(path: str) -> MetadataValue:
    """A file as the UI shows it."""
    return MetadataValue.path(path)


def _count(flags: pa.ChunkedArray) -> int:
    return int(pc.sum(flags).as_py() or 0)
