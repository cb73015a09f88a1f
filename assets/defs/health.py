"""Health: what is measured of every source, and whether it is whole, before anything is made of it."""

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
    AssetsDefinition,
    BackfillPolicy,
    PartitionsDefinition,
    asset,
    multi_asset_check,
)
from ibis.expr import types as ir

from assets.lib.checks import periods_of, remember
from assets.lib.metadata import shown, small_table, span
from assets.lib.metrics import health_metrics
from assets.lib.partitions import before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import health
from pipeline.settings import Project
from pipeline.settings.health import MOST_PERIODS
from pipeline.tables import zones
from pipeline.tables.entities import Entity
from pipeline.tables.health import ILL, SOURCE_HEALTH, SOURCE_PROFILES

PROFILES, HEALTH = SOURCE_PROFILES.path.split("/"), SOURCE_HEALTH.path.split("/")
#: Whose steps the profiles are made in: they need no period before theirs.
_PREPARED = "clean"
_WHOLE, _SOUND = "whole", "sound"


def profiles_asset(
    project: Project, entities: Sequence[Entity], partitions: PartitionsDefinition
) -> AssetsDefinition:
    """Measurements of every source, kept so that history is never read again."""
    ins = {f"kept_{one.name}": AssetIn(key=["clean", one.name]) for one in entities}
    ins |= {f"aside_{one.name}": AssetIn(key=["quarantine", one.name]) for one in entities}
    ins["accounts"] = AssetIn(key=["clean", zones.ROW_ACCOUNTS.name])

    @asset(
        key=PROFILES,
        **shown(SOURCE_PROFILES, _PREPARED),
        ins=ins,
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
        required_resource_keys={"platform"},
    )
    @stage(
        "health.sample_size",
        "sources.*.entity",
        "sources.*.columns",
        declared={"entities": {one.name: one for one in entities}},
    )
    def source_profiles(context: AssetExecutionContext, accounts: ir.Table, **tables: ir.Table) -> ir.Table:
        kept, aside = _named(tables, "kept_"), _named(tables, "aside_")
        named = {one.name: one for one in entities}
        return health.profiles(named, kept, aside, accounts, context.resources.platform.project)

    return source_profiles


def health_asset(partitions: PartitionsDefinition) -> AssetsDefinition:
    """Whether each source is whole, against its own healthy periods."""

    @asset(
        key=HEALTH,
        **shown(SOURCE_HEALTH),
        ins={
            "profiles": AssetIn(key=PROFILES, partition_mapping=window(MOST_PERIODS + 1)),
            "history": AssetIn(key=HEALTH, partition_mapping=before(MOST_PERIODS)),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("health", "sources.*.entity")
    def source_health(
        context: AssetExecutionContext, profiles: ir.Table, history: ir.Table | None
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        period = context.partition_key
        needed = platform.engine.to_arrow(health.needed(profiles, period, platform.project))
        past = None if history is None else platform.engine.to_arrow(history)
        found = health.source_health(needed, past, period, platform.project)
        context.add_output_metadata(health_metrics(found))
        return found

    return source_health


def health_assets(
    project: Project, entities: Sequence[Entity], partitions: PartitionsDefinition
) -> list[AssetsDefinition]:
    """Profiles of sources and their states."""
    return [profiles_asset(project, entities, partitions), health_asset(partitions)]


def health_checks() -> AssetChecksDefinition:
    """That no source is broken, which blocks the publication; and that none is suspect, which warns."""
    specs = [
        AssetCheckSpec(
            _WHOLE,
            asset=HEALTH,
            description="L13: no source is broken, unless its period was accepted by name.",
            blocking=True,
        ),
        AssetCheckSpec(
            _SOUND,
            asset=HEALTH,
            description="L13: no source is suspect; one that is leaves the cause of moves in doubt.",
        ),
    ]

    @multi_asset_check(name="health__source_health__state", specs=specs, required_resource_keys={"platform"})
    def checks(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        platform: Platform = context.resources.platform
        periods = periods_of(context)
        rows = platform.engine.to_arrow(platform.read(SOURCE_HEALTH, periods)).to_pylist()
        broken = health.withheld(rows)
        ill = [row for row in rows if row["source_state"] in ILL and row not in broken]
        results = [
            _result(_WHOLE, broken, periods, AssetCheckSeverity.ERROR),
            _result(_SOUND, ill, periods, AssetCheckSeverity.WARN),
        ]
        remember(platform, SOURCE_HEALTH.path, results, periods)
        yield from results

    return checks


def _result(
    name: str, rows: Sequence[Mapping[str, Any]], periods: Sequence[str], severity: AssetCheckSeverity
) -> AssetCheckResult:
    said = [f"{row['source']}, {row['period']}: {row['explanation']}" for row in rows]
    named = ("period", "source", "source_state", "explanation", "to_do")
    return AssetCheckResult(
        passed=not rows,
        check_name=name,
        severity=severity,
        description=" ".join(said) or None,
        metadata={
            "periods": span(periods),
            "to_do": " ".join(sorted({row["to_do"] for row in rows})) or "Nothing.",
            **({"sources": small_table([{key: row[key] for key in named} for row in rows])} if rows else {}),
        },
    )


def _named(tables: Mapping[str, ir.Table], prefix: str) -> dict[str, ir.Table]:
    return {name.removeprefix(prefix): one for name, one in tables.items() if name.startswith(prefix)}
