"""Intervals: what came of customers of whom about as much had been told.

Belongs here: the table of ends, and its use. Does not belong here: whether intervals hold (``measures``).

No law is assumed, so the interval is of the same kind for every method: customers of past origins in groups
of equal size by what was told, and in each the ends that held four fifths of the outcomes (the idea of
conformal prediction, by groups; Vovk, Gammerman and Shafer, 2005). As for lifetime models, from the 10th
percentile to the 90th, or where the 10th is nothing, from nothing to the 80th; and where the 90th is the most
that there can be, from the 20th to the most. Between the means of the
groups ends are on the line; beyond that of the greatest they are in proportion to what is told.
"""

from typing import Any

import numpy as np

from pipeline.models.frame import Floats

#: What is stated.
INTERVAL = 0.8
#: So many groups, if each has so many customers at least: an end by fewer is off by its neighbours' width.
GROUPS, LEAST_IN_GROUP = 20, 100


def fit(told: Floats, outcome: Floats, most: float | None = None) -> dict[str, Any] | None:
    """Ends by what was told, as a table; none of fewer customers than a group has.

    ``most``: there can be no more, of no customer."""
    count = min(GROUPS, len(told) // LEAST_IN_GROUP)
    if count < 1:
        return None
    edges = np.unique(np.quantile(told, np.arange(1, count) / count, method="inverted_cdf"))
    place = np.searchsorted(edges, told, side="left")
    rows = []
    for group in np.unique(place):
        is_in = place == group
        low, high = _ends(np.sort(outcome[is_in]), most)
        rows.append((float(told[is_in].mean()), low, high))
    middles, lows, highs = (list(one) for one in zip(*rows, strict=True))
    return {"told": middles, "low": lows, "high": highs}


def ends(table: dict[str, Any], told: Floats) -> tuple[Floats, Floats]:
    """Low and high end of the interval of each customer of whom ``told`` is told."""
    middles = np.asarray(table["told"])
    beyond = np.where(told > middles[-1], told / middles[-1] if middles[-1] > 0 else 1.0, 1.0)
    low, high = (np.interp(told, middles, np.asarray(table[name])) * beyond for name in ("low", "high"))
    return low, high


def _ends(outcome: Floats, most: float | None) -> tuple[float, float]:
    """The ends of one group, of rising ``outcome``."""
    tail = (1.0 - INTERVAL) / 2.0
    low = _quantile(outcome, tail)
    if low <= 0.0 <= outcome[0]:
        return 0.0, _nearest(outcome, INTERVAL)
    high = _quantile(outcome, 1.0 - tail)
    if most is not None and high >= most:
        return most - _nearest((most - outcome)[::-1], INTERVAL), most
    return low, high


def _quantile(outcome: Floats, level: float) -> float:
    return float(np.quantile(outcome, level, method="inverted_cdf"))


def _nearest(outcome: Floats, level: float) -> float:
    """The value up to which the share of outcomes is nearest to ``level``: counts jump over it."""
    high = _quantile(outcome, level)

    def below(end: float) -> float:
        return float(np.searchsorted(outcome, end, "right")) / len(outcome)

    lower = outcome[outcome < high]
    if not len(lower):
        return high
    under = float(lower[-1])
    return under if level - below(under) < below(high) - level else high
