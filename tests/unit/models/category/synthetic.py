"""Customers of two tastes who buy categories one after the other, with features and outcomes of pairs."""

import numpy as np
import pyarrow as pa

from pipeline.forecasts.new_category import READS
from pipeline.models.category.pairs import pairs_of, with_bought
from pipeline.models.frame import Frame
from pipeline.models.rolling import Origin

CATEGORIES = ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"]


def origin(place: int, customers: int = 1_500, seed: int = 1, taste: float = 12.0) -> Origin:
    """Half of the customers buy mostly ``a``, the others ``b``: ``taste`` times as often as the other half's;
    active ones more of everything; ``a1`` and ``b1`` are the most bought."""
    random = np.random.default_rng([seed, place])
    likes_a = random.uniform(size=customers) < 0.5
    orders = random.gamma(2.0, 2.0, customers)
    popularity = np.array([4, 2, 1, 0.5, 4, 2, 1, 0.5]) / 40 * 5 / (1 + taste)
    is_a = np.array([name.startswith("a") for name in CATEGORIES])
    liking = np.where(likes_a[:, None] == is_a[None, :], taste, 1.0)
    rate = popularity * liking * (orders / orders.mean())[:, None]
    bought = (random.uniform(size=rate.shape) < 1 - np.exp(-3 * rate)).astype(float)
    numbers = {name: np.zeros(customers) for name in READS}
    numbers["orders_count_3p"] = np.round(orders)
    numbers["orders_count_12p"] = np.round(orders * 4) + 1
    ids = pa.array([f"c{one:05d}" for one in range(customers)])
    frame = with_bought(Frame(ids, numbers, {}), {name: bought[:, at] for at, name in enumerate(CATEGORIES)})
    pairs = pairs_of(frame, CATEGORIES)
    chance = (1 - np.exp(-rate))[pairs.customer, pairs.category]
    return Origin(f"p{place:02d}", place, frame, (random.uniform(size=len(pairs)) < chance).astype(float))
