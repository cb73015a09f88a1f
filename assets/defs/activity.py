"""Activity: ledgers of each period, additive measures by account."""

from collections.abc import Callable
from dataclasses import dataclass

from dagster import AssetIn, AssetsDefinition, BackfillPolicy, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.lib.metadata import shown
from pipeline import activity
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.entities import ENTITIES
from pipeline.tables.model import Table


@dataclass(frozen=True)
class Ledger:
    """One ledger: its table, the entities it is made of (one of ``any_of`` must be there), the function."""

    table: Table
    any_of: tuple[str, ...]
    also: tuple[str, ...]
    made: Callable[[dict[str, ir.Table], Project], ir.Table]
    has_events: bool = True

    def entities(self, project: Project) -> list[str]:
        """Entities of ``project`` that the ledger reads."""
        return [one for one in (*self.any_of, *self.also) if one in project.entities]


_OWN = ("orders", "campaign_contacts", "coupon_redemptions")
#: Entities without a ledger of their own: only that something happened is counted.
_OTHERS = tuple(
    name for name, one in ENTITIES.items() if one.event_time and one.has_account and name not in _OWN
)

LEDGERS: dict[str, Ledger] = {
    "orders": Ledger(zones.ORDER_ACTIVITY, ("orders",), (), lambda rows, _: activity.orders(rows["orders"])),
    "order_keys": Ledger(
        zones.ORDER_KEYS,
        ("orders",),
        ("products",),
        lambda rows, _: activity.order_keys(rows["orders"], rows.get("products")),
        has_events=False,
    ),
    "campaigns": Ledger(
        zones.CAMPAIGN_ACTIVITY,
        ("campaign_contacts", "coupon_redemptions"),
        (),
        lambda rows, project: activity.campaigns(
            rows.get("campaign_contacts"), rows.get("coupon_redemptions"), project
        ),
    ),
    "events": Ledger(zones.EVENT_ACTIVITY, _OTHERS, (), lambda rows, _: activity.events(rows)),
}


def ledgers_of(project: Project) -> list[str]:
    """Ledgers that the project's sources can fill."""
    return [name for name, one in LEDGERS.items() if set(one.any_of) & project.entities]


def event_ledgers_of(project: Project) -> list[str]:
    """Those of them that say when an account was active."""
    return [name for name in ledgers_of(project) if LEDGERS[name].has_events]


def ledger_asset(name: str, project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """One ledger of activity: additive measures by account and period, so that history is never rescanned."""
    ledger = LEDGERS[name]

    @asset(
        key=["activity", name],
        **shown(ledger.table),
        ins={one: AssetIn(key=["clean", one]) for one in ledger.entities(project)},
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def summed(**cleaned: ir.Table) -> ir.Table:
        return ledger.made(cleaned, project)

    return summed
