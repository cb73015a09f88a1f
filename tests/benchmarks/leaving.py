"""By which rule is a segment left? Drawn companies in which nobody changes, and some who do.

    python -m tests.benchmarks leaving [--customers 8000 --seeds 1 2]

Customers have a rate of orders, a worth and a size of them, a store and a share of it that stay. What twelve
months show of them is drawn (Poisson, log-normal, binomial), month by month for five years; schemes of the
package are fitted in the first, with second looks, and score each month from the segments of the one before.
A tenth become others for good in the sixth month. Each rule reads the same version, or parts of it. Told are

- the greatest change of a segment's share after 1, 2 and 4 years, in points, of the same customers, who do
  not change, and how many of them move a month;
- of those who change so that they are mostly seen in another segment than theirs: how many leave theirs in
  two months, beside how many of the others do, and how many are in the right one half a year, one year and
  two years later;
- how many of those who do not change are, after two years, in the segment in which they are seen most often.

Fails where a mix moves by more than three points in two years by the rule of the package.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.ledgers import WINDOW_PERIODS
from pipeline.models.frame import Flags, Floats, Frame, Integers, Sample
from pipeline.schemes import serving
from pipeline.schemes.remembered import ASKED, kept
from pipeline.schemes.second_look import second_looks
from pipeline.schemes.traits import fit_traits
from pipeline.settings import Project
from tests.benchmarks.calm_told import MIX_POINTS
from tests.unit.segments.synthetic import shop_with

SCHEMES = ("purchase_frequency", "purchasing_power", "loyalty", "rfm")
MONTHS, CHANGE, MOVERS, DAYS = 60, 6, 0.1, 365.0
Parameters = dict[str, Any]


def _without(parameters: Parameters, odds: float, *parts: str) -> Parameters:
    return {name: one for name, one in parameters.items() if name not in parts} | {"leave_odds": odds}


#: What is made of a version for each rule.
RULES: Mapping[str, Callable[[Parameters], Parameters]] = {
    "no memory": lambda one: _without(one, 0.0, ASKED),
    "odds of 16": lambda one: _without(one, 16.0, ASKED, "usual"),
    "4 times what is usual": lambda one: _without(one, 4.0, ASKED),
    "8 times what is usual": lambda one: _without(one, 8.0, ASKED),
    "at most 8 times, balanced": lambda one: one,
}


def main(arguments: list[str] | None = None) -> None:
    """Print the table; fails where a mix drifts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=8_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args(arguments)
    print(
        "| seed | scheme | rule | drift in 1, 2, 4 years | moved a month | movers | left in 2 months, others"
        " | right after 6, 12, 24 months | others where they belong |"
    )
    print("| --- |" + " --- |" * 8)
    right = True
    with tempfile.TemporaryDirectory() as folder:
        project = shop_with(Path(folder))
        for seed in asked.seeds:
            looks, is_mover = company(asked.customers, seed)
            for scheme in SCHEMES:
                for rule, found in _by_rule(scheme, project, looks, is_mover):
                    print(f"| {seed} | {scheme} | {rule} | {found.row()} |", flush=True)
                    right &= rule != "at most 8 times, balanced" or abs(found.drift[1]) <= MIX_POINTS
    sys.exit(0 if right else 1)


def company(size: int, seed: int) -> tuple[list[Mapping[str, Floats]], Flags]:
    """Features of twelve months, month by month, and who changes. The first month is before the fit."""
    random = np.random.default_rng(seed)
    before, after = _traits(size, random), _traits(size, random)
    is_mover = random.random(size) < MOVERS
    months = []
    for month in range(MONTHS + WINDOW_PERIODS):
        changed = is_mover & (month >= CHANGE + WINDOW_PERIODS)
        months.append(_month({name: np.where(changed, after[name], before[name]) for name in before}, random))
    uneven = before["uneven"], random
    return [_features(months[at + 1 : at + 1 + WINDOW_PERIODS], *uneven) for at in range(MONTHS)], is_mover


def _traits(size: int, random: np.random.Generator) -> dict[str, Floats]:
    return {
        "rate": random.gamma(1.5, 0.8, size),
        "amount": random.normal(3.3, 0.5, size),
        "lines": random.normal(1.2, 0.4, size),
        "store": random.beta(6, 4, size),
        "uneven": random.normal(0.9, 0.25, size),
    }


def _month(own: Mapping[str, Floats], random: np.random.Generator) -> dict[str, Floats]:
    """What a month shows; ``last`` and ``first`` order as parts of the month."""
    orders = random.poisson(own["rate"])
    shape = int(orders.max()), len(orders)
    is_one = np.arange(shape[0])[:, None] < orders
    amounts = np.exp(random.normal(own["amount"], 0.9, shape)) * is_one
    lines = np.maximum(np.exp(random.normal(own["lines"], 0.5, shape)), 1.0) * is_one
    at = random.random(shape)
    return {
        "orders": orders.astype(float),
        "amount": amounts.sum(axis=0),
        "squares": (amounts**2).sum(axis=0),
        "lines": lines.sum(axis=0),
        "store": random.binomial(orders, own["store"]).astype(float),
        "last": np.where(is_one, at, -np.inf).max(axis=0),
        "first": np.where(is_one, at, np.inf).min(axis=0),
    }


