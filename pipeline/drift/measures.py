"""Measures of change between two profiles, from counts and sums in bins alone.

Belongs here: statistics with their sources. Does not belong here: which of them a finding
uses, and what counts as a change (``feature_changes``, ``flow_changes``, ``verdicts``).

The tests take two independent samples. Two periods share most of their customers, which
makes equal profiles more alike than that: the false-alarm rates are upper bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

#: Standard deviation of the Kolmogorov distribution: sqrt(pi^2 / 12 - pi / 2 * ln(2)^2).
_KOLMOGOROV_DEVIATION = float(np.sqrt(np.pi**2 / 12 - np.pi / 2 * np.log(2) ** 2))
#: Two values without any spread differ by infinitely many standard deviations: this many are said.
MOST_DEVIATIONS = 10.0
#: Cells with a smaller expected count are pooled (Cochran, 1954).
_LEAST_EXPECTED = 5.0


def _special() -> Any:
    """SciPy's special functions: its distributions take a second to load."""
    from scipy import special

    return special


@dataclass(frozen=True)
class Test:
    """A measure, its sampling error when nothing changed, and its p-value (none: not testable).

    ``statistic`` is what was tested, where it is not the value in standard errors: over its ``degrees`` of
    freedom it is 1 in the mean when nothing changed, and ``distribution`` says what it follows then.
    """

    __test__ = False  # no test of pytest's

    value: float
    error: float
    p_value: float | None
    statistic: float | None = None
    degrees: int = 1
    distribution: Literal["normal", "chi_squared", "kolmogorov"] = "normal"

    @property
    def score(self) -> float | None:
        """The change in standard errors of sampling: its square is 1 in the mean when nothing changed."""
        if self.statistic is not None:
            return float(np.sqrt(self.statistic / self.degrees))
        return self.value / self.error if self.error else None


def numbers(values: Sequence[float]) -> Numbers:
    """``values`` as an array."""
    return np.asarray(values, np.float64)


def kolmogorov_smirnov(before: Numbers, now: Numbers) -> Test:
    """Largest difference of the distribution functions at the edges of ordered bins.

    Two-sample test with the asymptotic p-value (Smirnov, 1948). Within bins the difference may
    be larger, so the p-value is never too small.
    """
    total_before, total_now = before.sum(), now.sum()
    value = float(np.abs(np.cumsum(before) / total_before - np.cumsum(now) / total_now).max())
    size = float(np.sqrt(total_before * total_now / (total_before + total_now)))
    p_value = float(_special().kolmogorov(value * size))
    statistic = (value * size) ** 2 / (np.pi**2 / 12)  # its mean is pi^2 / 12
    return Test(value, _KOLMOGOROV_DEVIATION / size, p_value, statistic, 1, "kolmogorov")


def total_variation(before: Numbers, now: Numbers) -> tuple[Test, float]:
    """Half the sum of differences of shares, and how far it exceeds what sampling alone gives.

    The p-value is that of Pearson's chi-squared test of the contingency table, cells of small
    expectation pooled. Expectation and error under no change take the differences as normal:
    E|d| = sqrt(2 v / pi), Var|d| = (1 - 2 / pi) v with v = p (1 - p) (1/n + 1/m).
    """
    total_before, total_now = before.sum(), now.sum()
    value = float(np.abs(before / total_before - now / total_now).sum() / 2)
    pooled = (before + now) / (total_before + total_now)
    variances = pooled * (1 - pooled) * (1 / total_before + 1 / total_now)
    expected = float(np.sqrt(2 * variances / np.pi).sum() / 2)
    error = float(np.sqrt(((1 - 2 / np.pi) * variances).sum()) / 2)
    tested = _chi_squared(np.stack([before, now]))
    return Test(value, error, *tested, "chi_squared"), max(0.0, value - expected)


def _chi_squared(table: Numbers) -> tuple[float | None, float | None, int]:
    """p-value of a 2 x k table (Pearson, 1900), statistic, degrees; none when one cell is left."""
    shares = table.sum(axis=1, keepdims=True) / table.sum()
    small = (shares * table.sum(axis=0)).min(axis=0) < _LEAST_EXPECTED
    cells = np.column_stack([table[:, ~small], table[:, small].sum(axis=1)])
    cells = cells[:, cells.sum(axis=0) > 0]
    if cells.shape[1] < 2:
        return None, None, 1
    expected = shares * cells.sum(axis=0)
    statistic = float(((cells - expected) ** 2 / expected).sum())
    degrees = cells.shape[1] - 1
    return float(_special().chdtrc(degrees, statistic)), statistic, degrees


