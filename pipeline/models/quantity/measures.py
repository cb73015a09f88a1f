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
    """Spearman's, ties at their mean rank; none where either is the same for all."""
    ranks = [_ranks(one) for one in (told, outcome)]
    if min(float(np.ptp(one)) for one in ranks) == 0:
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


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


def _ranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[places], np.float64)
