"""What alarms see, when they cry wolf.

    python -m tests.benchmarks alarms [unchanged power lives …] [--seed 2000 --lives 64]

``unchanged``: two samples of the same population, as below; a comparison with any finding is a false alarm.

``power``: two samples of a company of thirty columns (two of money, heavy-tailed; fourteen normal, four of
counts, four flags, four categories, two mixes of segments), nothing in common but the population, one
planted fault in one column, default settings, no history: the hardest case, for real periods share most of
their customers. Counts runs in which the column with the fault has a finding, which of them are major, and
runs in which any other column has one.

``lives``: companies of thirty columns through 104 weeks (``alarm_lives``), a panel of the same customers,
every column with a season of 0.2 standard deviations and weekly shocks of 0.03; in half of the lives each
column has its own, in the others all have the same. In every life five columns change for good, one each
fifteen weeks, by 0.3; all else that is told is false, a change told anew more than twelve weeks after it
included. ``--seed`` is that of the first life.

``begins``: companies of thirty columns through 30 weeks, in whose sixteenth four of them begin to change.
Counts how soon that is told, and how far off the period is that is said to be its begin.

``carriers``: money of one of five channels changes; counts how often that channel is named, beside segments
by money.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy import stats

from pipeline.drift.binning import CategoryBins, NumberBins, Row, fit_edges, mix_rows, stored_categories
from pipeline.drift.carriers import GroupSums, carrier, profile_name
from pipeline.drift.category_changes import category_changes, mix_change
from pipeline.drift.measured import Measured
from pipeline.drift.number_changes import number_changes
from pipeline.drift.usual import judge_usual
from pipeline.drift.verdicts import judged
from pipeline.settings import DriftSettings
from tests.benchmarks.alarm_lives import COLUMNS, Company, keys_of
from tests.benchmarks.alarm_lives import told as told_of

SETTINGS = DriftSettings()
Column = np.ndarray
Sample = dict[str, Column]
#: Columns by what they are made of.
MONEY = ("spend", "basket")
NORMAL = tuple(f"score_{number}" for number in range(14))
COUNTS = tuple(f"count_{number}" for number in range(4))
FLAGS = {"flag_rare": 0.03, "flag_third": 0.3, "flag_half": 0.5, "flag_most": 0.9}
CATEGORIES = {
    "channel": [0.5, 0.3, 0.15, 0.05],
    "region": [1 / 8] * 8,
    "city": [1 / (3 + place) for place in range(40)],
    "plan": [0.7, 0.2, 0.1],
}
MIXES = {"mix_few": [0.3, 0.3, 0.25, 0.15], "mix_many": [1 / 12] * 12}


def rate(hits: int, runs: int) -> str:
    """A rate with its interval (Wilson, 95%)."""
    interval = stats.binomtest(hits, runs).proportion_ci(method="wilson")
    return f"{100 * hits / runs:.1f}% ({100 * interval.low:.1f}-{100 * interval.high:.1f})"


def drawn(random: np.random.Generator, size: int) -> Sample:
    """Customers of one period, column by column; missing numbers are NaN."""
    found: Sample = {name: random.lognormal(3, 1.5 if name == "spend" else 0.6, size) for name in MONEY}
    found |= {name: random.normal(0, 1, size) for name in NORMAL}
    found |= {name: random.poisson(0.3 + place, size).astype(np.float64) for place, name in enumerate(COUNTS)}
    found |= {name: (random.random(size) < share).astype(np.int64) for name, share in FLAGS.items()}
    for name, weights in {**CATEGORIES, **MIXES}.items():
        p = np.array(weights) / sum(weights)
        found[name] = random.choice(len(p), size, p=p)
    return found


Fault = Callable[[np.random.Generator, Column], Column]


@dataclass(frozen=True)
class Planted:
    """One fault: what it is called, customers of a period, the column it is in, what becomes of it."""

    name: str
    size: int
    column: str
    fault: Fault


def _whales(random: np.random.Generator, values: Column) -> Column:
    return np.where(random.random(values.size) < 0.025, 100 * values, values)


def _of_top(share: float, factor: float) -> Fault:
    def changed(_: np.random.Generator, values: Column) -> Column:
        return np.where(values >= np.quantile(values, 1 - share), factor * values, values)

    return changed


def _missing(random: np.random.Generator, values: Column) -> Column:
    return np.where(random.random(values.size) < 0.02, np.nan, values)


def _moved(share: float, source: int, target: int) -> Fault:
    """``share`` of all customers leave category ``source`` for ``target``."""

    def changed(random: np.random.Generator, values: Column) -> Column:
        part = share / (values == source).mean()
        return np.where((values == source) & (random.random(values.size) < part), target, values)

    return changed


FAULTS = (
    Planted("spend: 2.5% of customers x 100", 100_000, "spend", _whales),
    Planted("spend: top 1% x 3", 100_000, "spend", _of_top(0.01, 3)),
    Planted("spend: top 2% silent", 100_000, "spend", _of_top(0.02, 0)),
    Planted("spend: everyone x 1.10", 100_000, "spend", lambda _, values: 1.1 * values),
    Planted("null share 0 to 2%", 100_000, "score_3", _missing),
    Planted("new category of 1%", 100_000, "channel", _moved(0.01, 0, 9)),
    Planted("rare flag 3% to 4.5%", 100_000, "flag_rare", _moved(0.015, 0, 1)),
    Planted("variance x 1.25", 100_000, "score_5", lambda _, values: np.sqrt(1.25) * values),
    Planted("mix of segments, 2 points", 100_000, "mix_few", _moved(0.02, 0, 2)),
    Planted("mix of segments, 5 points", 5_000, "mix_few", _moved(0.05, 0, 2)),
    Planted("flag of a half, 5 points", 5_000, "flag_half", _moved(0.05, 0, 1)),
    Planted("mean + 0.2 sigma", 5_000, "score_0", lambda _, values: values + 0.2),
    Planted("mean + 0.1 sigma, in its first period", 5_000, "score_0", lambda _, values: values + 0.1),
)


def profiled(
    sample: Sample, fitted: Mapping[str, list[Row]] | None, edges: Mapping[str, list[float]]
) -> dict[str, list[Row]]:
    """Profile rows of every column, in the bins of ``fitted``."""
    rows = {}
    for name, values in sample.items():
        if name in edges:
            numbers = NumberBins(edges[name], is_quasi=False)
            numbers.add(np.round(values, 6))
            rows[name] = numbers.rows()
            continue
        labels, counts = np.unique(values, return_counts=True)
        counted = {f"{label}": int(count) for label, count in zip(labels, counts, strict=True)}
        kept = stored_categories(fitted[name]) if fitted else None
        if name in MIXES:
            rows[name] = mix_rows(counted, kept or [])
        else:
            categories = CategoryBins(kept, False, SETTINGS.min_new_category_share)
            categories.add(counted)
            rows[name] = categories.rows()
    return rows


def edges_of(sample: Sample) -> dict[str, list[float]]:
    """Edges of numeric columns."""
    return {
        name: fit_edges(np.round(values, 6), SETTINGS.bins)
        for name, values in sample.items()
        if name in (*MONEY, *NORMAL, *COUNTS)
    }


def measured(before: Mapping[str, list[Row]], now: Mapping[str, list[Row]]) -> list[Measured]:
    """Every column's changes."""
    found = []
    for name in now:
        if name in MIXES:
            counts = ({row["bin_label"]: row["bin_count"] for row in side[name]} for side in (before, now))
            found.append(mix_change(name, *counts, SETTINGS))
        elif name in FLAGS or name in CATEGORIES:
            found += category_changes(name, before[name], now[name], SETTINGS)
        else:
            found += number_changes(name, before[name], now[name], SETTINGS, name in MONEY)
    return judge_usual(found, {}, SETTINGS)


