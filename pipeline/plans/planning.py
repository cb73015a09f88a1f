"""The action plan of a period: actions choose in the order of their priority, by what came of earlier ones.

Belongs here: putting the steps together. Does not belong here: any of them.
"""

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.keyed import Key
from pipeline.engine.protocol import engine_of
from pipeline.engine.values import held
from pipeline.plans.candidates import candidates
from pipeline.plans.choosing import choose
from pipeline.plans.consents import who_consents
from pipeline.plans.following import contacts_of, follow, reached_by, with_newly_chosen
from pipeline.plans.measuring import followed_to_the_end
from pipeline.plans.results import results
from pipeline.settings import Project
from pipeline.settings.actions import Action
from pipeline.tables.plans import ACTION_PLAN, ARMS, CHOSEN


class Inputs(NamedTuple):
    """What a plan is made of, all of one period.

    ``states_table``, ``CUSTOMER_FEATURES``, ``CUSTOMER_REGISTER``, ``ACCOUNT_LINKS``; clean
    ``campaign_contacts`` and ``CONSENT_DECISIONS`` where an action needs them.
    """

    states: ir.Table
    features: ir.Table
    register: ir.Table
    links: ir.Table
    contacts: ir.Table | None = None
    decisions: ir.Table | None = None


class Planned(NamedTuple):
    """``ACTION_PLAN``, ``CHOSEN`` and ``ACTION_RESULTS`` of a period."""

    plan: ir.Table
    chosen: ir.Table
    results: pa.Table


def planned(inputs: Inputs, before: ir.Table | None, key: Key, period: str, project: Project) -> Planned:
    """Who is to be contacted after ``period``, who was ever chosen by then, and what has come of it.

    ``before`` are rows of ``CHOSEN`` of the period before, none in the first. Evidence counts as it stands at
    the end of ``period`` (law L2).
    """
    settings = project.action_plan
    followed = follow(before, inputs.features, inputs.register, _reached(inputs, project), project)
    measured = [followed_to_the_end(followed, one, _since(one, period, project)) for one in settings.actions]
    known = engine_of(inputs.states).from_arrow(CHOSEN.schema.empty_table()) if followed is None else followed
    parts: list[ir.Table] = []
    for action, evidence in zip(settings.actions, measured, strict=True):
        consenting = _consenting(inputs, action)
        found = candidates(
            action,
            inputs.states,
            inputs.features,
            known,
            consenting,
            _taken(parts, settings.most_actions),
            key,
            period,
            project,
        )
        parts.append(_labelled(choose(found, action, evidence.gains(key, period)), action, period))
    plan = held(reduce(lambda a, b: a.union(b), parts))
    chosen = with_newly_chosen(followed, plan, inputs.features, period, project)
    told = results(measured, period, project)
    return Planned(plan, chosen.mutate(period=ibis.literal(period)).select(*CHOSEN.columns), told)


def _since(action: Action, period: str, project: Project) -> str:
    """First period whose newly chosen count as evidence: their time was up within ``evidence_periods``."""
    return project.calendar.back(period, project.action_plan.evidence_periods + action.follow_periods)[0]


def _reached(inputs: Inputs, project: Project) -> ir.Table | None:
    contacts = inputs.contacts
    if contacts is None:
        return None
    told = [one for one in project.action_plan.actions if one.sent_as is not None]
    return reached_by({one.name: contacts_of(one, contacts, inputs.links) for one in told})


def _consenting(inputs: Inputs, action: Action) -> ir.Table | None:
    if action.purpose is None:
        return None
    if inputs.decisions is None:
        raise ValueError(f"action {action.name} needs consent, and no decisions are given")
    return held(who_consents(inputs.decisions, inputs.links, action.purpose))


def _taken(parts: list[ir.Table], most: int) -> ir.Table | None:
    """Customers whom as many actions as one customer may have chose, held out or not: so that no hold-out of
    one action is made of those whom the next one contacts."""
    if len(parts) < most:
        return None
    every = reduce(lambda a, b: a.union(b), parts)
    chosen = every.filter(every.plan_status.isin(ARMS)).group_by("customer_id")
    counted = chosen.aggregate(actions=lambda rows: rows.count())
    return counted.filter(counted.actions >= most).select("customer_id")


def _labelled(rows: ir.Table, action: Action, period: str) -> ir.Table:
    def text(of: str | None) -> ir.StringValue:
        return ibis.null("string") if of is None else ibis.literal(of)

    labels: Mapping[str, str | None] = {
        "action_label": action.label.en,
        "action_label_zh": action.label.zh,
        "planned_offer": None if action.offer is None else action.offer.en,
        "planned_offer_zh": None if action.offer is None else action.offer.zh,
        "planned_channel": None if action.channel is None else action.channel.en,
        "planned_channel_zh": None if action.channel is None else action.channel.zh,
    }
    return rows.mutate(
        period=ibis.literal(period),
        action=ibis.literal(action.name),
        **{name: text(value) for name, value in labels.items()},
    ).select(*ACTION_PLAN.columns)
