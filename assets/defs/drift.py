"""Drift: the movement ledger, profiles of features, findings."""

import pyarrow as pa
from dagster import (
    AssetDep,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetsDefinition,
    PartitionsDefinition,
    asset,
)
from ibis.expr import types as ir

from assets.defs.segments import (
    ASSIGNMENTS,
    COUNTERFACTUAL,
    FEATURES_KEY,
    RECONCILED,
    STATES,
    VERSIONS,
    in_memory,
    stream,
)
from assets.lib.metadata import shown
from assets.lib.metrics import AS_COUNTED, finding_metrics, flow_metrics
from assets.lib.partitions import apart, before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import drift, segments
from pipeline.schemes.resting import sources_behind
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.health import SOURCE_HEALTH
from pipeline.tables.model import Table

#: Earlier periods whose findings tell the scale of normal change.
HISTORY = 26
#: Earlier periods in which a move by faulty data is looked for that one of now takes back.
WAY_BACK = 12
#: Earlier findings are looked back to for a year, and so many periods more: for the same season, its level
#: over three periods.
SEASON = 4


#: Settings that say which schemes there are.
_SCHEMES = ("segments.schemes", "sources.*.entity", "sources.*.columns", "publish.attributes")
_MOVES = AssetKey(["drift", zones.MOVES.name])


def _states_of_both() -> AssetDep:
    """States of this period and the one before, read by place from their files: see ``_places``.

    A function, for a mapping made at import would warn of Dagster's beta before ``definitions`` says not to.
    """
    return AssetDep(AssetKey(STATES), partition_mapping=window(2))


