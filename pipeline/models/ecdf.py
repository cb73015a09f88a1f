"""Frozen distributions: where a value stood among the customers of the fit, in percent.

Belongs here: fitting a grid of quantiles and reading it. Does not belong here: what a scheme
makes of the percentages.
"""

from typing import Any, Literal

import numpy as np

from pipeline.models.frame import Floats

#: Points of the quantile grid: every percent from 0 to 100.
GRID_POINTS = 101


def fit_ecdf(values: Floats, ties: Literal["middle", "lowest"] = "middle") -> dict[str, Any]:
    """Grid of the known ``values``: distinct quantiles and the percent that stands at each.

    Equal quantiles are joined at the middle of their percents (mid-distribution function,
    Parzen, 2004), so that a value shared by many customers counts as their middle, neither low
    nor high; or at the lowest, so that it counts the customers strictly below (no quantile lies
    between two values then). Raises ``ValueError`` when nothing is known.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        raise ValueError("no known value to fit a distribution on")
    percents = np.linspace(0, 100, GRID_POINTS)
    method: Literal["linear", "inverted_cdf"] = "linear" if ties == "middle" else "inverted_cdf"
    quantiles = np.round(np.quantile(known, percents / 100, method=method), 6)
    points, first, count = np.unique(quantiles, return_index=True, return_counts=True)
    last = first if ties == "lowest" else first + count - 1
    return {"values": points.tolist(), "percents": ((percents[first] + percents[last]) / 2).tolist()}


def percent_at(grid: dict[str, Any], values: Floats) -> Floats:
    """Percent of each value on the frozen ``grid``, linear in between; NaN where unknown.

    Beyond the grid's ends the percent of the end holds: later extremes do not stretch it.
    """
    found: Floats = np.interp(values, np.asarray(grid["values"]), np.asarray(grid["percents"]))
    found[np.isnan(values)] = np.nan
    return found
