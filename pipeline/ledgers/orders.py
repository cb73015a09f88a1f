"""The ledger of orders.

Belongs here: measures of order lines and of orders. Does not belong here: what was bought,
and where (``order_keys``).

Lines are rolled up to orders, days and accounts one after the other, so that one pass counts
orders and days exactly without any distinct count. An order belongs to one source: two tills
may use the same number.
"""

import ibis
from ibis import _
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds, squared
from pipeline.ledgers.channels import CHANNEL_WORDS, with_kind
from pipeline.ledgers.declaration import (
    Cleaned,
    Company,
    Ledger,
    Measure,
    amount,
    count,
    earliest,
    latest,
    total,
)
from pipeline.tables.model import AMOUNT, AMOUNT_SQUARED, DAY, TIMESTAMP

_ACCOUNT = ("period", "account_id")
#: Hours at which the parts of a day begin; before the first it is night.
MORNING_HOUR, NOON = 6, 12
EVENING_HOUR = 18
#: Kinds of channel that orders are counted by; known channels of another kind are ``other``.
CHANNELS = ("store", "web", "app", "phone", "partner")


def _order_days(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row an account and order day, with the days since its order day before in the same period.

    A bought line is one that is not a return. An order counts when it has a bought line; its day
    and hour are those of its earliest bought line, and its value is the sum of its bought lines.
    Its channel is that of its bought lines (of several: the first by alphabet).
    An order whose lines fall into two periods counts in both. Orders of returns alone share a row
    without a day.
    """
    by_order = _orders(cleaned["orders"])
    added = [one for one in by_order.columns if one.endswith(("_count", "_quantity", "_amount", "_sum"))]
    days = by_order.group_by(*_ACCOUNT, "order_date").agg(
        **{name: by_order[name].sum() for name in added},
        first_event_at=by_order.first_event_at.min(),
        last_event_at=by_order.last_event_at.max(),
        last_order_at=by_order.last_order_at.max(),
    )
    day = days.order_date.epoch_days()
    gap = day - day.lag().over(group_by=[*_ACCOUNT], order_by=days.order_date)
    return days.mutate(gap_days=gap, gap_days_squared=gap * gap)


def _orders(lines: ir.Table) -> ir.Table:
    """One row an order: sums of its lines, day and hour of its earliest bought line (null: none)."""
    bought = ~lines.is_return
    by_order = lines.group_by(*_ACCOUNT, "source", "order_id").agg(
        lines_count=lines.count(where=bought),
        units_quantity=lines.quantity.sum(where=bought).fill_null(0),
        bought_amount=lines.net_amount.sum(where=bought).fill_null(0),
        returned_amount=(-lines.net_amount).sum(where=lines.is_return).fill_null(0),
        return_lines_count=lines.count(where=lines.is_return),
        discount_amount_sum=lines.discount_amount.sum(where=bought).fill_null(0),
        coupon_amount_sum=lines.coupon_amount.sum(where=bought).fill_null(0),
        discounted_lines_count=lines.count(where=bought & (lines.discount_amount > 0)),
        coupon_lines_count=lines.count(where=bought & (lines.coupon_amount > 0)),
        order_date=lines.ordered_date.min(where=bought),
        # Hour of the earliest line: the hour rides in the last digits of the time, so that a
        # plain minimum finds it (an ordered "first" is not to be had on every engine).
        hour_of_first=(epoch_seconds(lines.ordered_at) * 100 + lines.ordered_hour).min(where=bought),
        first_event_at=lines.ordered_at.min(),
        last_event_at=lines.ordered_at.max(),
        last_order_at=lines.ordered_at.max(where=bought),
        channel=lines.channel.min(where=bought),
    )
    by_order = with_kind(by_order, "channel_kind", "channel", CHANNEL_WORDS, lines)
    is_order = by_order.lines_count > 0
    is_weekend = is_order & (by_order.order_date.day_of_week.index() >= 5)
    hour = by_order.hour_of_first % 100
    through = {one: by_order.channel_kind == one for one in CHANNELS}
    through["other"] = by_order.channel_kind.notin(CHANNELS)
    return by_order.mutate(
        orders_count=_one(is_order),
        weekend_orders_count=_one(is_weekend),
        evening_orders_count=_one(is_order & (hour >= EVENING_HOUR)),
        morning_orders_count=_one(is_order & (hour >= MORNING_HOUR) & (hour < NOON)),
        night_orders_count=_one(is_order & (hour < MORNING_HOUR)),
        **{f"{kind}_orders_count": _one((is_order & its).fill_null(False)) for kind, its in through.items()},
        order_amount_squared_sum=squared(by_order.bought_amount),
    )


def _one(condition: ir.BooleanValue) -> ir.IntegerValue:
    return ibis.ifelse(condition, 1, 0)


_NO_LINE = "no bought line"

#: Returns add to ``returned_amount`` and ``return_lines_count``, and are events of the account.
orders = Ledger(
    "orders",
    "one account in one period: additive measures of its order lines",
    entities=("orders",),
    rows=_order_days,
    events=("first_event_at", "last_event_at"),
    measures={
        "orders_count": total("orders_count", "Orders with at least one bought line.", "orders"),
        "lines_count": total("lines_count", "Bought lines.", "lines"),
        "units_quantity": total("units_quantity", "Units bought.", "units", AMOUNT),
        "bought_amount": amount("bought_amount", "Value of bought lines after discounts."),
        "returned_amount": amount("returned_amount", "Value of lines taken back, as a positive amount."),
        "return_lines_count": total("return_lines_count", "Lines taken back.", "lines"),
        "discount_amount_sum": amount("discount_amount_sum", "Discounts on bought lines."),
        "coupon_amount_sum": amount("coupon_amount_sum", "Coupons on bought lines."),
        "discounted_lines_count": total("discounted_lines_count", "Bought lines with a discount.", "lines"),
        "coupon_lines_count": total("coupon_lines_count", "Bought lines paid with a coupon.", "lines"),
        "order_amount_squared_sum": total(
            "order_amount_squared_sum",
            "Sum over orders of the squared order value.",
            "project currency squared",
            AMOUNT_SQUARED,
        ),
        "weekend_orders_count": total(
            "weekend_orders_count", "Orders on a Saturday or Sunday, project's time zone.", "orders"
        ),
        "evening_orders_count": total(
            "evening_orders_count", "Orders at or after 18:00, project's time zone.", "orders"
        ),
        "morning_orders_count": total(
            "morning_orders_count", "Orders from 06:00 to 12:00, project's time zone.", "orders"
        ),
        "night_orders_count": total(
            "night_orders_count", "Orders before 06:00, project's time zone.", "orders"
        ),
        **{
            f"{kind}_orders_count": total(
                f"{kind}_orders_count", f"Orders through a channel of the kind {kind}.", "orders"
            )
            for kind in (*CHANNELS, "other")
        },
        "order_days_count": count(
            "Distinct days with an order, project's time zone.", "days", _.order_date.notnull()
        ),
        "first_order_date": earliest(
            "order_date", "First day with an order in the period.", DAY, null=_NO_LINE
        ),
        "last_order_date": latest("order_date", "Last day with an order in the period.", DAY, null=_NO_LINE),
        "gap_days_squared_sum": total(
            "gap_days_squared",
            "Sum of squared gaps between consecutive order days within the period.",
            "days squared",
        ),
        "longest_gap_days": Measure(
            "Longest gap between consecutive order days within the period.",
            "days",
            lambda days: days.gap_days.max(),
            adds="max",
            null="fewer than two order days",
        ),
        "last_order_at": latest(
            "last_order_at", "Last bought line in the period.", TIMESTAMP, "UTC timestamp", _NO_LINE
        ),
    },
)
