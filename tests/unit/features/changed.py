"""Customers whose rate of orders changed, or not; what the pipeline says of them, and numpy a second time."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.engine import Engine
from pipeline.features.changes import change_sums
from pipeline.features.window import Window
from pipeline.ledgers.orders import orders
from tests.unit.ledgers.lines import UTC_MONTHS

WINDOW = Window(UTC_MONTHS, "2023-01", "2024-03")
DAYS = np.array([UTC_MONTHS.days(one) for one in WINDOW.periods], float)
FACTORS = (0.125, 0.25, 0.5, 2.0, 4.0, 8.0)
READINGS = [orders.orders_count.changed(one) for one in ("change_probability", "change_age", "change_index")]


def told(engine: Engine, counts: NDArray, observed: NDArray, window: Window = WINDOW) -> dict[int, tuple]:
    """Probability, age and index by place, of rows of counts by period and periods since the first event."""
    at, place = np.nonzero(counts)
    rows = {
        "customer_id": at,
        "period": np.array(window.periods)[place],
        "orders_count": np.asarray(counts)[at, place],
    }
    seen = {"customer_id": np.arange(len(counts)), "observed_periods_count": observed}
    sums = change_sums(*(engine.from_arrow(pa.table(one)) for one in (rows, seen)), READINGS, window)
    return {row["customer_id"]: tuple(row.values())[1:] for row in engine.to_arrow(sums).to_pylist()}


def planted(
    rng: np.random.Generator, many: int, shape: float = np.inf, share: float = 0.5
) -> tuple[NDArray, NDArray, NDArray]:
    """Counts of customers of whom a share changed once; which; since so many periods."""
    has_changed, age = rng.random(many) < share, rng.integers(1, 12, many)
    since = np.arange(12) >= 12 - age[:, None]
    factor = np.where(has_changed[:, None] & since, rng.choice(FACTORS, many)[:, None], 1)
    rate = factor * rng.gamma(1, 3, many)[:, None] * DAYS / 30
    if np.isfinite(shape):
        rate = rate * rng.gamma(shape * DAYS / 30, 30 / DAYS / shape, rate.shape)
    return rng.poisson(rate), has_changed, age


def change(counts: NDArray, days: NDArray, shape: float = 16) -> tuple[NDArray, NDArray]:
    """Probability of a change of each row of ``counts`` and periods since its most plausible begin.

    Columns are periods of so many ``days``, oldest first.
    """
    n, t = counts.sum(1), days.sum() / 30
    logs = np.empty((len(counts), counts.shape[1] - 1, len(FACTORS)))
    for back in range(1, counts.shape[1]):
        cut = counts.shape[1] - back
        halves = [(counts[:, one].sum(1), days[one].sum() / 30) for one in (slice(cut), slice(cut, None))]
        for at, factor in enumerate(FACTORS):
            before = t / (halves[0][1] + factor * halves[1][1])
            logs[:, back - 1, at] = sum(
                many * np.log(times)
                - (many + shape * long) * np.log((shape + times * n / t) / (shape + n / t))
                for (many, long), times in zip(halves, (before, factor * before), strict=True)
            )
    most = np.maximum(logs.max((1, 2)), 0)
    evidence = np.exp(logs - most[:, None, None]).mean((1, 2))
    return evidence / (evidence + np.exp(-most)), logs.max(2).argmax(1) + 1
