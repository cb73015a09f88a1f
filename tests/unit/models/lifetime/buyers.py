"""Buyers: made up by the models' own stories, and the customers of CDNOW.

CDNOW (first bought in the first quarter of 1997; Fader and Hardie's 1/10 sample) is a data file in the wheel
of ``lifetimes`` (MIT), whose code is never imported: it wants an older pandas.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import files

import numpy as np
import pandas as pd

from pipeline.models.frame import Flags, Floats
from pipeline.models.lifetime import Amounts, Histories

#: Levels of evidence: repeat orders seen, from and up to.
LEVELS = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 9), (10, np.inf))


@dataclass(frozen=True)
class Buyers:
    """Histories in days, orders within the horizon after them, and what nobody sees."""

    histories: Histories
    next_orders: Floats
    log_gaps: float
    is_alive: Flags


def by_renewals(
    customers: int,
    seed: int,
    *,
    r: float = 0.55,
    alpha: float = 45.0,
    a: float = 0.9,
    b: float = 1.6,
    k: int = 1,
    may_leave_at_once: bool = True,
    longest: float = 730.0,
    horizon: float = 90.0,
) -> Buyers:
    """Of BG/NBD and MBG/CNBD-k: Erlang-k times between orders, after each of which some leave."""
    random = np.random.default_rng(seed)
    rates, leaving = random.gamma(r, 1 / alpha, customers), random.beta(a, b, customers)
    death = np.where((random.random(customers) < leaving) & may_leave_at_once, 0.0, np.inf)
    return _bought(random, rates, leaving, death, k, longest, horizon)


def by_pareto(
    customers: int,
    seed: int,
    *,
    r: float = 0.55,
    alpha: float = 45.0,
    s: float = 0.6,
    beta: float = 100.0,
    longest: float = 730.0,
    horizon: float = 90.0,
) -> Buyers:
    """Of Pareto/NBD: Poisson orders until a moment that nobody sees."""
    random = np.random.default_rng(seed)
    rates = random.gamma(r, 1 / alpha, customers)
    death = random.exponential(1 / np.maximum(random.gamma(s, 1 / beta, customers), 1e-300))
    return _bought(random, rates, np.zeros(customers), death, 1, longest, horizon)


def _bought(random, rates, leaving, death, k, longest, horizon) -> Buyers:
    customers = len(rates)
    age = np.floor(random.uniform(30, longest, customers))
    now, frequency, recency, after = (np.zeros(customers) for _ in range(4))
    log_gaps = 0.0
    on = np.arange(customers)
    while len(on):
        gap = random.gamma(k, 1 / np.maximum(rates[on], 1e-300))
        then = now[on] + gap
        happens = (then < age[on] + horizon) & (then < death[on])
        on, then, gap = on[happens], then[happens], gap[happens]
        seen = then <= age[on]
        log_gaps += np.log(gap[seen]).sum()
        frequency[on[seen]] += 1
        recency[on[seen]] = then[seen]
        after[on[~seen]] += 1
        now[on] = then
        leaves = random.random(len(on)) < leaving[on]
        death[on[leaves]] = then[leaves]
        on = on[~leaves]
    return Buyers(Histories(frequency, recency, age), after, log_gaps, death > age)


def by_periods(
    customers: int,
    seed: int,
    *,
    alpha: float = 1.2,
    beta: float = 0.75,
    gamma: float = 0.66,
    delta: float = 2.8,
    longest: int = 12,
    horizon: int = 6,
) -> Buyers:
    """Of BG/BB: an order or none in each period, until, before one, they leave."""
    random = np.random.default_rng(seed)
    age = random.integers(1, longest + 1, customers).astype(np.float64)
    often, leaving = random.beta(alpha, beta, customers), random.beta(gamma, delta, customers)
    frequency, recency, after = (np.zeros(customers) for _ in range(3))
    is_there, is_alive = np.ones(customers, bool), np.ones(customers, bool)
    for period in range(1, longest + horizon + 1):
        is_there &= random.random(customers) >= leaving
        orders = is_there & (random.random(customers) < often)
        seen = orders & (period <= age)
        frequency[seen] += 1
        recency[seen] = period
        after[orders & (period > age) & (period <= age + horizon)] += 1
        is_alive = np.where(period == age + 1, is_there, is_alive)
    return Buyers(Histories(frequency, recency, age), after, 0.0, is_alive)


@dataclass(frozen=True)
class Spent:
    """Amounts seen of buyers, of their next order, and of all their next orders together."""

    amounts: Amounts
    next_amount: Floats
    next_total: Floats


def spent(buyers: Buyers, seed: int, *, p: float = 4.0, q: float = 3.5, gamma: float = 60.0) -> Spent:
    """Of gamma-gamma: all orders are seen, the first too."""
    random = np.random.default_rng(seed)
    rates = random.gamma(q, 1 / gamma, len(buyers.histories))
    orders, further = buyers.histories.frequency + 1, buyers.next_orders
    mean = random.gamma(p * orders, 1 / rates) / orders
    total = np.where(further > 0, random.gamma(p * np.maximum(further, 1), 1 / rates), 0.0)
    return Spent(Amounts(orders, mean), random.gamma(p, 1 / rates), total)


def per_level(histories: Histories, values: Floats) -> list[float]:
    """The mean of ``values`` at each level of evidence."""
    x = histories.frequency
    return [float(values[(x >= low) & (x <= high)].mean()) for low, high in LEVELS]


def _file(name: str) -> str:
    (path,) = (one for one in files("lifetimes") or () if one.name == name)
    return str(path.locate())


@cache
def cdnow() -> tuple[Histories, Floats]:
    """2,357 customers in weeks up to 30 September 1997, and their orders of the 39 weeks after."""
    columns = ["all_customers", "customer", "date", "discs", "amount"]
    path = _file("CDNOW_sample.txt")
    lines = pd.read_csv(path, sep=r"\s+", names=columns, dtype={"date": str})
    days = lines.assign(day=pd.to_datetime(lines["date"], format="%Y%m%d"))[
        ["customer", "day"]
    ].drop_duplicates()
    end = pd.Timestamp("1997-09-30")
    seen = days[days["day"] <= end].groupby("customer")["day"].agg(["count", "min", "max"])
    after = days[days["day"] > end].groupby("customer").size().reindex(seen.index, fill_value=0)
    weeks = pd.Timedelta(days=7)
    histories = Histories(
        (seen["count"] - 1).to_numpy(np.float64),
        ((seen["max"] - seen["min"]) / weeks).to_numpy(np.float64),
        ((end - seen["min"]) / weeks).to_numpy(np.float64),
    )
    return histories, after.to_numpy(np.float64)


@cache
def cdnow_amounts() -> Amounts:
    """Repeat orders of the same customers up to then, and their mean amount in dollars."""
    rows = pd.read_csv(_file("cdnow_customers_summary_with_transactions.csv"))
    return Amounts(rows["x"].to_numpy(np.float64), rows["zbar"].to_numpy(np.float64))


@cache
def donors() -> Histories:
    """11,104 who first gave to an organisation in 1995, by the six years after in which they gave."""
    rows = pd.read_csv(_file("donations.csv"))
    columns = (rows[name].to_numpy(np.float64) for name in ("frequency", "recency", "periods"))
    return Histories(*(np.repeat(one, rows["weights"]) for one in columns))
