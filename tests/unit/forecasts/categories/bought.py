"""A company whose customers buy categories, as it is stored: features and categories of every period."""

import numpy as np
import pyarrow as pa

from pipeline.features.categories import CUSTOMER_CATEGORIES
from tests.unit.forecasts.stored import periods, stored

NAMES = ("apples", "bread", "cheese", "dates", "eggs", "figs")
COUNT, CUSTOMERS = 8, 1_200


def lines_of(differing: bool, count: int = COUNT, customers: int = CUSTOMERS, seed: int = 5) -> np.ndarray:
    """Lines by customer, period and category: customers have a taste for half of the categories, or buy all
    at one rate."""
    random = np.random.default_rng(seed)
    popularity = np.array([0.5, 0.25, 0.12, 0.5, 0.25, 0.12]) * 0.35
    taste = random.uniform(size=customers) < 0.5
    first_half = np.arange(len(NAMES)) < 3
    liking = (
        np.where(taste[:, None] == first_half[None, :], 1.8, 0.2) if differing else np.ones((customers, 6))
    )
    rate = popularity[None, :] * liking * random.gamma(3.0, 1 / 3, customers)[:, None]
    return random.poisson(np.repeat(rate[:, None, :], count, axis=1))


def company(lines: np.ndarray) -> tuple[pa.Table, pa.Table]:
    """``CUSTOMER_FEATURES`` and ``CUSTOMER_CATEGORIES`` of every period; everybody orders in each."""
    count = lines.shape[1]
    features = stored(np.ones(lines.shape[:2], int))
    parts = []
    for place, period in enumerate(periods(count)):
        lately, now = lines[:, : place + 1].sum(axis=1), lines[:, place]
        who, what = np.nonzero(lately)
        parts.append(
            pa.table(
                {
                    "period": [period] * len(who),
                    "customer_id": [f"c{one:05d}" for one in who],
                    "category": [NAMES[one] for one in what],
                    "category_lines_count_12p": lately[who, what],
                    "category_lines_count_1p": now[who, what],
                }
            ).cast(CUSTOMER_CATEGORIES.schema)
        )
    return features, pa.concat_tables(parts)