def population_stability_index(before: Numbers, now: Numbers) -> float:
    """Sum over bins of (q - p) ln(q / p), half a customer added to every bin.

    The half (Krichevsky and Trofimov, 1981) keeps empty bins finite.
    """
    p, q = ((one + 0.5) / (one + 0.5).sum() for one in (before, now))
    return float(((q - p) * np.log(q / p)).sum())


def wasserstein(before: Numbers, means_before: Numbers, now: Numbers, means_now: Numbers) -> float:
    """First Wasserstein distance, each bin's customers standing at the mean of the bin.

    On a line it is the area between the two distribution functions (Vallender, 1974).
    """
    values = np.concatenate([means_before[before > 0], means_now[now > 0]])
    steps = np.concatenate([before[before > 0] / before.sum(), -now[now > 0] / now.sum()])
    order = np.argsort(values, kind="stable")
    apart = np.abs(np.cumsum(steps[order])[:-1])
    return float((apart * np.diff(values[order])).sum())


def standardized_difference(
    mean_before: float, variance_before: float, mean_now: float, variance_now: float
) -> float:
    """Difference of means in standard deviations, the variances of both averaged (Cohen, 1988)."""
    difference = mean_now - mean_before
    deviation = float(np.sqrt((variance_before + variance_now) / 2))
    if abs(difference) >= MOST_DEVIATIONS * deviation:
        return float(np.sign(difference)) * MOST_DEVIATIONS if difference else 0.0
    return difference / deviation


def proportion_change(hits_before: int, total_before: int, hits_now: int, total_now: int) -> Test:
    """Difference of two shares with the pooled two-sample z-test."""
    value = hits_now / total_now - hits_before / total_before
    pooled = (hits_before + hits_now) / (total_before + total_now)
    error = float(np.sqrt(pooled * (1 - pooled) * (1 / total_before + 1 / total_now)))
    return Test(value, error, two_sided(value / error) if error else None)


def log_ratio(before: float, now: float, exposure_before: float, exposure_now: float) -> Test:
    """Natural logarithm of the ratio of two counts per exposure, half a row added to each.

    The p-value takes the counts as Poisson (delta method: variance 1/a + 1/b).
    """
    a, b = before + 0.5, now + 0.5
    value = float(np.log(b / exposure_now) - np.log(a / exposure_before))
    error = float(np.sqrt(1 / a + 1 / b))
    return Test(value, error, two_sided(value / error))


def mobility(staying: Sequence[int], surviving: Sequence[int]) -> tuple[float, float]:
    """Shorrocks index (K - trace P) / (K - 1) of a transition matrix P, and its standard error.

    For each of K >= 2 states: customers who stayed, among those who were in it and are still in
    the population (at least one). 0: nobody moves; above 1: moving is the rule. Shorrocks (1978),
    "The measurement of mobility". The index is linear in the diagonal, whose entries are
    independent binomial shares: the delta method is exact. Shares in the variance carry half a
    customer on either side (Jeffreys), so that few customers never look certain.
    """
    stay, survive = np.asarray(staying, np.float64), np.asarray(surviving, np.float64)
    index = (stay.size - (stay / survive).sum()) / (stay.size - 1)
    smoothed = (stay + 0.5) / (survive + 1)
    error = np.sqrt((smoothed * (1 - smoothed) / survive).sum()) / (stay.size - 1)
    return float(index), float(error)


def unusual(value: float, error: float, past: Sequence[float], is_signed: bool) -> float:
    """p-value of ``value`` among earlier values of the same measure.

    That of a next normal value (Student's prediction interval): the variance is that of the earlier
    values, never
    below the squared ``error``, and holds for their mean as well, with one degree of freedom less than
    values. Signed measures are tested on both sides, distances only upwards.
    """
    values = np.asarray(past, np.float64)
    middle, size = float(values.mean()), values.size
    variance = max(float(values.var(ddof=1)), error**2) * (1 + 1 / size)
    if not variance:
        return 1.0 if value == middle else 0.0
    score, tail = (value - middle) / float(np.sqrt(variance)), _special().stdtr
    return float(2 * tail(size - 1, -abs(score)) if is_signed else tail(size - 1, -score))


def normal_reach(coverage: float) -> float:
    """Standard deviations on either side that hold ``coverage`` of a normal distribution."""
    return float(_special().ndtri((1 + coverage) / 2))


def two_sided(score: float) -> float:
    """p-value of a standard normal score."""
    return float(2 * _special().ndtr(-abs(score)))


def family_wise(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted so that a bound on them bounds the chance of any false one (Holm, 1979)."""
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(values.size, 0, -1))
    found = np.empty(values.size)
    found[order] = np.minimum(raised, 1.0)
    return [float(one) for one in found]
