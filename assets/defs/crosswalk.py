"""The crosswalk: what the company's own sources call each account, for its owner alone."""

from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.defs.customers import LINKS
from assets.defs.identity import GROUP
from assets.lib.metadata import shown
from assets.lib.partitions import before
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import identity
from pipeline.settings import Project
from pipeline.tables import zones

CROSSWALK = zones.CROSSWALK.path.split("/")


def crosswalk_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """One row an account known so far, carried from period to period."""
    sources = identity.naming_sources(project)

    @asset(
        key=CROSSWALK,
        **shown(zones.CROSSWALK, GROUP),
        ins={
            "previous": AssetIn(key=CROSSWALK, partition_mapping=before()),
            "links": AssetIn(key=LINKS),
            **{f"raw_{name}": AssetIn(key=["raw", name]) for name in sources},
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("project", "sources")
    def crosswalk(
        context: AssetExecutionContext, previous: ir.Table | None, links: ir.Table, **raw: ir.Table
    ) -> ir.Table:
        platform: Platform = context.resources.platform
        earlier = previous if previous is not None else platform.read(zones.CROSSWALK, [])
        rows = {name: raw[f"raw_{name}"] for name in sources}
        return identity.crosswalk(earlier, rows, links, context.partition_key, platform.project, platform.key)

    return crosswalk
