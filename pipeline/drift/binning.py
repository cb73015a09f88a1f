"""Bins of a feature: fixed edges for numbers, fixed categories for text and flags (law L7).

Belongs here: fitting bins, reading them back from stored profiles, counting values into
them. Does not belong here: which features are profiled, or reading customers (``profiling``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MISSING, OTHER = "missing", "other"
#: Bins of quasi-identifiers hold at least this many customers, or say nothing that narrows down.
LEAST_IN_QUASI_BIN = 10
#: Most frequent categories at the first fit that keep a bin of their own.
MOST_CATEGORIES = 30

#: Beside bins of equal size: the ends of the distribution, where the money of a few stands.
_TAILS = (0.01, 0.99, 0.999)

#: Values that are summed at once.
_AT_ONCE = 131_072
#: Features are rounded to six decimals: a bin this narrow holds one value.
_STEP = 1e-6

Row = dict[str, Any]


def fit_edges(values: Floats, bins: int, least: int = 1) -> list[float]:
    """Inner edges of about ``bins`` bins with equally many of ``values``, ascending, and of its tails.

    The lowest hundredth, the highest and its highest tenth have bins of their own. Values of their own
    weight (at least 1/bins of all, or one of at most ``bins`` distinct
    values) get a bin of their own: the many zeros of a count, the ends of a share. A constant
    is bracketed, so that leaving it is seen later. Bins of fewer than ``least`` values are
    merged with a neighbour. No values, no edges.
    """
    if not values.size:
        return []
    distinct, counts = np.unique(values, return_counts=True)
    if distinct.size == 1:
        only = float(distinct[0])
        return [only, only + max(_STEP, float(np.spacing(abs(only))))]
    if distinct.size <= bins:
        edges = distinct[1:]
    else:
        inner = np.union1d(np.arange(1, bins) / bins, _TAILS)
        quantiles = np.quantile(values, inner, method="inverted_cdf")
        heavy = np.flatnonzero(counts[:-1] >= values.size / bins)
        edges = np.unique(np.concatenate([quantiles, distinct[heavy], distinct[heavy + 1]]))
        edges = edges[edges > distinct[0]]
    return _merged(values, [float(one) for one in edges], least)


def shortened(values: Floats) -> Floats:
    """``values`` cut down to two significant digits, so that edges are the value of nobody in particular.

    A value stays on the same side of every such edge, because edges are inclusive below.
    """
    sizes = np.where(values == 0, 1.0, np.abs(values))
    digits = 1 - np.floor(np.log10(sizes))  # decimals of the second digit; negative before the point
    larger, smaller = 10.0 ** np.maximum(digits, 0), 10.0 ** np.maximum(-digits, 0)
    cut: Floats = np.floor(np.round(values * larger / smaller, 6)) * smaller / larger
    return cut


def _merged(values: Floats, edges: list[float], least: int) -> list[float]:
    """``edges`` without those that would close a bin of fewer than ``least`` values."""
    ordered = np.sort(values)
    kept: list[float] = []
    start = 0
    for edge in edges:
        end = int(np.searchsorted(ordered, edge, side="left"))
        if end - start >= least:
            kept.append(edge)
            start = end
    while kept and ordered.size - int(np.searchsorted(ordered, kept[-1], side="left")) < least:
        kept.pop()
    return kept


@dataclass
class NumberBins:
    """Counts, sums and sums of squares of a numeric feature over fixed bins.

    Values are summed by as many as ``_AT_ONCE``, however they come in batches, so the sums depend on their
    order alone.
    """

    edges: list[float]
    is_quasi: bool

    def __post_init__(self) -> None:
        size = len(self.edges) + 1
        self._counts = np.zeros(size, np.int64)
        self._sums, self._squares = np.zeros(size), np.zeros(size)
        self._missing = 0
        self._waiting: list[Floats] = []
        self._free = _AT_ONCE

    def add(self, values: Floats) -> None:
        """Count ``values``; what is not finite is missing."""
        while values.size:
            part, values = values[: self._free], values[self._free :]
            self._waiting.append(part)
            self._free -= part.size
            if not self._free:
                self._sum_up()

    def _sum_up(self) -> None:
        """Sort what waits: each bin is one stretch of it then, and no bin need be found for each value."""
        values = self._waiting[0] if len(self._waiting) == 1 else np.concatenate([*self._waiting, []])
        self._waiting, self._free = [], _AT_ONCE
        known = np.sort(values[np.isfinite(values)])
        self._missing += values.size - known.size
        starts = np.searchsorted(known, [-np.inf, *self.edges], side="left")
        counts = np.diff(starts, append=known.size)
        filled = counts > 0
        if known.size:
            self._counts += counts
            self._sums[filled] += np.add.reduceat(known, starts[filled])
            self._squares[filled] += np.add.reduceat(known * known, starts[filled])

    def rows(self) -> list[Row]:
        """Rows of the profile, without period and feature: the bins, then the missing values."""
        self._sum_up()
        borders = [None, *self.edges, None]
        rows = []
        for number, (count, total, squares) in enumerate(
            zip(self._counts.tolist(), self._sums.tolist(), self._squares.tolist(), strict=True)
        ):
            lower, upper = borders[number], borders[number + 1]
            hidden = self.is_quasi and 0 < count < LEAST_IN_QUASI_BIN
            rows.append(
                {
                    "bin_label": interval(lower, upper),
                    "bin_lower": lower,
                    "bin_upper": upper,
                    "bin_count": count,
                    # A sum over very few customers would tell a single one's value.
                    "bin_sum": None if hidden else round(total, 6),
                    "bin_squared_sum": None if hidden else round(squares, 6),
                }
            )
        return _numbered([*rows, _plain(MISSING, self._missing)])


def interval(lower: float | None, upper: float | None) -> str:
    """Label of a half-open interval, edges as short as they can be told apart."""
    if lower is None and upper is None:
        return "all"
    if lower is None:
        return f"below {upper:.12g}"
    if upper is None:
        return f"{lower:.12g} and more"
    return f"{lower:.12g}" if upper - lower <= 1.5 * _STEP else f"{lower:.12g} to {upper:.12g}"


@dataclass
class CategoryBins:
    """Counts of a category or flag. ``kept`` categories have bins; none: they are fitted on what is added.

    A category that was not kept and has a share of at least ``new_share`` gets a bin after those
    kept, as long as there are not twice ``MOST_CATEGORIES``: that it is new, and its name, can be told.
    """

    kept: list[str] | None
    is_quasi: bool
    new_share: float = 1.0

    def __post_init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, counts: Mapping[str, int]) -> None:
        """Count customers by category; categories named like the bins for the rest go there."""
        self._counts.update(counts)

    def rows(self) -> list[Row]:
        """Rows of the profile, without period and feature: kept categories, other, missing."""
        least = LEAST_IN_QUASI_BIN if self.is_quasi else 1
        kept = [*self.kept, *self._new(least)] if self.kept is not None else self._most_frequent(least)
        counts = {name: self._counts[name] for name in kept}
        missing = self._counts[MISSING]
        other = self._counts.total() - missing - sum(counts.values())
        if self.is_quasi:
            counts, other = fold_small(counts, other)
        return _numbered(
            [
                *(_plain(name, count) for name, count in counts.items()),
                _plain(OTHER, other),
                _plain(MISSING, missing),
            ]
        )

    def _new(self, least: int) -> list[str]:
        """Categories without a bin that are large enough for one."""
        assert self.kept is not None  # the caller asks only where some are kept
        kept = {*self.kept}
        new = [name for name in self._by_size(max(least, self._large)) if name not in kept]
        return new[: max(0, 2 * MOST_CATEGORIES - len(self.kept))]

    def _most_frequent(self, least: int) -> list[str]:
        """The most frequent categories, and all that would count as new if they came later."""
        named = self._by_size(least)
        large = sum(self._counts[name] >= self._large for name in named)
        return named[: max(MOST_CATEGORIES, min(large, 2 * MOST_CATEGORIES))]

    @property
    def _large(self) -> float:
        return self.new_share * self._counts.total()

    def _by_size(self, least: float) -> list[str]:
        named = [
            (-count, name)
            for name, count in self._counts.items()
            if count >= least and name not in (OTHER, MISSING)
        ]
        return [name for _, name in sorted(named)]


def fold_small(counts: dict[str, int], other: int) -> tuple[dict[str, int], int]:
    """Categories of fewer than ten customers counted as other, until other has ten as well.

    A folded category keeps its bin with no customers, so that the next period knows it.
    """
    folded = dict(counts)
    for name in sorted(counts, key=lambda one: (counts[one], one)):
        if 0 < counts[name] < LEAST_IN_QUASI_BIN or (0 < other < LEAST_IN_QUASI_BIN and counts[name]):
            other += counts[name]
            folded[name] = 0
    return folded, other


def mix_rows(counts: Mapping[str, int], known: Iterable[str]) -> list[Row]:
    """Rows of a segment mix: states known from earlier periods keep their bins, new ones append."""
    states = list(known)
    states += sorted(set(counts) - set(states))
    return _numbered([_plain(state, counts.get(state, 0)) for state in states])


def _plain(label: str, count: int) -> Row:
    return {
        "bin_label": label,
        "bin_lower": None,
        "bin_upper": None,
        "bin_count": count,
        "bin_sum": None,
        "bin_squared_sum": None,
    }


def _numbered(rows: list[Row]) -> list[Row]:
    return [{"bin": number, **row} for number, row in enumerate(rows)]


def stored_edges(rows: Iterable[Row]) -> list[float]:
    """Inner edges of a numeric feature as its stored profile (``FEATURE_PROFILES``) says."""
    return sorted({row["bin_lower"] for row in rows if row["bin_lower"] is not None})


def stored_categories(rows: Iterable[Row]) -> list[str]:
    """Categories or states of a stored profile, in the order of their bins."""
    ordered = sorted(rows, key=lambda row: row["bin"])
    return [row["bin_label"] for row in ordered if row["bin_label"] not in (OTHER, MISSING)]
