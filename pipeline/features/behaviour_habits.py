"""Habits and preferences: hours, seasons, breadth, brands, price tiers.

Belongs here: when a customer buys, of which brands and tiers. Does not belong here: rhythm and basket
(``behaviour``), or where and through which channel (``channels``).

effective number = exp(H), H = ln N - (1/N) Σ n ln n over the N lines, n of each key: as many keys, bought
equally, would be as diverse (Shannon, 1948; Hill, 1973). strongest quarter = the quarter of the year with
most orders, over all orders: a quarter by itself for whoever buys evenly, and more by chance alone
for whoever orders seldom, so it is read beside the count of orders.
"""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import effective_number, ratio
from pipeline.features.behaviour import FAMILY as _BEHAVIOUR
from pipeline.features.declaration import Family, Feature, Label, Words
from pipeline.features.sums import Measured
from pipeline.features.window import Window
from pipeline.ledgers import Reading
from pipeline.ledgers.order_keys import order_keys
from pipeline.ledgers.orders import orders
from pipeline.tables.model import INTEGER, TEXT

FAMILY: Family = _BEHAVIOUR

_LINES = order_keys.lines_count
_NO_BRAND, _NO_TIER = "no known brand in the window", "no known price tier in the window"
_YEAR = 12


def _lines_of(kind: str, label: Label) -> Feature:
    """Lines of which the key of a kind is known: what shares of the kind are made of."""
    total = _LINES.of(kind, "total")
    return FAMILY.feature(
        f"{kind}_lines_count_12p",
        f"Bought lines whose {kind.replace('_', ' ')} is known.",
        label,
        "lines",
        lambda m, window: m[total],
        [total],
        type=INTEGER,
        null="",
        ripens=True,
    )


def _part_of_day(name: str, label: Label, hours: str, reading: Reading, words: Words) -> Feature:
    return FAMILY.feature(
        f"{name}_orders_share_12p",
        f"Share of orders {hours}.",
        label,
        "share 0-1",
        lambda m, window: ratio(m[reading], m[orders.orders_count]),
        [reading, orders.orders_count],
        maximum=1,
        words=words,
        counted_by="orders_count_12p",
    )


def _tier(tier: str, label: Label, words: Words) -> Feature:
    of_tier, total = _LINES.at("price_tier", tier), _LINES.of("price_tier", "total")
    return FAMILY.feature(
        f"{tier}_lines_share_12p",
        f"Share of bought lines of the price tier {tier}.",
        label,
        "share 0-1",
        lambda m, window: ratio(m[of_tier], m[total]),
        [of_tier, total],
        null=_NO_TIER,
        maximum=1,
        words=words,
        told_by=[("products", "price_tier")],
        counted_by="price_tier_lines_count_12p",
    )


def _strongest_quarter(m: Measured, window: Window) -> ir.FloatingValue:
    """Share of the quarter of the year with most orders; null unless a year of months is observed."""
    if window.calendar.cadence != "month" or len(window.periods) < _YEAR:
        return ibis.null("float64")
    quarters: dict[int, list[ir.IntegerValue]] = {}
    for period, count in zip(window.periods, m.by_period(orders.orders_count), strict=True):
        quarters.setdefault((window.calendar.start_date(period).month - 1) // 3, []).append(count)
    strongest = ibis.greatest(*(_added(one) for one in quarters.values()))
    share = ratio(strongest, m[orders.orders_count])
    return ibis.ifelse(m.observed_periods_count >= _YEAR, share, ibis.null("float64"))


def _added(values: Sequence[ir.IntegerValue]) -> ir.IntegerValue:
    return sum(values[1:], values[0])


lines_count_12p = FAMILY.feature(
    "lines_count_12p",
    "Bought lines.",
    ("Lines", "购买行数"),
    "lines",
    lambda m, window: m[orders.lines_count],
    [orders.lines_count],
    type=INTEGER,
    null="",
    ripens=True,
)
lines_of_kinds = (
    _lines_of("category", ("Lines of a known category", "已知品类的行数")),
    _lines_of("brand", ("Lines of a known brand", "已知品牌的行数")),
    _lines_of("price_tier", ("Lines of a known price tier", "已知价位的行数")),
    _lines_of("store", ("Lines of a known store", "已知门店的行数")),
)
effective_categories_12p = FAMILY.feature(
    "effective_categories_12p",
    "Effective number of categories: exp of the entropy of lines over categories (Hill, 1973).",
    ("Effective categories", "有效品类数"),
    "categories",
    lambda m, window: effective_number(m[_LINES.of("category", "total")], m[_LINES.of("category", "logs")]),
    [_LINES.of("category", "total"), _LINES.of("category", "logs")],
    null="no known category in the window",
    minimum=1,
    ripens=True,
    words=("many categories", "few categories", "品类多元", "品类单一"),
    counted_by="category_lines_count_12p",
)
top_brand_12p = FAMILY.feature(
    "top_brand_12p",
    "Brand with most lines (ties: alphabetical).",
    ("Top brand", "首选品牌"),
    "",
    lambda m, window: m[_LINES.of("brand", "largest_key")],
    [_LINES.of("brand", "largest_key")],
    type=TEXT,
    null=_NO_BRAND,
    minimum=None,
    told_by=[("products", "brand")],
)
top_brand_share_12p = FAMILY.feature(
    "top_brand_share_12p",
    "Share of lines of the top brand.",
    ("Top brand share", "首选品牌占比"),
    "share 0-1",
    lambda m, window: ratio(m[_LINES.of("brand", "largest")], m[_LINES.of("brand", "total")]),
    [_LINES.of("brand", "largest"), _LINES.of("brand", "total")],
    null=_NO_BRAND,
    maximum=1,
    ripens=True,
    words=("one brand", "many brands", "品牌集中", "品牌分散"),
    told_by=[("products", "brand")],
    counted_by="brand_lines_count_12p",
)
shares_of_tiers = (
    _tier(
        "premium", ("Premium lines share", "高端商品占比"), ("premium", "not premium", "偏好高端", "少买高端")
    ),
    _tier("budget", ("Budget lines share", "低端商品占比"), ("budget", "not budget", "偏好低端", "少买低端")),
)
shares_of_hours = (
    _part_of_day(
        "morning",
        ("Morning orders share", "上午订单占比"),
        "from 06:00 to 12:00",
        orders.morning_orders_count,
        ("mornings", "no mornings", "上午购买", "少在上午购买"),
    ),
    _part_of_day(
        "night",
        ("Night orders share", "深夜订单占比"),
        "before 06:00",
        orders.night_orders_count,
        ("nights", "no nights", "深夜购买", "少在深夜购买"),
    ),
)
strongest_quarter_share_12p = FAMILY.feature(
    "strongest_quarter_share_12p",
    "Share of orders in the quarter of the year with most of them.",
    ("Strongest quarter share", "最旺季度占比"),
    "share 0-1",
    _strongest_quarter,
    [orders.orders_count, orders.orders_count.by_period()],
    null="fewer than twelve months since the first event, no order in them, or periods are weeks",
    maximum=1,
    ripens=True,
    words=("seasonal", "all year", "季节性强", "全年均匀"),
    counted_by="orders_count_12p",
)
