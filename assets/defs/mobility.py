"""How much customers move in each scheme, beside what chance alone would move."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from dagster import AssetExecutionContext, AssetIn, AssetKey, AssetsDefinition, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.defs.features import formulae, ledgers_read
from assets.defs.segments import ASSIGNMENTS, VERSIONS, scheme_stage
from assets.lib.metadata import shown
from assets.lib.partitions import before
from assets.lib.platform import Platform
from pipeline import drift, segments
from pipeline.features import FeatureInputs
from pipeline.features.reordered import PERIODS
from pipeline.lineage import Input
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES
from pipeline.tables.mobility import SCHEME_MOVES


def scheme_moves_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Moves by scheme beside the noise floor, which is measured where a version changed."""
    looks_at = (
        Input(zones.CUSTOMERS.path, -1, 0),
        Input(zones.ACCOUNT_LINKS.path, -1, 0),
        Input(zones.ASSIGNMENTS.path, 0, 0),
        *(Input(f"activity/{one}", 1 - PERIODS, 0) for one in ledgers_read(project)),
    )

    @asset(
        key=SCHEME_MOVES.path.split("/"),
        **shown(SCHEME_MOVES),
        ins={
            "flows": AssetIn(key=["drift", zones.FLOWS.name]),
            "versions": AssetIn(key=VERSIONS),
            "earlier": AssetIn(key=SCHEME_MOVES.path.split("/"), partition_mapping=before()),
        },
        deps=[AssetKey(ASSIGNMENTS)],
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @scheme_stage("seed", "segments", project=project, looks_at=looks_at, also=formulae(project))
    def scheme_moves(
        context: AssetExecutionContext, flows: ir.Table, versions: ir.Table, earlier: ir.Table | None
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        engine, period = platform.engine, context.partition_key
        frozen = engine.to_arrow(versions)
        named = {row["scheme"]: row["scheme_version"] for row in frozen.to_pylist()}
        floors = drift.carried(None if earlier is None else engine.to_arrow(earlier), named)
        if {name for name, version in named.items() if version} - set(floors):
            floors |= _measured(platform, frozen, period)
        return drift.scheme_moves(engine.to_arrow(flows), named, floors, period)

    return scheme_moves


def _measured(platform: Platform, versions: pa.Table, period: str) -> Mapping[str, dict[str, Any]]:
    """The floor of every scheme in force; none before there are two whole windows."""
    project = platform.project
    if len(project.calendar.between(project.first_period, period)) < PERIODS:
        return {}
    two, every = (project.calendar.back(period, count) for count in (2, PERIODS))
    inputs = FeatureInputs(
        platform.read(zones.customers_table(project.entity(PROFILES.name)), two),
        platform.read(zones.ACCOUNT_LINKS, two),
        {one: platform.read(project.ledgers[one].table, every) for one in ledgers_read(project)},
    )
    found = segments.moved_by_chance(
        inputs, platform.read(zones.ASSIGNMENTS, [period]), versions, period, project
    )
    in_force = {row["scheme"] for row in versions.to_pylist() if row["scheme_version"]}
    return {
        name: drift.measured(one.customers_count, one.moved_count, period)
        for name, one in found.items()
        if name in in_force
    }
