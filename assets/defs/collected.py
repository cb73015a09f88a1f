"""Raw zone: what each source holds, as it came."""

from dataclasses import asdict

from dagster import AssetExecutionContext, AssetsDefinition, BackfillPolicy, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.lib.collected_state import BEGAN_EMPTY, COLLECTED_FROM, empty_so_far
from assets.lib.collections import alone, rows
from assets.lib.metadata import PURPOSES
from assets.lib.platform import Platform
from pipeline.settings import SourceSettings


def raw_asset(name: str, source: SourceSettings, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Rows of one source by period, every value kept; late rows keep their own collection time."""
    purpose, remedy = PURPOSES["raw"]
    connector = source.connector

    @asset(
        key=["raw", name],
        group_name="raw",
        description=f"Rows: one row of source {name}, as read; becomes {source.entity}.\n\n"
        f"For: {purpose}\n\nIf it fails: {remedy}",
        tags={"access": "restricted"},
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
        required_resource_keys={"platform"},
        kinds={connector.kind, connector.format if connector.kind == "file" else "parquet"},
    )
    def raw(context: AssetExecutionContext) -> ir.Table:
        platform: Platform = context.resources.platform
        periods = context.partition_keys
        collection = platform.planned.get(name) or alone(platform, name, periods)
        context.add_output_metadata({COLLECTED_FROM: collection.state.origin})
        context.add_output_metadata(asdict(collection.changes.reading))
        if new := collection.changes.new_columns:
            context.add_output_metadata({"new_columns": f"{', '.join(new)}: noted, and not collected"})
        if empty := empty_so_far(platform.project, platform.lake, name, periods):
            context.add_output_metadata({BEGAN_EMPTY: " ".join(empty)})
        return rows(platform, name, collection, periods)

    return raw
