"""Changes of features and of the segment mix between two stored profiles.

Belongs here: aligning the bins of two periods, and which measures a feature gets. Does not
belong here: the statistics (``measures``), verdicts (``verdicts``), or customers: profiles only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.drift import measures
from pipeline.drift.binning import LEAST_IN_QUASI_BIN, MISSING, OTHER, Row
from pipeline.drift.comparability import incomparable
from pipeline.drift.measures import Numbers
from pipeline.drift.profiling import MIX
from pipeline.drift.verdicts import Measured, Past, against_history, share
from pipeline.features import Feature
from pipeline.settings import DriftSettings
from pipeline.tables.fields import UNASSIGNED

Profiles = Mapping[str, Sequence[Row]]

_NO_DATA = "there are too few customers ({least} are needed in each period)"


def feature_changes(
    now: Profiles,
    before: Profiles,
    past: Past,
    periods_seen: int,
    settings: DriftSettings,
    features: Mapping[str, Feature],
) -> list[Measured]:
    """One measurement for every one of ``features`` that has a profile in both periods."""
    found = []
    for name in sorted(now.keys() & before.keys() & features.keys()):
        feature = features[name]
        if feature.is_numeric:
            one = number_change(name, before[name], now[name], past, settings)
        else:
            one = category_change(
                "feature",
                name,
                *paired_categories(before[name], now[name], feature.field.pii != "none"),
                past,
                settings,
            )
        if one.value is not None and (reason := incomparable(feature, periods_seen)):
            one = one.without_verdict(reason, "not_comparable")
        found.append(one)
    return found


def mix_changes(now: Profiles, before: Profiles, past: Past, settings: DriftSettings) -> list[Measured]:
    """One measurement for every scheme whose mix is profiled in both periods."""
    found = []
    for name in sorted(name for name in now.keys() & before.keys() if name.startswith(MIX)):
        earlier, later = _counts(before[name]), _counts(now[name])
        labels = sorted(earlier.keys() | later.keys())
        counts_before, counts_now = (
            np.array([side.get(label, 0) for label in labels], np.float64) for side in (earlier, later)
        )
        scheme = name.removeprefix(MIX)
        one = category_change("segment_mix", scheme, labels, counts_before, counts_now, past, settings)
        if _is_first_fit(earlier, later):
            one = one.without_verdict("the scheme was first fitted in this period", "not_comparable")
        found.append(one)
    return found


def _is_first_fit(before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    def has_segments(counts: Mapping[str, int]) -> bool:
        return any(count and state not in UNASSIGNED for state, count in counts.items())

    return has_segments(now) and not has_segments(before)


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    return {row["bin_label"]: row["bin_count"] for row in rows}


@dataclass(frozen=True)
class _Numbers:
    """A numeric feature of one period: bins in order, and how many values are missing."""

    edges: tuple[tuple[float | None, float | None], ...]
    counts: Numbers
    means: Numbers
    squares: Numbers
    missing: int

    @property
    def known(self) -> int:
        return int(self.counts.sum())

    @property
    def total(self) -> int:
        return self.known + self.missing

    @property
    def known_share(self) -> float:
        return self.known / self.total

    @property
    def mean(self) -> float:
        return float((self.counts * self.means).sum() / self.known)

    @property
    def variance(self) -> float:
        return max(0.0, float(self.squares.sum() / self.known - self.mean**2))

    @property
    def with_missing(self) -> Numbers:
        """Counts with the missing values as the lowest bin."""
        return np.concatenate([[self.missing], self.counts])


def _numbers(rows: Sequence[Row]) -> _Numbers:
    bins = sorted((row for row in rows if row["bin_label"] != MISSING), key=lambda row: row["bin"])
    missing = sum(row["bin_count"] for row in rows if row["bin_label"] == MISSING)
    means, squares = zip(*(_moments(row) for row in bins), strict=True)
    return _Numbers(
        tuple((row["bin_lower"], row["bin_upper"]) for row in bins),
        np.array([row["bin_count"] for row in bins], np.float64),
        np.array(means, np.float64),
        np.array(squares, np.float64),
        missing,
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


def number_change(
    name: str, before_rows: Sequence[Row], now_rows: Sequence[Row], past: Past, settings: DriftSettings
) -> Measured:
    """Kolmogorov-Smirnov test of a numeric feature, missing values below all others.

    The effect is the standardized difference of the means of known values. Large is a
    difference of ``major_effect`` or a known share that changed by ``major_total_variation``.
    """
    before, now = _numbers(before_rows), _numbers(now_rows)
    blank = Measured(
        "feature", name, "kolmogorov_smirnov", f"{name} has {now.total} customers, {before.total} before"
    )
    if min(before.total, now.total) < settings.min_customers:
        return blank.without_verdict(_NO_DATA.format(least=settings.min_customers))
    if not before.known and not now.known:
        return blank.without_verdict("no value is known in either period")
    if before.edges != now.edges:
        return blank.without_verdict("its bins were fitted in this period", "not_comparable")
    test = measures.kolmogorov_smirnov(before.with_missing, now.with_missing)
    said, effect, distance = (
        f"{name} is known of {share(now.known_share)} of customers, {share(before.known_share)} before",
        None,
        None,
    )
    if min(before.known, now.known) >= settings.min_customers:
        effect = measures.standardized_difference(before.mean, before.variance, now.mean, now.variance)
        distance = measures.wasserstein(before.counts, before.means, now.counts, now.means)
        said = (
            f"The mean of {name} is {now.mean:.4g}, {before.mean:.4g} before "
            f"({effect:+.2f} standard deviations), known of {share(now.known_share)} of customers, "
            f"{share(before.known_share)} before"
        )
    is_large = abs(effect or 0.0) >= settings.major_effect
    is_large |= abs(now.known_share - before.known_share) >= settings.major_total_variation
    one = Measured(
        "feature",
        name,
        "kolmogorov_smirnov",
        said,
        value=test.value,
        effect=effect,
        stability=measures.population_stability_index(before.with_missing, now.with_missing),
        distance=distance,
        is_relevant=test.value >= settings.min_kolmogorov_smirnov,
        is_large=is_large,
        floor=f"a distance of {settings.min_kolmogorov_smirnov:g}",
    )
    return against_history(one, test, past, settings)


def paired_categories(
    before: Sequence[Row], now: Sequence[Row], is_quasi: bool
) -> tuple[list[str], Numbers, Numbers]:
    """Labels and counts of two periods; a category without a bin of its own in both counts as other."""
    sides = [_counts(before), _counts(now)]
    kept = [label for label in sides[0] if label in sides[1] and label not in (OTHER, MISSING)]
    if is_quasi:
        # A bin below ten may have been folded into other on one side only: fold it on both.
        kept = [label for label in kept if min(side[label] for side in sides) >= LEAST_IN_QUASI_BIN]
    labels = [*sorted(kept), OTHER, MISSING]
    pair = []
    for side in sides:
        counts = [side[label] for label in labels[:-2]]
        missing = side.get(MISSING, 0)
        pair.append(np.array([*counts, sum(side.values()) - sum(counts) - missing, missing], np.float64))
    return labels, pair[0], pair[1]


def category_change(
    level: str,
    name: str,
    labels: list[str],
    before: Numbers,
    now: Numbers,
    past: Past,
    settings: DriftSettings,
) -> Measured:
    """Chi-squared test of counts over the same ``labels``; the effect is the excess total variation."""
    total_before, total_now = before.sum(), now.sum()
    least = settings.min_customers
    if min(total_before, total_now) < least:
        said = f"{name} has {total_now:.0f} customers, {total_before:.0f} before"
        return Measured(level, name, "total_variation", said).without_verdict(_NO_DATA.format(least=least))
    test, excess = measures.total_variation(before, now)
    shares_before, shares_now = before / total_before, now / total_now
    most = int(np.abs(shares_now - shares_before).round(12).argmax())
    said = (
        f"{name} changed most in {labels[most]}, which has {share(shares_now[most])} of customers, "
        f"{share(shares_before[most])} before"
    )
    one = Measured(
        level,
        name,
        "total_variation",
        said,
        value=test.value,
        effect=excess,
        stability=measures.population_stability_index(before, now),
        is_relevant=excess >= settings.min_total_variation,
        is_large=excess >= settings.major_total_variation,
        floor=f"{share(settings.min_total_variation)} of customers",
    )
    if test.p_value is None and test.value:
        return one.without_verdict("there are too few customers outside of one value")
    if test.p_value is None:
        # All customers share one value in both periods: equal, whatever the sample.
        test = replace(test, p_value=1.0)
    return against_history(one, test, past, settings)
