"""Churn risk: silence measured against a customer's own rhythm.

Belongs here: how overdue the next order is. Does not belong here: who counts as lost
(``segments``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.behaviour import mean_gap_days
from pipeline.features.inputs import Window

_MIN_ORDER_DAYS = 3


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    overdue = recency / mean gap; silence probability = 1 - exp(-overdue): in a Poisson process the
    chance of at least one order in that time, so how surprising the silence is (gaps are
    exponential in Ehrenberg, 1959, and Schmittlein, Morrison and Colombo, 1987).
    """
    recency = days_until(window.calendar.as_of(window.period), sums.last_order_at)
    overdue = ibis.ifelse(
        sums.order_days_count >= _MIN_ORDER_DAYS, recency / mean_gap_days(sums), ibis.null("float64")
    )
    return {"overdue_ratio": overdue, "silence_probability": 1 - (-overdue).exp()}
