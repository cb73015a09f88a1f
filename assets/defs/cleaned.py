"""Clean zone: typed, normalised, deduplicated; bad rows set aside with the reason."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    BackfillPolicy,
    Output,
    PartitionsDefinition,
    asset,
    multi_asset,
)
from ibis.expr import types as ir

from assets.lib.collected_state import began_empty
from assets.lib.exclusions import excluding
from assets.lib.metadata import shown
from assets.lib.metrics import row_account_metrics, rows_by_rule
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline.clean import clean, row_accounts
from pipeline.settings import Project
from pipeline.tables.entities import EXCHANGE_RATES, Entity
from pipeline.tables.zones import ROW_ACCOUNTS, set_aside

RATES = EXCHANGE_RATES.name


def clean_assets(entity: Entity, project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Clean rows of one entity, the rows set aside, and its direct identifiers where it has any."""
    sources = sorted(project.sources_of(entity.name))
    rates = {"rates": AssetIn(key=["clean", RATES])} if _has_rates(entity, project) else {}
    tables = {"kept": entity.clean, "set_aside": set_aside(entity.name)}
    if entity.restricted:
        tables["restricted"] = entity.restricted
    outs = {name: AssetOut(key=table.path.split("/"), **shown(table)) for name, table in tables.items()}
    every = {AssetKey(["raw", name]) for name in sources}
    excluded = excluding(project) if entity.has_account else {}
    every |= {one.key for one in excluded.values() if isinstance(one.key, AssetKey)}
    reads = ["project", "currency", "default_country", *(f"sources.{name}" for name in sources)]
    reads += ["exclude"] if excluded else []

    @multi_asset(
        name=f"clean_{entity.name}",
        ins={f"raw_{name}": AssetIn(key=["raw", name]) for name in sources} | rates | excluded,
        outs=outs,
        # rates come from the clean zone: declared of the clean rows only, that no zone leads back to another
        internal_asset_deps=dict.fromkeys(tables, every)
        | {"kept": every | {one.key for one in rates.values() if isinstance(one.key, AssetKey)}},
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
        required_resource_keys={"platform"},
    )
    @stage(*reads, declared={"entity": entity})
    def cleaned(context: AssetExecutionContext, **inputs: ir.Table) -> Any:
        raw = _named(inputs, "raw_")
        platform: Platform = context.resources.platform
        known = inputs.get("excluded")
        result = clean(entity, raw, platform.project, platform.key, inputs.get("rates"), known)
        for name in tables:
            yield Output(getattr(result, name), output_name=name)

    return cleaned


def _has_rates(entity: Entity, project: Project) -> bool:
    """Whether amounts of ``entity`` are converted by the project's own rates."""
    return entity.name != RATES and "currency" in entity.clean.columns and RATES in project.entities


def row_accounts_asset(
    project: Project, entities: Sequence[Entity], partitions: PartitionsDefinition
) -> AssetsDefinition:
    """Rows read, kept, dropped and set aside, counted anew from the tables themselves."""
    ins = {f"raw_{name}": AssetIn(key=["raw", name]) for name in project.sources}
    ins |= {f"kept_{one.name}": AssetIn(key=["clean", one.name]) for one in entities}
    ins |= {f"aside_{one.name}": AssetIn(key=["quarantine", one.name]) for one in entities}
    ins |= {
        f"restricted_{one.name}": AssetIn(key=["restricted", one.name]) for one in entities if one.restricted
    }

    @asset(
        key=["clean", ROW_ACCOUNTS.name],
        **shown(ROW_ACCOUNTS),
        ins=ins,
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
        required_resource_keys={"platform"},
    )
    @stage("sources.*.entity", "sources.*.columns")
    def accounts(context: AssetExecutionContext, **tables: ir.Table) -> pa.Table:
        platform: Platform = context.resources.platform
        aside = _named(tables, "aside_")
        found = row_accounts(
            platform.project,
            _named(tables, "raw_"),
            _named(tables, "kept_"),
            aside,
            context.partition_keys,
            _named(tables, "restricted_"),
            {name: began_empty(platform.lake, name, context.partition_keys) for name in project.sources},
        )
        counted = platform.engine.to_arrow(found)
        rules = platform.engine.to_arrow(rows_by_rule(aside.values()))
        for period in context.partition_keys:
            metrics = row_account_metrics(counted, rules, period)
            context.add_asset_metadata(metrics, partition_key=period)
        return counted

    return accounts


def _named(tables: Mapping[str, ir.Table], prefix: str) -> dict[str, ir.Table]:
    return {name.removeprefix(prefix): one for name, one in tables.items() if name.startswith(prefix)}
