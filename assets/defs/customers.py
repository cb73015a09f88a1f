"""Customers: accounts linked to customers that last, guards against over-merging, one row a customer."""

from collections.abc import Iterator, Sequence
from typing import Any

from dagster import (
    AssetChecksDefinition,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    Output,
    PartitionsDefinition,
    asset,
    multi_asset,
)
from ibis.expr import types as ir

from assets.defs.identity import GROUP, IDENTITIES, PAIRS, is_linking
from assets.lib.checks import law_check
from assets.lib.metadata import shown
from assets.lib.metrics import identity_metrics
from assets.lib.partitions import before
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import identity
from pipeline.identity import linkage
from pipeline.ledgers import event_ledgers_of
from pipeline.settings import Project
from pipeline.tables import zones

LINKS = zones.ACCOUNT_LINKS.path.split("/")
REGISTER = zones.CUSTOMER_REGISTER.path.split("/")
#: What one step of resolution gives, by name of the output.
RESOLVED = {
    "links": zones.ACCOUNT_LINKS,
    "register": zones.CUSTOMER_REGISTER,
    "events": zones.CUSTOMER_EVENTS,
    "trips": zones.GUARD_TRIPS,
}
#: Settings that say which of several accounts' values survive.
SURVIVAL = ("identity.survivorship", "sources.*.entity", "sources.*.priority")
_PROFILES = {"profiles": AssetIn(key=["clean", "profiles"])}
_IDENTIFIERS = {"identifiers": AssetIn(key=["restricted", "profiles"])}


def resolved_assets(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Links of accounts to customers, register, events and guards, carried from period to period."""
    events = event_ledgers_of(project.entities)
    compared = {"pairs": AssetIn(key=PAIRS), "identities": AssetIn(key=IDENTITIES)}
    ins = {
        "previous": AssetIn(key=LINKS, partition_mapping=before()),
        "register_before": AssetIn(key=REGISTER, partition_mapping=before()),
        **{f"activity_{one}": AssetIn(key=["activity", one]) for one in events},
        **(_PROFILES if "profiles" in project.entities else {}),
        **(compared if is_linking(project) else {}),
    }
    every = {one.key for one in ins.values() if isinstance(one.key, AssetKey)}

    @multi_asset(
        name="customers_resolved",
        ins=ins,
        outs={
            name: AssetOut(key=table.path.split("/"), **shown(table, GROUP))
            for name, table in RESOLVED.items()
        },
        # Links and register each read both of the period before; declared of the register only: the UI
        # takes two assets that depend on each other for a cycle, whatever the periods, and draws nothing.
        internal_asset_deps=dict.fromkeys(RESOLVED, every) | {"links": every - {AssetKey(REGISTER)}},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("identity", "project", "sources", stands_for={"events": ()})
    def resolved(
        context: AssetExecutionContext,
        previous: ir.Table | None,
        register_before: ir.Table | None,
        **inputs: ir.Table,
    ) -> Iterator[Output[Any]]:
        platform: Platform = context.resources.platform
        period = context.partition_key
        earlier = previous if previous is not None else platform.read(zones.ACCOUNT_LINKS, [])
        ledgers = [inputs[f"activity_{one}"] for one in events]
        seen = identity.seen_accounts(earlier, ledgers, inputs.get("profiles"), period, platform.project)
        pairs = _linking(platform, inputs.get("pairs"), inputs.get("identities"))
        found = identity.resolve(
            seen, previous, register_before, pairs, period, platform.project, platform.key
        )
        links = platform.engine.from_arrow(found.links)
        trips = platform.engine.to_arrow(
            identity.guard_trips(links, inputs.get("identities"), period, platform.project)
        )
        metrics = identity_metrics(found.links, found.register, found.events, trips)
        waiting = identity.waiting_overrides(links, period, platform.project, platform.key)
        tables = {"links": found.links, "register": found.register, "events": found.events, "trips": trips}
        for name, table in tables.items():
            extra = metrics | {"overrides_waiting": ", ".join(waiting) or "none"} if name == "links" else {}
            yield Output(table, output_name=name, metadata=extra)

    return resolved


def _linking(platform: Platform, pairs: ir.Table | None, identities: ir.Table | None) -> ir.Table | None:
    """The pairs that link: no single doubtful pair bridges customers whose other accounts disagree."""
    if pairs is None:
        return None
    threshold = platform.project.identity.threshold
    return platform.engine.from_arrow(linkage.refined(pairs, threshold, identities))


def tripped(platform: Platform, periods: Sequence[str]) -> ir.Table:
    """Customers that guards hold for over-merged, by id only: their accounts stay in the restricted zone."""
    trips = platform.read(zones.GUARD_TRIPS, periods)
    return trips.select("period", "customer_id", "guard", "measured", "limit").order_by(
        "period", "customer_id"
    )


def guard_check() -> AssetChecksDefinition:
    """The blocking check that no guard tripped."""
    return law_check(
        LINKS,
        "guards",
        "No customer has more accounts, birth dates, given names or national ids than the guards allow.",
        tripped,
        remedy="Accounts of different people were probably merged: look at `segments show customer ID`; then"
        " keep accounts apart under identity.overrides, or name the customer in identity.guards.accepted.",
    )


def customer_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """One row a customer; which account each surviving value comes from; surviving identifiers."""
    profiles = _PROFILES if "profiles" in project.entities else {}
    table = zones.customers_table(project.entity("profiles"))

    @asset(
        key=["customers", "customers"],
        **shown(table),
        ins={"links": AssetIn(key=LINKS), **profiles},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("retention_days", *SURVIVAL)
    def customers(context: AssetExecutionContext, links: ir.Table, **inputs: ir.Table) -> ir.Table:
        project = context.resources.platform.project
        return identity.customers(links, inputs.get("profiles"), context.partition_key, project)

    return [customers, *_surviving_assets(partitions)] if profiles else [customers]


def _surviving_assets(partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    ins = {"links": AssetIn(key=LINKS), **_PROFILES, **_IDENTIFIERS}

    @asset(
        key=zones.SURVIVING_VALUES.path.split("/"),
        **shown(zones.SURVIVING_VALUES),
        ins=ins,
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(*SURVIVAL)
    def surviving_values(
        context: AssetExecutionContext, links: ir.Table, profiles: ir.Table, identifiers: ir.Table
    ) -> ir.Table:
        project = context.resources.platform.project
        return identity.surviving_values(links, profiles, identifiers, context.partition_key, project)

    @asset(
        key=zones.CUSTOMER_IDENTITIES.path.split("/"),
        **shown(zones.CUSTOMER_IDENTITIES, GROUP),
        ins=ins,
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage(*SURVIVAL)
    def customer_identities(
        context: AssetExecutionContext, links: ir.Table, profiles: ir.Table, identifiers: ir.Table
    ) -> ir.Table:
        project = context.resources.platform.project
        return identity.customer_identities(links, profiles, identifiers, context.partition_key, project)

    return [surviving_values, customer_identities]
