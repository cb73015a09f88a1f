"""Forecasts: versions in force with the record that earned them, and what they say of each customer."""

from functools import partial
from typing import Any

import pyarrow as pa
from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    PartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
)
from ibis.expr import types as ir

from assets.defs.features import LEDGER_MODULES, gives_categories
from assets.lib.metadata import shown
from assets.lib.metrics import backtest_metrics, forecast_metrics
from assets.lib.partitions import before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline.features import CUSTOMER_FEATURES
from pipeline.features import PLACES as FEATURE_PLACES
from pipeline.features.categories import CUSTOMER_CATEGORIES
from pipeline.forecasts import CUSTOMER_FORECASTS, PLACES
from pipeline.forecasts.categories.fitting import fit_new_category
from pipeline.forecasts.categories.scoring import parameters_of, with_categories
from pipeline.forecasts.fitting import LEARNED_PERIODS, Plan, backtests, fit_forecasts
from pipeline.forecasts.scoring import columns_read, forecast
from pipeline.settings import Project
from pipeline.tables import zones

FEATURES = CUSTOMER_FEATURES.path.split("/")
VERSIONS = zones.FORECAST_VERSIONS.path.split("/")
#: Input of what was bought by category, of projects whose sources give categories.
CATEGORIES = "categories"
SCHEMES = zones.SCHEME_VERSIONS.path.split("/")
BACKTESTS = zones.MODEL_BACKTESTS.path.split("/")
#: Forecasts are found by folder: what each is stands where it is declared.
DECLARED: dict[str, Any] = {name: tuple(PLACES.values()) for name in ("FORECASTS", "FORECAST_FEATURES")}

#: Modules of features and ledgers, which a forecast names: it reads their columns, whatever made them.
FAMILIES = (*sorted({place.partition(":")[0] for place in FEATURE_PLACES.values()}), *LEDGER_MODULES)


def plan_of(project: Project, period: str) -> Plan:
    """When and on what the forecasts of ``project`` are fitted in ``period``: at the cadence of schemes."""
    settings = project.segments
    return Plan(
        project.calendar,
        project.first_period,
        period,
        settings.warm_up_periods,
        settings.refit_every(project.period),
        project.retention_days,
        settings.min_customers_to_fit,
        settings.sample_size,
        project.seed,
        project.givable,
    )


def _categories(project: Project, mapping: TimeWindowPartitionMapping | None = None) -> dict[str, AssetIn]:
    """What was bought by category as an input, where the sources give categories."""
    key = CUSTOMER_CATEGORIES.path.split("/")
    return {CATEGORIES: AssetIn(key=key, partition_mapping=mapping)} if gives_categories(project) else {}


def forecast_versions_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Versions of forecasts in force, frozen: carried forward, or fitted anew and through the gate."""

    @asset(
        key=VERSIONS,
        **shown(zones.FORECAST_VERSIONS),
        ins={
            "features": AssetIn(key=FEATURES, partition_mapping=window(LEARNED_PERIODS)),
            "versions_before": AssetIn(key=VERSIONS, partition_mapping=before()),
            **_categories(project, window(LEARNED_PERIODS)),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(
        "seed",
        "segments",
        "retention_days",
        "sources.*.entity",
        "sources.*.columns",
        stands_for=DECLARED,
        apart=FAMILIES,
    )
    def forecast_versions(
        context: AssetExecutionContext,
        features: ir.Table,
        versions_before: ir.Table | None,
        **bought: ir.Table,
    ) -> pa.Table:
        platform: Platform = context.resources.platform
        earlier = None if versions_before is None else platform.engine.to_arrow(versions_before)
        plan, most = plan_of(platform.project, context.partition_key), platform.project.segments
        of_category = fit_new_category(features, bought.get(CATEGORIES), earlier, plan, most.categories_count)
        versions = pa.concat_tables([fit_forecasts(features, earlier, plan), of_category])
        context.add_output_metadata(forecast_metrics(versions))
        return versions

    return forecast_versions


def backtests_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """How each method did at origins that it had not seen: the record of the last fit of each forecast."""

    @asset(
        key=BACKTESTS,
        **shown(zones.MODEL_BACKTESTS),
        ins={"versions": AssetIn(key=VERSIONS), "schemes": AssetIn(key=SCHEMES)},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage()
    def backtests_(context: AssetExecutionContext, versions: ir.Table, schemes: ir.Table) -> pa.Table:
        platform: Platform = context.resources.platform
        record = backtests(platform.engine.to_arrow(versions), platform.engine.to_arrow(schemes))
        context.add_output_metadata(backtest_metrics(record))
        return record

    return backtests_


def customer_forecasts_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """What is likely to come of each customer, by the versions in force."""

    @asset(
        key=CUSTOMER_FORECASTS.path.split("/"),
        **shown(CUSTOMER_FORECASTS, "models"),
        ins={
            "features": AssetIn(key=FEATURES),
            "versions": AssetIn(key=VERSIONS),
            **_categories(project),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(stands_for=DECLARED, apart=FAMILIES)
    def customer_forecasts(
        context: AssetExecutionContext,
        features: ir.Table,
        versions: ir.Table,
        **bought: ir.Table,
    ) -> pa.RecordBatchReader:
        platform: Platform = context.resources.platform
        known = platform.engine.to_arrow(versions)
        score = partial(forecast, versions=known, period=context.partition_key)
        rows = with_categories(features, bought.get(CATEGORIES), parameters_of(known))
        rows = rows.select("customer_id", *columns_read(known)).order_by("customer_id")
        schema = CUSTOMER_FORECASTS.schema
        return pa.RecordBatchReader.from_batches(schema, platform.engine.map_batches(rows, score, schema))

    return customer_forecasts


def forecast_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Three steps; the first looks back one period, so periods run in order."""
    return [
        forecast_versions_asset(project, partitions),
        backtests_asset(project, partitions),
        customer_forecasts_asset(project, partitions),
    ]
