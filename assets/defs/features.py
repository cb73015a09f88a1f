"""Features of customers as of the end of the period, from ledgers of at most twelve periods."""

from typing import Any

from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.lib.metadata import shown
from assets.lib.partitions import window
from assets.lib.stages import stage
from pipeline.features import (
    PLACES,
    FeatureInputs,
    Window,
    customer_features,
    customer_features_table,
)
from pipeline.features.categories import CUSTOMER_CATEGORIES, LEDGER, customer_categories
from pipeline.forecasts.new_category import NEEDS
from pipeline.ledgers import PLACES as LEDGER_PLACES
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.settings import Project

#: Where what a project declares of its own becomes a feature; what it declares is told by value.
OWN_PLACE = "pipeline.features.own"
#: What a ledger is made of is told by its contents, to whoever reads one.
LEDGER_MODULES = tuple(place.partition(":")[0] for place in LEDGER_PLACES.values())


def ledgers_read(project: Project) -> list[str]:
    """Ledgers that the features read which the project can give, in their order."""
    features = project.catalogue
    read = {reading.ledger.name for name in project.givable for reading in features[name].reads}
    return [name for name in project.ledgers if name in read]


def gives_categories(project: Project) -> bool:
    """Whether the sources of ``project`` give categories of goods."""
    return NEEDS.name in project.givable


def features_of(
    project: Project, period: str, customers: ir.Table, links: ir.Table, ledgers: dict[str, ir.Table]
) -> ir.Table:
    """Features of the project's catalogue as of the end of ``period``, one row a customer."""
    window_ = Window(project.calendar, project.first_period, period)
    inputs = FeatureInputs(customers, links, ledgers)
    return customer_features(inputs, window_, project.catalogue, project.givable)


def formulae(project: Project) -> dict[str, Any]:
    """What a stage tells that computes features (see ``stage``): every formula, and what it may read.

    What a formula reads of a ledger is told by its declaration. A module
    of an extension may hold both: there, ledgers count as code of features, too.
    """
    where = {**PLACES, **project.extended.places}
    places = {where.get(name, OWN_PLACE) for name in project.givable}
    return {
        "stands_for": {"catalogue": tuple(sorted(places))},
        "declared": {
            "ledgers": {name: project.ledgers[name] for name in ledgers_read(project)},
            "own features": project.own.features,
        },
        "apart": LEDGER_MODULES,
    }


def features_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """One row a customer of the population, every declared feature."""
    ledgers = {
        one: AssetIn(key=["activity", one], partition_mapping=window(WINDOW_PERIODS))
        for one in ledgers_read(project)
    }

    table = customer_features_table(project.catalogue)

    @asset(
        key=table.path.split("/"),
        **shown(table),
        ins={
            "customers": AssetIn(key=["customers", "customers"]),
            "links": AssetIn(key=["customers", "account_links"]),
            **ledgers,
        },
        partitions_def=partitions,
    )
    @stage("sources.*.entity", "sources.*.columns", **formulae(project))
    def features(
        context: AssetExecutionContext, customers: ir.Table, links: ir.Table, **ledger: ir.Table
    ) -> ir.Table:
        return features_of(project, context.partition_key, customers, links, ledger)

    return features


def categories_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """What each customer of the population bought lately, by category of goods."""

    @asset(
        key=CUSTOMER_CATEGORIES.path.split("/"),
        **shown(CUSTOMER_CATEGORIES),
        ins={
            "customers": AssetIn(key=["customers", "customers"]),
            "links": AssetIn(key=["customers", "account_links"]),
            "keys": AssetIn(key=["activity", LEDGER], partition_mapping=window(WINDOW_PERIODS)),
        },
        partitions_def=partitions,
    )
    @stage(apart=LEDGER_MODULES)
    def categories(
        context: AssetExecutionContext, customers: ir.Table, links: ir.Table, keys: ir.Table
    ) -> ir.Table:
        window_ = Window(project.calendar, project.first_period, context.partition_key)
        return customer_categories(customers, links, keys, window_)

    return categories


def feature_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """The features, and what was bought by category where the sources give categories."""
    found = [features_asset(project, partitions)]
    return [*found, categories_asset(project, partitions)] if gives_categories(project) else found
