"""Behaviour: rhythm, basket, breadth, preference, habits.

Belongs here: how a customer buys. Does not belong here: how overdue the next order is
(``churn_risk``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.features.arithmetic import coefficient_of_variation, ratio
from pipeline.features.inputs import Window


def features(sums: ir.Table, window: Window) -> dict[str, ir.Value]:
    """Features of the family, from columns of ``customer_sums``.

    Gaps are between consecutive order days of the window: n - 1 gaps of n days, which add up to
    the days from the first to the last; their squares are those within each period plus those
    across period ends. Concentration = Σ (lines of category / lines)² (Herfindahl, 1950).
    """
    gap_squares = sums.gap_days_squared_sum + sums.boundary_gap_days_squared_sum
    gaps_count = sums.order_days_count - 1
    category_lines = sums.category_lines_count.cast("float64")
    return {
        "lines_per_order_12p": ratio(sums.lines_count, sums.orders_count),
        "order_days_count_12p": sums.order_days_count,
        "mean_gap_days_12p": mean_gap_days(sums),
        "gap_variation_12p": coefficient_of_variation(gaps_count, _span_days(sums), gap_squares),
        "categories_count_12p": sums.categories_count.nullif(0),
        "products_count_12p": sums.products_count.nullif(0),
        "top_category_12p": sums.top_category,
        "top_category_share_12p": ratio(sums.top_category_lines_count, sums.category_lines_count),
        "category_concentration_12p": ratio(sums.category_lines_squared_sum, category_lines * category_lines),
        "stores_count_12p": sums.stores_count.nullif(0),
        "top_store_share_12p": ratio(sums.top_store_lines_count, sums.store_lines_count),
        "weekend_orders_share_12p": ratio(sums.weekend_orders_count, sums.orders_count),
        "evening_orders_share_12p": ratio(sums.evening_orders_count, sums.orders_count),
    }


def mean_gap_days(sums: ir.Table) -> ir.FloatingValue:
    """Mean days between consecutive order days of the window; null for fewer than two."""
    gap = ratio(_span_days(sums), sums.order_days_count - 1)
    # Two accounts of one customer that order on the same single day have a span of zero: no gap.
    return ibis.ifelse(gap > 0, gap, ibis.null("float64"))


def _span_days(sums: ir.Table) -> ir.IntegerValue:
    return sums.last_order_date.epoch_days() - sums.first_order_date.epoch_days()
