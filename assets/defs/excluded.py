"""Accounts that the project excludes, known before anything is cleaned, carried from period to period."""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    Output,
    PartitionsDefinition,
    multi_asset,
)
from ibis.expr import types as ir

from assets.defs.identity import is_linking
from assets.lib.metadata import shown
from assets.lib.metrics import exclusion_metrics
from assets.lib.partitions import before
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import identity
from pipeline.clean import accounts_to_exclude, as_if_nobody_were_excluded, sources_looked_at
from pipeline.engine.values import held
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES

_RAW = "raw_"


def excluded_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Excluded accounts of each period, and what further accounts of theirs are recognised by."""
    if not project.exclude:
        return []
    tables = {"accounts": zones.EXCLUDED_ACCOUNTS}
    sources = sources_looked_at(project)
    if is_linking(project):
        tables |= {"version": zones.EXCLUSION_VERSIONS, "identities": zones.EXCLUDED_IDENTITIES}
        sources |= set(project.sources_of(PROFILES.name))
    own = {name: AssetKey(table.path.split("/")) for name, table in tables.items()}
    raw = {f"{_RAW}{name}": AssetIn(key=["raw", name]) for name in sorted(sources)}
    every = {AssetKey(["raw", name]) for name in sources}

    @multi_asset(
        name="accounts_excluded",
        ins={f"{name}_before": AssetIn(key=key, partition_mapping=before()) for name, key in own.items()}
        | raw,
        outs={name: AssetOut(key=key.path, **shown(tables[name])) for name, key in own.items()},
        # Each reads all three of the period before; declared of one: the UI takes assets that depend on each
        # other for a cycle, whatever the periods.
        internal_asset_deps={
            "accounts": every | {own["accounts"]},
            **({"version": every | {own["version"]}} if "version" in own else {}),
            **({"identities": every | set(own.values())} if "identities" in own else {}),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(
        "exclude", "identity", "project", "sources", "seed", "currency", "default_country",
        declared={"profiles": project.entity(PROFILES.name)},
    )  # fmt: skip
    def accounts_excluded(context: AssetExecutionContext, **inputs: ir.Table | None) -> Iterator[Output[Any]]:
        platform: Platform = context.resources.platform
        period = context.partition_key
        rows = {
            name.removeprefix(_RAW): table
            for name, table in inputs.items()
            if name.startswith(_RAW) and table is not None
        }
        found = identity.excluded_accounts(
            platform.engine,
            accounts_to_exclude(period, platform.project, rows, platform.key),
            _before(platform, inputs, "identities" in own),
            _profiles(platform, rows) if "identities" in own else None,
            period,
            platform.project,
            platform.key,
        )
        for name in own:
            extra = exclusion_metrics(found.accounts, period) if name == "accounts" else {}
            yield Output(getattr(found, name), output_name=name, metadata=extra)

    return [accounts_excluded]


def _before(platform: Platform, inputs: dict[str, ir.Table | None], is_compared: bool) -> identity.Before:
    """What the period before left; nothing in the first."""
    accounts = inputs.get("accounts_before")
    if accounts is None:
        accounts = platform.read(zones.EXCLUDED_ACCOUNTS, [])
    if not is_compared:
        return identity.Before(accounts)
    identities, version = inputs.get("identities_before"), inputs.get("version_before")
    if identities is None:
        identities = platform.read(zones.EXCLUDED_IDENTITIES, [])
    return identity.Before(
        accounts, identities, None if version is None else platform.engine.to_arrow(version)
    )


def _profiles(platform: Platform, raw: dict[str, ir.Table]) -> ir.Table:
    """Profiles as if nobody were excluded, to find out who else is."""
    project = platform.project
    mine = {name: raw[name] for name in project.sources_of(PROFILES.name)}
    return held(as_if_nobody_were_excluded(project.entity(PROFILES.name), mine, project, platform.key))
