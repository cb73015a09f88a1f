"""Segments: versions in force, assignments, what the previous version says."""

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
from assets.lib.metrics import request_metrics, version_metrics
from assets.lib.partitions import apart, before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import drift, segments
from pipeline.features import CUSTOMER_FEATURES
from pipeline.lineage import Input
from pipeline.schemes.kinds import KINDS, PLACES
from pipeline.schemes.resting import features_behind, sources_of
from pipeline.settings import ClustersDocument, Project
from pipeline.tables import zones
from pipeline.tables.health import SOURCE_HEALTH
from pipeline.tables.model import Table
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
    """Refits that findings of the period before ask for, and refits and rollbacks by hand.

    A table of its own: a request changes one period, and what all others are fitted by stays as it is.
    """
    read = features_behind(project) if project.versions.refit_on_major else {}
    rest_on = sources_of(sorted({one for some in read.values() for one in some}), project)
    back = 1 + max(
        (edge for given in rest_on.values() for some in given.values() for edge in some), default=0
    )
    looks_at = (Input(zones.FINDINGS.path, -1, -1), Input(SOURCE_HEALTH.path, -back, -1)) if read else ()

    @asset(
        key=REQUESTS,
        **shown(VERSION_REQUESTS),
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("versions", looks_at=looks_at, declared={"read": read, "rest_on": rest_on})
    def version_requests(context: AssetExecutionContext) -> pa.Table:
        platform: Platform = context.resources.platform
        project, period = platform.project, context.partition_key
        findings, doubted = _found_before(platform, period, rest_on, back) if read else ([], [])
        asked = segments.version_requests(project, period, findings, doubted, read)
        context.add_output_metadata(request_metrics(asked))
        return asked

    return version_requests


def _found_before(
    platform: Platform, period: str, rest_on: Mapping[str, Mapping[str, tuple[int, ...]]], back: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """Findings of the period before, and the features of them that may be of data; nothing in the first.

    Read from the lake, not as inputs: Dagster would see a circle, as in ``_assignments_before``.
    """
    project, engine = platform.project, platform.engine
    if period == project.first_period:
        return [], []
    previous = project.calendar.previous(period)
    findings = engine.to_arrow(platform.read(zones.FINDINGS, [previous])).to_pylist()
    judged = platform.read(SOURCE_HEALTH, project.calendar.back(previous, back))
    ill = drift.ill_sources(engine.to_arrow(judged))
    return findings, drift.in_doubt(ill, rest_on, previous, project.calendar)


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
        read, anew = segments.columns_read(frozen, project), segments.placed_anew(frozen)
        rows = segments.scoring_input(features, assignments_before, project, read, anew=anew)
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
        read = segments.columns_read(earlier, project, refitted)
        rows = segments.scoring_input(features, assignments_before, project, read)
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


def segment_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Four assets that look back, so periods run in order."""
    return [
        version_requests_asset(project, partitions),
        scheme_versions_asset(project, partitions),
        assignments_asset(project, partitions),
        previous_version_assignments_asset(project, partitions),
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
