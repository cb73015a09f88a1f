"""Loyalty: how long a customer has been one, and how steadily.

Belongs here: tenure, share of periods, silences that ended, referrals, advocacy. Does not belong
here: the next order being overdue (``churn_risk``).

active share = periods with an order / periods of the window since the first event; longest lapse = the
longest gap between order days of the window; advocacy = promoters / answers about
recommending (Reichheld, 2003).
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import ratio
from pipeline.features.behaviour import DAYS_BY_PERIOD, RHYTHM, last_days_before, mean_gap_days
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.features.window import Window
from pipeline.ledgers.orders import orders
from pipeline.ledgers.referrals import referrals
from pipeline.ledgers.surveys import surveys
from pipeline.tables.model import FLAG, INTEGER

#: Gaps that tell of a rhythm, as for the silence at the other end (``churn_risk``).
_LEAST_GAPS = 2

FAMILY = Family("loyalty", 60, ("Loyalty", "忠诚度"))


def _active_share(m: Measured, window: Window) -> ir.FloatingValue:
    ordered = [ibis.ifelse(first.notnull(), 1, 0) for first in m.by_period(orders.first_order_date)]
    exposed_periods = ibis.least(m.observed_periods_count, len(window.periods))
    return ratio(sum(ordered[1:], ordered[0]), exposed_periods)


def _longest_gap(m: Measured) -> ir.IntegerValue:
    firsts = m.by_period(orders.first_order_date)
    across = [
        first.epoch_days() - before.epoch_days()
        for before, first in zip(last_days_before(m), firsts, strict=True)
    ]
    longest = ibis.greatest(m[orders.longest_gap_days].fill_null(0), *(one.fill_null(0) for one in across))
    return longest.nullif(0)


def _silence_before(m: Measured) -> ir.IntegerValue:
    return m.by_period(orders.first_order_date)[-1].epoch_days() - last_days_before(m)[-1].epoch_days()


def _unseen_days(m: Measured, window: Window) -> ir.FloatingValue:
    start = window.calendar.starts_at(window.history[0])
    return ibis.greatest(0.0, -days_until(start, m.customer.first_seen_at))


def _unseen(m: Measured, window: Window) -> ir.FloatingValue:
    gaps = m[orders.order_days_count] - 1
    by_chance = gaps * (1 + _unseen_days(m, window) / (mean_gap_days(m) * gaps)).ln()
    return ibis.ifelse(gaps >= _LEAST_GAPS, by_chance, ibis.null("float64"))


tenure_days = FAMILY.feature(
    "tenure_days",
    "Days from the first event to as_of; grows with the data, see is_tenure_censored.",
    ("Tenure", "客龄"),
    "days",
    lambda m, window: days_until(window.as_of, m.customer.first_seen_at),
    window="lifetime",
    null="",
)
is_tenure_censored = FAMILY.feature(
    "is_tenure_censored",
    "First seen in the project's first period, so the true tenure may be longer.",
    ("Tenure censored", "客龄被截断"),
    "",
    lambda m, window: m.customer.is_first_seen_censored,
    window="lifetime",
    type=FLAG,
    null="",
    minimum=None,
)
unseen_before_days = FAMILY.feature(
    "unseen_before_days",
    "Days from the begin of the data to the first event: a customer may have been one for as long, unseen.",
    ("Unseen before", "此前未见天数"),
    "days",
    _unseen_days,
    window="lifetime",
    null="",
)
unseen_before_ratio = FAMILY.feature(
    "unseen_before_ratio",
    "The same per mean gap, as far as the gaps seen tell of others: somebody who was a customer when data "
    "began would by chance stay unseen for as long with the probability exp(-it).",
    ("Unseen before, by own rhythm", "按自身节奏的此前未见"),
    "ratio",
    _unseen,
    RHYTHM,
    window="lifetime",
    null="fewer than three order days in the window",
)
active_periods_share_12p = FAMILY.feature(
    "active_periods_share_12p",
    "Periods with an order, per period of the window since the first event.",
    ("Active periods share", "活跃周期占比"),
    "share 0-1",
    _active_share,
    [DAYS_BY_PERIOD[0]],
    null="",
    maximum=1,
    ripens=True,
    words=("steady", "sporadic", "持续购买", "偶尔购买"),
    trait="share",
    opens=True,
)
silence_before_period_days = FAMILY.feature(
    "silence_before_period_days",
    "Days of silence that ended in this period: from the last earlier order day of the window to the first "
    "of this period.",
    ("Silence before period", "本期之前的沉默天数"),
    "days",
    lambda m, window: _silence_before(m),
    DAYS_BY_PERIOD,
    null="no order in this period, or none before it in the window",
    ripens=True,
)
longest_gap_days_12p = FAMILY.feature(
    "longest_gap_days_12p",
    "Longest gap between consecutive order days of the window; within a period, of each account.",
    ("Longest lapse", "最长购买间隔"),
    "days",
    lambda m, window: _longest_gap(m),
    [*DAYS_BY_PERIOD, orders.longest_gap_days],
    type=INTEGER,
    null="fewer than two order days in the window",
    ripens=True,
    words=("long lapses", "no long lapses", "间隔很长", "间隔不长"),
)
referrals_count_12p = FAMILY.feature(
    "referrals_count_12p",
    "Referrals made.",
    ("Referrals", "推荐次数"),
    "referrals",
    lambda m, window: m[referrals.referrals_count],
    [referrals.referrals_count],
    type=INTEGER,
    null="",
    ripens=True,
    words=("bringing others", "bringing nobody", "常推荐他人", "不推荐他人"),
)
promoter_answers_share_12p = FAMILY.feature(
    "promoter_answers_share_12p",
    "Answers of 9 and 10 per answer about recommending.",
    ("Advocacy", "口碑推荐占比"),
    "share 0-1",
    lambda m, window: ratio(m[surveys.promoters_count], m[surveys.nps_count]),
    [surveys.promoters_count, surveys.nps_count],
    null="no answer about recommending in the window",
    maximum=1,
    words=("advocates", "no advocates", "乐于推荐", "不愿推荐"),
    counted_by="nps_answers_count_12p",
)
