"""The publication: all that an analyst needs, swapped in as a whole."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    DataVersion,
    FreshnessPolicy,
    MaterializeResult,
    MetadataValue,
    PartitionsDefinition,
    multi_asset,
)
from ibis.expr import types as ir

from assets.lib.collected_state import readings
from assets.lib.metadata import column_schema, shown
from assets.lib.metrics import finding_metrics, flow_metrics
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline.features import CUSTOMER_FEATURES, customer_features_table
from pipeline.publish import contracts as published
from pipeline.publish import memberships
from pipeline.publish.contracts import WIDE, published_tables
from pipeline.publish.manifest import SourceReading
from pipeline.publish.swap import publish_period
from pipeline.publish.wide import customer_segments
from pipeline.publish.withheld import MADE
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.model import Table

#: Which inner table each published table is taken from; others are made of several.
ORIGINS = {
    published.SEGMENT_ASSIGNMENTS: zones.ASSIGNMENTS,
    published.SEGMENT_REGISTER: zones.SEGMENT_REGISTER,
    published.SEGMENT_PORTRAITS: zones.PORTRAITS,
    published.SEGMENT_MOVES: zones.MOVES,
    published.SEGMENT_FLOWS: zones.FLOWS,
    published.DRIFT_FINDINGS: zones.FINDINGS,
    published.FEATURE_PROFILES: zones.FEATURE_PROFILES,
    published.MODEL_CARDS: zones.SCHEME_VERSIONS,
    published.CUSTOMER_REGISTER: zones.CUSTOMER_REGISTER,
    published.CUSTOMER_EVENTS: zones.CUSTOMER_EVENTS,
    published.DATA_QUALITY: zones.ROW_ACCOUNTS,
}

#: A period is published within this time after its end, or the asset shows as not fresh.
GRACE = {"month": timedelta(days=35), "week": timedelta(days=9)}


def tables_to_publish(platform: Platform, period: str) -> dict[str, ir.Table]:
    """Published tables of ``period`` by name, as expressions over the inner zones.

    Those that may hold values of any feature are made without the withheld ones (law L6).
    """
    project, engine = platform.project, platform.engine
    tables = {outer.name: platform.read(inner, [period]) for outer, inner in ORIGINS.items()}
    for name, make in MADE.items():
        told = make(platform.engine.to_arrow(tables[name]), project.privacy)
        tables[name] = platform.engine.from_arrow(told)
    features = platform.read(customer_features_table(project.catalogue), [period])
    states = platform.read(zones.states_table(project.every_scheme), [period])
    stays = platform.read(zones.stays_table(project.every_scheme), [period])
    ended = platform.read(zones.ENDED_STAYS, [period])
    assigned, schemes = tables[published.SEGMENT_ASSIGNMENTS.name], project.every_scheme
    called = memberships.labels(engine.to_arrow(tables[published.SEGMENT_REGISTER.name]))
    labelled, told = engine.from_arrow(called), memberships.by_language(called, project.report.language)
    return tables | {
        WIDE: customer_segments(states, features, period, schemes, told, project.catalogue),
        published.CURRENT_SEGMENTS.name: memberships.current_segments(
            assigned, stays, labelled, period, project.first_period, project.calendar, schemes
        ),
        published.CUSTOMER_HISTORY.name: memberships.customer_history(ended, assigned, stays, schemes),
        published.SEGMENT_SIZES.name: memberships.segment_sizes(
            tables[published.SEGMENT_FLOWS.name],
            assigned,
            features,
            labelled,
            project.privacy.min_group_count,
        ),
    }


def linked_tables() -> frozenset[str]:
    """Inner tables that are published as they are: their files hold their period, and are linked."""
    return frozenset(inner.path for outer, inner in ORIGINS.items() if _is_as_it_is(outer, inner))


def _is_as_it_is(outer: Table, inner: Table) -> bool:
    return outer.name not in MADE and outer.schema.equals(inner.schema)


def published_assets(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """All published tables in one step: validated together, visible together or not at all."""
    of_schemes = (zones.states_table(()), zones.stays_table(()))
    more = (CUSTOMER_FEATURES, *of_schemes, zones.ENDED_STAYS)
    inner = [table.path.split("/") for table in (*ORIGINS.values(), *more)]
    specs = [
        AssetSpec(
            table.path.split("/"),
            deps=inner,
            **shown(table),
            partitions_def=partitions,
            freshness_policy=FreshnessPolicy.time_window(fail_window=GRACE[project.period]),
        )
        for table in published_tables(project.every_scheme, project.catalogue).values()
    ]

    @multi_asset(name="publication", specs=specs, required_resource_keys={"platform"})
    @stage(
        "publish",
        "report.language",
        declared={"schemes": list(project.every_scheme)},
        apart=("pipeline.publish.swap",),
    )
    def publication(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        platform: Platform = context.resources.platform
        period, lineage = context.partition_key, platform.lineage
        if lineage is None:
            raise ValueError("the platform has no lineage: define its assets with build_defs")
        lineage.refuse_stale(period)
        tables = tables_to_publish(platform, period)
        origin = lineage.provenance(period)
        outer = published_tables(platform.project.every_scheme, platform.project.catalogue).values()
        said = [SourceReading(**one) for one in readings(platform.project, platform.lake)]
        files = {
            outer.name: platform.lake.file(inner.path, period)
            for outer, inner in ORIGINS.items()
            if _is_as_it_is(outer, inner)
        }
        result = publish_period(
            platform.engine,
            platform.lake,
            platform.project,
            period,
            tables,
            origin,
            platform.now(),
            said,
            files,
            platform.is_followed,
        )
        platform.progress("published", [period], sum(result.rows.values()))
        found = _outcome(platform, tables)
        metadata: dict[str, Any] = {
            "report": MetadataValue.path(str(platform.lake.root / "published" / "report.html")),
            "revision": result.revision,
            "publication": result.number,
            "changed": result.changed,
            "provenance": MetadataValue.json(origin),
        }
        for table in outer:
            schema = {
                "dagster/row_count": result.rows[table.name],
                "dagster/column_schema": column_schema(table),
            }
            yield MaterializeResult(
                asset_key=platform.asset_key(table.path),
                metadata=metadata | schema | (found if table.name == WIDE else {}),
                data_version=DataVersion(result.contents[table.name][:16]),
            )

    return publication


def _outcome(platform: Platform, tables: Mapping[str, ir.Table]) -> dict[str, Any]:
    """What the period brought, beside the wide table: whether to act, who moved and why."""
    flows, findings = (
        platform.engine.to_arrow(tables[one.name])
        for one in (published.SEGMENT_FLOWS, published.DRIFT_FINDINGS)
    )
    return finding_metrics(findings) | flow_metrics(flows)
