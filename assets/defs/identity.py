"""Linkage: what is compared of each account, the model in force, pairs of accounts."""

import pyarrow as pa
from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.lib.exclusions import excluding
from assets.lib.metadata import shown
from assets.lib.metrics import linkage_metrics, pair_metrics
from assets.lib.partitions import apart, before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline.identity import linkage
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES

IDENTITIES = zones.ACCOUNT_IDENTITIES.path.split("/")
MODEL = zones.IDENTITY_VERSIONS.path.split("/")
PAIRS = zones.ACCOUNT_PAIRS.path.split("/")
#: Group of everything between cleaned rows and customers, whatever the zone it lies in.
GROUP = "customers"


def has_identifiers(project: Project) -> bool:
    """Whether any source of profiles gives what accounts could be linked by."""
    names = {one.name for one in PROFILES.identifiers}
    return any(names & set(source.columns) for source in project.sources_of("profiles").values())


def is_linking(project: Project) -> bool:
    """Whether accounts are compared at all: otherwise each is a customer of its own."""
    return project.identity.link and has_identifiers(project)


def identity_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Three assets from identifiers to pairs; none where nothing can be linked."""
    if not is_linking(project):
        return []

    @asset(
        key=IDENTITIES,
        **shown(zones.ACCOUNT_IDENTITIES, GROUP),
        ins={
            "previous": AssetIn(key=IDENTITIES, partition_mapping=before()),
            "profiles": AssetIn(key=["clean", "profiles"]),
            "identifiers": AssetIn(key=["restricted", "profiles"]),
            **excluding(project),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    def account_identities(
        context: AssetExecutionContext,
        previous: ir.Table | None,
        profiles: ir.Table,
        identifiers: ir.Table,
        **others: ir.Table,
    ) -> ir.Table:
        platform: Platform = context.resources.platform
        earlier = previous if previous is not None else platform.read(zones.ACCOUNT_IDENTITIES, [])
        return linkage.account_identities(
            earlier, profiles, identifiers, context.partition_key, platform.project, others.get("excluded")
        )

    @asset(
        key=MODEL,
        **shown(zones.IDENTITY_VERSIONS, GROUP),
        ins={
            "identities": AssetIn(key=IDENTITIES),
            "previous": AssetIn(key=MODEL, partition_mapping=before()),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("identity", "seed")
    def identity_versions(
        context: AssetExecutionContext, identities: ir.Table, previous: ir.Table | None
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        before_now = None if previous is None else platform.engine.to_arrow(previous)
        version = linkage.fit(
            platform.engine, identities, before_now, context.partition_key, platform.project
        )
        context.add_output_metadata(linkage_metrics(version))
        return version

    @asset(
        key=PAIRS,
        **shown(zones.ACCOUNT_PAIRS),
        ins={
            "identities": AssetIn(key=IDENTITIES, partition_mapping=window(2)),
            "version": AssetIn(key=MODEL),
            "previous": AssetIn(key=PAIRS, partition_mapping=before()),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("identity")
    def account_pairs(
        context: AssetExecutionContext, identities: ir.Table, version: ir.Table, previous: ir.Table | None
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        now, earlier = apart(context, identities)
        pairs = linkage.account_pairs(
            platform.engine,
            now,
            earlier if earlier is not None else platform.read(zones.ACCOUNT_IDENTITIES, []),
            previous if previous is not None else platform.read(zones.ACCOUNT_PAIRS, []),
            platform.engine.to_arrow(version),
            context.partition_key,
            platform.project,
        )
        found = platform.engine.to_arrow(pairs)
        context.add_output_metadata(pair_metrics(found, platform.project))
        return found

    return [account_identities, identity_versions, account_pairs]
