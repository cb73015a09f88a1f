"""The publication: all that an analyst needs, swapped in as a whole."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pyarrow as pa
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
from pipeline.engine.blocks import STORED_KEYS, Along, Block, as_stored, blocks_of
from pipeline.engine.unknown import in_batches
from pipeline.features import CUSTOMER_FEATURES, customer_features_table
from pipeline.forecasts import CUSTOMER_FORECASTS
from pipeline.publish import contracts as published
from pipeline.publish import memberships
from pipeline.publish.contracts import WIDE, customer_segments_table, tables_of
from pipeline.publish.manifest import SourceReading
from pipeline.publish.playbooks import playbooks
from pipeline.publish.staging import Given, InOrder
from pipeline.publish.swap import publish_period
from pipeline.publish.wide import customer_segments, features_told
from pipeline.publish.withheld import MADE
from pipeline.settings import Project
from pipeline.tables import outlooks, zones
from pipeline.tables.health import SOURCE_HEALTH
from pipeline.tables.mobility import SCHEME_MOVES
from pipeline.tables.model import Table
from pipeline.tables.outcomes import SCHEME_OUTCOMES, SEGMENT_OUTCOMES
from pipeline.tables.overlaps import SCHEME_OVERLAP, SEGMENT_OVERLAP
from pipeline.tables.overview import OVERVIEW
from pipeline.tables.plans import ACTION_PLAN, ACTION_RESULTS
from pipeline.tables.texts import TEXT_THEMES

#: Which inner table each published table, or its file of the period, is taken from; others are of several.
_ALWAYS = {
    published.SEGMENT_ASSIGNMENTS: zones.ASSIGNMENTS,
    published.SEGMENT_REGISTER: zones.SEGMENT_REGISTER,
    published.SEGMENT_PORTRAITS: zones.PORTRAITS,
    published.SEGMENT_FORECASTS: outlooks.SEGMENT_FORECASTS,
    published.SEGMENT_MOVES: zones.MOVES,
    published.CUSTOMER_HISTORY: zones.ENDED_STAYS,
    published.SEGMENT_FLOWS: zones.FLOWS,
    published.SCHEME_MOVES: SCHEME_MOVES,
    published.SEGMENT_OUTCOMES: SEGMENT_OUTCOMES,
    published.SCHEME_OUTCOMES: SCHEME_OUTCOMES,
    published.SEGMENT_OVERLAP: SEGMENT_OVERLAP,
    published.SCHEME_OVERLAP: SCHEME_OVERLAP,
    published.DRIFT_FINDINGS: zones.FINDINGS,
    published.FEATURE_PROFILES: zones.FEATURE_PROFILES,
    published.MODEL_CARDS: zones.SCHEME_VERSIONS,
    published.CUSTOMER_FORECASTS: CUSTOMER_FORECASTS,
    published.FORECAST_CARDS: zones.FORECAST_VERSIONS,
    published.MODEL_BACKTESTS: zones.MODEL_BACKTESTS,
    published.CUSTOMER_REGISTER: zones.CUSTOMER_REGISTER,
    published.CUSTOMER_EVENTS: zones.CUSTOMER_EVENTS,
    published.DATA_QUALITY: zones.ROW_ACCOUNTS,
    published.SOURCE_HEALTH: SOURCE_HEALTH,
}
#: Further ones of a project whose sources tell what customers wrote.
_OF_TEXTS = {published.TEXT_THEMES: TEXT_THEMES}

#: Further ones of a project that has actions.
_OF_ACTIONS = {published.ACTION_PLAN: ACTION_PLAN, published.ACTION_RESULTS: ACTION_RESULTS}

#: A period is published within this time after its end, or the asset shows as not fresh.
GRACE = {"month": timedelta(days=35), "week": timedelta(days=9)}


def origins(project: Project) -> dict[Table, Table]:
    """Inner table of each published table, or of its file of the period, of ``project``."""
    texts, actions = project.with_texts, project.action_plan
    return _ALWAYS | (_OF_TEXTS if texts else {}) | (_OF_ACTIONS if actions else {})


def tables_to_publish(platform: Platform, period: str) -> dict[str, Given]:
    """Published tables of ``period`` by name, as expressions over the inner zones, or made by place of them.

    Those that may hold values of any feature are made without the withheld ones (law L6).
    """
    project, engine = platform.project, platform.engine
    tables = {outer.name: platform.read(inner, [period]) for outer, inner in origins(project).items()}
    for name, make in MADE.items():
        told = make(platform.engine.to_arrow(tables[name]), project.privacy)
        tables[name] = platform.engine.from_arrow(told)
    features = platform.read(customer_features_table(project.catalogue), [period])
    called = memberships.labels(engine.to_arrow(tables[published.SEGMENT_REGISTER.name]))
    sizes = memberships.segment_sizes(
        tables[published.SEGMENT_FLOWS.name],
        tables[published.SEGMENT_ASSIGNMENTS.name],
        features,
        engine.from_arrow(called),
        project.privacy.min_group_count,
    )
    outcomes = memberships.segment_outcomes(
        tables[published.SEGMENT_OUTCOMES.name], engine.from_arrow(called)
    )
    return {
        **tables,
        **_by_place(platform, period, features, called, tables[published.CUSTOMER_HISTORY.name]),
        published.SEGMENT_SIZES.name: sizes,
        published.SEGMENT_OUTCOMES.name: outcomes,
        published.PLAYBOOKS.name: engine.from_arrow(
            playbooks(
                engine.to_arrow(tables[published.SEGMENT_REGISTER.name]),
                engine.to_arrow(sizes),
                engine.to_arrow(outcomes),
                project.every_scheme,
            )
        ),
    }


def _by_place(
    platform: Platform, period: str, features: ir.Table, called: pa.Table, ended: ir.Table
) -> dict[str, Given]:
    """Tables with a row a customer, or a customer and scheme: of assignments, open stays and features, which
    stand in one order of customers."""
    project, lake, engine = platform.project, platform.lake, platform.engine
    told, schemes = memberships.by_language(called, project.report.language), sorted(project.every_scheme)
    contract, open_stays = (
        customer_segments_table(project.every_scheme, project.catalogue),
        zones.stays_table(schemes),
    )

    def blocks() -> Iterator[Block]:
        stored = as_stored(
            lake.files(zones.ASSIGNMENTS.path, [period]), memberships.READ, memberships.READ_CODED
        )
        return blocks_of(stored, "scheme", schemes)

    def stays() -> Along:
        stored = as_stored(
            lake.files(open_stays.path, [period]), open_stays.columns[1:], open_stays.columns[1:]
        )
        return Along(stored, "customer_id")

    def beside() -> Along:
        rows = features_told(features, contract, project.catalogue.keys() - set(project.givable))
        return Along(in_batches(engine, rows, ["customer_id"]), "customer_id")

    block_rows = STORED_KEYS * len(schemes)
    return {
        WIDE: InOrder(lambda: customer_segments(blocks(), beside(), told, contract)),
        published.CURRENT_SEGMENTS.name: InOrder(
            lambda: memberships.current_segments(
                blocks(), stays(), called, period, project.first_period, project.calendar
            ),
            block_rows,
        ),
        published.CUSTOMER_HISTORY.name: {
            period: ended,
            published.NEWEST: InOrder(
                lambda: memberships.stays_that_go_on(blocks(), stays(), period), block_rows
            ),
        },
    }


def linked_tables() -> frozenset[str]:
    """Inner tables that are published as they are: their files hold their period, and are linked."""
    return frozenset(
        inner.path
        for outer, inner in (_ALWAYS | _OF_TEXTS | _OF_ACTIONS).items()
        if _is_as_it_is(outer, inner)
    )


def _is_as_it_is(outer: Table, inner: Table) -> bool:
    return outer.name not in MADE and outer.schema.equals(inner.schema)


def published_assets(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """All published tables in one step: validated together, visible together or not at all."""
    more = (CUSTOMER_FEATURES, zones.stays_table(()), OVERVIEW)  # what is read first is made first
    inner = [table.path.split("/") for table in (*origins(project).values(), *more)]
    specs = [
        AssetSpec(
            table.path.split("/"),
            deps=inner,
            **shown(table),
            partitions_def=partitions,
            freshness_policy=FreshnessPolicy.time_window(fail_window=GRACE[project.period]),
        )
        for table in tables_of(project).values()
    ]

    @multi_asset(name="publication", specs=specs, required_resource_keys={"platform"})
    @stage(
        "publish",
        "action_plan",
        "report.language",
        "sources.*.entity",
        "sources.*.columns",
        "sources.*.entity",
        "sources.*.columns",
        declared={
            "schemes": list(project.every_scheme),
            "advice": {
                one.segment_id(name): segment.playbook.model_dump()
                for one in project.every_scheme.values()
                for name, segment in one.segments.items()
            },
        },
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
        outer = tables_of(platform.project).values()
        said = [SourceReading(**one) for one in readings(platform.project, platform.lake)]
        files = {
            outer.name: platform.lake.file(inner.path, period)
            for outer, inner in origins(platform.project).items()
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


def _outcome(platform: Platform, tables: Mapping[str, Any]) -> dict[str, Any]:
    """What the period brought, beside the wide table: whether to act, who moved and why."""
    flows, findings, health = (
        platform.engine.to_arrow(tables[one.name])
        for one in (published.SEGMENT_FLOWS, published.DRIFT_FINDINGS, published.SOURCE_HEALTH)
    )
    return finding_metrics(findings, health) | flow_metrics(flows)
