"""Features of customers as of the end of the period, from ledgers of at most twelve periods."""

from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.defs.activity import ledgers_of
from assets.lib.metadata import shown
from assets.lib.partitions import window
from assets.lib.platform import Platform
from pipeline.features import FeatureInputs, customer_features
from pipeline.settings import Project
from pipeline.tables.zones import CUSTOMER_FEATURES

#: Longest window of the catalogue, in periods.
WINDOW = 12
#: Ledgers that features are computed from.
MEASURED = ("orders", "order_keys", "campaigns")


def features_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """One row a customer of the population, every feature of the catalogue."""
    ledgers = [one for one in ledgers_of(project) if one in MEASURED]

    @asset(
        key=["features", CUSTOMER_FEATURES.name],
        **shown(CUSTOMER_FEATURES),
        ins={
            "customers": AssetIn(key=["customers", "customers"]),
            "links": AssetIn(key=["customers", "account_links"]),
            **{one: AssetIn(key=["activity", one], partition_mapping=window(WINDOW)) for one in ledgers},
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    def features(
        context: AssetExecutionContext, customers: ir.Table, links: ir.Table, **ledger: ir.Table
    ) -> ir.Table:
        platform: Platform = context.resources.platform
        inputs = FeatureInputs(
            customers, links, ledger.get("orders"), ledger.get("order_keys"), ledger.get("campaigns")
        )
        return customer_features(inputs, context.partition_key, platform.project)

    return features
