"""The action plan on companies whose customers respond as was planted: is it true, and is it worth it?

    python -m tests.benchmarks plan [--companies 200 --customers 10000 --seed 7001 --extra 0.2 0.25]
        [--keep FILE]

Each company lives through ``periods`` months. A customer has a rate of orders and a level of spend of its
own; who ordered nothing for two months is at risk, so whom contacts move changes whom the plan finds later. A
contact brings extra orders in the month after: how many is drawn for each of six groups (lifecycle by value),
normal with the mean and spread of ``extra``, so that some groups are put off. Every month goes through
``plans.planned`` as a run does it (candidates, hold-out, choice, following, results) on DuckDB; only sources,
features and segments are made here.

Printed are: how often the 95% interval of what contacts brought covers the planted truth, at the end of each
life and for the customers of each month; what the plan earned per what an oracle earns that knows the effect
on every group, with the same contacts and nobody held out; how many companies in which contacts bring nothing
are ever told, over their whole life, that they brought something; what the others are told at the end.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from pipeline.engine import Engine
from pipeline.engine.duck import DuckEngine
from pipeline.engine.keyed import Key
from pipeline.plans import Inputs, planned
from pipeline.settings import EngineSettings, Project, load_project
from pipeline.tables.plans import ALL, CHOSEN
from pipeline.tables.zones import state_of
from tests.conftest import shop_settings

COVERED = (0.90, 0.98)
OF_ORACLE = 0.85
NULL_RIGHT = 0.95
LIFECYCLE, VALUE = ("active", "at_risk"), ("low", "medium", "high")
#: Value of a customer: thirds of its level of spend.
_THIRDS = np.exp(3.0 + 0.8 * np.array([-0.4307, 0.4307]))
COST, WORTH, HOLD_OUT = 1.0, 0.4, 0.1


def settings(capacity: int) -> dict[str, Any]:
    action = {
        "action": "offer",
        "label": {"en": "Offer", "zh": "优惠"},
        "segments": {"lifecycle": list(LIFECYCLE)},
        "groups_by": ["customer_value"],
        "capacity": capacity,
        "cost_amount": COST,
        "worth": WORTH,
        "hold_out_share": HOLD_OUT,
    }
    return shop_settings(action_plan={"actions": [action]}, first_period="2020-01", last_period="2024-12")


@dataclass
class Company:
    """Customers and what they have done so far; extra orders that a contact brings by group."""

    count: int
    random: np.random.Generator
    extra: np.ndarray
    rate: np.ndarray = field(init=False)
    level: np.ndarray = field(init=False)
    orders: list[np.ndarray] = field(default_factory=list)
    spent: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rate = self.random.gamma(1.2, 0.6, self.count)
        self.level = np.exp(self.random.normal(3.0, 0.8, self.count))
        for _ in range(12):
            self.live(np.zeros(self.count, bool))

    @property
    def at_risk(self) -> np.ndarray:
        """Who ordered nothing for two months."""
        return (self.orders[-1] + self.orders[-2]) == 0

    @property
    def groups(self) -> np.ndarray:
        """Place of each customer's group: value, then lifecycle."""
        return 2 * np.searchsorted(_THIRDS, self.level) + self.at_risk

    def brings(self) -> np.ndarray:
        """What a contact now is expected to bring of each customer: extra orders at its mean order."""
        return self.extra[self.groups] * self.level * np.exp(0.6**2 / 2)

    def live(self, is_contacted: np.ndarray) -> None:
        """One more month, after contacts."""
        extra = np.zeros(self.count)
        if is_contacted.any():
            extra[is_contacted] = self.extra[self.groups][is_contacted]
        least = np.minimum(self.rate, 0.0 - np.minimum(extra, 0.0))
        came = self.random.poisson(self.rate - least)
        more = self.random.poisson(np.maximum(extra, 0.0))
        orders = came + more
        values = self.random.lognormal(0, 0.6, int(orders.sum()))
        owner = np.repeat(np.arange(self.count), orders)
        self.orders.append(orders)
        self.spent.append(np.round(np.bincount(owner, values, self.count) * self.level, 2))


def effects(kind: str, extra: list[float], random: np.random.Generator) -> np.ndarray:
    """Extra orders of a contact by group: none, or drawn for each."""
    return np.zeros(6) if kind == "null" else random.normal(*extra, 6)


