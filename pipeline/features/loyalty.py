"""Loyalty: how long and how steadily a customer stays.

Belongs here: tenure, steadiness, silences that ended. Does not belong here: silence that goes
on (``churn_risk``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import ratio
from pipeline.features.inputs import Window


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    active share = periods with an order / periods of the window since the first event.
    """
    as_of = window.calendar.as_of(window.period)
    exposed_periods = ibis.least(sums.observed_periods_count, len(window.periods))
    silence = sums.first_order_date_now.epoch_days() - sums.last_order_date_before.epoch_days()
    return {
        "tenure_days": days_until(as_of, sums.first_seen_at),
        "is_tenure_censored": sums.is_first_seen_censored,
        "active_periods_share_12p": ratio(sums.ordered_periods_count, exposed_periods),
        "silence_before_period_days": silence,
    }
