"""What a stored profile says of a number: mean, total, spread, tail, and how far sampling moves each.

Belongs here: statistics of one period, from counts, sums and sums of squares in bins. Does not belong here:
comparing two periods (``number_changes``), or fitting bins (``binning``).

Within a bin only count, sum and sum of squares are known. What needs more (the error of a spread, the
value that
bounds the top hundredth) takes closed bins as two points at one standard deviation from their mean, and
the open ones at either end, where tails are, as exponential: skewness 2, kurtosis 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.drift.binning import MISSING, Row
from pipeline.drift.measures import Numbers

#: The customers who make the tail: one in a hundred.
TAIL = 0.01


@dataclass(frozen=True)
class Statistic:
    """A figure of one period and its standard error, customers being drawn independently."""

    value: float
    error: float


@dataclass(frozen=True)
class NumberProfile:
    """A numeric feature of one period: bins in order, and how many values are missing.

    ``sums`` and ``squares`` are of the values in each bin; ``are_sums_known`` is false where some were
    hidden, and stand at the middle of their bin.
    """

    edges: tuple[tuple[float | None, float | None], ...]
    counts: Numbers
    means: Numbers
    squares: Numbers
    missing: int
    are_sums_known: bool

    @property
    def known(self) -> int:
        """Customers whose value is known."""
        return int(self.counts.sum())

    @property
    def total(self) -> int:
        """All customers."""
        return self.known + self.missing

    @property
    def missing_share(self) -> float:
        """Share of customers whose value is not known."""
        return self.missing / self.total

    @property
    def is_never_negative(self) -> bool:
        """Whether no bin holds a mean below zero: shares of a total then mean something."""
        return bool((self.means[self.counts > 0] >= 0).all()) and self.sum > 0

    @cached_property
    def sum(self) -> float:
        """Sum of the known values."""
        return float((self.counts * self.means).sum())

    @cached_property
    def variance(self) -> float:
        """Variance of the known values."""
        return max(0.0, float(self.squares.sum() / self.known - (self.sum / self.known) ** 2))

    @property
    def mean(self) -> Statistic:
        """Mean of the known values."""
        return Statistic(self.sum / self.known, float(np.sqrt(self.variance / self.known)))

    @cached_property
    def _within(self) -> tuple[Numbers, Numbers, Numbers]:
        """Variance, skewness and kurtosis of the values within each bin."""
        filled = np.maximum(self.counts, 1)
        variances = np.maximum(0.0, self.squares / filled - self.means**2)
        skewness, kurtosis = np.zeros(filled.size), np.ones(filled.size)
        for place, (lower, upper) in enumerate(self.edges):
            if upper is None or lower is None:
                skewness[place], kurtosis[place] = (2.0 if upper is None else -2.0), 9.0
        return variances, skewness, kurtosis

    def log_spread(self, is_relative: bool) -> Statistic | None:
        """Logarithm of the standard deviation, or of its ratio to the mean; none where all are equal.

        Its error is that of any distribution with a fourth moment, by the influence functions of variance
        and mean (of the standard deviation alone sqrt((kurtosis - 1) / 4n)).
        """
        mean, variance = self.sum / self.known, self.variance
        if variance <= 1e-12 * max(1.0, mean**2):
            return None
        within, skewness, kurtosis = self._within
        away = self.means - mean
        cubes = away**3 + 3 * away * within + skewness * within**1.5
        fourths = away**4 + 6 * away**2 * within + 4 * away * skewness * within**1.5 + kurtosis * within**2
        third, fourth = (float((self.counts * one).sum()) / self.known for one in (cubes, fourths))
        value, influence = float(np.log(variance)) / 2, (fourth / variance**2 - 1) / 4
        if is_relative:
            value -= float(np.log(mean))
            influence += variance / mean**2 - third / (variance * mean)
        return Statistic(value, float(np.sqrt(max(influence, 0.0) / self.known)))

    @property
    def tail_share(self) -> Statistic:
        """Share of the sum that the hundredth of customers with the largest values carries.

        Of the bin that the hundredth ends in the customers of the tail are taken as the mean ones of it. The
        error is that of the influence function of an ordinate of the Lorenz curve (Cowell and
        Flachaire, 2007): ((x - q) if x > q, plus TAIL times q, minus L times x) / mean, q the value that
        bounds the tail.
        """
        from_top = np.cumsum(self.counts[::-1])
        place = int(np.searchsorted(from_top, TAIL * self.known, side="left"))
        above = self.counts.size - place
        inside = TAIL * self.known - float(self.counts[above:].sum())
        carried = float((self.counts * self.means)[above:].sum()) + inside * float(self.means[above - 1])
        share = carried / self.sum
        border, mean = float(self.means[above - 1]), self.sum / self.known
        # Of u = a + b x, by bins: b is 1 - L above the border and -L below it.
        slope = np.where(np.arange(self.counts.size) >= above, 1 - share, -share)
        start = np.where(np.arange(self.counts.size) >= above, -border, 0.0) + TAIL * border
        variances, _, _ = self._within
        second = (start + slope * self.means) ** 2 + slope**2 * variances
        error = float(np.sqrt((self.counts * second).sum() / self.known / self.known)) / mean
        return Statistic(share, error)


def number_profile(rows: Sequence[Row]) -> NumberProfile:
    """The profile of a numeric feature from its rows of ``FEATURE_PROFILES``."""
    bins = sorted((row for row in rows if row["bin_label"] != MISSING), key=lambda row: row["bin"])
    missing = sum(row["bin_count"] for row in rows if row["bin_label"] == MISSING)
    means, squares = zip(*(_moments(row) for row in bins), strict=True)
    return NumberProfile(
        tuple((row["bin_lower"], row["bin_upper"]) for row in bins),
        np.array([row["bin_count"] for row in bins], np.float64),
        np.array(means, np.float64),
        np.array(squares, np.float64),
        missing,
        not any(row["bin_count"] and row["bin_sum"] is None for row in bins),
    )


def _moments(row: Row) -> tuple[float, float]:
    """Mean and sum of squares of a bin; where its sum is hidden, all stand at its middle or only edge."""
    count = row["bin_count"]
    if not count:
        return 0.0, 0.0
    if row["bin_sum"] is not None:
        return row["bin_sum"] / count, row["bin_squared_sum"]
    edges = [edge for edge in (row["bin_lower"], row["bin_upper"]) if edge is not None]
    middle = sum(edges) / len(edges) if edges else 0.0
    return middle, count * middle**2
