"""Companies that live for years, as profiles only: what ``alarms`` watches period after period.

Belongs here: drawing profiles of a panel of customers with season, shocks and planted changes. Does not
belong here: counting alarms (``alarms``).

A company has thirty columns: twenty-two normal, four of money (lognormal), four flags. Every customer has
a latent
normal value a column, whose mean moves through time; 0.8 of its variance is the customer's own and stays.
Bins hold
customers by the multinomial law in its normal approximation, which makes half a million values a period as
cheap as fifty thousand.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special

from pipeline.drift.assessment import through_time
from pipeline.drift.binning import MISSING, OTHER, Row
from pipeline.drift.category_changes import category_changes
from pipeline.drift.measured import Measured
from pipeline.drift.number_changes import number_changes
from pipeline.drift.verdicts import judged
from pipeline.periods import Calendar
from pipeline.settings import DriftSettings

SETTINGS = DriftSettings()
CALENDAR = Calendar("week", "UTC")
NORMAL = tuple(f"score_{number}" for number in range(22))
MONEY = tuple(f"amount_{number}" for number in range(4))
FLAGS = {"flag_0": 0.05, "flag_1": 0.2, "flag_2": 0.5, "flag_3": 0.8}
COLUMNS = (*NORMAL, *MONEY, *FLAGS)
#: Part of the variance that is the customer's own.
OWN = 0.8
#: Logarithmic spread of money.
SIGMA = 0.6
#: Columns of history that are read again.
KEPT = [
    "period",
    "level",
    "subject",
    "measure",
    "comparison",
    "value",
    "standard_error",
    "sampling_score",
    "severity",
    "history_status",
    "change_status",
    "began_period",
    "began_earliest_period",
    "began_latest_period",
]

#: What is added to the latent mean of columns in a period: column number, period number -> shift.
Shift = Callable[[int, int], float]


@dataclass
class Company:
    """One company: its seed, customers, season and shocks in standard deviations, planted shifts.

    ``is_common``: all columns have the same season and the same shocks; else each its own.
    """

    seed: int
    customers: int
    season: float = 0.0
    shock: float = 0.0
    is_common: bool = False
    planted: Shift = lambda column, period: 0.0
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng([14, self.seed])
        self.phases = np.full(30, self.random.uniform(0, 2 * np.pi))
        if not self.is_common:
            self.phases = self.random.uniform(0, 2 * np.pi, 30)
        levels = np.array([*np.arange(1, 20) / 20, 0.01, 0.99, 0.999])
        self.edges = special.ndtri(np.sort(levels))
        self.own = self.random.normal(size=(2, 30, self.edges.size + 1))

    def profiles(self, periods: int) -> Iterator[dict[str, list[Row]]]:
        """Profile rows by column, period after period."""
        for period in range(periods):
            noise = np.sqrt(OWN) * self.own + np.sqrt(1 - OWN) * self.random.normal(size=self.own.shape)
            shifts = self.season * np.sin(2 * np.pi * period / 52 + self.phases)
            shocks = self.random.normal(size=30)
            shifts = shifts + self.shock * (shocks[0] if self.is_common else shocks)
            shifts += np.array([self.planted(column, period) for column in range(30)])
            yield {
                name: self._rows(name, float(shifts[place]), noise[:, place])
                for place, name in enumerate(COLUMNS)
            }

    def _rows(self, name: str, shift: float, noise: np.ndarray) -> list[Row]:
        if name in FLAGS:
            edges = special.ndtri([1 - FLAGS[name]])
            counts = self._counts(np.diff(special.ndtr([-np.inf, *(edges - shift), np.inf])), noise[0, :2])
            pairs = [("false", counts[0]), ("true", counts[1]), (OTHER, 0), (MISSING, 0)]
            return [
                {"bin": place, "bin_label": label, "bin_count": int(n)}
                for place, (label, n) in enumerate(pairs)
            ]
        bounds = np.array([-np.inf, *self.edges, np.inf]) - shift
        shares = np.diff(special.ndtr(bounds))
        counts = self._counts(shares, noise[0])
        if name in MONEY:
            means = self._exponential(SIGMA, bounds, shares) * np.exp(SIGMA * shift)
            squares = self._exponential(2 * SIGMA, bounds, shares) * np.exp(2 * SIGMA * shift)
            edges = np.exp(SIGMA * self.edges)
        else:
            density = np.exp(-(bounds**2) / 2) / np.sqrt(2 * np.pi)
            with np.errstate(invalid="ignore"):
                weighted = np.where(np.isfinite(bounds), bounds * density, 0.0)
            first = -np.diff(density) / shares
            means, squares = first + shift, 1 - np.diff(weighted) / shares + 2 * shift * first + shift**2
            edges = self.edges
        spread = np.sqrt(np.maximum(squares - means**2, 0))
        seen = means + spread / np.sqrt(np.maximum(counts, 1)) * noise[1]
        borders = [None, *edges.tolist(), None]
        rows: list[Row] = [
            {
                "bin": place,
                "bin_label": str(place),
                "bin_lower": borders[place],
                "bin_upper": borders[place + 1],
                "bin_count": int(count),
                "bin_sum": float(count * seen[place]),
                "bin_squared_sum": float(count * (spread[place] ** 2 + seen[place] ** 2)),
            }
            for place, count in enumerate(counts)
        ]
        return [*rows, {"bin": len(rows), "bin_label": MISSING, "bin_count": 0}]

    def _counts(self, shares: np.ndarray, noise: np.ndarray) -> np.ndarray:
        roots = np.sqrt(shares)
        counts = self.customers * shares + np.sqrt(self.customers) * (
            roots * noise - shares * (roots @ noise)
        )
        return np.maximum(0, np.round(counts)).astype(np.int64)

    @staticmethod
    def _exponential(power: float, bounds: np.ndarray, shares: np.ndarray) -> np.ndarray:
        return np.exp(power**2 / 2) * np.diff(special.ndtr(bounds - power)) / shares


def changes(before: dict[str, list[Row]], now: dict[str, list[Row]]) -> list[Measured]:
    """Every column's changes."""
    found: list[Measured] = []
    for name in COLUMNS:
        if name in FLAGS:
            found += category_changes(name, before[name], now[name], SETTINGS)
        else:
            found += number_changes(name, before[name], now[name], SETTINGS, name in MONEY)
    return found


def keys_of(periods: int) -> list[str]:
    """Keys of the periods of a life."""
    keys = ["2021-W01-1"]
    while len(keys) < periods:
        keys.append(CALENDAR.next(keys[-1]))
    return keys


def told(company: Company, periods: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Findings of a life as they are told: number of the period, row."""
    keys = keys_of(periods)
    history: list[Row] = []
    before: dict[str, list[Row]] | None = None
    for number, now in enumerate(company.profiles(periods)):
        if before is not None:
            measured = through_time(changes(before, now), history, keys[number], CALENDAR, SETTINGS)
            rows = judged(measured, keys[number], SETTINGS.false_discovery_rate)
            yield from (
                (number, row)
                for row in rows
                if row["severity"] != "none" or row["change_status"] in ("ended", "settled")
            )
            history += [{name: row[name] for name in KEPT} for row in rows]
            oldest = keys[max(0, number - 56)]
            history = [row for row in history if row["period"] > oldest]
        before = now