def lived(
    engine: Engine, project: Project, key: Key, company: Company, periods: list[str]
) -> list[dict[str, Any]]:
    """What each month was told and what was true: one row a month."""
    ids = np.array([f"c{one:06d}" for one in range(company.count)])
    chosen: pa.Table | None = None
    truth = np.full(company.count, np.nan)
    first = np.full(company.count, -1)
    groups = np.full(company.count, -1)
    rows = []
    for month, period in enumerate(periods):
        inputs = _inputs(engine, company, ids, period)
        before = None if chosen is None else engine.from_arrow(chosen)
        found = planned(inputs, before, key, period, project)
        plan = engine.to_arrow(found.plan.select("customer_id", "plan_status"))
        chosen = engine.to_arrow(found.chosen).cast(CHOSEN.schema)
        status = dict(zip(*(plan[one].to_pylist() for one in plan.column_names), strict=True))
        is_contact = np.array([status[one] == "contact" for one in ids])
        is_chosen = np.array([status[one] != "not_selected" for one in ids])
        brings = np.maximum(company.brings(), -company.rate * company.level * np.exp(0.6**2 / 2))
        told = found.results.to_pylist()
        rows.append(_row(told, truth, first, groups, month) | _values(company, brings, is_contact, project))
        is_new = is_chosen & (first < 0)
        truth[is_new], first[is_new], groups[is_new] = brings[is_new], month, company.groups[is_new]
        company.live(is_contact)
    return rows


def _row(
    told: list[dict[str, Any]], truth: np.ndarray, first: np.ndarray, groups: np.ndarray, month: int
) -> dict[str, Any]:
    def covered(row: dict[str, Any] | None, who: np.ndarray) -> bool | None:
        if row is None or row["effect_lower_value"] is None:
            return None
        return bool(row["effect_lower_value"] <= truth[who].mean() <= row["effect_upper_value"])

    pooled = next(row for row in told if (row["chosen_period"], row["effect_group"]) == (ALL, ALL))
    cohort = next((row for row in told if row["chosen_period"] != ALL), None)
    return {
        "covered": covered(pooled, (first >= 0) & (first < month)),
        "verdict": pooled["action_verdict"],
        "cohort_covered": covered(cohort, first == month - 1),
        "hold_outs": pooled["hold_out_count"],
        "chances": [
            (row["gain_probability"], bool(truth[who].mean() * WORTH > COST))
            for row in told
            if row["gain_probability"] is not None
            and (who := (first >= 0) & (first < month) & (groups == _place(row["effect_group"]))).any()
        ],
    }


def _place(group: str) -> int:
    lifecycle, value = (one.partition(":")[2] for one in group.split("+"))
    return 2 * VALUE.index(value) + LIFECYCLE.index(lifecycle)


def _values(
    company: Company, brings: np.ndarray, is_contact: np.ndarray, project: Project
) -> dict[str, float]:
    """What this month's contacts are expected to earn, and what an oracle's are: it knows the mean of every
    group, contacts those that pay, the best first, and holds nobody out."""
    net, groups = brings * WORTH - COST, company.groups
    counts = np.bincount(groups, minlength=6)
    means = np.bincount(groups, net, 6) / np.maximum(counts, 1)
    left, oracle = project.action_plan.actions[0].contacts or 0, 0.0
    for group in np.argsort(-means):
        taken = min(left, int(counts[group])) if means[group] > 0 else 0
        oracle += taken * means[group]
        left -= taken
    return {"plan": float(net[is_contact].sum()), "oracle": float(oracle)}


def _inputs(engine: Engine, company: Company, ids: np.ndarray, period: str) -> Inputs:
    money = pa.decimal128(18, 4)
    at_risk, value = company.at_risk, np.searchsorted(_THIRDS, company.level)
    periods = pa.array([period] * len(ids))
    states = {
        "period": periods,
        "customer_id": ids,
        state_of("lifecycle"): np.array(LIFECYCLE)[at_risk.astype(int)],
        state_of("customer_value"): np.array(VALUE)[value],
    }
    features = {
        "period": periods,
        "customer_id": pa.array(ids),
        "net_amount_1p": pa.array(np.round(company.spent[-1], 2)).cast(pa.decimal128(18, 2)).cast(money),
        "net_amount_12p": pa.array(np.round(sum(company.spent[-12:]), 2))
        .cast(pa.decimal128(18, 2))
        .cast(money),
    }
    register = {"period": periods, "customer_id": ids, "customer_status": ["live"] * len(ids)}
    links = {"period": periods, "customer_id": ids, "account_id": ids}
    return Inputs(*(engine.from_arrow(pa.table(one)) for one in (states, features, register, links)))


