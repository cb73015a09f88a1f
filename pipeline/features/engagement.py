"""Engagement: how a customer answers campaigns.

Belongs here: contacts and redemptions. Does not belong here: coupons on order lines
(``price_sensitivity``).
"""

from ibis.expr import types as ir

from pipeline.features.arithmetic import at_most_one, ratio
from pipeline.features.inputs import Window


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    response = campaigns redeemed / contacts, at most 1: a campaign counts once in each period in
    which one of its coupons is redeemed, and some redeem without a recorded contact.
    """
    response = at_most_one(ratio(sums.campaigns_redeemed_count, sums.contacts_count))
    return {
        "campaign_contacts_count_12p": sums.contacts_count,
        "coupon_redemptions_count_12p": sums.redemptions_count,
        "campaign_response_share_12p": response,
    }
