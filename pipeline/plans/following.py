"""Customers whom an action has ever chosen, followed from then on.

Belongs here: rows of ``CHOSEN`` from one period to the next. Does not belong here: choosing (``choosing``),
comparing (``effects``).

A customer counts once, from the period in which an action chose it first. Until then nothing of the action
had touched it, so which side it is on is chance alone; whom the action would choose again depends on what
the first contact did, and later choices cannot be compared with a hold-out that had none.
"""

from collections.abc import Mapping
from functools import reduce

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import held
from pipeline.settings import Project
from pipeline.settings.actions import Action
from pipeline.tables.plans import ALL, ARMS, CHOSEN

_MONEY = "decimal(18, 4)"
_COLUMNS = [one for one in CHOSEN.columns if one != "period"]
#: What is followed changes in these columns.
_FOLLOWED = ("followed_periods", "outcome_amount", "is_reached", "is_lost")


def contacts_of(action: Action, contacts: ir.Table, links: ir.Table) -> ir.Table:
    """Customers (``customer_id``, once each) whom clean ``campaign_contacts`` of ``action`` reached."""
    if action.sent_as is None:
        return links.filter(False).select("customer_id")
    asked = {
        "campaign_id": action.sent_as.campaigns,
        "offer": action.sent_as.offers,
        "channel": action.sent_as.channels,
    }
    named = [contacts[column].isin(values) for column, values in asked.items() if values]
    found = contacts.filter(*named).inner_join(links.select("account_id", "customer_id"), "account_id")
    return found.select("customer_id").distinct()


def follow(
    before: ir.Table | None,
    features: ir.Table,
    register: ir.Table,
    reached: ir.Table | None,
    project: Project,
) -> ir.Table | None:
    """Rows of ``CHOSEN`` (but for their period) after one more period, held by the engine; none in the first.

    ``features`` are ``CUSTOMER_FEATURES``, ``register`` is ``CUSTOMER_REGISTER``, both of the period,
    ``reached`` are customers whom an ``action`` reached in it. A customer who is in the register but not in
    the population did nothing; one who is no longer in use was merged or excluded, and is lost. Who has been
    followed to the end, or by an action that the settings no longer have, stays as it is.
    """
    if before is None:
        return None
    actions = project.action_plan.actions
    came = features.select("customer_id", **{one.name: _outcome(features, one) for one in actions})
    live = register.filter(register.customer_status == "live").select(
        "customer_id", is_live=ibis.literal(True)
    )
    rows = before.select(*_COLUMNS).left_join(came, "customer_id").drop("customer_id_right")
    rows = rows.left_join(live, "customer_id").drop("customer_id_right")
    hit = _nobody(before) if reached is None else reached
    rows = rows.left_join(hit.mutate(is_hit=ibis.literal(True)), ["action", "customer_id"])
    rows = rows.drop("action_right", "customer_id_right")
    outcome = _by_action(rows, {one.name: rows[one.name] for one in actions}, ibis.null(_MONEY))
    ends = _by_action(rows, {one.name: one.follow_periods for one in actions}, ibis.literal(0))
    is_open = (rows.followed_periods < ends) & ~rows.is_lost
    is_lost = is_open & outcome.isnull() & rows.is_live.isnull()
    is_followed = is_open & ~is_lost
    return held(
        rows.select(
            *(one for one in _COLUMNS if one not in _FOLLOWED),
            followed_periods=rows.followed_periods + ibis.ifelse(is_followed, 1, 0),
            outcome_amount=(
                rows.outcome_amount + ibis.ifelse(is_followed, outcome.fill_null(_nought()), _nought())
            ).cast(_MONEY),
            is_reached=rows.is_reached | (is_followed & rows.is_hit.notnull()),
            is_lost=rows.is_lost | is_lost,
        ).select(*_COLUMNS)
    )


def with_newly_chosen(
    followed: ir.Table | None, plan: ir.Table, features: ir.Table, period: str, project: Project
) -> ir.Table:
    """Rows of ``CHOSEN`` (but for their period) at the end of ``period``: ``followed`` ones, and those whom
    its ``plan`` (rows of ``ACTION_PLAN``) chose first."""
    actions = project.action_plan.actions
    now = plan.filter(plan.plan_status.isin(ARMS)).select(
        "action", "customer_id", "effect_group", "plan_status"
    )
    known = features.select(
        "customer_id",
        **{f"now_{one.name}": _outcome(features, one) for one in actions},
        **{f"before_{one.name}": features[one.known_before.name].cast(_MONEY) for one in actions},
    )
    rows = now if followed is None else now.anti_join(followed, ["action", "customer_id"])
    rows = rows.left_join(known, "customer_id").drop("customer_id_right")
    share = {one.name: one.hold_out_share for one in actions}

    def of(prefix: str) -> ir.DecimalValue:
        found = {one.name: rows[f"{prefix}_{one.name}"] for one in actions}
        return _by_action(rows, found, ibis.null(_MONEY)).fill_null(_nought()).cast(_MONEY)

    new = rows.select(
        "action",
        "customer_id",
        arm=rows.plan_status,
        effect_group=rows.effect_group,
        hold_out_share=_by_action(rows, share, ibis.null("float64")).cast("float64"),
        first_chosen_period=ibis.literal(period),
        last_chosen_period=ibis.literal(period),
        contacts_count=ibis.ifelse(rows.plan_status == ARMS[0], 1, 0).cast("int64"),
        before_1p_amount=of("now"),
        before_12p_amount=of("before"),
        followed_periods=ibis.literal(0).cast("int64"),
        outcome_amount=_nought(),
        is_reached=ibis.literal(False),
        is_lost=ibis.literal(False),
    ).select(*_COLUMNS)
    return new if followed is None else new.union(_chosen_again(followed, now, period, project))


def _chosen_again(followed: ir.Table, now: ir.Table, period: str, project: Project) -> ir.Table:
    again = now.select("action", "customer_id", again=now.plan_status)
    rows = followed.left_join(again, ["action", "customer_id"]).drop("action_right", "customer_id_right")
    ends = {one.name: one.follow_periods for one in project.action_plan.actions}
    is_within = rows.followed_periods < _by_action(rows, ends, ibis.literal(0))
    is_contact = (rows.again == ARMS[0]).fill_null(False) & is_within & ~rows.is_lost
    changed = {
        "last_chosen_period": ibis.ifelse(
            rows.again.notnull(), ibis.literal(period), rows.last_chosen_period
        ),
        "contacts_count": rows.contacts_count + ibis.ifelse(is_contact, 1, 0),
    }
    return rows.select(**{one: changed.get(one, rows[one]) for one in _COLUMNS})


def _outcome(features: ir.Table, action: Action) -> ir.DecimalValue:
    return features[action.measured_by.name].cast(_MONEY)


def _nought() -> ir.DecimalScalar:
    return ibis.literal(0).cast(_MONEY)


def _by_action(rows: ir.Table, values: Mapping[str, ir.Value | int | float], otherwise: ir.Value) -> ir.Value:
    return rows.action.cases(*values.items(), else_=otherwise)


def _nobody(before: ir.Table) -> ir.Table:
    return before.filter(before.action == ALL, before.action != ALL).select("action", "customer_id")


def reached_by(plan_contacts: dict[str, ir.Table]) -> ir.Table | None:
    """Customers reached, with the ``action`` that did, of ``contacts_of`` by name; none without any."""
    parts = [one.select("customer_id", action=ibis.literal(name)) for name, one in plan_contacts.items()]
    return reduce(lambda a, b: a.union(b), parts).select("action", "customer_id") if parts else None
