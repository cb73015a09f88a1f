"""Customers who never change, month by month from the day on which their data begin: windows that fill."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from tests.unit.segments.synthetic import changed, customers

#: Days of a month, and months of the longest window.
MONTH, WINDOW = 30.4, 12


def lived(size: int, months: int, seed: int, growth_at: int | None = None) -> Iterator[pa.Table]:
    """``CUSTOMER_FEATURES`` at the end of each month, of customers who order at rates of their own, for
    amounts of their own; from ``growth_at`` on everybody half as often again, for half as much again."""
    random = np.random.default_rng(seed)
    rate = random.gamma(1.2, 1 / 12, size) * MONTH
    middle, lines = random.normal(3.3, 0.5, size), np.exp(random.normal(2.0, 0.4, size))
    store = random.beta(6, 4, size)
    grown = np.array([growth_at is not None and at >= growth_at for at in range(months)])
    orders = random.poisson(np.where(grown, 1.5, 1.0)[:, None] * rate, (months, size))
    spread = random.normal(0, 0.9, (months, size)) / np.sqrt(np.maximum(orders, 1))
    amounts = orders * np.exp(middle + spread) * np.where(grown, 1.5, 1.0)[:, None]
    stores = random.binomial(orders, store)
    silence, uneven = random.exponential(1.0, (months, size)), random.normal(0.8, 0.5, (months, size))
    for month in range(months):
        first = np.where((orders[: month + 1] > 0).any(axis=0), (orders[: month + 1] > 0).argmax(axis=0), -1)
        known = np.flatnonzero(first >= 0)
        window = slice(max(0, month + 1 - WINDOW), month + 1)
        since = month + 1 - first[known]
        count, seen = orders[window, :][:, known].sum(axis=0), np.minimum(since, WINDOW)
        some = np.maximum(count, 1)
        amount = amounts[window, :][:, known].sum(axis=0)
        gap = seen * MONTH / some
        columns = {
            "tenure_days": since * MONTH,
            "observed_periods_count": seen,
            "orders_count_12p": count,
            "orders_count_6p": orders[max(0, month - 5) : month + 1, known].sum(axis=0),
            "order_days_count_12p": count,
            "lines_count_12p": np.round(count * lines[known]),
            "orders_per_30_days_12p": count * 30 / (seen * MONTH),
            "net_amount_per_30_days_12p": amount * 30 / (seen * MONTH),
            "average_order_amount_12p": amount / some,
            "average_line_amount_12p": amount / some / lines[known],
            "lines_per_order_12p": lines[known],
            "mean_gap_days_12p": gap,
            "recency_days": np.minimum(silence[month, known] * gap, seen * MONTH),
            "rhythm_silence_ratio": silence[month, known],
            "active_periods_share_12p": (orders[window, :][:, known] > 0).sum(axis=0) / seen,
            "gap_variation_12p": np.abs(uneven[window, :][:, known].mean(axis=0)),
            "store_lines_count_12p": count,
            "top_store_share_12p": stores[window, :][:, known].sum(axis=0) / some,
        }
        table = customers(len(known))
        names = [f"c{one:06d}" for one in known]
        whole = {name for name in columns if "count" in name}
        yield changed(
            table,
            customer_id=names,
            **{
                name: [int(v) if name in whole else round(float(v), 6) for v in one]
                for name, one in columns.items()
            },
        )
