"""Activity and customers: ledgers of each period, accounts linked to customers."""

from collections.abc import Mapping

from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    BackfillPolicy,
    PartitionsDefinition,
    asset,
)
from ibis.expr import types as ir

from assets.lib.metadata import shown
from assets.lib.partitions import before
from assets.lib.platform import Platform
from pipeline import activity, identity
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.model import Table

#: Entities that a ledger may be made of; the first must be there for the ledger to exist.
LEDGERS: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "orders": (zones.ORDER_ACTIVITY, ("orders",)),
    "order_keys": (zones.ORDER_KEYS, ("orders", "products")),
    "campaigns": (zones.CAMPAIGN_ACTIVITY, ("campaign_contacts", "coupon_redemptions")),
}


def ledgers_of(project: Project) -> list[str]:
    """Ledgers that the project's sources can fill."""
    return [name for name, (_, entities) in LEDGERS.items() if set(entities[:1]) & project.entities]


def ledger_asset(name: str, project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """One ledger of activity: additive measures by account and period, so that history is never rescanned."""
    table, entities = LEDGERS[name]

    @asset(
        key=["activity", name],
        **shown(table),
        ins={one: AssetIn(key=["clean", one]) for one in entities if one in project.entities},
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def ledger(**cleaned: ir.Table) -> ir.Table:
        function = getattr(activity, name)
        result: ir.Table = function(*(cleaned.get(one) for one in entities))
        return result

    return ledger


def customer_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Links of accounts to customers (carried from period to period), and one row a customer."""
    events = [name for name in ledgers_of(project) if name != "order_keys"]
    profiles = {"profiles": AssetIn(key=["clean", "profiles"])} if "profiles" in project.entities else {}

    @asset(
        key=["customers", "account_links"],
        **shown(zones.ACCOUNT_LINKS),
        ins={
            "previous": AssetIn(key=["customers", "account_links"], partition_mapping=before()),
            **{f"activity_{one}": AssetIn(key=["activity", one]) for one in events},
            **profiles,
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    def account_links(
        context: AssetExecutionContext, previous: ir.Table | None, **inputs: ir.Table
    ) -> ir.Table:
        platform: Platform = context.resources.platform
        earlier = previous if previous is not None else platform.read(zones.ACCOUNT_LINKS, [])
        ledgers = [inputs[f"activity_{one}"] for one in events]
        return identity.account_links(
            earlier, ledgers, inputs.get("profiles"), context.partition_key, platform.project
        )

    @asset(
        key=["customers", "customers"],
        **shown(zones.CUSTOMERS),
        ins={"links": AssetIn(key=["customers", "account_links"]), **profiles},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    def customers(context: AssetExecutionContext, links: ir.Table, **inputs: ir.Table) -> ir.Table:
        project = context.resources.platform.project
        return identity.customers(links, inputs.get("profiles"), context.partition_key, project)

    return [account_links, customers]
