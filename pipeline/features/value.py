"""Value: recency, frequency, monetary value.

Belongs here: how recently, how often, for how much. Does not belong here: change over time
(``potential``), or the scoring of customers into grids (``segments``).

Source: Hughes, A. M. (1994), Strategic Database Marketing.
"""

from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import coefficient_of_variation, rate_per_30_days, ratio
from pipeline.features.inputs import Window


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    net amount = bought - returned; recency = as_of - last order; average order = bought / orders;
    average line = bought / lines; variation = standard deviation / mean of order values.
    """
    net_amount = sums.bought_amount - sums.returned_amount
    return {
        "recency_days": days_until(window.calendar.as_of(window.period), sums.last_order_at),
        "orders_count_3p": sums.orders_count_3p,
        "orders_count_6p": sums.orders_count_3p + sums.orders_count_prior_3p,
        "orders_count_12p": sums.orders_count,
        "net_amount_3p": sums.net_amount_3p,
        "net_amount_12p": net_amount,
        "orders_per_30_days_12p": rate_per_30_days(sums.orders_count, sums.exposure_days),
        "net_amount_per_30_days_12p": rate_per_30_days(net_amount, sums.exposure_days),
        "average_order_amount_12p": ratio(sums.bought_amount, sums.orders_count),
        "average_line_amount_12p": ratio(sums.bought_amount, sums.lines_count),
        "order_amount_variation_12p": coefficient_of_variation(
            sums.orders_count, sums.bought_amount, sums.order_amount_squared_sum
        ),
    }