def moves_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Customers who changed segment, each with its one cause."""
    rest_on = sources_behind(project)

    @asset(
        key=_MOVES,
        **shown(zones.MOVES),
        ins={
            "versions": AssetIn(key=VERSIONS, partition_mapping=window(2)),
            "health": AssetIn(key=SOURCE_HEALTH.path.split("/"), partition_mapping=window(WAY_BACK + 1)),
            "earlier": AssetIn(key=_MOVES, partition_mapping=before(WAY_BACK)),
        },
        deps=[_states_of_both(), AssetKey(RECONCILED), AssetKey(COUNTERFACTUAL)],
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(*_SCHEMES, declared={"schemes": list(project.every_scheme), "rest_on": rest_on})
    def moves(
        context: AssetExecutionContext, versions: ir.Table, health: ir.Table, earlier: ir.Table | None
    ) -> pa.RecordBatchReader:
        platform: Platform = context.resources.platform
        period = context.partition_key
        first = segments.first_fitted(*(in_memory(platform, one) for one in apart(context, versions)))
        linked, replayed = (
            platform.stored(one, [period])
            for one in (zones.RECONCILED_ASSIGNMENTS, zones.PREVIOUS_VERSION_ASSIGNMENTS)
        )
        ill = drift.ill_sources(platform.engine.to_arrow(health))
        found = drift.moves(
            _places(platform, period), linked, replayed, first, period,
            drift.in_doubt(ill, rest_on, period, platform.project.calendar),
            _by_data(platform, earlier) if ill.keys() - {period} else None,
        )  # fmt: skip
        return stream(found, zones.MOVES)

    return moves


def _by_data(platform: Platform, earlier: ir.Table | None) -> pa.Table | None:
    """Earlier moves with the cause *data*, oldest first."""
    if earlier is None:
        return None
    some = earlier.filter(earlier.cause == "data").order_by("period", "customer_id", "scheme")
    return platform.engine.to_arrow(some)


def flows_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """How the population of each segment came about."""

    @asset(
        key=["drift", zones.FLOWS.name],
        **shown(zones.FLOWS),
        ins={
            "moved": AssetIn(key=_MOVES),
            "customers_before": AssetIn(key=["customers", "customers"], partition_mapping=before()),
            "identity_events": AssetIn(key=["customers", zones.CUSTOMER_EVENTS.name]),
        },
        deps=[_states_of_both()],
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(*_SCHEMES, declared={"schemes": list(project.every_scheme)})
    def flows(
        context: AssetExecutionContext,
        moved: ir.Table,
        customers_before: ir.Table | None,
        identity_events: ir.Table,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        period = context.partition_key
        ledger = platform.engine.to_arrow(
            drift.flows(_places(platform, period), moved, customers_before, identity_events, period)
        )
        context.add_output_metadata({**flow_metrics(ledger), "cause_of_moves": AS_COUNTED})
        return ledger

    return flows


def stays_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Since when every customer has been where it is."""
    contract = zones.stays_table(project.every_scheme)

    @asset(
        key=contract.path.split("/"),
        **shown(contract),
        ins={
            "customers_before": AssetIn(key=["customers", "customers"], partition_mapping=before()),
            "identity_events": AssetIn(key=["customers", zones.CUSTOMER_EVENTS.name]),
        },
        deps=[_states_of_both(), _MOVES, AssetDep(contract.path.split("/"), partition_mapping=before())],
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(*_SCHEMES, declared={"schemes": list(project.every_scheme)})
    def stays(
        context: AssetExecutionContext, customers_before: ir.Table | None, identity_events: ir.Table
    ) -> pa.RecordBatchReader:
        platform: Platform = context.resources.platform
        period, schemes = context.partition_key, platform.project.every_scheme
        found = drift.stays(
            _places(platform, period),
            platform.stored_table(zones.MOVES, [period]),
            _before(platform, zones.stays_table(schemes), period),
            customers_before,
            identity_events,
            period,
            schemes,
        )
        return found.to_reader()

    return stays


def ended_stays_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Stays that the period ended."""
    open_stays = zones.stays_table(()).path.split("/")

    @asset(
        key=["drift", zones.ENDED_STAYS.name],
        **shown(zones.ENDED_STAYS),
        ins={"identity_events": AssetIn(key=["customers", zones.CUSTOMER_EVENTS.name])},
        deps=[_states_of_both(), _MOVES, AssetDep(open_stays, partition_mapping=before())],
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(*_SCHEMES, declared={"schemes": list(project.every_scheme)})
    def ended_stays(context: AssetExecutionContext, identity_events: ir.Table) -> pa.RecordBatchReader:
        platform: Platform = context.resources.platform
        period = context.partition_key
        found = drift.ended_stays(
            _places(platform, period),
            platform.stored_table(zones.MOVES, [period]),
            _before(platform, zones.stays_table(platform.project.every_scheme), period),
            identity_events,
            period,
        )
        return stream(found, zones.ENDED_STAYS)

    return ended_stays


def _places(platform: Platform, period: str) -> drift.Places:
    """Where customers are at the end of ``period``, and were at the end of the one before."""
    states = zones.states_table(platform.project.every_scheme)
    return drift.Places(_before(platform, states, period), platform.stored_table(states, [period]))


def _before(platform: Platform, table: Table, period: str) -> pa.Table | None:
    """``table`` of the period before, none in the project's first."""
    if period == platform.project.first_period:
        return None
    return platform.stored_table(table, [platform.project.calendar.previous(period)])


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
    @stage(
        "drift",
        "publish",
        "segments.warm_up_periods",
        *_SCHEMES,
        declared={"features": needed, "schemes": list(project.every_scheme)},
    )
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
            "history": AssetIn(
                key=["drift", zones.FINDINGS.name],
                partition_mapping=before(max(HISTORY, project.calendar.year + SEASON)),
            ),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("drift", "publish", declared={"features": judged})
    def findings(
        context: AssetExecutionContext,
        profiles: ir.Table,
        ledger: ir.Table,
        history: ir.Table | None,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        found = drift.findings(
            *apart(context, profiles),
            ledger,
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
        moves_asset(project, partitions),
        flows_asset(project, partitions),
        stays_asset(project, partitions),
        ended_stays_asset(project, partitions),
        feature_profiles_asset(project, partitions),
        findings_asset(project, partitions),
    ]
