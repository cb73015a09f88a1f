"""What is told of segments: register, portraits, what came of them, how they go on, who is where at once."""

from collections.abc import Iterator

import pyarrow as pa
from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetOut,
    AssetsDefinition,
    Output,
    PartitionsDefinition,
    asset,
    multi_asset,
)
from ibis.expr import types as ir

from assets.defs.forecasts import FAMILIES
from assets.defs.segments import (
    ASSIGNMENTS,
    COUNTERFACTUAL,
    FEATURES_KEY,
    STATES,
    VERSIONS,
    in_memory,
    scheme_stage,
)
from assets.lib.metadata import shown
from assets.lib.metrics import assignment_metrics
from assets.lib.partitions import apart, before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import segments
from pipeline.settings import Project
from pipeline.tables import outlooks, zones
from pipeline.tables.outcomes import SCHEME_OUTCOMES, SEGMENT_OUTCOMES
from pipeline.tables.overlaps import SCHEME_OVERLAP, SEGMENT_OVERLAP


def register_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Every segment that ever lived, with what happened to it."""

    @asset(
        key=["segments", zones.SEGMENT_REGISTER.name],
        **shown(zones.SEGMENT_REGISTER),
        ins={
            "register_before": AssetIn(
                key=["segments", zones.SEGMENT_REGISTER.name], partition_mapping=before()
            ),
            "versions": AssetIn(key=VERSIONS, partition_mapping=window(2)),
            "assigned": AssetIn(key=ASSIGNMENTS, partition_mapping=window(2)),
            "by_previous_version": AssetIn(key=COUNTERFACTUAL),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @scheme_stage("segments", project=project, words=True)
    def register(
        context: AssetExecutionContext,
        register_before: ir.Table | None,
        versions: ir.Table,
        assigned: ir.Table,
        by_previous_version: ir.Table,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        assigned_now, assigned_before = apart(context, assigned)
        context.add_output_metadata(assignment_metrics(platform.engine, assigned_now))
        now, earlier = (in_memory(platform, one) for one in apart(context, versions))
        return segments.register(
            in_memory(platform, register_before),
            now,
            earlier,
            assigned_now,
            by_previous_version,
            context.partition_key,
            platform.project,
            assigned_before,
        )

    return register


def portraits_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """What sets the customers of each segment apart."""

    @asset(
        key=["segments", zones.PORTRAITS.name],
        **shown(zones.PORTRAITS),
        ins={
            "features": AssetIn(key=FEATURES_KEY),
            "states": AssetIn(key=STATES),
            "portraits_before": AssetIn(key=["segments", zones.PORTRAITS.name], partition_mapping=before()),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(
        "segments.schemes",
        "sources.*.entity",
        "sources.*.columns",
        "publish.attributes",
        declared={"schemes": list(project.every_scheme)},
    )
    def portraits(
        context: AssetExecutionContext,
        features: ir.Table,
        states: ir.Table,
        portraits_before: ir.Table | None,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        return segments.portraits(features, states, portraits_before, context.partition_key, platform.project)

    return portraits


def outcomes_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """What customers of earlier segments have done since, and how much of it each scheme had told apart."""
    tables = {"segments": SEGMENT_OUTCOMES, "schemes": SCHEME_OUTCOMES}
    looked_back = window(max(segments.HORIZONS) + 1)

    @multi_asset(
        name="segments__outcomes",
        ins={
            "features": AssetIn(key=FEATURES_KEY, partition_mapping=looked_back),
            "states": AssetIn(key=STATES, partition_mapping=looked_back),
        },
        outs={name: AssetOut(key=one.path.split("/"), **shown(one)) for name, one in tables.items()},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(
        "publish",
        "retention_days",
        "sources.*.entity",
        "sources.*.columns",
        declared={"schemes": list(project.every_scheme)},
        apart=FAMILIES,
    )
    def outcomes(
        context: AssetExecutionContext, features: ir.Table, states: ir.Table
    ) -> Iterator[Output[pa.Table]]:
        platform: Platform = context.resources.platform
        found = segments.outcomes(states, features, context.partition_key, platform.project)
        yield Output(found.segments, output_name="segments")
        yield Output(found.schemes, output_name="schemes")

    return outcomes


def forecasts_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """How each segment goes on: customers, orders, net amount of the next periods."""

    @asset(
        key=["segments", outlooks.SEGMENT_FORECASTS.name],
        **shown(outlooks.SEGMENT_FORECASTS),
        ins={
            "portraits": AssetIn(
                key=["segments", zones.PORTRAITS.name], partition_mapping=window(segments.HISTORY_PERIODS)
            ),
            "register": AssetIn(key=["segments", zones.SEGMENT_REGISTER.name]),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("publish.min_group_count")
    def forecasts(context: AssetExecutionContext, portraits: ir.Table, register: ir.Table) -> pa.Table:
        platform: Platform = context.resources.platform
        named = platform.engine.to_arrow(register)
        return segments.segment_forecasts(portraits, named, context.partition_key, platform.project)

    return forecasts


def overlap_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Where the customers of each segment are in the other schemes."""
    tables = {"segments": SEGMENT_OVERLAP, "schemes": SCHEME_OVERLAP}

    @multi_asset(
        name="segments__overlap",
        ins={"states": AssetIn(key=STATES)},
        outs={name: AssetOut(key=one.path.split("/"), **shown(one)) for name, one in tables.items()},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("publish.min_group_count")
    def overlap(context: AssetExecutionContext, states: ir.Table) -> Iterator[Output[pa.Table]]:
        platform: Platform = context.resources.platform
        least = platform.project.publish.min_group_count
        found = segments.overlaps(states, context.partition_key, least)
        yield Output(found.segments, output_name="segments")
        yield Output(found.schemes, output_name="schemes")

    return overlap


def described_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Five assets on the assignments of the period."""
    return [
        register_asset(project, partitions),
        portraits_asset(project, partitions),
        outcomes_asset(project, partitions),
        forecasts_asset(project, partitions),
        overlap_asset(project, partitions),
    ]
