"""Choosing among candidates: where contacts are expected to bring most, and some by chance.

Belongs here: order, capacity, status and reason of each candidate. Does not belong here: who is a candidate
(``candidates``), what is believed of effects (``gains``).

Customers who are held out are chosen as others are, but use up no capacity: whether one is chosen depends
only on who comes before it, never on the side that it is on. So contacts and hold-outs above the line
differ by chance alone, and can be compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.protocol import engine_of
from pipeline.engine.values import held
from pipeline.plans.candidates import ORDER, SECOND_ORDER, is_drawn
from pipeline.settings.actions import Action
from pipeline.tables.plans import ARMS

_GAINS = pa.schema(
    [
        ("effect_group", pa.string()),
        ("gain", pa.float64()),
        ("is_worth_it", pa.bool_()),
        ("drawn_gain", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Gain:
    """What a contact of a group is expected to earn less its cost, whether that is worth trying, and one draw
    of what it may earn less its cost, by what is believed of it."""

    amount: float
    is_worth_it: bool
    drawn: float


@dataclass(frozen=True)
class Gains:
    """Gains by group, and of groups that nothing was measured of."""

    by_group: Mapping[str, Gain]
    of_others: Gain


def choose(found: ir.Table, action: Action, gains: Gains | None) -> ir.Table:
    """``candidates`` of ``action`` with status, reason, basis, rank and expected gain, held by the engine.

    Without ``gains`` nothing has been measured: the capacity is filled by the feature ``first_by``, else at
    random. With them a part of it (``explore_share``) goes to groups in the order of what was drawn of
    their gains, where that is above nought; the rest to groups in the order of their gains, and to none that
    is not worth it.
    """
    free = found.filter(found.plan_reason.isnull())
    if gains is None:
        by = "random" if action.first_by is None else "unchecked"
        rows = free.mutate(gain=ibis.null("float64"), is_worth_it=True)
        chosen = [_first(rows, _by_rank(rows), action.contacts, by, 0)]
    else:
        rows = held(_with_gains(free, gains))
        explored = held(_explored(rows, action))
        rest = rows.anti_join(explored, "customer_id")
        worth = rest.filter(rest.is_worth_it)
        limit = None if action.contacts is None else action.contacts - _to_explore(action)
        order = (ibis.desc(worth.gain), *_by_rank(worth))
        chosen = [_first(worth, order, limit, "measured", 0), explored]
    taken = chosen[0] if len(chosen) == 1 else chosen[0].union(chosen[1])
    ranked = taken.select(
        "customer_id",
        "rank_basis",
        plan_rank=ibis.row_number().over(ibis.window(order_by=[taken.place, taken.within])) + 1,
    )
    return held(_told(found, rows, ranked))


def _to_explore(action: Action) -> int:
    return ceil((action.contacts or 0) * action.explore_share)


def _with_gains(rows: ir.Table, gains: Gains) -> ir.Table:
    listed = [
        {
            "effect_group": group,
            "gain": one.amount,
            "is_worth_it": one.is_worth_it,
            "drawn_gain": one.drawn,
        }
        for group, one in sorted(gains.by_group.items())
    ]
    known = engine_of(rows).from_arrow(pa.Table.from_pylist(listed, schema=_GAINS))
    joined = rows.left_join(known, "effect_group")
    return joined.select(
        *(rows[one] for one in rows.columns),
        gain=joined.gain.fill_null(gains.of_others.amount),
        is_worth_it=joined.is_worth_it.fill_null(gains.of_others.is_worth_it),
        drawn_gain=joined.drawn_gain.fill_null(gains.of_others.drawn),
    )


def _by_rank(rows: ir.Table) -> tuple[ir.Value, ...]:
    return (ibis.desc(rows.by, nulls_first=False), rows[ORDER], rows.customer_id)


def _explored(rows: ir.Table, action: Action) -> ir.Table:
    """Customers of groups in the order of what was drawn of their gains: as many as a part of the capacity
    has room for, or that part of all.

    So a group is tried as often as it is likely to be the best (Thompson, 1933, Biometrika 25): often while
    little is known of it, hardly ever once it is known to bring less than others.
    """
    open_to = rows.filter(rows.drawn_gain > 0)
    if action.contacts is None:
        open_to = open_to.filter(is_drawn(open_to[SECOND_ORDER], action.explore_share))
    order = (ibis.desc(open_to.drawn_gain), open_to[SECOND_ORDER], open_to.customer_id)
    return _first(open_to, order, None if action.contacts is None else _to_explore(action), "explored", 1)


def _first(
    rows: ir.Table, order: tuple[ir.Value, ...], limit: int | None, basis: str, place: int
) -> ir.Table:
    """The first of ``rows`` in ``order``: until ``limit`` contacts come before, however many are held out."""
    until = ibis.cumulative_window(order_by=list(order))
    contact = ibis.ifelse(rows.is_held_out, 0, 1)
    placed = rows.select(
        "customer_id",
        rank_basis=ibis.literal(basis),
        place=ibis.literal(place),
        within=ibis.row_number().over(ibis.window(order_by=list(order))),
        before=contact.sum().over(until) - contact,
    )
    taken = placed if limit is None else placed.filter(placed.before < limit)
    return taken.drop("before")


def _told(found: ir.Table, rows: ir.Table, ranked: ir.Table) -> ir.Table:
    """Every candidate, chosen or not."""
    gains = rows.select("customer_id", "gain", "is_worth_it")
    joined = found.left_join(gains, "customer_id").drop("customer_id_right")
    joined = joined.left_join(ranked, "customer_id").drop("customer_id_right")
    is_chosen = joined.plan_rank.notnull()
    why_not = ibis.ifelse(joined.is_worth_it.fill_null(True), "capacity", "no_expected_gain")
    arm = ibis.ifelse(joined.is_held_out, ARMS[1], ARMS[0])
    return joined.select(
        "customer_id",
        "effect_group",
        plan_status=ibis.ifelse(is_chosen, arm, "not_selected"),
        plan_reason=ibis.ifelse(is_chosen, ibis.null("string"), ibis.coalesce(joined.plan_reason, why_not)),
        rank_basis=joined.rank_basis,
        plan_rank=joined.plan_rank.cast("int64"),
        expected_gain_amount=joined.gain,
    )
