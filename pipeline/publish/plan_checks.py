"""What must hold of a published action plan, beside its contract.

Belongs here: checks of the plan against itself and the customers of the period. Does not belong here:
checks of other tables (``validate``).
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.publish.contracts import ACTION_PLAN, ACTION_RESULTS, WIDE
from pipeline.settings import Project
from pipeline.tables.plans import ARMS

#: Figures of customers in both arms.
_FIGURES = ("contact_mean_value", "hold_out_mean_value", "effect_value", "net_gain_amount", "reached_share")


def plan_problems(tables: Mapping[str, ir.Table], project: Project) -> list[str]:
    """Nobody is planned who is not in the population, or for more actions than one may be; no action has more
    contacts than there is room or money for; nothing is told of what few customers did."""
    plan, results, wide = (tables.get(one) for one in (ACTION_PLAN.name, ACTION_RESULTS.name, WIDE))
    problems = []
    if plan is not None and wide is not None:
        strangers = _count(plan.anti_join(wide, "customer_id"))
        if strangers:
            problems.append(f"action_plan has {strangers} customers that are not in customer_segments")
    if plan is not None:
        problems += _chosen_problems(plan, project)
    if results is not None:
        least = project.privacy.min_group_count
        is_few = (results.contact_count < least) | (results.hold_out_count < least)
        few = _count(results.filter(is_few & ibis.or_(*(results[one].notnull() for one in _FIGURES))))
        if few:
            problems.append(f"action_results tells figures of {few} groups of fewer than {least} customers")
    return problems


def _chosen_problems(plan: ir.Table, project: Project) -> list[str]:
    settings, problems = project.action_plan, []
    chosen = plan.filter(plan.plan_status.isin(ARMS))
    by_customer = chosen.group_by("customer_id").aggregate(actions=chosen.count())
    if most := _count(by_customer.filter(by_customer.actions > settings.most_actions)):
        problems.append(
            f"action_plan has {most} customers chosen for more than {settings.most_actions} actions"
        )
    for action in settings.actions:
        contacts = _count(chosen.filter(chosen.action == action.name, chosen.plan_status == ARMS[0]))
        if action.contacts is not None and contacts > action.contacts:
            problems.append(
                f"action_plan has {contacts} contacts of {action.name}, which has room for {action.contacts}"
            )
    return problems


def _count(rows: ir.Table) -> int:
    return int(rows.count().execute())