def told(changes: list[Measured]) -> dict[str, str]:
    """Severity by column with a finding."""
    rows = judged(changes, "2024-01", SETTINGS.false_discovery_rate)
    return {row["subject"]: row["severity"] for row in rows if row["severity"] != "none"}


def unchanged(runs: Mapping[int, int]) -> None:
    """Print how many comparisons of two samples of the same population have a finding, by customers."""
    print("| customers | comparisons | any finding | any major |\n|" + " --- |" * 4)
    for size, times in runs.items():
        random = np.random.default_rng([12, size])
        first = drawn(random, size)
        edges = edges_of(first)
        fitted = profiled(first, None, edges)
        found = []
        for _ in range(times):
            before, now = (profiled(drawn(random, size), fitted, edges) for _ in range(2))
            found.append(set(told(measured(before, now)).values()))
        any_finding, major = sum(map(bool, found)), sum("major" in one for one in found)
        print(f"| {size:,} | {times} | {rate(any_finding, times)} | {rate(major, times)} |", flush=True)


def power(runs: int) -> None:
    """Print what is seen of every planted fault."""
    print("| fault | customers | told | of them major | other columns told |\n|" + " --- |" * 5)
    for place, one in enumerate(FAULTS):
        random = np.random.default_rng([13, place])
        first = drawn(random, one.size)
        edges = edges_of(first)
        fitted = profiled(first, None, edges)
        seen = major = false = 0
        for _ in range(runs):
            before = profiled(drawn(random, one.size), fitted, edges)
            after = drawn(random, one.size)
            after[one.column] = one.fault(random, after[one.column])
            alarms = told(measured(before, profiled(after, fitted, edges)))
            seen += one.column in alarms
            major += alarms.get(one.column) == "major"
            false += bool(alarms.keys() - {one.column})
        of_seen = f"{major} of {seen}"
        print(
            f"| {one.name} | {one.size:,} | {rate(seen, runs)} | {of_seen} | {rate(false, runs)} |",
            flush=True,
        )


