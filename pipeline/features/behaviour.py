"""Behaviour: rhythm, basket, breadth, preference, habits.

Belongs here: how a customer buys. Does not belong here: how overdue the next order is
(``churn_risk``).

Gaps are between consecutive order days of the window: n - 1 gaps of n days, which add up to
the days from the first to the last; their squares are those within each period plus those
across period ends. Concentration = Σ (lines of category / lines)² (Herfindahl, 1950).
"""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import coefficient_of_variation, ratio
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.ledgers import Reading
from pipeline.ledgers.declaration import Statistic
from pipeline.ledgers.order_keys import order_keys
from pipeline.ledgers.orders import orders
from pipeline.tables.model import INTEGER, TEXT

FAMILY = Family("behaviour", 20, ("Behaviour", "行为"))


def _statistics(kind: str, *names: Statistic) -> dict[str, Reading]:
    return {name: order_keys.lines_count.of(kind, name) for name in names}


_CATEGORIES = _statistics("category", "distinct", "total", "squares", "largest", "largest_key")
_STORES = _statistics("store", "distinct", "total", "largest")
_PRODUCTS = order_keys.lines_count.of("product", "distinct")
_SPAN = (orders.first_order_date, orders.last_order_date)
#: What ``mean_gap_days`` reads.
RHYTHM = (orders.order_days_count, *_SPAN)
#: First and last order day of each period: what gaps across period ends are read off.
DAYS_BY_PERIOD = tuple(one.by_period() for one in _SPAN)
_NO_CATEGORY, _NO_STORE = "no known category in the window", "no known store in the window"
_ONE_CATEGORY = ("one category", "mixed categories", "品类集中", "品类分散")


def mean_gap_days(m: Measured) -> ir.FloatingValue:
    """Mean days between consecutive order days of the window; null for fewer than two."""
    gap = ratio(_span_days(m), m[orders.order_days_count] - 1)
    # Two accounts of one customer that order on the same single day have a span of zero: no gap.
    return ibis.ifelse(gap > 0, gap, ibis.null("float64"))


def last_days_before(m: Measured) -> list[ir.Value]:
    """The last order day before each period of the window: of the nearest of those before that has one."""
    lasts = m.by_period(orders.last_order_date)
    return [ibis.coalesce(*lasts[at - 1 :: -1]) if at else ibis.null("date") for at in range(len(lasts))]


def _span_days(m: Measured) -> ir.IntegerValue:
    return m[orders.last_order_date].epoch_days() - m[orders.first_order_date].epoch_days()


def _gap_variation(m: Measured) -> ir.FloatingValue:
    firsts = m.by_period(orders.first_order_date)
    across = [_squared_gap(day, first) for day, first in zip(last_days_before(m), firsts, strict=True)]
    squares = m[orders.gap_days_squared_sum] + _added(across)
    return coefficient_of_variation(m[orders.order_days_count] - 1, _span_days(m), squares)


def _squared_gap(before: ir.DateValue, first: ir.DateValue) -> ir.IntegerValue:
    """Squared days between the order days on either side of a period's start; zero without both."""
    gap = first.epoch_days() - before.epoch_days()
    return (gap * gap).fill_null(0)


def _added(values: Sequence[ir.IntegerValue]) -> ir.IntegerValue:
    return sum(values[1:], values[0])


def _concentration(m: Measured) -> ir.FloatingValue:
    lines = m[_CATEGORIES["total"]].cast("float64")
    return ratio(m[_CATEGORIES["squares"]], lines * lines)


