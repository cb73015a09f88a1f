"""Overview: what operations sees first of a period, and its findings as checks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetsDefinition,
    MetadataValue,
    PartitionsDefinition,
    asset,
    multi_asset_check,
)
from ibis.expr import types as ir

from assets.lib.checks import periods_of
from assets.lib.metadata import shown, small_table, span
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline.publish import finding_words
from pipeline.publish.bundles import sources_by_subject
from pipeline.publish.first_look import first_look
from pipeline.publish.memberships import by_language, labels
from pipeline.publish.texts import Words
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.health import SOURCE_HEALTH
from pipeline.tables.overview import OVERVIEW, TOPICS

FINDINGS = zones.FINDINGS.path.split("/")
#: Heading of each topic in the UI.
_HEADINGS: Mapping[str, str] = {
    "source": "sources",
    "finding": "what_changed",
    "goes_on": "told_before_and_goes_on",
    "refit": "refitted_for_findings",
    "move": "who_moved",
}
#: Largest moves whose customers a command lists.
_LISTED = 3
#: Findings named in a check, at most.
_NAMED = 10
_SEVERITIES: Mapping[str, tuple[AssetCheckSeverity, str]] = {
    "major": (AssetCheckSeverity.ERROR, "Act: find the reason before you act on segments that rest on it."),
    "minor": (AssetCheckSeverity.WARN, "Watch: see whether it lasts in the next period."),
}


def overview_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Whether to act, sources, what is real and matters, who moved and why, where to look."""
    behind = sources_by_subject(project)

    @asset(
        key=OVERVIEW.path.split("/"),
        **shown(OVERVIEW),
        ins={
            "findings": AssetIn(key=FINDINGS),
            "health": AssetIn(key=SOURCE_HEALTH.path.split("/")),
            "moved": AssetIn(key=zones.MOVES.path.split("/")),
            "register": AssetIn(key=zones.SEGMENT_REGISTER.path.split("/")),
            "versions": AssetIn(key=zones.SCHEME_VERSIONS.path.split("/")),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(
        "report.language",
        "currency",
        "segments.schemes",
        "sources.*.entity",
        "sources.*.columns",
        "publish.attributes",
        declared={
            "schemes": {name: one.label.model_dump() for name, one in project.every_scheme.items()},
            "features": {name: (one.label, one.unit) for name, one in project.readable.items()},
            "behind": {name: sorted(given) for name, given in behind.items()},
        },
        words=True,
    )
    def overview(
        context: AssetExecutionContext,
        findings: ir.Table,
        health: ir.Table,
        moved: ir.Table,
        register: ir.Table,
        versions: ir.Table,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        engine = platform.engine
        ways = moved.group_by("scheme", "from_state", "to_state", "cause")
        counted = ways.aggregate(customers=moved.count())
        found = first_look(
            context.partition_key,
            platform.project,
            engine.to_arrow(findings).to_pylist(),
            engine.to_arrow(health.order_by("source")).to_pylist(),
            engine.to_arrow(counted).to_pylist(),
            by_language(labels(engine.to_arrow(register)), platform.project.report.language),
            engine.to_arrow(versions.order_by("scheme")).to_pylist(),
            behind,
        )
        context.add_output_metadata(_seen_first(found, platform))
        return found

    return overview


def _seen_first(overview: pa.Table, platform: Platform) -> dict[str, Any]:
    """The lines by topic, each so short that the UI shows it at once, and where to look further."""
    rows, folder = overview.to_pylist(), platform.project.folder
    by_topic = {one: [row for row in rows if row["topic"] == one] for one in TOPICS}
    verdict = [text for name in ("said", "to_do") for row in by_topic["verdict"] if (text := row[name])]
    told: dict[str, Any] = {
        "verdict": " ".join(one if one.endswith((".", "。")) else f"{one}." for one in verdict)
    }
    for topic in TOPICS[1:]:
        if some := by_topic[topic]:
            told[_HEADINGS[topic]] = small_table([_line(row) for row in some])
    commands = [f"{row['to_do']} --project {folder}" for row in by_topic["move"][:_LISTED]]
    if commands:
        told["how_to_list_the_largest"] = MetadataValue.md("\n\n".join(f"`{one}`" for one in commands))
    return told | {
        "findings": MetadataValue.asset(platform.asset_key(zones.FINDINGS.path)),
        "sources_judged": MetadataValue.asset(platform.asset_key(SOURCE_HEALTH.path)),
        "flows": MetadataValue.asset(platform.asset_key(zones.FLOWS.path)),
        "moves": MetadataValue.asset(platform.asset_key(zones.MOVES.path)),
        "versions": MetadataValue.asset(platform.asset_key(zones.SCHEME_VERSIONS.path)),
        "report": MetadataValue.path(str(platform.lake.root / "published" / "report.html")),
    }


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A line of a table; what is done about moves are long commands, which stand apart."""
    line = {"about": row["line_subject"], "what": row["said"]}
    return line if row["topic"] == "move" else line | {"to do": row["to_do"]}


def finding_checks(project: Project) -> AssetChecksDefinition:
    """That no finding is major, which is an error, and none minor, which warns; neither stops a run."""
    words = Words("en", project.currency, {}, project.every_scheme, project.readable)
    specs = [
        AssetCheckSpec(
            f"no_{severity}",
            asset=AssetKey(FINDINGS),
            description=f"No finding of the period is {severity}. The period is published either way.",
        )
        for severity in _SEVERITIES
    ]

    @multi_asset_check(name="drift__findings__severity", specs=specs, required_resource_keys={"platform"})
    def checks(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        platform: Platform = context.resources.platform
        periods = periods_of(context)
        table = platform.read(zones.FINDINGS, periods)
        rows = platform.engine.to_arrow(table.filter(table.severity != "none")).to_pylist()
        rows.sort(key=lambda row: (row["period"], -abs(row["effect"] or 0.0), row["subject"]))
        for severity in _SEVERITIES:
            yield _result(severity, [row for row in rows if row["severity"] == severity], periods, words)

    return checks


def _result(
    severity: str, rows: Sequence[Mapping[str, Any]], periods: Sequence[str], words: Words
) -> AssetCheckResult:
    level, remedy = _SEVERITIES[severity]
    named = [
        {
            "period": row["period"],
            "about": words.subject(row["subject"]),
            "what": finding_words.changed(row, words),
            "since": finding_words.since(row, words),
        }
        for row in rows[:_NAMED]
    ]
    some = {"findings": small_table(named)} if named else {}
    return AssetCheckResult(
        passed=not rows,
        check_name=f"no_{severity}",
        severity=level,
        description="; ".join(row["what"] for row in named) or None,
        metadata={
            "periods": span(periods),
            "findings_count": len(rows),
            "to_do": remedy if rows else "Nothing.",
            **some,
        },
    )