def _features(
    months: list[dict[str, Floats]], uneven: Floats, random: np.random.Generator
) -> dict[str, Floats]:
    """The features that the schemes read, as of the end of ``months``."""
    total = {name: np.sum([one[name] for one in months], axis=0) for name in months[0]}
    n, amount = total["orders"], total["amount"]
    last = np.max([at + one["last"] for at, one in enumerate(months)], axis=0)
    first = np.min([at + one["first"] for at, one in enumerate(months)], axis=0)
    month = DAYS / WINDOW_PERIODS
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(n > 1, np.maximum((last - first) * month / (n - 1), 1e-3), np.nan)
        mean = np.where(n > 0, amount / n, np.nan)
        scatter = np.sqrt(np.maximum(total["squares"] - n * mean**2, 0.0) / (n - 1)) / mean
        return {
            "orders_per_30_days_12p": n * 30 / DAYS,
            "net_amount_per_30_days_12p": amount * 30 / DAYS,
            "rhythm_silence_ratio": np.where(n > 0, (len(months) - last) * n / len(months), np.nan),
            "order_days_count_12p": n,
            "orders_count_12p": n,
            "lines_count_12p": total["lines"],
            "store_lines_count_12p": n,
            "mean_gap_days_12p": gap,
            "tenure_days": np.full(len(n), 1000.0),
            "observed_periods_count": np.full(len(n), 24.0),
            "active_periods_share_12p": np.mean([one["orders"] > 0 for one in months], axis=0),
            "top_store_share_12p": np.where(n > 0, total["store"] / n, np.nan),
            "average_order_amount_12p": mean,
            "average_line_amount_12p": np.where(n > 0, amount / total["lines"], np.nan),
            "lines_per_order_12p": np.where(n > 0, total["lines"] / n, np.nan),
            "order_amount_variation_12p": np.where(n > 1, scatter, np.nan),
            "gap_variation_12p": np.where(
                n > 2, np.abs(random.normal(uneven, 0.5 / np.sqrt(np.maximum(n - 1, 1)))), np.nan
            ),
        }


def _frame(look: Mapping[str, Floats], names: list[str]) -> Frame:
    size = len(next(iter(look.values())))
    ids = pa.array([f"c{one:06d}" for one in range(size)])
    return Frame(ids, {one: look.get(one, np.full(size, np.nan)) for one in names}, {})


def version(scheme: str, project: Project, looks: list[Mapping[str, Floats]]) -> tuple[list[str], Parameters]:
    """What a scheme reads, and its version, fitted in the second month."""
    document = project.every_scheme[scheme]
    names = list(dict.fromkeys([*serving.reads(document, project), *looks[0]]))
    before, now = (_frame(one, names) for one in looks[:2])
    traits = fit_traits(serving.traits_of(document, project), now, project)
    every = fit_traits(now.numbers, now, project)
    again = second_looks(now, every, project, {})
    found = serving.fit(document, Sample(now, before), project, None, {}, traits, again)
    assert found.parameters is not None
    return names, found.parameters


def _by_rule(
    scheme: str, project: Project, looks: list[Mapping[str, Floats]], is_mover: Flags
) -> Iterator[tuple[str, "Found"]]:
    names, parameters = version(scheme, project, looks)
    free: list[Integers] = []
    for rule, of in RULES.items():
        mine = of(parameters)
        path: list[Integers] = []
        for look in looks[1:]:
            scored = serving.score(scheme, mine, _frame(look, names))
            assert scored.against is not None
            before = path[-1] if path else np.full(len(is_mover), -1)
            stays = kept(scored.segment, before, scored.against, mine) & (scored.segment >= 0)
            path.append(np.where(stays, before, scored.segment))
        free = path if not len(free) else free
        yield rule, Found(np.array(path), np.array(free), is_mover, len(parameters["segments"]))


@dataclass(frozen=True)
class Found:
    """Segments by a rule and by one without memory (months x customers; -1: none)."""

    path: Integers
    free: Integers
    is_mover: Flags
    segments: int

    @property
    def drift(self) -> list[float]:
        """Greatest change of a share after one, two and four years, in points."""
        found = []
        for month in (12, 24, 48):
            both = (self.path[0] >= 0) & (self.path[month] >= 0) & ~self.is_mover
            then, now = (np.bincount(self.path[at][both], minlength=self.segments) for at in (0, month))
            changes = (now - then) / both.sum() * 100
            found.append(float(changes[np.abs(changes).argmax()]))
        return found

    def usual(self, first: int, last: int) -> Integers:
        """The segment in which each customer is seen most often in some months; -1 for none."""
        counts = np.stack([(self.free[first:last] == one).sum(axis=0) for one in range(self.segments)])
        return np.where(counts.sum(axis=0) > 0, counts.argmax(axis=0), -1)

    def row(self) -> str:
        """Cells of the table."""
        path, still = self.path, ~self.is_mover
        both = (path[1:] >= 0) & (path[:-1] >= 0) & still
        moves = ((path[1:] != path[:-1]) & both).sum() / both.sum()
        # path begins in the second month
        at = CHANGE - 1
        was, new = path[at - 1], self.usual(at + WINDOW_PERIODS, at + 3 * WINDOW_PERIODS)
        movers = self.is_mover & (was >= 0) & (new >= 0) & (new != was)
        others = still & (was >= 0)
        left = (path[at : at + 2] != was).any(axis=0)
        right = [_share(path[at + one][movers], new[movers]) for one in (6, 12, 24)]
        belong = _share(path[24][still], self.usual(0, len(path))[still])
        cells = [
            ", ".join(f"{one:+.1f}" for one in self.drift),
            f"{moves:.2%}",
            f"{movers.sum()}",
            f"{left[movers].mean():.0%}, {left[others].mean():.0%}",
            ", ".join(f"{one:.0%}" for one in right),
            f"{belong:.1%}",
        ]
        return " | ".join(cells)


def _share(segment: Integers, right: Integers) -> float:
    known = segment >= 0
    return float((segment == right)[known].mean())


if __name__ == "__main__":
    main()
