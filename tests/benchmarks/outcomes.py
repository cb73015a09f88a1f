"""What came of segments on a project that has run: is the order of their names an order of what came?

    python -m tests.benchmarks outcomes data/complete_journey

For each scheme whose segments have an order: of the periods that can be compared, in how many silence,
orders and spend of the next one and two periods are in that order; how much of spend every scheme explains,
beside nine equal groups by spend of three periods; and how many customers stay. All from what was published.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

#: Segments by scheme, from those of whom most is to be expected to those of whom least.
ORDERS: Mapping[str, Sequence[str]] = {
    "purchasing_power": ("high", "medium", "low"),
    "purchase_frequency": ("high", "medium", "low"),
    "loyalty": ("high", "medium", "low"),
    "satisfaction": ("high", "medium", "low"),
    "churn_risk": ("low", "medium", "high"),
    "lifecycle": ("loyal", "active", "at_risk", "lost"),
    "rfm": ("champions", "loyal_customers", "needing_attention", "about_to_sleep", "hibernating"),
}
#: Figures, and whether more of it is to be expected of the first.
FIGURES = {"silent_share": False, "mean_orders_count": True, "mean_net_amount": True}


def ordered(outcomes: pd.DataFrame, scheme: str, horizon: int) -> tuple[int, dict[str, int]]:
    """Periods in which segments of ``scheme`` can be compared, and in how many each figure is in order.

    Segments that nobody was in are left out; fewer than two, or figures of few customers, cannot be compared.
    """
    rows = outcomes[(outcomes.scheme == scheme) & (outcomes.horizon_periods == horizon)]
    periods, right = 0, dict.fromkeys(FIGURES, 0)
    for _, one in rows.groupby("period"):
        known = one.dropna(subset=list(FIGURES)).set_index("segment")
        there = [name for name in ORDERS[scheme] if name in known.index]
        if len(there) < 2:
            continue
        periods += 1
        for figure, is_more in FIGURES.items():
            values = known.loc[there, figure]
            right[figure] += int(
                values.is_monotonic_decreasing if is_more else values.is_monotonic_increasing
            )
    return periods, right


def main() -> None:
    """Print both tables of the project in the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    published = parser.parse_args().project / "lake" / "published"
    outcomes = pd.read_parquet(published / "segment_outcomes")
    explained = pd.read_parquet(published / "scheme_outcomes")
    print(
        f"{'scheme':<20} {'periods ahead':>13} {'compared':>9} " + " ".join(f"{one:>18}" for one in FIGURES)
    )
    for scheme in ORDERS:
        for horizon in (1, 2):
            periods, right = ordered(outcomes, scheme, horizon)
            print(
                f"{scheme:<20} {horizon:>13} {periods:>9} " + " ".join(f"{one:>18}" for one in right.values())
            )
    print(f"\n{'one period ahead':<20} {'explained':>10} {'nine groups':>12} {'stayed':>8}")
    for scheme, rows in explained[explained.horizon_periods == 1].groupby("scheme"):
        segments = outcomes[(outcomes.scheme == scheme) & (outcomes.horizon_periods == 1)].dropna()
        segments = segments[segments.state.str.contains(":")]
        stayed = (segments.stayed_share * segments.followed_count).sum() / max(
            segments.followed_count.sum(), 1
        )
        print(
            f"{scheme:<20} {rows.explained_share.mean():>10.3f} "
            f"{rows.baseline_explained_share.mean():>12.3f} {stayed if len(segments) else float('nan'):>8.3f}"
        )


if __name__ == "__main__":
    main()
