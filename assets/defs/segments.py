"""Segments: versions in force, assignments, what the previous version says, register, portraits, outcomes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

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

from assets.defs.forecasts import DECLARED, FAMILIES
from assets.defs.forecasts import VERSIONS as FORECAST_VERSIONS
from assets.lib.metadata import shown
from assets.lib.metrics import assignment_metrics, version_metrics
from assets.lib.partitions import apart, before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import segments
from pipeline.features import CUSTOMER_FEATURES
from pipeline.lineage import Input
from pipeline.schemes.kinds import KINDS, PLACES
from pipeline.settings import ClustersDocument, Project
from pipeline.tables import outlooks, zones
from pipeline.tables.model import Table
from pipeline.tables.outcomes import SCHEME_OUTCOMES, SEGMENT_OUTCOMES
from pipeline.tables.requests import VERSION_REQUESTS

FEATURES_KEY = CUSTOMER_FEATURES.path.split("/")
VERSIONS = ["models", zones.SCHEME_VERSIONS.name]
REQUESTS = ["models", VERSION_REQUESTS.name]
ASSIGNMENTS = ["segments", zones.ASSIGNMENTS.name]
STATES = zones.states_table(()).path.split("/")
COUNTERFACTUAL = ["segments", zones.PREVIOUS_VERSION_ASSIGNMENTS.name]
RECONCILED = ["segments", zones.RECONCILED_ASSIGNMENTS.name]


def scheme_stage(
    *reads: str,
    project: Project,
    fits: bool = False,
    looks_at: tuple[Input, ...] = (),
    words: bool = False,
    also: Mapping[str, Any] | None = None,
) -> Callable[[Any], Any]:
    """What stages of schemes tell (see ``stage``): every declared scheme, and the code of every kind.

    ``fits``: new versions are fitted. ``words``: labels are written, those of clusters with the words of
    features. ``also``: more that the stage tells.
    """
    more = dict(also or {})
    code = (
        tuple(PLACES.values()) if fits else tuple(one for kind in KINDS.values() for one in kind.scoring_code)
    )
    schemes = project.every_scheme
    clustered = {
        name for one in schemes.values() if isinstance(one, ClustersDocument) for name in one.features
    }
    features = project.readable
    labels = {name: (features[name].words, features[name].label) for name in sorted(clustered) if words}
    return stage(
        *reads,
        "sources.*.entity",
        "sources.*.columns",
        "publish",
        stands_for={"KINDS": code, **DECLARED, **more.get("stands_for", {})},
        declared={
            "schemes": schemes,
            "words": labels,
            "givable": sorted(project.givable_to_schemes),
            **more.get("declared", {}),
        },
        looks_at=looks_at,
        words=words,
        apart=more.get("apart", FAMILIES),
    )


def version_requests_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Refits and rollbacks that were asked for by hand.

    A table of its own: a request changes one period, and what all others are fitted by stays as it is.
    """

    @asset(
        key=REQUESTS,
        **shown(VERSION_REQUESTS),
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("versions")
    def version_requests(context: AssetExecutionContext) -> pa.Table:
        platform: Platform = context.resources.platform
        return segments.version_requests(platform.project, context.partition_key)

    return version_requests


def scheme_versions_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Versions of schemes in force, frozen: carried forward, or fitted anew."""

    learned = segments.periods_learned(project)

    @asset(
        key=VERSIONS,
        **shown(zones.SCHEME_VERSIONS),
        ins={
            "features": AssetIn(key=FEATURES_KEY, partition_mapping=window(learned)),
            "versions_before": AssetIn(key=VERSIONS, partition_mapping=before()),
            "forecasts": AssetIn(key=FORECAST_VERSIONS),
            "requests": AssetIn(key=REQUESTS),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @scheme_stage(
        "seed",
        "segments",
        *(["retention_days"] if learned > 2 else []),
        project=project,
        fits=True,
        looks_at=(
            Input(zones.ASSIGNMENTS.path, -1, -1),
            *(Input(zones.SCHEME_VERSIONS.path, -one, -one) for one in segments.offsets(project)),
        ),
    )
    def scheme_versions(
        context: AssetExecutionContext,
        features: ir.Table,
        versions_before: ir.Table | None,
        forecasts: ir.Table,
        requests: ir.Table,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        assignments_before = _assignments_before(platform, context.partition_key)
        versions = segments.fit_versions(
            *apart(context, features),
            in_memory(platform, versions_before),
            assignments_before,
            context.partition_key,
            platform.project,
            platform.engine.to_arrow(forecasts),
            features,
            _asked(platform, platform.engine.to_arrow(requests)),
        )
        context.add_output_metadata(version_metrics(versions))
        return versions

    return scheme_versions


def assignments_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Every customer in every scheme, scored with the versions in force: a row a scheme, and side by side."""
    tables = {"assignments": zones.ASSIGNMENTS, "states": zones.states_table(project.every_scheme)}
    ins = {
        "features": AssetIn(key=FEATURES_KEY),
        "versions": AssetIn(key=VERSIONS),
        "assignments_before": AssetIn(key=ASSIGNMENTS, partition_mapping=before()),
    }

    @multi_asset(
        name="segments__assignments",
        ins=ins,
        outs={name: AssetOut(key=one.path.split("/"), **shown(one)) for name, one in tables.items()},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @scheme_stage("segments", project=project)
    def assignments(
        context: AssetExecutionContext,
        features: ir.Table,
        versions: ir.Table,
        assignments_before: ir.Table | None,
    ) -> Iterator[Output[pa.RecordBatchReader]]:
        platform: Platform = context.resources.platform
        frozen = platform.engine.to_arrow(versions)
        rows = segments.scoring_input(features, assignments_before, platform.project)
        score = partial(
            segments.assign, versions=frozen, period=context.partition_key, project=platform.project
        )
        waiting = platform.engine.scratch / "states.parquet"
        beside = segments.SideBySide(platform.project.every_scheme, waiting)
        scored = platform.engine.map_batches(rows, score, zones.ASSIGNMENTS.schema)
        yield Output(stream(beside.passing(scored)), output_name="assignments")
        yield Output(beside.kept(), output_name="states")

    return assignments


def previous_version_assignments_asset(
    project: Project, partitions: PartitionsDefinition
) -> AssetsDefinition:
    """What the previous versions of refitted schemes say of the new features."""

    @asset(
        key=COUNTERFACTUAL,
        **shown(zones.PREVIOUS_VERSION_ASSIGNMENTS),
        ins={
            "features": AssetIn(key=FEATURES_KEY),
            "versions": AssetIn(key=VERSIONS, partition_mapping=window(2)),
            "assignments_before": AssetIn(key=ASSIGNMENTS, partition_mapping=before()),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @scheme_stage("segments", project=project)
    def previous_version_assignments(
        context: AssetExecutionContext,
        features: ir.Table,
        versions: ir.Table,
        assignments_before: ir.Table | None,
    ) -> pa.RecordBatchReader:
        platform: Platform = context.resources.platform
        now, earlier = (in_memory(platform, one) for one in apart(context, versions))
        refitted = segments.refitted_schemes(now, earlier)
        if earlier is None or not refitted:
            return stream(())
        rows = segments.scoring_input(features, assignments_before, platform.project)
        score = partial(
            segments.assign,
            versions=earlier,
            period=context.partition_key,
            project=platform.project,
            schemes=refitted,
        )
        scored = platform.engine.map_batches(rows, score, zones.ASSIGNMENTS.schema)
        return stream(one for block in segments.in_blocks(scored, refitted) for one in block.values())

    return previous_version_assignments


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
            "assigned": AssetIn(key=ASSIGNMENTS),
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
        context.add_output_metadata(assignment_metrics(platform.engine, assigned))
        now, earlier = (in_memory(platform, one) for one in apart(context, versions))
        return segments.register(
            in_memory(platform, register_before),
            now,
            earlier,
            assigned,
            by_previous_version,
            context.partition_key,
            platform.project,
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


def segment_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Seven steps; they look back, so periods run in order."""
    return [
        version_requests_asset(project, partitions),
        scheme_versions_asset(project, partitions),
        assignments_asset(project, partitions),
        previous_version_assignments_asset(project, partitions),
        register_asset(project, partitions),
        portraits_asset(project, partitions),
        outcomes_asset(project, partitions),
        forecasts_asset(project, partitions),
    ]


def _asked(platform: Platform, requests: pa.Table) -> segments.Requests:
    """Requests with the versions to go back to, from the periods in which they were fitted."""
    named = [one for one in requests.column("scheme_version").to_pylist() if one]
    periods = sorted({segments.fitted_in(one) for one in named})
    rows = platform.engine.to_arrow(platform.read(zones.SCHEME_VERSIONS, periods)) if periods else None
    return segments.as_asked(requests, [] if rows is None else rows.to_pylist())


def _assignments_before(platform: Platform, period: str) -> ir.Table | None:
    """Assignments of the period before, none in the project's first.

    Read from the lake, not as an input: versions look at the assignments of the period before, and
    assignments at the versions of this one. Dagster sees a circle in that, unless an asset
    depends on nothing but itself across periods.
    """
    if period == platform.project.first_period:
        return None
    return platform.read(zones.ASSIGNMENTS, [platform.project.calendar.previous(period)])


def stream(batches: Iterable[pa.RecordBatch], table: Table = zones.ASSIGNMENTS) -> pa.RecordBatchReader:
    """Rows of ``table`` as they are made: written batch by batch, never held whole."""
    coming = iter(batches)
    first = next(coming, None)
    if first is None:
        return pa.RecordBatchReader.from_batches(table.schema, ())
    return pa.RecordBatchReader.from_batches(first.schema, chain((first,), coming))


def in_memory(platform: Platform, table: ir.Table | None) -> pa.Table | None:
    """A small table, or none in the project's first period."""
    return None if table is None else platform.engine.to_arrow(table)
