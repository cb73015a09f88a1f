"""Value: recency, frequency, monetary value.

Belongs here: how recently, how often, for how much. Does not belong here: change over time
(``trend``), or the scoring of customers into grids (``schemes``).

Source: Hughes, A. M. (1994), Strategic Database Marketing.

net amount = bought - returned; recency = as_of - last order; average order = bought / orders;
average line = bought / lines; variation = standard deviation / mean of order values.
"""

from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import coefficient_of_variation, rate_per_30_days, ratio
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.features.window import Window
from pipeline.ledgers.orders import orders
from pipeline.tables.model import AMOUNT, INTEGER

FAMILY = Family("value", 10, ("Value", "价值"))

_HIGH_SPEND = ("high spend", "low spend", "高消费", "低消费")
_NET = (orders.bought_amount, orders.returned_amount)


def recency_days_of(m: Measured, window: Window) -> ir.FloatingValue:
    """Days from the last bought line to as_of; null without one in the window."""
    return days_until(window.as_of, m[orders.last_order_at])


recency_days = FAMILY.feature(
    "recency_days",
    "Days from the last order to as_of.",
    ("Recency", "距最近订单天数"),
    "days",
    recency_days_of,
    [orders.last_order_at],
    ripens=True,
    words=("long silent", "recently active", "久未购买", "近期活跃"),
)
orders_count_1p = FAMILY.feature(
    "orders_count_1p",
    "Orders in the period.",
    ("Orders, this period", "本期订单数"),
    "orders",
    lambda m, window: m[orders.orders_count.over(1)],
    [orders.orders_count.over(1)],
    "1p",
    INTEGER,
    null="",
)
orders_count_3p = FAMILY.feature(
    "orders_count_3p",
    "Orders in the last three periods.",
    ("Orders, last 3 periods", "近 3 期订单数"),
    "orders",
    lambda m, window: m[orders.orders_count.over(3)],
    [orders.orders_count.over(3)],
    "3p",
    INTEGER,
    null="",
    ripens=True,
)
orders_count_6p = FAMILY.feature(
    "orders_count_6p",
    "Orders in the last six periods.",
    ("Orders, last 6 periods", "近 6 期订单数"),
    "orders",
    lambda m, window: m[orders.orders_count.over(6)],
    [orders.orders_count.over(6)],
    "6p",
    INTEGER,
    null="",
    ripens=True,
)
orders_count_12p = FAMILY.feature(
    "orders_count_12p",
    "Orders in the window.",
    ("Orders", "订单数"),
    "orders",
    lambda m, window: m[orders.orders_count],
    [orders.orders_count],
    type=INTEGER,
    null="",
    ripens=True,
    words=("many orders", "few orders", "订单多", "订单少"),
)
net_amount_1p = FAMILY.feature(
    "net_amount_1p",
    "Bought less returned in the period.",
    ("Net amount, this period", "本期净消费额"),
    "project currency",
    lambda m, window: m[orders.bought_amount.over(1)] - m[orders.returned_amount.over(1)],
    [one.over(1) for one in _NET],
    "1p",
    AMOUNT,
    null="",
    minimum=None,
)
net_amount_3p = FAMILY.feature(
    "net_amount_3p",
    "Bought less returned in the last three periods.",
    ("Net amount, last 3 periods", "近 3 期净消费额"),
    "project currency",
    lambda m, window: m[orders.bought_amount.over(3)] - m[orders.returned_amount.over(3)],
    [one.over(3) for one in _NET],
    "3p",
    AMOUNT,
    null="",
    minimum=None,
    ripens=True,
)
net_amount_12p = FAMILY.feature(
    "net_amount_12p",
    "Bought less returned in the window.",
    ("Net amount", "净消费额"),
    "project currency",
    lambda m, window: m[orders.bought_amount] - m[orders.returned_amount],
    _NET,
    type=AMOUNT,
    null="",
    minimum=None,
    ripens=True,
    words=_HIGH_SPEND,
)
orders_per_30_days_12p = FAMILY.feature(
    "orders_per_30_days_12p",
    "Orders per 30 days of exposure.",
    ("Orders per 30 days", "每 30 天订单数"),
    "orders per 30 days",
    lambda m, window: rate_per_30_days(m[orders.orders_count], m.exposure_days),
    [orders.orders_count],
    null="",
    words=("frequent", "infrequent", "高频", "低频"),
    counted_by="orders_count_12p",
    trait="rate",
    opens=True,
)
net_amount_per_30_days_12p = FAMILY.feature(
    "net_amount_per_30_days_12p",
    "Bought less returned per 30 days of exposure.",
    ("Net amount per 30 days", "每 30 天净消费额"),
    "project currency per 30 days",
    lambda m, window: rate_per_30_days(m[orders.bought_amount] - m[orders.returned_amount], m.exposure_days),
    _NET,
    null="",
    minimum=None,
    words=_HIGH_SPEND,
)
average_order_amount_12p = FAMILY.feature(
    "average_order_amount_12p",
    "Mean value of an order.",
    ("Average order amount", "平均订单金额"),
    "project currency",
    lambda m, window: ratio(m[orders.bought_amount], m[orders.orders_count]),
    [orders.bought_amount, orders.orders_count],
    words=("large orders", "small orders", "大额订单", "小额订单"),
    counted_by="orders_count_12p",
    varied_by="order_amount_variation_12p",
)
average_line_amount_12p = FAMILY.feature(
    "average_line_amount_12p",
    "Mean value of a bought line.",
    ("Average line amount", "平均行金额"),
    "project currency",
    lambda m, window: ratio(m[orders.bought_amount], m[orders.lines_count]),
    [orders.bought_amount, orders.lines_count],
    words=("dear items", "cheap items", "高单价", "低单价"),
    counted_by="lines_count_12p",
)
order_amount_variation_12p = FAMILY.feature(
    "order_amount_variation_12p",
    "Coefficient of variation of order values.",
    ("Order amount variation", "订单金额变异系数"),
    "ratio",
    lambda m, window: coefficient_of_variation(
        m[orders.orders_count], m[orders.bought_amount], m[orders.order_amount_squared_sum]
    ),
    [orders.orders_count, orders.bought_amount, orders.order_amount_squared_sum],
    null="fewer than two orders in the window, or their mean value is zero",
    ripens=True,
    words=("varying orders", "even orders", "订单额波动大", "订单额稳定"),
    counted_by="orders_count_12p",
)
