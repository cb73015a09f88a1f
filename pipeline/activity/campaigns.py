"""The ledger of campaigns.

Belongs here: contacts received and coupons redeemed. Does not belong here: what coupons saved
on an order line (``orders``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.tables.zones import CAMPAIGN_ACTIVITY

_ACCOUNT = ("period", "account_id")


def campaigns(contacts: ir.Table | None, redemptions: ir.Table | None) -> ir.Table:
    """Contacts and redemptions of each account in each period: rows of ``CAMPAIGN_ACTIVITY``.

    ``contacts`` are clean campaign contacts, ``redemptions`` clean coupon redemptions, of one or
    many periods; none where the project has no such source. Raises ``ValueError`` when it has
    neither.
    """
    parts = []
    if contacts is not None:
        parts.append(
            contacts.group_by(*_ACCOUNT).agg(
                contacts_count=contacts.count(),
                redemptions_count=ibis.literal(0, "int64"),
                campaigns_redeemed_count=ibis.literal(0, "int64"),
                first_event_at=contacts.sent_at.min(),
                last_event_at=contacts.sent_at.max(),
            )
        )
    if redemptions is not None:
        parts.append(_redeemed(redemptions))
    if not parts:
        raise ValueError("neither campaign contacts nor coupon redemptions: there is no ledger of campaigns")
    both = ibis.union(*parts)
    counts = ("contacts_count", "redemptions_count", "campaigns_redeemed_count")
    ledger = both.group_by(*_ACCOUNT).agg(
        **{name: both[name].sum() for name in counts},
        first_event_at=both.first_event_at.min(),
        last_event_at=both.last_event_at.max(),
    )
    return ledger.select(*CAMPAIGN_ACTIVITY.columns)


def _redeemed(redemptions: ir.Table) -> ir.Table:
    """Redemptions by account and period, rolled up by campaign first so that campaigns count once."""
    by_campaign = redemptions.group_by(*_ACCOUNT, "campaign_id").agg(
        redemptions_count=redemptions.count(),
        first_event_at=redemptions.redeemed_at.min(),
        last_event_at=redemptions.redeemed_at.max(),
    )
    return by_campaign.group_by(*_ACCOUNT).agg(
        contacts_count=ibis.literal(0, "int64"),
        redemptions_count=by_campaign.redemptions_count.sum(),
        campaigns_redeemed_count=by_campaign.count(),
        first_event_at=by_campaign.first_event_at.min(),
        last_event_at=by_campaign.last_event_at.max(),
    )