#: Columns that change in a life, and when.
CHANGED = {3: 20, 8: 35, 23: 50, 14: 65, 27: 80}
#: What is told of a change so many periods after it began is true.
TRUE_FOR = 12


def lives(customers: int, first: int, count: int) -> None:
    """Print what is told in whole lives, seeds from ``first`` on, and how much of it is false."""
    major: list[bool] = []
    false, early, true, again, minors = 0, 0, 0, 0, 0
    for number in range(first, first + count):
        company = Company(
            number,
            customers,
            season=0.2,
            shock=0.03,
            is_common=bool(number % 2),
            planted=lambda column, period: 0.3 * (period >= CHANGED.get(column, 999)),
        )
        major.append(False)
        for period, row in told_of(company, 104):
            if row["severity"] == "none":
                continue
            begun = CHANGED.get(COLUMNS.index(row["subject"]), 999)
            is_true = begun <= period <= begun + TRUE_FOR
            true += is_true
            false += not is_true
            early += not is_true and period <= 12
            again += not is_true and period > begun
            minors += row["severity"] == "minor"
            major[-1] |= row["severity"] == "major" and not is_true
    print(
        f"| {customers:,} | {count} | {rate(sum(major), count)} | {false / count:.2f} | {early / count:.2f} |"
        f" {true} of {5 * count} | {again} | {rate(false, minors) if minors else '-'} |",
        flush=True,
    )


#: Column, what is added to its mean in the first period of the change and every later one.
BEGINS: dict[str, tuple[int, Callable[[int], float]]] = {
    "mean + 0.1 sigma for good": (0, lambda _: 0.1),
    "mean + 0.2 sigma for good": (1, lambda _: 0.2),
    "mean + 0.02 sigma a period": (2, lambda after: 0.02 * (after + 1)),
    "money + 13% for good": (22, lambda _: 0.2),
}
BEGIN = 15


