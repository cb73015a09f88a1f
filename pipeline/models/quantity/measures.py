"""How good expectations and intervals are: distance, ranking, total, coverage.

Belongs here: measures of a quantity against what came. Does not belong here: what counts as good enough.
"""

import numpy as np

from pipeline.models.frame import Floats


def root_mean_squared_error(told: Floats, outcome: Floats) -> float:
    """Of all forecasts the mean has the least."""
    return float(np.sqrt(np.mean((told - outcome) ** 2)))


def mean_absolute_error(told: Floats, outcome: Floats) -> float:
    """Mean distance; of all forecasts the median has the least, of rare orders nothing at all."""
    return float(np.mean(np.abs(told - outcome)))


def rank_correlation(told: Floats, outcome: Floats) -> float | None:
    """Somers' D (1962): of two customers whose outcomes differ, the chance that more was told of the one with
    more, less the chance of the reverse; none where all outcomes are the same.

    Of two outcomes it is twice the AUC less one. Spearman's would count it against a forecast that it tells
    customers apart who all order nothing: where most do, telling them all the same would rank better.
    """
    from scipy.stats import kendalltau  # slow to load: only records pay for it

    pairs, alike = len(told) * (len(told) - 1) / 2, [_tied(told), _tied(outcome)]
    if alike[1] >= pairs:
        return None
    if alike[0] >= pairs:
        return 0.0
    tau = float(kendalltau(told, outcome).statistic)
    return tau * float(np.sqrt((pairs - alike[0]) / (pairs - alike[1])))


def total_error_share(told: Floats, outcome: Floats) -> float | None:
    """Total told over total that came, less one; none where nothing came."""
    whole = float(outcome.sum())
    return float(told.sum()) / whole - 1.0 if whole > 0 else None


def coverage_share(low: Floats | None, high: Floats | None, outcome: Floats) -> float | None:
    """Customers whose outcome was inside their interval, ends included, of those who have one."""
    if low is None or high is None:
        return None
    known = ~np.isnan(low) & ~np.isnan(high)
    if not known.any():
        return None
    return float(np.mean((outcome[known] >= low[known]) & (outcome[known] <= high[known])))


def _tied(values: Floats) -> float:
    """Pairs of customers with the same value."""
    _, counts = np.unique(values, return_counts=True)
    return float((counts * (counts - 1.0) / 2).sum())
