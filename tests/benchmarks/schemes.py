"""What each further scheme costs a customer: one more period with those that come along, and with thirty.

    python -m tests.benchmarks.schemes 100000
    python -m tests.benchmarks.schemes 100000 --schemes 14 30 --history 2

The company of ``scale``, with the schemes that come along and then generated ones, as a project would
write them: tiers, grids and rules over features of orders. The history is brought up to date first; then one
run of the whole pipeline for one more period is a process of its own. Told are its CPU seconds, what it added
to the lake (files that are linked count once) and, between the smallest and the largest number of schemes,
the difference for each customer and further scheme: everything in it, from scoring to the report.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.benchmarks.scale import MONTHS, measured, write_project

#: Schemes that come along: in every project, and price sensitivity, for the company tells discounts.
BUILT_IN = 14
#: Features of orders that generated schemes are made of: so many that no two schemes are of the same.
_FEATURES = (
    "orders_per_30_days_12p",
    "net_amount_per_30_days_12p",
    "recency_days",
    "active_periods_share_12p",
    "mean_gap_days_12p",
    "gap_variation_12p",
    "average_order_amount_12p",
    "average_line_amount_12p",
    "lines_per_order_12p",
    "discount_share_12p",
    "weekend_orders_share_12p",
)


def _text(words: str) -> dict[str, Any]:
    return {"label": {"en": words, "zh": words}}


def _tier(place: int, names: list[str]) -> dict[str, Any]:
    return {
        "kind": "tier",
        "score": [
            {"feature": one, "weight": weight} for one, weight in zip(names, (0.5, 0.3, 0.2), strict=True)
        ],
        "borders": {"quantiles": [0.25, 0.5, 0.75]},
        "segments": {one: _text(one) for one in ("a", "b", "c", "d")},
    }


def _grid(place: int, names: list[str]) -> dict[str, Any]:
    return {
        "kind": "grid",
        "axes": {"first": {"feature": names[0]}, "second": {"feature": names[1]}},
        "rows": ["first"],
        "columns": ["second"],
        "cells": [[f"s{(row + column) // 2}" for column in range(5)] for row in range(5)],
        "segments": {f"s{one}": _text(f"s{one}") for one in range(5)},
    }


def _rules(place: int, names: list[str]) -> dict[str, Any]:
    return {
        "kind": "rules",
        "thresholds": {"much": 10 + place, "little": 1},
        "evidence": names,
        "rules": [
            {"segment": "much", "when": {"feature": names[0], "at_least": "much"}, "reasons": [names[0]]},
            {"segment": "some", "when": {"feature": names[1], "at_least": "little"}, "reasons": names[:2]},
            {"segment": "none", "reasons": names},
        ],
        "segments": {one: _text(one) for one in ("much", "some", "none")},
    }


def generated() -> Iterator[dict[str, Any]]:
    """Schemes of a project's own, without end: two tiers, a grid, rules, and again."""
    place = 0
    while True:
        stride = 1 + place // len(_FEATURES)
        names = [_FEATURES[(place * 3 + step * stride) % len(_FEATURES)] for step in range(3)]
        made = (_tier, _grid, _tier, _rules)[place % 4](place, names)
        yield {"scheme": f"own_{place:02}", "place": 500 + place, **_text(f"Own {place}"), **made}
        place += 1


def stored(lake: Path) -> int:
    """Bytes of all Parquet files of ``lake``, each once however many links it has."""
    files = {
        (one.st_dev, one.st_ino): one.st_size for one in (path.stat() for path in lake.rglob("*.parquet"))
    }
    return sum(files.values())


def one_more_period(customers: int, schemes: int, history: int) -> tuple[float, int, float]:
    """CPU seconds, bytes and peak GiB of one more period with so many schemes."""
    with TemporaryDirectory(prefix="segments-schemes-") as name:
        folder = Path(name)
        write_project(folder, customers, history)
        file = folder / "project.yaml"
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        settings["segments"] = {"warm_up_periods": 1}  # all are fitted in the history
        settings["schemes"] = list(islice(generated(), schemes - BUILT_IN))
        file.write_text(yaml.safe_dump(settings), encoding="utf-8")
        program = [str(Path(sys.executable).parent / "segments"), "run", "--project", name]
        measured([*program, "--through", "2023-12"])
        before = stored(folder / "lake")
        cost = measured(program)
        return cost.cpu_seconds, stored(folder / "lake") - before, cost.peak_gib


def main() -> None:
    """Measure each number of schemes and print a row of it, then what a further scheme costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", type=int, nargs="?", default=100_000)
    parser.add_argument("--schemes", type=int, nargs="+", default=[BUILT_IN, 30])
    parser.add_argument("--history", type=int, default=2, choices=range(2, MONTHS), metavar="PERIODS")
    arguments = parser.parse_args()
    customers = arguments.customers
    print(f"{'customers':>10} {'schemes':>8} {'CPU s':>8} {'MB':>8} {'peak GiB':>9}")
    found = {}
    for schemes in sorted(arguments.schemes):
        cpu, size, peak = found[schemes] = one_more_period(customers, schemes, arguments.history)
        print(f"{customers:>10,} {schemes:>8} {cpu:>8.1f} {size / 1e6:>8.1f} {peak:>9.2f}", flush=True)
    fewest, most = min(found), max(found)
    if fewest < most:
        pieces = customers * (most - fewest)
        cpu, size = (found[most][one] - found[fewest][one] for one in (0, 1))
        print(f"each further scheme, a customer: {cpu / pieces * 1e6:.2f} µs CPU, {size / pieces:.1f} bytes")


if __name__ == "__main__":
    main()
