"""Response: whether a customer answers the next campaign contacts, if there are any.

Belongs here: over which horizon, and of whom it is asked. Does not belong here: what counts as an answer
(``features.engagement``), or whom to contact.

Outcome: of the contacts of the next period at least one is answered (responded to, redeemed, or a coupon of
its campaign redeemed) by the end of the period after it, which is as long as is waited for. It is conditional
on being contacted: who was not contacted in the next period has no outcome and is neither learned from nor
tested, and of who was not contacted in twelve periods it is not asked, as the company chose not to. So it is
the chance of an answer as contacts were chosen and written until now, not what a contact changes (uplift:
Radcliffe and Surry, 1999): that takes contacts by lot.
"""

import numpy as np

from pipeline.features import behaviour, engagement, loyalty, price_sensitivity, value
from pipeline.forecasts.catalogue.common import CONSTANT
from pipeline.forecasts.declaration import Baseline, Course, Forecast
from pipeline.models.design import Column
from pipeline.models.frame import Floats
from pipeline.models.probability.own_share import OWN_SHARE

_PAST = (engagement.campaign_responses_count_12p, engagement.campaign_answerable_count_12p)


def _answers(course: Course) -> Floats:
    contacts = course.at_end[engagement.campaign_due_contacts_count_2p.name]
    answers = course.at_end[engagement.campaign_due_responses_count_2p.name]
    return np.where(contacts > 0, (answers > 0).astype(np.float64), np.nan)


response_probability_2p = Forecast(
    "response_probability_2p",
    ("Response probability, contacts of the next period", "下一期触达的响应概率"),
    "Probability that a customer, if contacted by a campaign in the next period, answers by the end of the "
    "period after it.",
    2,
    outcome=_answers,
    measures=(),
    at_end=(engagement.campaign_due_contacts_count_2p, engagement.campaign_due_responses_count_2p),
    inputs=(
        *_PAST,
        engagement.campaign_response_share_12p,
        engagement.campaign_contacts_count_12p,
    ),
    also=(
        engagement.coupon_redemptions_count_12p,
        engagement.campaign_open_share_12p,
        price_sensitivity.coupon_lines_share_12p,
        price_sensitivity.discounted_lines_share_12p,
        value.recency_days,
        value.orders_count_3p,
        value.orders_per_30_days_12p,
        value.net_amount_per_30_days_12p,
        value.average_order_amount_12p,
        behaviour.products_count_12p,
        loyalty.active_periods_share_12p,
    ),
    baselines=(
        CONSTANT,
        Baseline(
            "own_response_share",
            ("Own response share, shrunken", "自身响应率（收缩）"),
            tuple(Column(one.name, is_skewed=False) for one in _PAST),
            OWN_SHARE,
        ),
        Baseline(
            "previous_responses",
            ("Previous responses", "以往响应次数"),
            (Column(engagement.campaign_responses_count_12p.name, is_skewed=True),),
        ),
    ),
    at_least={engagement.campaign_answerable_count_12p: 1},
    null="no campaign contact in the last twelve periods of which a source tells answers",
)
