"""The action plan: consent as it stands, who is to be contacted, and what earlier contacts earned."""

from collections.abc import Iterator
from typing import Any

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

from assets.defs.forecasts import FAMILIES
from assets.defs.segments import FEATURES_KEY, STATES
from assets.lib.metadata import shown
from assets.lib.metrics import plan_metrics
from assets.lib.partitions import before
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline import plans
from pipeline.settings import Project
from pipeline.settings.actions import CONSENTS, CONTACTS
from pipeline.tables import zones
from pipeline.tables.plans import ACTION_PLAN, ACTION_RESULTS, CHOSEN, CONSENT_DECISIONS

DECISIONS = CONSENT_DECISIONS.path.split("/")
#: What one step of planning gives, by name of the output; what the others read of the period before is first.
PLANNED = {"chosen": CHOSEN, "plan": ACTION_PLAN, "results": ACTION_RESULTS}


def asks_consent(project: Project) -> bool:
    """Whether an action needs consent."""
    return any(one.purpose is not None for one in project.action_plan.actions)


def consent_decisions_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """The last decision of each account on each purpose, carried from period to period."""

    @asset(
        key=DECISIONS,
        **shown(CONSENT_DECISIONS),
        ins={
            "earlier": AssetIn(key=DECISIONS, partition_mapping=before()),
            "consents": AssetIn(key=["clean", CONSENTS]),
        },
        partitions_def=partitions,
    )
    @stage()
    def consent_decisions(
        context: AssetExecutionContext, earlier: ir.Table | None, consents: ir.Table
    ) -> ir.Table:
        return plans.consent_decisions(earlier, consents, context.partition_key)

    return consent_decisions


def planned_assets(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Plan, the customers ever chosen, and results in one step: a plan goes by what came of earlier ones."""
    more = {"decisions": AssetIn(key=DECISIONS)} if asks_consent(project) else {}
    if any(one.sent_as is not None for one in project.action_plan.actions):
        more["contacts"] = AssetIn(key=["clean", CONTACTS])

    @multi_asset(
        name="plans__planned",
        ins={
            "states": AssetIn(key=STATES),
            "features": AssetIn(key=FEATURES_KEY),
            "register": AssetIn(key=zones.CUSTOMER_REGISTER.path.split("/")),
            "links": AssetIn(key=zones.ACCOUNT_LINKS.path.split("/")),
            "earlier": AssetIn(key=CHOSEN.path.split("/"), partition_mapping=before()),
            **more,
        },
        outs={name: AssetOut(key=one.path.split("/"), **shown(one)) for name, one in PLANNED.items()},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("action_plan", "publish", apart=FAMILIES)
    def planned(
        context: AssetExecutionContext,
        states: ir.Table,
        features: ir.Table,
        register: ir.Table,
        links: ir.Table,
        earlier: ir.Table | None,
        **more: ir.Table,
    ) -> Iterator[Output[Any]]:
        platform: Platform = context.resources.platform
        given = plans.Inputs(states, features, register, links, more.get("contacts"), more.get("decisions"))
        found = plans.planned(given, earlier, platform.key, context.partition_key, platform.project)
        metadata = {"plan": plan_metrics(platform.engine, found.plan)}
        for name in PLANNED:
            table = getattr(found, name)
            yield Output(table, output_name=name, metadata=metadata.get(name))

    return planned


def plan_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Nothing of a project without actions."""
    if not project.action_plan:
        return []
    decisions = [consent_decisions_asset(project, partitions)] if asks_consent(project) else []
    return [*decisions, planned_assets(project, partitions)]
