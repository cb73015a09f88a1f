"""Loyalty: how long a customer has been one, and how steadily.

Belongs here: tenure, share of periods, silences that ended. Does not belong here: the next order
being overdue (``churn_risk``).

active share = periods with an order / periods of the window since the first event.
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import ratio
from pipeline.features.behaviour import DAYS_BY_PERIOD, last_days_before
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.features.window import Window
from pipeline.ledgers.orders import orders
from pipeline.tables.model import FLAG

FAMILY = Family("loyalty", 60, ("Loyalty", "忠诚度"))


def _active_share(m: Measured, window: Window) -> ir.FloatingValue:
    ordered = [ibis.ifelse(first.notnull(), 1, 0) for first in m.by_period(orders.first_order_date)]
    exposed_periods = ibis.least(m.observed_periods_count, len(window.periods))
    return ratio(sum(ordered[1:], ordered[0]), exposed_periods)


def _silence_before(m: Measured) -> ir.IntegerValue:
    return m.by_period(orders.first_order_date)[-1].epoch_days() - last_days_before(m)[-1].epoch_days()


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
