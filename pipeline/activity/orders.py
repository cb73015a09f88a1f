"""The ledger of orders.

Belongs here: measures of order lines and of orders. Does not belong here: what was bought,
and where (``order_keys``).

Lines are rolled up to orders, days and accounts one after the other, so that one pass counts
orders and days exactly without any distinct count. An order belongs to one source: two tills
may use the same number.
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds, squared
from pipeline.tables.zones import ORDER_ACTIVITY

_ACCOUNT = ("period", "account_id")
#: Measures that only add up on the way from orders to the account.
_SUMMED = (
    "orders_count", "lines_count", "units_quantity", "bought_amount", "returned_amount", "return_lines_count",
    "discount_amount_sum", "coupon_amount_sum", "discounted_lines_count", "coupon_lines_count",
    "order_amount_squared_sum", "weekend_orders_count", "evening_orders_count",
)  # fmt: skip
EVENING_HOUR = 18


def orders(orders: ir.Table) -> ir.Table:
    """Measures of each account in each period: rows of ``ORDER_ACTIVITY``.

    ``orders`` are clean order lines of one or many periods. A bought line is one that is not a
    return. An order counts when it has a bought line; its day and hour are those of its
    earliest bought line, and its value is the sum of its bought lines. An order whose lines fall
    into two periods counts in both. Returns add to ``returned_amount`` and
    ``return_lines_count``, and are events of the account. Amounts are in the project's
    currency, exact decimals; gaps are in days between consecutive order days of the period.
    """
    days = _with_gaps(_days(_orders(orders)))
    ledger = days.group_by(*_ACCOUNT).agg(
        **{name: days[name].sum() for name in _SUMMED},
        order_days_count=days.count(where=days.order_date.notnull()),
        first_order_date=days.order_date.min(),
        last_order_date=days.order_date.max(),
        gap_days_squared_sum=(days.gap_days * days.gap_days).sum().fill_null(0),
        **_first_and_last(days),
    )
    return ledger.select(*ORDER_ACTIVITY.columns)


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
    )
    is_order = by_order.lines_count > 0
    is_weekend = is_order & (by_order.order_date.day_of_week.index() >= 5)
    is_evening = is_order & (by_order.hour_of_first % 100 >= EVENING_HOUR)
    return by_order.mutate(
        orders_count=_one(is_order),
        weekend_orders_count=_one(is_weekend),
        evening_orders_count=_one(is_evening),
        order_amount_squared_sum=squared(by_order.bought_amount),
    )


def _days(by_order: ir.Table) -> ir.Table:
    """One row an account and order day; orders of returns alone share a row without a day."""
    return by_order.group_by(*_ACCOUNT, "order_date").agg(
        **{name: by_order[name].sum() for name in _SUMMED}, **_first_and_last(by_order)
    )


def _with_gaps(days: ir.Table) -> ir.Table:
    """``days`` with the days since the account's order day before, in the same period (null: none)."""
    day = days.order_date.epoch_days()
    before = day.lag().over(group_by=[*_ACCOUNT], order_by=days.order_date)
    return days.mutate(gap_days=day - before)


def _first_and_last(rows: ir.Table) -> dict[str, ir.Value]:
    return {
        "first_event_at": rows.first_event_at.min(),
        "last_event_at": rows.last_event_at.max(),
        "last_order_at": rows.last_order_at.max(),
    }


def _one(condition: ir.BooleanValue) -> ir.IntegerValue:
    return ibis.ifelse(condition, 1, 0)
