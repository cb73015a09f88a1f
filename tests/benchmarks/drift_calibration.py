"""How often drift findings cry wolf, and what they see: ``python -m tests.benchmarks.drift_calibration``.

Simulates two periods of ten columns (four normal, two skewed, two binary, two categorical),
profiles them in fixed bins as the pipeline does, and counts findings. Unchanged data: a run with
any finding at all is a false alarm. Changed data: a run counts as seen when the changed column
has a finding. Intervals are Wilson's at 95%. Two samples share no customer, which is the
hardest case: real periods share most of theirs and differ less.
"""

import time
from collections.abc import Callable

import numpy as np
from scipy import stats

from pipeline.drift.binning import CategoryBins, NumberBins, Row, fit_edges, stored_categories
from pipeline.drift.feature_changes import category_change, number_change, paired_categories
from pipeline.drift.verdicts import Measured, Past, judged
from pipeline.settings import DriftSettings

SETTINGS = DriftSettings()
REPETITIONS = {500: 1500, 5_000: 1000, 100_000: 100}
CATEGORIES = {"category_few": [0.5, 0.3, 0.15, 0.05], "category_many": [1 / (3 + k) for k in range(40)]}
BINARY = {"binary_third": 0.3, "binary_rare": 0.05}

Sample = dict[str, np.ndarray]


def draw(random: np.random.Generator, size: int, shift: float = 0.0, points: float = 0.0) -> Sample:
    """One period: ``shift`` moves the first normal column, ``points`` the share of the first binary one."""
    found = {f"normal_{k}": random.normal(shift if k == 0 else 0, 1, size) for k in range(4)}
    found |= {"skewed_lognormal": random.lognormal(3, 1, size), "skewed_zeros": random.poisson(0.4, size)}
    for name, share in BINARY.items():
        found[name] = random.random(size) < share + (points if name == "binary_third" else 0)
    for name, weights in CATEGORIES.items():
        p = np.array(weights) / sum(weights)
        found[name] = random.choice(len(p), size, p=p)
    return found


def profiled(
    sample: Sample, fitted: dict[str, list[Row]] | None, edges: dict[str, list[float]]
) -> dict[str, list[Row]]:
    """Profile rows of every column, in the bins of ``fitted``."""
    rows = {}
    for name, values in sample.items():
        if name in edges:
            numbers = NumberBins(edges[name], is_quasi=False)
            numbers.add(np.round(values.astype(np.float64), 6))
            rows[name] = numbers.rows()
        else:
            categories = CategoryBins(stored_categories(fitted[name]) if fitted else None, is_quasi=False)
            labels, counts = np.unique(values, return_counts=True)
            categories.add({str(label): int(count) for label, count in zip(labels, counts, strict=True)})
            rows[name] = categories.rows()
    return rows


def measured(before: dict[str, list[Row]], now: dict[str, list[Row]], past: Past) -> list[Measured]:
    """Every column's change."""
    found = []
    for name in now:
        if name.startswith(("normal", "skewed")):
            found.append(number_change(name, before[name], now[name], past, SETTINGS))
        else:
            pair = paired_categories(before[name], now[name], is_quasi=False)
            found.append(category_change("feature", name, *pair, past, SETTINGS))
    return found


def alarmed(changes: list[Measured]) -> set[str]:
    """Columns with a finding."""
    rows = judged(changes, "2024-01", SETTINGS.false_discovery_rate)
    return {row["subject"] for row in rows if row["severity"] != "none"}


def rate(hits: int, runs: int) -> str:
    """A rate with its interval."""
    interval = stats.binomtest(hits, runs).proportion_ci(method="wilson")
    return f"{100 * hits / runs:.1f}% ({100 * interval.low:.1f}-{100 * interval.high:.1f}%)"


def pairs(
    size: int, runs: int, seed: int, **change: float
) -> list[tuple[dict[str, list[Row]], dict[str, list[Row]]]]:
    """Profiles of two periods, ``runs`` times; bins are fitted once, on a period before them all."""
    random = np.random.default_rng(seed)
    first = draw(random, size)
    edges = {
        name: fit_edges(np.round(values.astype(np.float64), 6), SETTINGS.bins)
        for name, values in first.items()
        if name.startswith(("normal", "skewed"))
    }
    fitted = profiled(first, None, edges)
    return [
        (profiled(draw(random, size), fitted, edges), profiled(draw(random, size, **change), fitted, edges))
        for _ in range(runs)
    ]


def false_alarms(size: int, runs: int) -> tuple[int, int, int]:
    """Runs with any finding on unchanged data: without history, with twelve periods of it, of how many."""
    past: Past = {}
    plain = learned = learned_runs = 0
    for before, now in pairs(size, runs, seed=size):
        changes = measured(before, now, {})
        plain += bool(alarmed(changes))
        if past and all(len(values) >= SETTINGS.min_history_periods for values in past.values()):
            learned_runs += 1
            learned += bool(alarmed(measured(before, now, past)))
        for one in changes:
            key = (one.level, one.subject, one.measure)
            past[key] = [*past.get(key, []), one.value or 0.0][-SETTINGS.min_history_periods :]
    return plain, learned, learned_runs


def seen(size: int, runs: int, column: str, **change: float) -> int:
    """Runs in which the changed column has a finding."""
    return sum(
        column in alarmed(measured(before, now, {})) for before, now in pairs(size, runs, size + 1, **change)
    )


def main() -> None:
    """Print the table of the documentation."""
    started = time.perf_counter()
    header = [
        "customers",
        "runs",
        "false alarm, no history",
        "false alarm, 12 periods",
        "0.1 sigma seen",
        "0.2 sigma seen",
        "10 points seen",
    ]
    print("| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
    detections: list[Callable[[int, int], int]] = [
        lambda size, runs: seen(size, runs, "normal_0", shift=0.1),
        lambda size, runs: seen(size, runs, "normal_0", shift=0.2),
        lambda size, runs: seen(size, runs, "binary_third", points=0.1),
    ]
    for size, runs in REPETITIONS.items():
        plain, learned, learned_runs = false_alarms(size, runs)
        fewer = max(runs // 4, 40)
        cells = [
            rate(plain, runs),
            rate(learned, learned_runs),
            *(rate(one(size, fewer), fewer) for one in detections),
        ]
        print(f"| {size:,} | {runs}, {fewer} | " + " | ".join(cells) + " |", flush=True)
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
