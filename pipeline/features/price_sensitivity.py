"""Price sensitivity: how much is bought at reduced prices.

Belongs here: discounts and coupons on bought lines. Does not belong here: how a customer
answers campaigns (``engagement``).
"""

from ibis.expr import types as ir

from pipeline.features.arithmetic import ratio
from pipeline.features.inputs import Window


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    discount share = discounts / (bought + discounts), the value before discounts.
    """
    before_discounts = sums.bought_amount + sums.discount_amount_sum
    return {
        "discount_share_12p": ratio(sums.discount_amount_sum, before_discounts),
        "discounted_lines_share_12p": ratio(sums.discounted_lines_count, sums.lines_count),
        "coupon_lines_share_12p": ratio(sums.coupon_lines_count, sums.lines_count),
    }
