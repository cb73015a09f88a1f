"""Customers drawn from known traits, seen once or often, whose features hang together."""

from typing import Any

import numpy as np
import pyarrow as pa

from tests.unit.segments.synthetic import changed, customers

#: How much one order tells of baskets and discounts: variance between customers over all variance.
ONE_ORDER = {
    "average_order_amount_12p": 0.5**2 / (0.5**2 + 0.9**2),
    "lines_per_order_12p": 0.5**2 / (0.5**2 + 0.9**2),
    "discount_share_12p": 0.06**2 / (0.06**2 + 0.12**2),
}


def drawn(size: int = 1_500, seed: int = 3, draw: int = 0) -> pa.Table:
    """``CUSTOMER_FEATURES`` of customers who order at rates of their own, baskets of a size of their own.

    Another ``draw`` is what might have been seen of the same customers in its place.
    """
    traits, chance = np.random.default_rng(seed), np.random.default_rng([seed, draw])
    days = traits.uniform(5, 365, size)
    rate = traits.gamma(1.2, 1 / 12, size)
    # The first order makes a customer: the others fall into the days since.
    orders = 1 + chance.poisson(rate * days)
    periods = np.maximum(np.ceil(days / 30.4), 1)

    def level(middle: float, between: float, within: float) -> Any:
        own = traits.normal(middle, between, size)
        return np.exp(chance.normal(own, within / np.sqrt(orders)))

    amount, lines = level(3.3, 0.5, 0.9), level(3.5, 0.5, 0.9)
    gaps = np.maximum(orders - 1, 0)
    gap = np.where(gaps > 0, days / np.maximum(gaps, 1) * 0.9, np.nan)
    active = np.minimum(
        1 + chance.binomial(np.maximum(periods - 1, 0).astype(int), 1 - np.exp(-rate * 30)), orders
    )
    columns = {
        "tenure_days": days,
        "observed_periods_count": periods.astype(int),
        "orders_count_12p": orders,
        "orders_count_6p": orders,
        "order_days_count_12p": orders,
        "lines_count_12p": np.round(orders * np.maximum(lines, 1)).astype(int),
        "orders_per_30_days_12p": orders * 30 / days,
        "net_amount_per_30_days_12p": orders * amount * 30 / days,
        "recency_days": np.where(gaps > 0, days * 0.1, days),
        "average_order_amount_12p": amount,
        "average_line_amount_12p": amount / np.maximum(lines, 1),
        "lines_per_order_12p": np.maximum(lines, 1),
        "discount_share_12p": np.clip(
            chance.normal(traits.normal(0.5, 0.06, size), 0.12 / np.sqrt(orders)), 0, 1
        ),
        "active_periods_share_12p": active / periods,
        "store_lines_count_12p": orders,
        "top_store_share_12p": np.clip(
            chance.normal(traits.normal(0.6, 0.08, size), 0.3 / np.sqrt(orders)), 0, 1
        ),
    }
    # What is seen of a coefficient of variation of e^(0.9²) - 1, whose root is 1.12.
    varied = np.sqrt((np.exp(0.81) - 1) * chance.chisquare(np.maximum(gaps, 1)) / np.maximum(gaps, 1))
    uneven = np.abs(chance.normal(0.8, 0.5 / np.sqrt(np.maximum(gaps, 1))))
    found = changed(customers(size), **{name: np.round(one, 6) for name, one in columns.items()})
    return changed(
        found,
        mean_gap_days_12p=[None if np.isnan(one) else round(float(one), 6) for one in gap],
        gap_variation_12p=[
            None if n < 2 else round(float(one), 6) for n, one in zip(gaps, uneven, strict=True)
        ],
        order_amount_variation_12p=[
            None if n < 1 else round(float(one), 6) for n, one in zip(gaps, varied, strict=True)
        ],
    )  # fmt: skip
