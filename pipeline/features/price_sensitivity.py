"""Price sensitivity: how much is bought at reduced prices.

Belongs here: discounts and coupons on bought lines. Does not belong here: how a customer
answers campaigns (``engagement``).

discount share = discounts / (bought + discounts), the value before discounts.
"""

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family
from pipeline.ledgers.orders import orders

FAMILY = Family("price_sensitivity", 40, ("Price sensitivity", "价格敏感度"))

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
)
