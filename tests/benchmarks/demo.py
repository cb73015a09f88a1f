"""The simulated company through the whole pipeline: planted rows against found, customers against persons.

``python -m tests.benchmarks demo [--customers 20000 --periods 12 --steps 3]``. The company is
written as it stood at several moments and run after each, so that rows arrive late, are corrected
and deleted. Prints planted and found rows by source and rule, precision and recall of pairs of
accounts, wall time and peak memory.
"""

import argparse
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from assets.running import bring_up_to_date
from pipeline.settings import Project, load_project
from pipeline.simulate import Plan, expected_accounts, expected_rules, simulate
from pipeline.simulate.expected import COUNTS
from tests.lakes import lake_rows

SEED = 20241201


def steps_of(plan: Plan, count: int) -> list[str]:
    """Periods at whose end the sources are collected: evenly spread, the last among them."""
    at = {round((one + 1) * plan.periods / count) - 1 for one in range(count)}
    return [plan.keys[one] for one in sorted(at) if one >= 0]


def run_company(folder: Path, truth: Path, plan: Plan, steps: Iterable[str]) -> tuple[Project, float]:
    """Write and run the company step by step; the project and the seconds of the runs."""
    seconds = 0.0
    for step in steps:
        simulate(folder, plan, truth, as_of=step)
        started = time.monotonic()
        bring_up_to_date(load_project(folder))
        seconds += time.monotonic() - started
    return load_project(folder), seconds


def found_accounts(project: Project) -> dict[tuple[str, str], dict[str, int]]:
    """``clean/row_accounts`` by source and period."""
    rows = _rows(project, "clean/row_accounts")
    return {(row["source"], row["period"]): {one: row[one] for one in COUNTS} for row in rows}


def found_rules(project: Project) -> Counter[tuple[str, str]]:
    """Rows set aside by source and rule."""
    found: Counter[tuple[str, str]] = Counter()
    for entity in project.entities:
        for row in _rows(project, f"quarantine/{entity}"):
            found[row["source"], row["rule"]] += 1
    return found


def _rows(project: Project, table: str, period: str | None = None) -> list[dict[str, Any]]:
    return lake_rows(project.lake_path, table, period)


def pair_quality(customer_of: dict[str, str], person_of: dict[str, str]) -> dict[str, float]:
    """Precision, recall and F1 over pairs of accounts that are one customer, one person."""

    def pairs(groups: Iterable[Any]) -> int:
        return sum(count * (count - 1) // 2 for count in Counter(groups).values())

    known = sorted(set(customer_of) & set(person_of))
    found = pairs(customer_of[one] for one in known)
    true = pairs(person_of[one] for one in known)
    both = pairs((customer_of[one], person_of[one]) for one in known)
    precision, recall = both / max(found, 1), both / max(true, 1)
    return {
        "accounts": len(known),
        "true_pairs": true,
        "found_pairs": found,
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
    }


def named_accounts(project: Project, period: str) -> dict[str, str]:
    """``account_id`` of each account known in a period, by ``space/number``, as the truth names it."""
    rows = _rows(project, "restricted/crosswalk", period)
    return {f"{one['account_space']}/{one['source_account_id']}": one["account_id"] for one in rows}


def identity(project: Project, truth: Path, period: str) -> dict[str, float]:
    """Quality of the customers of a period against the persons."""
    links = _rows(project, "customers/account_links", period)
    rows = pq.read_table(truth / "accounts.parquet").to_pylist()
    person_of = {f"{one['source']}/{one['source_account_id']}": one["person_id"] for one in rows}
    return pair_quality(
        {one["account_id"]: one["customer_id"] for one in links},
        {id: person_of[name] for name, id in named_accounts(project, period).items() if name in person_of},
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("--steps", type=int, default=3, help="times that the sources are collected")
    parser.add_argument("--folder", type=Path, help="where to write; default: a temporary folder")
    asked = parser.parse_args(arguments)
    plan = Plan(asked.customers, asked.periods, SEED)
    steps = steps_of(plan, asked.steps)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.folder or Path(temporary)) / "company"
        truth = folder.with_name("truth")
        project, seconds = run_company(folder, truth, plan, steps)
        planted = pq.read_table(truth / "planted.parquet").to_pylist()
        _print_rows(project, planted, plan, steps)
        print(f"\nIdentity in {steps[-1]}, pairs of accounts, default threshold {project.identity.threshold}")
        for name, value in identity(project, truth, steps[-1]).items():
            print(f"  {name:12} {value:,.4f}" if isinstance(value, float) else f"  {name:12} {value:,}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\n{seconds:.0f} s for {len(steps)} runs, peak memory {peak:.2f} GiB")


def _print_rows(project: Project, planted: list[dict[str, Any]], plan: Plan, steps: list[str]) -> None:
    periods = [one for one in plan.keys if one <= steps[-1]]
    rules, wanted = found_rules(project), expected_rules(planted, periods, steps)
    print(f"Collected at the ends of {', '.join(steps)}\n")
    print(f"{'source':16} {'rule':24} {'planted':>10} {'found':>10} {'difference':>10}")
    for key in sorted(set(rules) | set(wanted)):
        _print_line(*key, wanted.get(key, 0), rules.get(key, 0))
    accounts, expected = found_accounts(project), expected_accounts(planted, periods, steps)
    nothing = dict.fromkeys(COUNTS, 0)
    print(f"\n{'source':16} {'rows, all periods':24} {'planted':>10} {'found':>10} {'difference':>10}")
    for source in sorted(project.sources):
        for count in COUNTS:
            want = sum(expected.get((source, one), nothing)[count] for one in periods)
            have = sum(accounts.get((source, one), nothing)[count] for one in periods)
            _print_line(source, count, want, have)
    cells = set(accounts) | set(expected)
    differ = [one for one in cells if accounts.get(one, nothing) != expected.get(one, nothing)]
    print(f"\n{len(cells)} cells of source and period, {len(differ)} differ: {sorted(differ)[:20]}")


def _print_line(source: str, what: str, planted: int, found: int) -> None:
    if planted or found:
        print(f"{source:16} {what:24} {planted:10,} {found:10,} {found - planted:10,}")


if __name__ == "__main__":
    main()
