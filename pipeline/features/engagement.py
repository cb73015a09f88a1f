"""Engagement: how a customer answers campaigns.

Belongs here: contacts and redemptions. Does not belong here: coupons on order lines
(``price_sensitivity``).
"""

from ibis.expr import types as ir

from pipeline.features.arithmetic import ratio
from pipeline.features.inputs import Window


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    response = contacts answered / contacts that could be, open = contacts opened / contacts that
    could be: what no source tells of a contact is not known, rather than not done.
    """
    return {
        "campaign_contacts_count_12p": sums.contacts_count,
        "coupon_redemptions_count_12p": sums.redemptions_count,
        "campaign_response_share_12p": ratio(sums.responses_count, sums.answerable_count),
        "campaign_open_share_12p": ratio(sums.opened_count, sums.openable_count),
    }
