"""Candidates of an action: customers in its segments, who of them is held out, and who may not be chosen.

Belongs here: eligibility and the two random orders. Does not belong here: choosing among those that may be
(``choosing``).

Who is held out follows from a keyed digest of the customer's id and the action: it is the same in every
period, for every run, and nobody without the project's secret can tell it. Whoever was chosen before stays
on the side where it was then, also when the share of the hold-out has been changed since.
"""

from collections.abc import Sequence
from functools import reduce

import ibis
from ibis.expr import types as ir

from pipeline.engine.keyed import DIGITS, Key
from pipeline.engine.values import held
from pipeline.settings import Project
from pipeline.settings.actions import Action
from pipeline.tables.plans import ARMS
from pipeline.tables.zones import state_of

#: Digits of a digest that a share is compared with: shares are exact to one in four thousand million.
_SHARE_DIGITS = 8
#: Columns of candidates that order them at random; each is even and tells nothing of the other.
ORDER, SECOND_ORDER = "random_order", "second_random_order"


def below(share: float) -> str:
    """Digits that the first ones of a digest lie below with the probability ``share``."""
    return f"{min(round(share * 16**_SHARE_DIGITS), 16**_SHARE_DIGITS - 1):0{_SHARE_DIGITS}x}"


def is_drawn(digits: ir.StringValue, share: float) -> ir.BooleanValue:
    """Whether ``digits`` of a digest, even over all texts, are among the part ``share`` of them.

    Texts of hexadecimal digits in lower case sort as their numbers do.
    """
    return digits.left(_SHARE_DIGITS) < below(share)


def candidates(
    action: Action,
    states: ir.Table,
    features: ir.Table,
    chosen: ir.Table,
    consenting: ir.Table | None,
    taken: ir.Table | None,
    key: Key,
    period: str,
    project: Project,
) -> ir.Table:
    """One row a customer in the segments of ``action``, held by the engine.

    ``states`` are the project's ``states_table`` and ``features`` ``CUSTOMER_FEATURES`` of ``period``,
    ``chosen`` rows of ``CHOSEN`` as they were before it. ``consenting`` and ``taken`` are customers
    (``customer_id``) who consented to its purpose, and who are chosen for as many actions as one may be
    (none: nobody is asked, nobody is). ``plan_reason`` says why one may not be chosen, null where it may;
    ``by`` is the feature that ranks (null without one).
    """
    named = [states[state_of(one)].isin(segments) for one, segments in action.segments.items()]
    parts = [ibis.literal(f"{one}:") + states[state_of(one)] for one in action.schemes]
    addressed = states.filter(*named).select(
        "customer_id", effect_group=reduce(lambda a, b: a + "+" + b, parts)
    )
    rows = _joined(addressed, features.select("customer_id", by=_ranked_by(features, action)), "by")
    mine = chosen.filter(chosen.action == action.name).select("customer_id", "arm", "last_chosen_period")
    rows = _joined(rows, mine, "arm", "last_chosen_period")
    rows = _joined(rows, _marked(consenting, "has_consented"), "has_consented")
    rows = _joined(rows, _marked(taken, "is_taken"), "is_taken")
    drawn = key.digests(rows, ibis.literal(f"hold out of {action.name} ") + rows.customer_id)
    order = key.digests(rows, ibis.literal(f"order of {action.name} in {period} ") + rows.customer_id)
    resting = project.calendar.back(period, action.rest_periods + 1)[:-1]
    half = DIGITS // 2
    return held(
        rows.select(
            "customer_id",
            "effect_group",
            "by",
            is_held_out=ibis.coalesce(rows.arm == ARMS[1], is_drawn(drawn, action.hold_out_share)),
            plan_reason=ibis.cases(
                (_lacks(rows.has_consented, consenting), "no_consent"),
                (_is_one_of(rows.last_chosen_period, resting), "resting"),
                (rows.is_taken.notnull(), "other_action"),
                else_=ibis.null("string"),
            ),
            **{ORDER: order.left(half), SECOND_ORDER: order.right(half)},
        )
    )


def _ranked_by(features: ir.Table, action: Action) -> ir.Value:
    if action.first_by is None:
        return ibis.null("float64")
    return features[action.first_by].cast("float64")


def _joined(rows: ir.Table, more: ir.Table | None, *columns: str) -> ir.Table:
    """``rows`` with ``columns`` of ``more``, null where a customer is not among them."""
    if more is None:
        return rows.mutate(**{one: ibis.null("boolean") for one in columns})
    found = rows.left_join(more, "customer_id")
    return found.select(*(rows[one] for one in rows.columns), *(more[one] for one in columns))


def _marked(customers: ir.Table | None, name: str) -> ir.Table | None:
    return None if customers is None else customers.select("customer_id", **{name: ibis.literal(True)})


def _lacks(has_consented: ir.BooleanValue, consenting: ir.Table | None) -> ir.BooleanValue:
    return ibis.literal(False) if consenting is None else has_consented.isnull()


def _is_one_of(column: ir.StringValue, periods: Sequence[str]) -> ir.BooleanValue:
    return column.isin(periods).fill_null(False) if periods else ibis.literal(False)
