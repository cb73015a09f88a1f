"""Engagement: how a customer answers campaigns.

Belongs here: contacts, openings, responses, redemptions. Does not belong here: coupons on order
lines (``price_sensitivity``).

response = contacts answered / contacts that could be, open = contacts opened / contacts that
could be: what no source tells of a contact is not known, rather than not done. Openings and
answers are those that came by the end of the period after the contact's, and before as_of.
"""

from collections.abc import Callable

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.ledgers import WINDOW_PERIODS, ByKey, Reading
from pipeline.ledgers.campaigns import ANSWERED, OPENED, campaigns
from pipeline.tables.model import INTEGER

FAMILY = Family("engagement", 50, ("Engagement", "互动"))

_EARLIER = (WINDOW_PERIODS - 1, 1)
#: Of this period by its end, of those before by the end of the next.
_OPENINGS = (campaigns.opened_count.over(1), campaigns.opened_by_next_count.over(*_EARLIER))
_ANSWERS = (campaigns.answered_count.over(1), campaigns.answered_by_next_count.over(*_EARLIER))
_REDEEMED_IN = campaigns.redemptions_count.rows()


def _responses(of: Callable[[Reading], ir.Value]) -> ir.Value:
    """Contacts of one campaign that were answered.

    A redemption of the campaign in a period answers one contact, of whichever account of the
    customer: possibly one that is known as answered, so of the two counts the greater holds, and
    never more than there are contacts.
    """
    answers = ibis.greatest(of(_ANSWERS[0]) + of(_ANSWERS[1]), of(_REDEEMED_IN))
    return ibis.least(of(campaigns.answerable_count), answers)


RESPONSES = ByKey("responses", (campaigns.answerable_count, *_ANSWERS, _REDEEMED_IN), _responses)

#: Of the period before this one, whose time to be answered is over with this one.
_DUE, _DUE_ANSWERS = campaigns.answerable_count.over(1, 1), campaigns.answered_by_next_count.over(1, 1)
_DUE_REDEEMED_IN = campaigns.redemptions_count.over(2).rows()


def _due_responses(of: Callable[[Reading], ir.Value]) -> ir.Value:
    """Contacts of one campaign in the period before that were answered since, counted as ``_responses``."""
    return ibis.least(of(_DUE), ibis.greatest(of(_DUE_ANSWERS), of(_DUE_REDEEMED_IN)))


DUE_RESPONSES = ByKey("due_responses", (_DUE, _DUE_ANSWERS, _DUE_REDEEMED_IN), _due_responses)
_ANSWERS_TOLD = [
    *(("campaign_contacts", one) for one in ANSWERED),
    ("coupon_redemptions", "redeemed_at"),
]


def _open_share(m: Measured) -> ir.FloatingValue:
    return ratio(m[_OPENINGS[0]] + m[_OPENINGS[1]], m[campaigns.openable_count])


campaign_contacts_count_12p = FAMILY.feature(
    "campaign_contacts_count_12p",
    "Campaign contacts received.",
    ("Campaign contacts", "营销触达次数"),
    "contacts",
    lambda m, window: m[campaigns.contacts_count],
    [campaigns.contacts_count],
    type=INTEGER,
    null="",
    ripens=True,
)
campaign_answerable_count_12p = FAMILY.feature(
    "campaign_answerable_count_12p",
    "Campaign contacts of which a source tells responses or redemptions.",
    ("Answerable campaign contacts", "可响应的营销触达次数"),
    "contacts",
    lambda m, window: m[campaigns.answerable_count],
    [campaigns.answerable_count],
    type=INTEGER,
    null="",
    ripens=True,
)
campaign_openable_count_12p = FAMILY.feature(
    "campaign_openable_count_12p",
    "Campaign contacts of which a source tells openings.",
    ("Openable campaign contacts", "可知是否打开的营销触达次数"),
    "contacts",
    lambda m, window: m[campaigns.openable_count],
    [campaigns.openable_count],
    type=INTEGER,
    null="",
    ripens=True,
)
coupon_redemptions_count_12p = FAMILY.feature(
    "coupon_redemptions_count_12p",
    "Coupons redeemed.",
    ("Coupon redemptions", "优惠券核销次数"),
    "redemptions",
    lambda m, window: m[campaigns.redemptions_count],
    [campaigns.redemptions_count],
    type=INTEGER,
    null="",
    ripens=True,
)
campaign_responses_count_12p = FAMILY.feature(
    "campaign_responses_count_12p",
    "Campaign contacts answered, each once, as campaign_response_share_12p counts them.",
    ("Answered campaign contacts", "已响应的营销触达次数"),
    "contacts",
    lambda m, window: m[RESPONSES],
    [RESPONSES],
    type=INTEGER,
    null="",
    told_by=_ANSWERS_TOLD,
    ripens=True,
)
campaign_due_contacts_count_2p = FAMILY.feature(
    "campaign_due_contacts_count_2p",
    "Campaign contacts of the period before, of which a source tells responses or redemptions: their time to "
    "be answered is over.",
    ("Due campaign contacts", "已到期的营销触达次数"),
    "contacts",
    lambda m, window: m[_DUE],
    [_DUE],
    window="2p",
    type=INTEGER,
    null="",
    told_by=_ANSWERS_TOLD,
)
campaign_due_responses_count_2p = FAMILY.feature(
    "campaign_due_responses_count_2p",
    "Campaign contacts of the period before that were answered by the end of this one, each once: responded "
    "to or redeemed, or a coupon of the campaign redeemed.",
    ("Due campaign contacts answered", "已到期且已响应的营销触达次数"),
    "contacts",
    lambda m, window: m[DUE_RESPONSES],
    [DUE_RESPONSES],
    window="2p",
    type=INTEGER,
    null="",
    told_by=_ANSWERS_TOLD,
)
campaign_response_share_12p = FAMILY.feature(
    "campaign_response_share_12p",
    "Campaign contacts answered, each once, per contact that could be: responded to or redeemed by the end "
    "of the next period, or a coupon of the campaign redeemed in the window.",
    ("Campaign response share", "营销响应率"),
    "share 0-1",
    lambda m, window: ratio(m[RESPONSES], m[campaigns.answerable_count]),
    [RESPONSES, campaigns.answerable_count],
    null="no contact in the window of which a source tells responses or redemptions",
    maximum=1,
    words=("responsive", "unresponsive", "响应活动", "少响应活动"),
    told_by=_ANSWERS_TOLD,
    counted_by="campaign_answerable_count_12p",
)
campaign_open_share_12p = FAMILY.feature(
    "campaign_open_share_12p",
    "Campaign contacts opened by the end of the next period, per contact of which openings are told.",
    ("Campaign open share", "营销打开率"),
    "share 0-1",
    lambda m, window: _open_share(m),
    [*_OPENINGS, campaigns.openable_count],
    null="no contact in the window of which a source tells openings",
    maximum=1,
    words=("reading mailings", "ignoring mailings", "常看邮件", "少看邮件"),
    told_by=[("campaign_contacts", one) for one in OPENED],
    counted_by="campaign_openable_count_12p",
)
