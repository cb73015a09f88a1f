"""Drift: the movement ledger, profiles of features, findings."""

import pyarrow as pa
from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.defs.segments import (
    ASSIGNMENTS,
    COUNTERFACTUAL,
    FEATURES_KEY,
    RECONCILED,
    STATES,
    VERSIONS,
    in_memory,
)
from assets.lib.metadata import shown
from assets.lib.metrics import AS_COUNTED, finding_metrics, flow_metrics
from assets.lib.partitions import apart, before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import drift, segments
from pipeline.settings import Project
from pipeline.tables import zones

ROW_ACCOUNTS = ["clean", zones.ROW_ACCOUNTS.name]
#: Earlier periods looked back to: findings, for the scale of normal change; row accounts, for the last
#: healthy period of a source.
HISTORY = 26


def moves_asset(partitions: PartitionsDefinition) -> AssetsDefinition:
    """Customers who changed segment, each with its one cause."""

    @asset(
        key=["drift", zones.MOVES.name],
        **shown(zones.MOVES),
        ins={
            "states": AssetIn(key=STATES, partition_mapping=window(2)),
            "versions": AssetIn(key=VERSIONS, partition_mapping=window(2)),
            "reconciled": AssetIn(key=RECONCILED),
            "by_previous_version": AssetIn(key=COUNTERFACTUAL),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    def moves(
        context: AssetExecutionContext,
        states: ir.Table,
        versions: ir.Table,
        reconciled: ir.Table,
        by_previous_version: ir.Table,
    ) -> ir.Table:
        now, earlier = apart(context, states)
        frozen = (in_memory(context.resources.platform, one) for one in apart(context, versions))
        first = segments.first_fitted(*frozen)
        return drift.moves(earlier, now, reconciled, by_previous_version, first, context.partition_key)

    return moves


def flows_asset(partitions: PartitionsDefinition) -> AssetsDefinition:
    """How the population of each segment came about."""

    @asset(
        key=["drift", zones.FLOWS.name],
        **shown(zones.FLOWS),
        ins={
            "states": AssetIn(key=STATES, partition_mapping=window(2)),
            "moved": AssetIn(key=["drift", zones.MOVES.name]),
            "customers_before": AssetIn(key=["customers", "customers"], partition_mapping=before()),
            "identity_events": AssetIn(key=["customers", zones.CUSTOMER_EVENTS.name]),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    def flows(
        context: AssetExecutionContext,
        states: ir.Table,
        moved: ir.Table,
        customers_before: ir.Table | None,
        identity_events: ir.Table,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        now, earlier = apart(context, states)
        ledger = platform.engine.to_arrow(
            drift.flows(earlier, now, moved, customers_before, identity_events, context.partition_key)
        )
        context.add_output_metadata({**flow_metrics(ledger), "cause_of_moves": AS_COUNTED})
        return ledger

    return flows


def stays_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Since when every customer has been where it is."""
    contract = zones.stays_table(project.every_scheme)

    @asset(
        key=["drift", contract.name],
        **shown(contract),
        ins={
            "features": AssetIn(key=FEATURES_KEY),
            "moved": AssetIn(key=["drift", zones.MOVES.name]),
            "stays_before": AssetIn(key=["drift", contract.name], partition_mapping=before()),
            "customers_before": AssetIn(key=["customers", "customers"], partition_mapping=before()),
            "identity_events": AssetIn(key=["customers", zones.CUSTOMER_EVENTS.name]),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(declared={"schemes": list(project.every_scheme)})
    def stays(
        context: AssetExecutionContext,
        features: ir.Table,
        moved: ir.Table,
        stays_before: ir.Table | None,
        customers_before: ir.Table | None,
        identity_events: ir.Table,
    ) -> ir.Table:
        schemes = context.resources.platform.project.every_scheme
        return drift.stays(
            features,
            moved,
            stays_before,
            customers_before,
            identity_events,
            context.partition_key,
            schemes,
        )

    return stays


def ended_stays_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Stays that the period ended."""
    open_stays = ["drift", zones.stays_table(()).name]

    @asset(
        key=["drift", zones.ENDED_STAYS.name],
        **shown(zones.ENDED_STAYS),
        ins={
            "features": AssetIn(key=FEATURES_KEY),
            "moved": AssetIn(key=["drift", zones.MOVES.name]),
            "stays_before": AssetIn(key=open_stays, partition_mapping=before()),
            "assigned_before": AssetIn(key=ASSIGNMENTS, partition_mapping=before()),
            "identity_events": AssetIn(key=["customers", zones.CUSTOMER_EVENTS.name]),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(declared={"schemes": list(project.every_scheme)})
    def ended_stays(
        context: AssetExecutionContext,
        features: ir.Table,
        moved: ir.Table,
        stays_before: ir.Table | None,
        assigned_before: ir.Table | None,
        identity_events: ir.Table,
    ) -> ir.Table:
        schemes = context.resources.platform.project.every_scheme
        return drift.ended_stays(
            features,
            moved,
            stays_before,
            assigned_before,
            identity_events,
            context.partition_key,
            schemes,
        )

    return ended_stays


def feature_profiles_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Bins of every feature and segment mix, with fixed edges."""
    needed = {name: one.entities for name, one in project.catalogue.items()}

    @asset(
        key=["drift", zones.FEATURE_PROFILES.name],
        **shown(zones.FEATURE_PROFILES),
        ins={
            "features": AssetIn(key=FEATURES_KEY),
            "assigned": AssetIn(key=ASSIGNMENTS),
            "profiles_before": AssetIn(
                key=["drift", zones.FEATURE_PROFILES.name], partition_mapping=before()
            ),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("drift", "publish", "segments.warm_up_periods", "sources.*.entity", declared={"features": needed})
    def feature_profiles(
        context: AssetExecutionContext,
        features: ir.Table,
        assigned: ir.Table,
        profiles_before: ir.Table | None,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        return drift.profiles(features, assigned, profiles_before, context.partition_key, platform.project)

    return feature_profiles


def findings_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Drift measurements with their verdicts."""
    judged = {name: (one.window, one.ripens, one.pii) for name, one in project.catalogue.items()}

    @asset(
        key=["drift", zones.FINDINGS.name],
        **shown(zones.FINDINGS),
        ins={
            "profiles": AssetIn(key=["drift", zones.FEATURE_PROFILES.name], partition_mapping=window(2)),
            "ledger": AssetIn(key=["drift", zones.FLOWS.name]),
            "rows": AssetIn(key=ROW_ACCOUNTS, partition_mapping=window(HISTORY + 1)),
            "history": AssetIn(key=["drift", zones.FINDINGS.name], partition_mapping=before(HISTORY)),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("drift", "publish", declared={"features": judged})
    def findings(
        context: AssetExecutionContext,
        profiles: ir.Table,
        ledger: ir.Table,
        rows: ir.Table,
        history: ir.Table | None,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        found = drift.findings(
            *apart(context, profiles),
            ledger,
            rows,
            history,
            context.partition_key,
            platform.project,
        )
        context.add_output_metadata(finding_metrics(found))
        return found

    return findings


def drift_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Six assets, each comparing the period with those before."""
    return [
        moves_asset(partitions),
        flows_asset(partitions),
        stays_asset(project, partitions),
        ended_stays_asset(project, partitions),
        feature_profiles_asset(project, partitions),
        findings_asset(project, partitions),
    ]
