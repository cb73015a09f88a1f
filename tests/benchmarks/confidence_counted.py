"""Is stated confidence earned, of schemes of counted acts? As ``confidence``, without the pipeline.

    python -m tests.benchmarks confidence_counted [--customers 4000 --seed 252]

Two draws of the same persons of a stationary company, whose visits, acts on networks and uses of services
are counted right where they are simulated: every person is a customer, and no account is missed or doubled.
Orders are made up; neither scheme reads them. What is printed is told in ``confidence``.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.models.frame import Floats, Frame, Sample
from pipeline.schemes import serving
from pipeline.schemes.second_look import second_looks
from pipeline.schemes.traits import fit_traits
from pipeline.settings import Project, load_project
from pipeline.simulate import Plan, digital, simulate
from pipeline.simulate.world import World, world
from tests.benchmarks.confidence import told

SCHEMES = ("usage_style", "digital_engagement")
PERIODS, DAYS = 12, 365.0
#: What a second look asks of orders.
ORDERS = (
    "orders_per_30_days_12p", "orders_count_12p", "order_days_count_12p", "average_order_amount_12p",
    "lines_per_order_12p", "tenure_days", "observed_periods_count",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Print the tables; fails where confidence is not earned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=252)
    asked = parser.parse_args(arguments)
    plans = [Plan(asked.customers, PERIODS, asked.seed, is_stationary=True, draw=one) for one in (0, 1)]
    draws = [counted(world(plan), asked.seed, plan.draw) for plan in plans]
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder) / "company", Plan(60, 2, 1))
        project = load_project(Path(folder) / "company")
        found = pd.concat(_told(scheme, project, draws) for scheme in SCHEMES)
    sys.exit(0 if told(found) else 1)


def counted(made: World, seed: int, draw: int) -> dict[str, Floats]:
    """Features by name, of every person."""
    size = made.people.count
    person = dict(zip(made.accounts.id.tolist(), made.accounts.person.tolist(), strict=True))
    units = [unit for _, unit in digital.SERVICES]
    late, visits, acts = (np.zeros(size) for _ in range(3))
    uses, used = ({unit: np.zeros(size) for unit in units} for _ in range(2))

    def persons(accounts: np.ndarray) -> np.ndarray:
        return np.array([person[one] for one in accounts], np.int64)

    for period in range(PERIODS):
        who = persons(digital.app_visits(made, period)["user"])
        np.add.at(visits, who, 1)
        np.add.at(late, who, float(period >= PERIODS - 3))
        np.add.at(acts, persons(digital.social_acts(made, period)["handle"]), 1)
        metered = digital.app_usage(made, period)
        who = persons(metered["user_id"])
        for unit in units:
            mine = metered["unit"] == unit
            np.add.at(uses[unit], who[mine], 1)
            np.add.at(used[unit], who[mine], metered["amount"][mine].astype(float))
    every = np.sum(list(uses.values()), axis=0)
    return {
        "web_visits_count_3p": late,
        "web_visits_count_12p": visits,
        "social_acts_count_12p": acts,
        "uses_count_12p": every,
        "use_recency_days": np.where(every > 0, 1.0, np.nan),
        **{f"{unit}_uses_count_12p": count for unit, count in uses.items()},
        **{f"{unit}_per_30_days_12p": np.round(much * 30 / DAYS, 6) for unit, much in used.items()},
        **_orders(size, seed, draw),
    }


def _orders(size: int, seed: int, draw: int) -> dict[str, Floats]:
    trait, chance = np.random.default_rng(seed), np.random.default_rng([seed, draw])
    orders = 1.0 + chance.poisson(trait.gamma(1.2, 8, size))
    found = {
        "orders_per_30_days_12p": orders * 30 / DAYS,
        "orders_count_12p": orders,
        "order_days_count_12p": orders,
        "average_order_amount_12p": np.exp(trait.normal(3, 0.5, size)),
        "lines_per_order_12p": np.exp(trait.normal(1, 0.3, size)),
        "tenure_days": np.full(size, DAYS),
        "observed_periods_count": np.full(size, float(PERIODS)),
    }
    return {name: found[name] for name in ORDERS}


def _told(scheme: str, project: Project, draws: list[dict[str, Floats]]) -> pd.DataFrame:
    """A row a person with a segment in the first draw, as ``confidence.pair`` gives it."""
    document = project.every_scheme[scheme]
    names = [*serving.reads(document, project), *ORDERS]
    frames = [
        Frame(
            pa.array([f"c{at:06d}" for at in range(len(one["tenure_days"]))]), {n: one[n] for n in names}, {}
        )
        for one in draws
    ]
    looks = second_looks(frames[0], fit_traits(frames[0].numbers, frames[0], project), project, {})
    traits = fit_traits(serving.traits_of(document, project), frames[0], project)
    fit = serving.fit(document, Sample(frames[0], None), project, None, {}, traits, looks)
    assert fit.parameters is not None, fit.gates
    first, again = (serving.score(scheme, fit.parameters, one) for one in frames)
    ids = np.array([*first.segment_ids, None], dtype=object)
    return pd.DataFrame(
        {
            "scheme": scheme,
            "segment": ids[first.segment],
            "again": ids[again.segment],
            "runner_up": ids[first.runner_up],
            "confidence": first.confidence,
            "margin": first.margin,
            "orders": draws[0]["orders_count_12p"],
        }
    ).dropna(subset="segment")


if __name__ == "__main__":
    main()