def main(arguments: list[str] | None = None) -> None:
    """Print the figures; fails where they are not as asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=200)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7_001)
    parser.add_argument("--extra", type=float, nargs=2, default=[0.2, 0.25])
    parser.add_argument("--keep", type=Path, help="lives are kept in this file, and not lived a second time")
    asked = parser.parse_args(arguments)
    kept = _Kept(asked.keep)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "project.yaml"
        path.write_text(yaml.safe_dump(settings(asked.customers // 8)), encoding="utf-8")
        project = load_project(path.parent)
        periods = project.calendar.between("2020-01", "2024-12")[: asked.periods]
        engine = DuckEngine(EngineSettings(threads=1))
        try:
            for number, kind in product(range(asked.companies), kept.lives):
                if number < len(kept.lives[kind]):
                    continue
                random = np.random.default_rng([asked.seed, number, kind == "null"])
                company = Company(asked.customers, random, effects(kind, asked.extra, random))
                key = Key(f"benchmark of plans {asked.seed} {number} {kind}")
                kept.add(kind, lived(engine, project, key, company, periods))
        finally:
            engine.close()
    sys.exit(0 if told({kind: some[: asked.companies] for kind, some in kept.lives.items()}) else 1)


class _Kept:
    """Lives by kind, in the order of their companies: those of a file, and those that are added to it."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.lives: dict[str, list[list[dict[str, Any]]]] = {"effect": [], "null": []}
        if file is not None and file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                kind, life = json.loads(line)
                self.lives[kind].append(life)

    def add(self, kind: str, life: list[dict[str, Any]]) -> None:
        """One more life."""
        self.lives[kind].append(life)
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps([kind, life]) + "\n")


def told(lives: dict[str, list[list[dict[str, Any]]]]) -> bool:
    """Print all figures; whether they are as asked for."""
    right = True
    print("| companies | interval covers, all together | of the customers of a month | held out at the end |")
    print("| --- | --- | --- | --- |")
    for kind, some in lives.items():
        last = [life[-1]["covered"] for life in some if life[-1]["covered"] is not None]
        cohorts = [
            row["cohort_covered"] for life in some for row in life if row["cohort_covered"] is not None
        ]
        held = np.mean([life[-1]["hold_outs"] for life in some])
        right &= bool(last) and COVERED[0] <= np.mean(last) <= COVERED[1]
        print(
            f"| {kind} | {np.mean(last):.1%} of {len(last)} | {np.mean(cohorts):.1%} of {len(cohorts)} |"
            f" {held:.0f} |"
        )
    plan, oracle = (
        np.array([[row[name] for row in life] for life in lives["effect"]]) for name in ("plan", "oracle")
    )
    pays = oracle.sum(axis=1) > 0
    plan, oracle = plan[pays], oracle[pays]
    late = slice(2 * plan.shape[1] // 3, None)
    print(f"\n{pays.sum()} companies in which a contact pays in some group; plan per oracle:")
    for name, part in (("whole life", slice(None)), ("last third", late)):
        ratio = plan[:, part].sum() / oracle[:, part].sum()
        print(f"- {name}: {ratio:.1%} of all value")
    by_month = plan.sum(axis=0) / oracle.sum(axis=0)
    print("- by month: " + ", ".join(f"{one:.0%}" for one in by_month))
    right &= plan[:, late].sum() / oracle[:, late].sum() >= OF_ORACLE
    never = [not any(row["verdict"] in ("earned", "lost") for row in life) for life in lives["null"]]
    ends = Counter(life[-1]["verdict"] for life in lives["null"])
    at_end = ends["no_evidence"] / len(never)
    print(
        f"\nnull companies: no evidence at the end in {at_end:.1%} of {len(never)}; never told otherwise in"
        f" their whole life: {np.mean(never):.1%}"
    )
    right &= np.mean(never) >= NULL_RIGHT
    chances = np.array([one for life in lives["effect"] for row in life[-1:] for one in row["chances"]])
    print("\nprobability that a group earns more than it costs, told at the end, and how many do:")
    for low in np.arange(0, 1, 0.2):
        some = chances[(chances[:, 0] >= low) & (chances[:, 0] < low + 0.2 + (low > 0.7))]
        if len(some):
            stated, true = some.mean(axis=0)
            print(f"- {low:.1f} to {low + 0.2:.1f}: {stated:.2f} told, {true:.2f} of {len(some)}")
    found = Counter(life[-1]["verdict"] for life in lives["effect"])
    print("with an effect, told at the end: " + ", ".join(f"{one} {n}" for one, n in sorted(found.items())))
    return bool(right)


if __name__ == "__main__":
    main()
