"""Trend: whether a customer bought more or less of late than before.

Belongs here: change between the last three periods and the three before. Does not belong here:
what a customer will buy (that needs a forecast), or shifts of the whole population (``drift``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import trend_index
from pipeline.features.inputs import Window

_PERIODS_COMPARED = 6


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    (a - b) / (\\|a\\| + \\|b\\|) of rates per day, a of the last three periods, b of the three before.
    A customer, or project, of fewer than six periods has none: the first period of a new customer
    is cut short, and would look like growth.
    """
    days_now, days_before = window.days(window.last_three), window.days(window.three_before)
    if len(window.history) < _PERIODS_COMPARED:
        unknown = ibis.null("float64")
        return {"net_amount_trend_index_6p": unknown, "orders_trend_index_6p": unknown}
    is_old_enough = sums.observed_periods_count >= _PERIODS_COMPARED
    net_amount = trend_index(sums.net_amount_3p, sums.net_amount_prior_3p, days_now, days_before)
    orders = trend_index(sums.orders_count_3p, sums.orders_count_prior_3p, days_now, days_before)
    return {
        "net_amount_trend_index_6p": ibis.ifelse(is_old_enough, net_amount, ibis.null("float64")),
        "orders_trend_index_6p": ibis.ifelse(is_old_enough, orders, ibis.null("float64")),
    }
