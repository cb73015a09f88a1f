"""How many of those who become others can be told within two months at all? What bounds ``calm``.

    python -m tests.benchmarks calm_ceiling [--customers 20000 --seeds 502 503]

Persons of a stationary simulated company change as in ``calm``; nothing runs through the pipeline. Their
orders (and visits, acts, uses) of two months are drawn often, at the old rates and at the new ones, and
judged by observers who know more and more. Each may be wrong of the same share of those who did not change:

- *sees orders, twelve months before*: how unlikely so few or so many orders are beside those of twelve
  months, as a scheme may know it (two-sided, binomial: Przyborowski and Wilenski, 1940);
- *sees orders, knows the old rate*: the same of the old rate (Poisson);
- *sees orders, knows both rates*: the odds of the new rate against the old one, which no rule on orders beats
  (Neyman and Pearson, 1933);
- *sees all, knows both rates*: the same of everything that is counted.
"""

import argparse
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline.simulate import Plan
from pipeline.simulate.digital import USES
from pipeline.simulate.world import World, factor, world

Floats = NDArray[np.float64]
#: False alarms allowed: of two months in rfm, in the lifecycle, and in any scheme, as ``calm`` finds them.
ALLOWED = (0.05, 0.10, 0.20, 0.40)
MONTHS, BEFORE, DRAWS = 2, 12, 200
MOVERS, PERIODS = 0.1, 26
#: What is counted: the habit, how many of it a month, the systems, whether the person's own factor counts.
COUNTED = {
    "orders": (1.0, ("shop", "mall"), True),
    "visits": (1.0, ("app",), True),
    "acts": (2.0, ("social",), False),
    "usage": (USES, ("app",), False),
}


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[502, 503])
    asked = parser.parse_args(arguments)
    print("| an observer | " + " | ".join(f"wrong of {one:.0%}" for one in ALLOWED) + " |")
    print("| --- |" + " --- |" * len(ALLOWED))
    found = [
        seen(Plan(asked.customers, PERIODS, one, is_stationary=True, movers=MOVERS)) for one in asked.seeds
    ]
    for name in found[0]:
        means = np.mean([one[name] for one in found], axis=0)
        print(f"| {name} | " + " | ".join(f"{one:.0%}" for one in means) + " |")


def seen(plan: Plan) -> Mapping[str, list[float]]:
    """Share of the movers that each observer sees, by the false alarms that are allowed."""
    company = world(plan)
    then, now = plan.moved_at - 1, plan.moved_at
    of = company.archetypes.of
    chosen = (of[0] >= 0) & (of[then] >= 0) & (of[then] != of[now])
    rates = {one: [rate(company, one, at)[chosen] for at in (then, now)] for one in COUNTED}
    # in calm only persons with a segment count: three orders in the year before
    random = np.random.default_rng(plan.seed)
    old, new = rates["orders"]
    past = random.poisson(BEFORE * old, (DRAWS, len(old)))
    known = past >= 3
    drawn = {
        one: [random.poisson(MONTHS * level, (DRAWS, len(old))) for level in both]
        for one, both in rates.items()
    }
    still, moved = drawn["orders"]
    scores = {
        "sees orders, twelve months before": [_binomial(one, past) for one in (still, moved)],
        "sees orders, knows the old rate": [_poisson(one, MONTHS * old) for one in (still, moved)],
        "sees orders, knows both rates": [_odds(one, old, new) for one in (still, moved)],
        "sees all, knows both rates": [
            sum(_odds(drawn[one][at], *rates[one]) for one in COUNTED) for at in (0, 1)
        ],
    }
    return {name: [_power(*both, known, random, one) for one in ALLOWED] for name, both in scores.items()}


def rate(company: World, habit: str, period: int) -> Floats:
    """Events a month of each person in all systems in which it has an account."""
    times, systems, is_own = COUNTED[habit]
    accounts = np.zeros(company.people.count)
    for system in systems:
        mine = company.accounts.of_system(system)
        mine = mine[company.accounts.created[mine] < company.plan.bounds(period)[1]]
        accounts += np.bincount(company.accounts.person[mine], minlength=company.people.count)
    own = company.archetypes.factor if is_own else 1.0
    return np.asarray(times * factor(company, habit, period) * own * accounts, np.float64)


def _odds(count: Floats, old: Floats, new: Floats) -> Floats:
    """Logarithm of the odds of the ``new`` rates against the ``old`` ones; 0 where both are none."""
    old, new = np.maximum(old, 1e-12), np.maximum(new, 1e-12)
    return np.asarray(count * np.log(new / old) - MONTHS * (new - old), np.float64)


def _poisson(count: Floats, mean: Floats) -> Floats:
    few, many = stats.poisson.cdf(count, mean), stats.poisson.sf(count - 1, mean)
    return -np.log(np.maximum(np.minimum(few, many), 1e-300))


def _binomial(count: Floats, past: Floats) -> Floats:
    both, share = count + past, MONTHS / (MONTHS + BEFORE)
    few, many = stats.binom.cdf(count, both, share), stats.binom.sf(count - 1, both, share)
    return -np.log(np.maximum(np.minimum(few, many), 1e-300))


def _power(still: Floats, moved: Floats, known: Floats, random: np.random.Generator, allowed: float) -> float:
    """Share of ``moved`` above the score that the share ``allowed`` of ``still`` is above; ties by lot."""
    lots = [one[known] + random.uniform(0, 1e-9, known.sum()) for one in (still, moved)]
    return float((lots[1] > np.quantile(lots[0], 1 - allowed)).mean())


if __name__ == "__main__":
    main()
