"""Buyers who may leave, as frames of stored features: what lifetime models and plain ways read."""

import numpy as np
import pyarrow as pa

from pipeline.models.design import Column
from pipeline.models.frame import Frame
from pipeline.models.rolling import Origin
from tests.unit.models.lifetime.buyers import by_renewals

HISTORY = tuple(Column(one, False) for one in ("days", "gap", "recency"))


def origin(place: int, customers: int = 1_500) -> Origin:
    """Buyers who may leave, 90 days told; what they ordered in the last 90 is drawn about their own rate."""
    buyers = by_renewals(customers, 40 + place)
    known = buyers.histories
    again = known.frequency > 0
    random = np.random.default_rng(place)
    numbers = {
        "days": known.frequency + 1.0,
        "gap": np.where(again, known.recency / np.where(again, known.frequency, 1.0), np.nan),
        "recency": known.age - known.recency,
        "rate": 30.0 * known.frequency / (known.age + 30.0),
        "whole": known.frequency + 1.0,
    }
    numbers["same"] = random.poisson(np.where(numbers["recency"] < 90, numbers["rate"] * 3, 0.0)) * 1.0
    ids = pa.array([f"c{one}" for one in range(customers)])
    return Origin(f"p{place}", place, Frame(ids, numbers, {}), buyers.next_orders)


def frame_with(**numbers) -> Frame:
    size = len(next(iter(numbers.values())))
    found = {name: np.asarray(values, np.float64) for name, values in numbers.items()}
    return Frame(pa.array([str(one) for one in range(size)]), found, {})
