"""Price sensitivity: how much is bought at reduced prices, and what customers say of prices.

Belongs here: discounts and coupons on bought lines, products bought only at reduced prices, answers about
prices. Does not belong here: how a customer answers campaigns (``engagement``).

discount share = discounts / (bought + discounts), the value before discounts. discount only = lines of
products of which every line had a discount, per line, over products bought at least twice: of a product
bought once, nobody knows whether it would have been bought at its full price.

How a customer answers to discounts is told by ``discount_response``.
"""

from collections.abc import Callable

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family
from pipeline.ledgers import ByKey, Reading
from pipeline.ledgers.order_keys import order_keys
from pipeline.ledgers.orders import orders
from pipeline.ledgers.surveys import surveys
from pipeline.tables.model import INTEGER

_ANSWERS = (surveys.price_sensitivity_sum, surveys.price_sensitivity_count)
FAMILY = Family("price_sensitivity", 40, ("Price sensitivity", "价格敏感度"))

_PRODUCT = (order_keys.lines_count, order_keys.discounted_lines_count)


def _repeated(of: Callable[[Reading], ir.Value]) -> ir.Value:
    """Lines of a product, if it was bought at least twice."""
    return ibis.ifelse(of(_PRODUCT[0]) > 1, of(_PRODUCT[0]), 0)


def _only_discounted(of: Callable[[Reading], ir.Value]) -> ir.Value:
    """The same, if every line had a discount."""
    return ibis.ifelse(of(_PRODUCT[1]) == of(_PRODUCT[0]), _repeated(of), 0)


REPEATED = ByKey("repeated_lines", _PRODUCT, _repeated, kind="product")
ONLY_DISCOUNTED = ByKey("only_discounted_lines", _PRODUCT, _only_discounted, kind="product")
_DISCOUNTS = ("discount seeking", "full price", "偏好折扣", "原价购买")

discount_share_12p = FAMILY.feature(
    "discount_share_12p",
    "Discounts per value before discounts.",
    ("Discount share", "折扣占比"),
    "share 0-1",
    lambda m, window: ratio(
        m[orders.discount_amount_sum], m[orders.bought_amount] + m[orders.discount_amount_sum]
    ),
    [orders.discount_amount_sum, orders.bought_amount],
    null="nothing of any value bought in the window",
    maximum=1,
    words=_DISCOUNTS,
    counted_by="lines_count_12p",
)
discounted_lines_share_12p = FAMILY.feature(
    "discounted_lines_share_12p",
    "Share of bought lines with a discount.",
    ("Discounted lines share", "打折行占比"),
    "share 0-1",
    lambda m, window: ratio(m[orders.discounted_lines_count], m[orders.lines_count]),
    [orders.discounted_lines_count, orders.lines_count],
    maximum=1,
    words=_DISCOUNTS,
    counted_by="lines_count_12p",
)
coupon_lines_share_12p = FAMILY.feature(
    "coupon_lines_share_12p",
    "Share of bought lines paid with a coupon.",
    ("Coupon lines share", "用券行占比"),
    "share 0-1",
    lambda m, window: ratio(m[orders.coupon_lines_count], m[orders.lines_count]),
    [orders.coupon_lines_count, orders.lines_count],
    maximum=1,
    words=("coupon users", "no coupons", "用券", "少用券"),
    counted_by="lines_count_12p",
)
repeated_product_lines_count_12p = FAMILY.feature(
    "repeated_product_lines_count_12p",
    "Bought lines of products that were bought at least twice.",
    ("Lines of repeated products", "复购商品行数"),
    "lines",
    lambda m, window: m[REPEATED],
    [REPEATED],
    type=INTEGER,
    null="",
    ripens=True,
)
discount_only_share_12p = FAMILY.feature(
    "discount_only_share_12p",
    "Share of lines of products that were bought only with a discount, of products bought at least twice.",
    ("Discount only share", "仅折扣购买占比"),
    "share 0-1",
    lambda m, window: ratio(m[ONLY_DISCOUNTED], m[REPEATED]),
    [ONLY_DISCOUNTED, REPEATED],
    null="no product bought twice in the window",
    maximum=1,
    words=("buying only at discounts", "buying at full price too", "仅在打折时购买", "原价也购买"),
    counted_by="repeated_product_lines_count_12p",
)
price_sensitivity_answers_count_12p = FAMILY.feature(
    "price_sensitivity_answers_count_12p",
    "Answers about how much prices matter.",
    ("Price answers", "价格敏感度回答数"),
    "answers",
    lambda m, window: m[surveys.price_sensitivity_count],
    [surveys.price_sensitivity_count],
    type=INTEGER,
    null="",
    ripens=True,
)
price_sensitivity_mean_12p = FAMILY.feature(
    "price_sensitivity_mean_12p",
    "Mean answer about how much prices matter, 1 to 5.",
    ("Stated price sensitivity", "自述价格敏感度"),
    "points",
    lambda m, window: ratio(*(m[one] for one in _ANSWERS)),
    _ANSWERS,
    null="no answer about prices in the window",
    minimum=1,
    maximum=5,
    words=("minding prices", "not minding prices", "在意价格", "不在意价格"),
    counted_by="price_sensitivity_answers_count_12p",
)