lines_per_order_12p = FAMILY.feature(
    "lines_per_order_12p",
    "Mean number of bought lines in an order.",
    ("Lines per order", "每单行数"),
    "lines",
    lambda m, window: ratio(m[orders.lines_count], m[orders.orders_count]),
    [orders.lines_count, orders.orders_count],
    words=("full baskets", "small baskets", "大篮子", "小篮子"),
    counted_by="orders_count_12p",
)
order_days_count_12p = FAMILY.feature(
    "order_days_count_12p",
    "Distinct days with an order.",
    ("Order days", "下单天数"),
    "days",
    lambda m, window: m[orders.order_days_count],
    [orders.order_days_count],
    type=INTEGER,
    null="",
    ripens=True,
)
mean_gap_days_12p = FAMILY.feature(
    "mean_gap_days_12p",
    "Mean gap between consecutive order days.",
    ("Mean gap", "平均购买间隔"),
    "days",
    lambda m, window: mean_gap_days(m),
    RHYTHM,
    null="fewer than two order days in the window",
    ripens=True,
    words=("long gaps", "short gaps", "间隔长", "间隔短"),
    counted_by="order_days_count_12p",
    trait="gap",
)
gap_variation_12p = FAMILY.feature(
    "gap_variation_12p",
    "Coefficient of variation of the gaps between order days.",
    ("Gap variation", "购买间隔变异系数"),
    "ratio",
    lambda m, window: _gap_variation(m),
    [*RHYTHM, *DAYS_BY_PERIOD, orders.gap_days_squared_sum],
    null="fewer than three order days in the window",
    ripens=True,
    words=("irregular", "regular", "不规律", "规律"),
    counted_by="order_days_count_12p",
)
categories_count_12p = FAMILY.feature(
    "categories_count_12p",
    "Distinct categories bought.",
    ("Categories", "购买品类数"),
    "categories",
    lambda m, window: m[_CATEGORIES["distinct"]].nullif(0),
    [_CATEGORIES["distinct"]],
    type=INTEGER,
    null=_NO_CATEGORY,
    ripens=True,
    words=("broad range", "narrow range", "品类广", "品类窄"),
)
products_count_12p = FAMILY.feature(
    "products_count_12p",
    "Distinct products bought.",
    ("Products", "购买商品数"),
    "products",
    lambda m, window: m[_PRODUCTS].nullif(0),
    [_PRODUCTS],
    type=INTEGER,
    null="no known product in the window",
    ripens=True,
    words=("many products", "few products", "商品多样", "商品单一"),
)
top_category_12p = FAMILY.feature(
    "top_category_12p",
    "Category with most lines (ties: alphabetical).",
    ("Top category", "首选品类"),
    "",
    lambda m, window: m[_CATEGORIES["largest_key"]],
    [_CATEGORIES["largest_key"]],
    type=TEXT,
    null=_NO_CATEGORY,
    minimum=None,
)
top_category_share_12p = FAMILY.feature(
    "top_category_share_12p",
    "Share of lines in the top category.",
    ("Top category share", "首选品类占比"),
    "share 0-1",
    lambda m, window: ratio(m[_CATEGORIES["largest"]], m[_CATEGORIES["total"]]),
    [_CATEGORIES["largest"], _CATEGORIES["total"]],
    null=_NO_CATEGORY,
    maximum=1,
    ripens=True,
    words=_ONE_CATEGORY,
    counted_by="category_lines_count_12p",
)
category_concentration_12p = FAMILY.feature(
    "category_concentration_12p",
    "Herfindahl index of lines over categories (Herfindahl, 1950).",
    ("Category concentration", "品类集中度"),
    "index 0-1",
    lambda m, window: _concentration(m),
    [_CATEGORIES["squares"], _CATEGORIES["total"]],
    null=_NO_CATEGORY,
    maximum=1,
    ripens=True,
    words=_ONE_CATEGORY,
    counted_by="category_lines_count_12p",
)
stores_count_12p = FAMILY.feature(
    "stores_count_12p",
    "Distinct stores bought in.",
    ("Stores", "到访门店数"),
    "stores",
    lambda m, window: m[_STORES["distinct"]].nullif(0),
    [_STORES["distinct"]],
    type=INTEGER,
    null=_NO_STORE,
    ripens=True,
    words=("several stores", "few stores", "多门店", "少门店"),
)
top_store_share_12p = FAMILY.feature(
    "top_store_share_12p",
    "Share of lines bought in the top store.",
    ("Top store share", "首选门店占比"),
    "share 0-1",
    lambda m, window: ratio(m[_STORES["largest"]], m[_STORES["total"]]),
    [_STORES["largest"], _STORES["total"]],
    null=_NO_STORE,
    maximum=1,
    ripens=True,
    words=("one store", "mixed stores", "门店集中", "门店分散"),
    counted_by="store_lines_count_12p",
)
weekend_orders_share_12p = FAMILY.feature(
    "weekend_orders_share_12p",
    "Share of orders on Saturday or Sunday.",
    ("Weekend orders share", "周末订单占比"),
    "share 0-1",
    lambda m, window: ratio(m[orders.weekend_orders_count], m[orders.orders_count]),
    [orders.weekend_orders_count, orders.orders_count],
    maximum=1,
    words=("weekend", "weekday", "周末", "工作日"),
    counted_by="orders_count_12p",
)
evening_orders_share_12p = FAMILY.feature(
    "evening_orders_share_12p",
    "Share of orders at or after 18:00.",
    ("Evening orders share", "晚间订单占比"),
    "share 0-1",
    lambda m, window: ratio(m[orders.evening_orders_count], m[orders.orders_count]),
    [orders.evening_orders_count, orders.orders_count],
    maximum=1,
    words=("evening", "daytime", "晚间", "日间"),
    counted_by="orders_count_12p",
)