def begins(customers: int, season: float, shock: float, count: int) -> None:
    """Print how soon planted changes are told, and whether their begin is."""
    columns = dict(BEGINS.values())

    def planted(column: int, period: int) -> float:
        return columns[column](period - BEGIN) if column in columns and period >= BEGIN else 0.0

    after: dict[str, list[int]] = {name: [] for name in BEGINS}
    off: dict[str, list[int]] = {name: [] for name in BEGINS}
    keys = keys_of(30)
    for number in range(count):
        first: dict[str, tuple[int, int]] = {}
        for period, row in told_of(Company(5000 + number, customers, season, shock, planted=planted), 30):
            if row["severity"] != "none" and period >= BEGIN:
                since = keys.index(row["began_period"])
                first.setdefault(row["subject"], (period - BEGIN, since - BEGIN))
        for name, (column, _) in BEGINS.items():
            if COLUMNS[column] in first:
                after[name].append(first[COLUMNS[column]][0])
                off[name].append(abs(first[COLUMNS[column]][1]))
    for name in BEGINS:
        within = [rate(sum(one <= most for one in after[name]), count) for most in (0, 2, 11)]
        near = rate(sum(one <= 1 for one in off[name]), len(off[name])) if off[name] else "-"
        print(
            f"| {name} | {customers:,} | {season:g}, {shock:g} | " + " | ".join([*within, near]) + " |",
            flush=True,
        )


def lives_table(first: int = 100, count: int = 40) -> None:
    """Print the table of lives."""
    print(
        "| customers | lives | any false major | false a life | of them in the first 12 periods |"
        " true changes told | a planted change told anew | false by minors |\n|" + " --- |" * 8
    )
    for customers in (5_000, 50_000):
        lives(customers, first, count)


def begins_table() -> None:
    """Print the table of begins."""
    print(
        "| change | customers | season, shocks | told at once | within 3 | within 12 | begin within 1 |\n|"
        + " --- |" * 7
    )
    begins(5_000, 0.0, 0.0, 50)
    begins(5_000, 0.2, 0.03, 30)
    begins(50_000, 0.2, 0.03, 30)


def carriers_table() -> None:
    """Print how often the group is named in which money was planted, by customers and what it spends more."""
    print("| customers | the group spends | told | right group named, of those told |\n|" + " --- |" * 4)
    channels, shares = ["shop", "web", "app", "mail", "market"], [0.4, 0.25, 0.2, 0.1, 0.05]
    for customers, factor in ((5_000, 1.5), (5_000, 0.5), (100_000, 1.2), (100_000, 1.5)):
        random = np.random.default_rng([15, customers, int(10 * factor)])
        seen = right = 0
        for _ in range(200):
            sides, profiles = [], []
            target = channels[int(random.integers(4))]
            edges: list[float] = []
            for is_now in (False, True):
                money = random.lognormal(3, 1, customers)
                group = random.choice(channels, customers, p=shares)
                tier = np.where(
                    random.random(customers) < 0.8, np.where(money > 30, "rfm:high", "rfm:low"), "rfm:new"
                )
                money = np.where(is_now & (group == target), factor, 1.0) * money
                edges = edges or fit_edges(money, SETTINGS.bins)
                bins = NumberBins(edges, is_quasi=False)
                bins.add(money)
                profiles.append(bins.rows())
                sums = {}
                for kind, labels in (("channel", group), ("rfm", tier)):
                    one = GroupSums(kind, ["spend"])
                    one.add(pa.array(labels.tolist()), {"spend": money})
                    sums[profile_name(kind, "spend")] = one.rows("spend")
                sides.append(sums)
            changes = judge_usual(number_changes("spend", *profiles, SETTINGS, True), {}, SETTINGS)
            if told(changes):
                seen += 1
                found = carrier("spend", ["channel", "rfm"], *sides)
                right += found is not None and found.group == target
        more = f"{factor - 1:+.0%}"
        print(
            f"| {customers:,} | {more} | {rate(seen, 200)} | {rate(right, seen) if seen else '-'} |",
            flush=True,
        )


PARTS: dict[str, Callable[[], None]] = {
    "unchanged": lambda: unchanged({500: 1000, 5_000: 600, 100_000: 100}),
    "power": lambda: power(200),
    "lives": lives_table,
    "begins": begins_table,
    "carriers": carriers_table,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--seed", type=int, default=100, help="of the first life")
    parser.add_argument("--lives", type=int, default=40)
    arguments = parser.parse_args()
    PARTS["lives"] = lambda: lives_table(arguments.seed, arguments.lives)
    started = time.perf_counter()
    for part in arguments.parts or PARTS:
        print(f"\n{part}", flush=True)
        PARTS[part]()
    print(f"\n{time.perf_counter() - started:.0f} s")
