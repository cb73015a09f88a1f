"""What came out of a period, read from the publication: small tables for people and programs.

Belongs here: queries over published aggregates. Does not belong here: printing (``views``).
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.publish.manifest import Manifest, published_folder, read_manifest, table_file
from pipeline.publish.texts import Words
from pipeline.publish.verdicts import ill, outcome
from pipeline.settings import Project
from pipeline.tables.fields import cause, customer_event

CAUSES = cause.values


def manifest_of(project: Project) -> Manifest:
    """The newest publication's manifest. Raises ``InputError`` when there is none."""
    manifest = read_manifest(Lake(project.lake_path))
    if manifest is None or not manifest.periods:
        raise InputError(
            str(project.lake_path),
            "nothing has been published yet",
            "a publication",
            "Run segments run first.",
        )
    return manifest


def period_of(manifest: Manifest, period: str | None) -> str:
    """``period``, or the newest published one. Raises ``InputError`` for one that is not published."""
    periods = sorted(manifest.periods)
    if period is None:
        return periods[-1]
    if period not in periods:
        raise InputError(
            f"period {period}", "it is not published", f"one of {', '.join(periods)}", "See segments status."
        )
    return period


def rows(
    project: Project, table: str, period: str, columns: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    """Rows of one small published table in one period, with ``period`` added."""
    file = table_file(published_folder(Lake(project.lake_path)), table, period)
    content = pq.read_table(file, columns=list(columns) if columns else None, partitioning=None)
    return [{"period": period, **row} for row in content.to_pylist()]  # whatever columns are asked for


def customer(project: Project, customer_id: str) -> list[dict[str, Any]]:
    """Every published assignment of one customer, oldest period first."""
    folder = published_folder(Lake(project.lake_path))
    found = []
    for period in sorted(manifest_of(project).periods):
        file = table_file(folder, "segment_assignments", period)
        content = pq.read_table(file, filters=pc.field("customer_id") == customer_id, partitioning=None)
        found += content.to_pylist()
    return found


def labels(project: Project, period: str) -> dict[str, str]:
    """Label of every segment in the register, in the report's language."""
    name = "label_zh" if project.report.language == "zh" else "label"
    return {row["segment_id"]: row[name] for row in rows(project, "segment_register", period)}


def summary(project: Project, period: str | None = None) -> dict[str, Any]:
    """Segments with sizes and change, moves by cause, findings, rows: of one published period.

    ``moves`` are by the cause in the ledger; ``sources`` are those that are not whole: moves in schemes that
    rest on them are called faulty data, which ``moves_doubt`` says.
    """
    manifest = manifest_of(project)
    period = period_of(manifest, period)
    flows = rows(project, "segment_flows", period)
    names = labels(project, period)
    quality = rows(project, "data_quality", period)
    findings = rows(project, "drift_findings", period)
    health = rows(project, "source_health", period)
    found, words = outcome(findings, health), Words("en", project.currency, features=project.readable)
    return {
        "project": project.project,
        "period": period,
        "revision": manifest.periods[period].revision,
        "publication": manifest.publication,
        "population": _population(flows),
        "segments": [_segment(row, names, project) for row in sorted(flows, key=partial(_place, project))],
        "moves": _moves(flows, project),
        "identity": _identity(rows(project, "customer_events", period, ["customer_event"])),
        "restatements": [
            {
                "period": one.period,
                "revision": one.revision,
                "cause": one.cause,
                "customers": one.customers_restated,
            }
            for one in manifest.restatements
            if one.period == period
        ],
        "verdict": found.headline(words),
        "measurements": dict(found.counts),
        "quiet": found.quiet(words),
        "sources": [
            {
                name: row[name]
                for name in (
                    "source",
                    "source_state",
                    "since_period",
                    "affected_share",
                    "explanation",
                    "to_do",
                )
            }
            for row in ill(health)
        ],
        "moves_doubt": found.doubt(words),
        "findings": [
            {
                name: row[name]
                for name in ("severity", "level", "subject", "measure", "value", "effect", "explanation")
            }
            for row in findings
            if row["severity"] != "none"
        ],
        "rows": {
            name: sum(row.get(name, 0) for row in quality)  # earlier publications excluded nobody
            for name in (
                "rows_read_count",
                "rows_kept_count",
                "duplicates_dropped_count",
                "rows_withdrawn_count",
                "rows_quarantined_count",
                "rows_excluded_count",
                "late_rows_count",
            )
        },
    }


def _population(flows: list[dict[str, Any]]) -> int:
    schemes = {row["scheme"] for row in flows}
    if not schemes:
        return 0
    return sum(row["population_count"] for row in flows if row["scheme"] == min(schemes))


def _place(project: Project, row: dict[str, Any]) -> tuple[int, int, str]:
    """Order of states: schemes in theirs, named segments in theirs, discovered ones by id, statuses last."""
    scheme = project.every_scheme.get(row["scheme"])
    named = scheme.shown_ids() if scheme else []
    place = named.index(row["state"]) if row["state"] in named else len(named)
    return list(project.every_scheme).index(row["scheme"]) if scheme else 1000, place, row["state"]


def _segment(row: dict[str, Any], names: dict[str, str], project: Project) -> dict[str, Any]:
    return {
        "scheme": row["scheme"],
        "scheme_label": _label(project, row["scheme"]),
        "segment": row["state"],
        "label": names.get(row["state"], row["state"].replace("_", " ")),
        "customers": row["population_count"],
        "share": row["population_share"],
        "change": row["population_count"] - row["population_previous_count"],
        "moved_in": sum(row[f"moved_in_{one}_count"] for one in CAUSES),
        "moved_out": sum(row[f"moved_out_{one}_count"] for one in CAUSES),
    }


def _label(project: Project, scheme: str) -> str:
    return Words("en", "", schemes=project.every_scheme).scheme(scheme)


def _moves(flows: list[dict[str, Any]], project: Project) -> list[dict[str, Any]]:
    """Moves of each scheme by cause; every move counts once, where it arrives."""
    counted = []
    for scheme in project.every_scheme:
        mine = [row for row in flows if row["scheme"] == scheme]
        by_cause = {one: sum(row[f"moved_in_{one}_count"] for row in mine) for one in CAUSES}
        if any(by_cause.values()):
            counted.append(
                {
                    "scheme": scheme,
                    "scheme_label": _label(project, scheme),
                    **by_cause,
                    "total": sum(by_cause.values()),
                }
            )
    return counted


def _identity(events: list[dict[str, Any]]) -> dict[str, int]:
    """What happened to customer ids in the period: events by kind, zeros included."""
    kinds = [row["customer_event"] for row in events]
    return {one: kinds.count(one) for one in customer_event.values}


def reconciliation(project: Project) -> list[dict[str, Any]]:
    """Rows from source to publication over all published periods, by source, and the rows that lie in
    no period: left out by where, before the first, and not the latest of their account, as of the last
    whole reading, after the last one as of the last reading.
    None where no reading is known: the source was collected by an earlier version."""
    totals: dict[str, dict[str, Any]] = {}
    manifest = manifest_of(project)
    for period in sorted(manifest.periods):
        for row in rows(project, "data_quality", period):
            mine = totals.setdefault(row["source"], {"source": row["source"], "entity": row["entity"]})
            for name, value in row.items():
                if name.endswith("_count"):
                    mine[name] = mine.get(name, 0) + value
    for source, mine in totals.items():
        known = sorted(
            (one for one in manifest.readings if one.source == source), key=lambda one: one.collected_at
        )
        whole = next((one for one in known if one.reading == "whole"), None)
        mine["rows_before_first_period_count"] = whole.rows_before_first_count if whole else None
        mine["rows_left_out_count"] = whole.rows_left_out_count if whole else None
        mine["rows_not_latest_count"] = whole.rows_not_latest_count if whole else None
        mine["rows_after_last_period_count"] = known[-1].rows_after_last_count if known else None
    return sorted(totals.values(), key=lambda one: str(one["source"]))
