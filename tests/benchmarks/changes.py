"""Whether a customer's rate of orders is told to have changed when it did, and not when it did not.

    python -m tests.benchmarks changes                                    customers drawn with known changes
    python -m tests.benchmarks changes --project data/complete_journey    a company, after a run

Drawn: of those told with some probability, the share that changed; the begin; false alarms; where a tenth
changed in place of half; where their own rates vary more than is assumed. A company: its customers beside the
same with their periods in random order, of whom none changed; and out of sample, of those told to have
changed at least three periods before the newest: how far the rate since the begin, that of the window, and
that of the last three periods were from the next three periods' orders.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from pipeline.engine.duck import DuckEngine
from pipeline.features.window import Window
from pipeline.settings import EngineSettings, Project, load_project
from tests.unit.features.changed import planted, told

BANDS = (0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0000001)
DRAWN = {
    "Poisson, half changed": (np.inf, 0.5),
    "rates vary by a quarter, half changed": (16.0, 0.5),
    "rates vary by 40%, half changed": (6.0, 0.5),
    "rates vary by a quarter, a tenth changed": (16.0, 0.1),
}
SURE, CUSTOMERS, AHEAD = 0.8, 40_000, 3


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path)
    folder = parser.parse_args().project
    engine = DuckEngine(EngineSettings(threads=2, memory_limit="4GB"))
    try:
        _company(engine, load_project(folder)) if folder else _drawn(engine)
    finally:
        engine.close()


def _drawn(engine: DuckEngine) -> None:
    print("| | " + " | ".join(f"{a:g}-{min(b, 1):g}" for a, b in _bands()) + " | begin ±1 | false | found |")
    print("| --- |" + " --- |" * (len(BANDS) + 2))
    for name, (shape, share) in DRAWN.items():
        counts, has_changed, age = planted(np.random.default_rng(11), CUSTOMERS, shape, share)
        found = told(engine, counts, np.full(CUSTOMERS, 15))
        at = np.array(sorted(found))
        p = np.array([found[one][0] for one in at])
        near = np.array([abs((found[one][1] or 99) - age[one]) <= 1 for one in at])
        is_true, sure = has_changed[at], p > SURE
        cells = [_cell(p[one], is_true[one]) for a, b in _bands() for one in [(p >= a) & (p < b)]]
        cells += [
            f"{near[sure & is_true].mean():.1%}",
            f"{sure[~is_true].mean():.1%}",
            f"{sure[is_true].mean():.1%}",
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")


def _bands() -> list[tuple[float, float]]:
    return list(pairwise(BANDS))


def _cell(told_: np.ndarray, is_true: np.ndarray) -> str:
    return f"{told_.mean():.2f}: {is_true.mean():.2f} of {len(told_):,}"


def _company(engine: DuckEngine, project: Project) -> None:
    counts, observed, periods = _counts(project)
    window = Window(project.calendar, periods[0], periods[-1])
    real = told(engine, counts, observed, window)
    chance = np.random.default_rng(3)
    shuffled = counts.copy()
    for at in range(len(counts)):
        known = min(observed[at] - 1, counts.shape[1])
        shuffled[at, -known:] = chance.permutation(shuffled[at, -known:]) if known else shuffled[at, -known:]
    without = told(engine, shuffled, observed, window)
    total = counts.sum(1)
    print(f"{project.title}, {periods[0]} to {periods[-1]}")
    print("| orders | customers | told above .8 | months in random order | above .95 | random |")
    print("| --- |" + " --- |" * 5)
    for low, high in ((4, 10), (10, 20), (20, 50), (50, 100), (100, 10**9)):
        each = [
            np.array([found[at][0] for at in found if low <= total[at] < high]) for found in (real, without)
        ]
        shares = [f"{(one > sure).mean():.1%}" for sure in (0.8, 0.95) for one in each]
        if len(each[0]) >= 20:
            print(f"| {low} to {min(high - 1, total.max())} | {len(each[0]):,} | {' | '.join(shares)} |")
    _ahead(engine, project, counts, observed, periods)


def _ahead(engine: DuckEngine, project: Project, counts, observed, periods) -> None:
    """Root of the mean squared error of orders of the next periods, of those told to have changed."""
    print("\n| told at | since periods | customers | since the begin | window | last three |")
    print("| --- |" + " --- |" * 5)
    for last in range(7, len(periods) - AHEAD + 1):
        window = Window(project.calendar, periods[0], periods[last - 1])
        before = observed - (len(periods) - last)
        seen = before >= 1
        found = told(engine, counts[seen][:, :last], before[seen], window)
        rows = []
        for at, (p, age, _) in found.items():
            past = counts[seen][at, :last]
            known = min(before[seen][at] - 1, last)
            if p > SURE:
                truth = counts[seen][at, last : last + AHEAD].sum()
                rows.append((age, *(AHEAD * past[-many:].mean() - truth for many in (age, known, AHEAD))))
        errors = np.array(rows, float)
        for low, high in ((1, 2), (3, 99)) if len(rows) else ():
            some = errors[(errors[:, 0] >= low) & (errors[:, 0] <= high), 1:]
            if len(some) >= 20:
                roots = " | ".join(f"{one:.2f}" for one in np.sqrt((some**2).mean(0)))
                print(f"| {periods[last - 1]} | {low} to {high} | {len(some)} | {roots} |")


def _counts(project: Project) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Orders by customer and period of the newest twelve; periods since the first event."""
    lake = project.lake_path
    folders = sorted((lake / "features/customer_features").glob("period=*"))
    last = folders[-1].name.removeprefix("period=")
    periods = Window(project.calendar, project.first_period, last).periods
    activity = ds.dataset(lake / "activity/orders", partitioning="hive").to_table(
        columns=["period", "account_id", "orders_count"]
    )
    links = ds.dataset(lake / f"customers/account_links/period={last}").to_table(
        ["account_id", "customer_id"]
    )
    rows = activity.to_pandas().merge(links.to_pandas(), on="account_id")
    counts = rows.pivot_table(index="customer_id", columns="period", values="orders_count", aggfunc="sum")
    known = ds.dataset(lake / f"features/customer_features/period={last}").to_table(
        ["customer_id", "observed_periods_count"]
    )
    table = known.to_pandas().set_index("customer_id")
    every = counts.reindex(index=table.index, columns=periods).fillna(0)
    return every.to_numpy().astype(int), pd.Series(table.observed_periods_count).to_numpy(), periods


if __name__ == "__main__":
    main()
