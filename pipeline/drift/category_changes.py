"""Changes of a category, a flag or a mix of segments between two stored profiles.

Belongs here: aligning the categories of two periods, and what is measured of them. Does not belong here:
numbers (``number_changes``), the statistics (``measures``), verdicts (``verdicts``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pipeline.drift import measures
from pipeline.drift.binning import LEAST_IN_QUASI_BIN, MISSING, OTHER, Row
from pipeline.drift.measured import Measured
from pipeline.drift.measures import Numbers
from pipeline.drift.number_changes import NO_DATA, missing_share_change
from pipeline.drift.verdicts import share
from pipeline.settings import DriftSettings

#: How much of a feature's share of false alarms each measure may use.
WEIGHTS = {"total_variation": 0.8, "new_category_share": 0.1, "missing_share_change": 0.1}


def category_changes(
    name: str,
    before_rows: Sequence[Row],
    now_rows: Sequence[Row],
    settings: DriftSettings,
    is_quasi: bool = False,
) -> list[Measured]:
    """All measurements of a category or flag: shares among the known, missing values, new categories."""
    labels, before, now = paired_categories(before_rows, now_rows, is_quasi)
    enough = settings.min_customers
    # Missing values stand last. Where hardly a value is known, whether one is known is all that is compared.
    if min(before[:-1].sum(), now[:-1].sum()) >= enough or min(before.sum(), now.sum()) < enough:
        found = [category_change("feature", name, labels[:-1], before[:-1], now[:-1], settings)]
    else:
        found = []
    if min(before.sum(), now.sum()) >= enough:
        sides = (int(before[-1]), int(before.sum())), (int(now[-1]), int(now.sum()))
        found.append(missing_share_change(name, *sides, settings))
        found += _new_categories(name, before_rows, now_rows, settings)
    return [replace(one, weight=WEIGHTS[one.measure]) for one in found]


def counts_of(rows: Sequence[Row]) -> dict[str, int]:
    """Customers by label."""
    return {row["bin_label"]: row["bin_count"] for row in rows}


def paired_categories(
    before: Sequence[Row], now: Sequence[Row], is_quasi: bool
) -> tuple[list[str], Numbers, Numbers]:
    """Labels and counts of two periods; a category without a bin of its own in both counts as other."""
    sides = [counts_of(before), counts_of(now)]
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
    labels: Sequence[str],
    before: Numbers,
    now: Numbers,
    settings: DriftSettings,
) -> Measured:
    """Chi-squared test of counts over the same ``labels``; the effect is the excess total variation."""
    total_before, total_now = before.sum(), now.sum()
    least = settings.min_customers
    if min(total_before, total_now) < least:
        said = f"{name} has {total_now:.0f} customers, {total_before:.0f} before"
        return Measured(level, name, "total_variation", said).without_verdict(NO_DATA.format(least=least))
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
        floor=f"{share(settings.min_total_variation)} of customers",
    ).reaching(excess, settings.min_total_variation, settings.major_total_variation)
    if test.p_value is None and test.value:
        return one.without_verdict("there are too few customers outside of one value")
    if test.p_value is None:
        # All customers share one value in both periods: equal, whatever the sample.
        test = replace(test, p_value=1.0)
    return replace(one, test=test)


def _new_categories(
    name: str, before_rows: Sequence[Row], now_rows: Sequence[Row], settings: DriftSettings
) -> list[Measured]:
    """The largest category without a bin before: at most as many customers had it as had another one."""
    before, now = counts_of(before_rows), counts_of(now_rows)
    new = {label: count for label, count in now.items() if label not in before and count}
    if not new or not any(label not in (OTHER, MISSING) for label in before):
        return []
    label = max(new, key=lambda one: (new[one], one))
    totals = sum(before.values()), sum(now.values())
    least = settings.min_new_category_share
    # Below the floor it would have had no bin of its own: it may have been so large before.
    earlier = min(before.get(OTHER, 0), int(least * totals[0]))
    test = measures.proportion_change(earlier, totals[0], new[label], totals[1])
    here = new[label] / totals[1]
    others = f", {len(new) - 1} more are new" if len(new) > 1 else ""
    one = Measured(
        "feature",
        name,
        "new_category_share",
        f"{name} has the new category {label}, with {share(here)} of customers{others}",
        value=here,
        compared_value=earlier / totals[0],
        effect=here,
        floor=f"{share(least)} of customers",
    )
    one = one.reaching(here, least, max(least, settings.major_total_variation))
    return [replace(one, test=test)]


def mix_change(
    scheme: str,
    before: Mapping[str, int],
    now: Mapping[str, int],
    settings: DriftSettings,
) -> Measured:
    """Change of the mix of segments of a ``scheme``; counts by state."""
    labels = sorted(before.keys() | now.keys())
    sides = [np.array([side.get(label, 0) for label in labels], np.float64) for side in (before, now)]
    return category_change("segment_mix", scheme, labels, sides[0], sides[1], settings)
