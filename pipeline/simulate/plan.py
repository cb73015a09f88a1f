"""What is asked for: size, seed, periods, and when what was planted happens.

Belongs here: everything that follows from the arguments alone. Does not belong here: persons or rows.
"""

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.errors import InputError
from pipeline.periods import Calendar

LANGUAGES = ("mixed", "de", "en", "fr", "zh")
FIRST_PERIOD = "2024-01"
TIME_ZONE = "Europe/Berlin"
PROJECT = "demo_company"
#: A period that no run reaches: what has it as its end never ends.
NEVER = 10_000
MONTH_SECONDS = 30.44 * 86_400


@dataclass(frozen=True)
class Plan:
    """A company of ``customers`` persons over ``periods`` months. Equal plans give equal rows.

    Periods are counted from 0; negative numbers are months before the first one. ``is_stationary``: nobody
    changes, and no season, price or campaign does. ``draw``: which of many possible histories of the same
    persons with the same traits, accounts and products. ``movers``: the share of persons who become another
    archetype for good when the last three periods begin.
    """

    customers: int
    periods: int
    seed: int
    language: str = "mixed"
    is_stationary: bool = False
    draw: int = 0
    movers: float = 0.0

    def __post_init__(self) -> None:
        for name, least, most in (("customers", 50, 5_000_000), ("periods", 2, 30), ("draw", 0, 10**6)):
            if not least <= getattr(self, name) <= most:
                raise InputError(
                    f"--{name}", f"{getattr(self, name)}", f"{least:,} to {most:,}", "Give another number."
                )
        if not 0 <= self.movers <= 1:
            raise InputError("--movers", f"{self.movers}", "a share, 0 to 1", "Give another number.")
        if self.language not in LANGUAGES:
            raise InputError(
                "--language", self.language, f"one of {', '.join(LANGUAGES)}", "Choose one of these."
            )

    @cached_property
    def calendar(self) -> Calendar:
        """Months of the company's time zone."""
        return Calendar("month", TIME_ZONE)

    @cached_property
    def keys(self) -> list[str]:
        """Keys of the periods, oldest first."""
        keys = [FIRST_PERIOD]
        while len(keys) < self.periods:
            keys.append(self.calendar.next(keys[-1]))
        return keys

    def bounds(self, period: int) -> tuple[int, int]:
        """First second of a period and the first one after it, seconds since 1970."""
        key = self.keys[period]
        return int(self.calendar.starts_at(key).timestamp()), int(self.calendar.as_of(key).timestamp())

    def rng(self, theme: str, period: int = 0) -> np.random.Generator:
        """Random numbers of one theme in one period, equal in all draws: themes do not disturb each other."""
        return np.random.default_rng([self.seed, zlib.crc32(theme.encode()), period + 1_000])

    def chance(self, theme: str, period: int = 0) -> np.random.Generator:
        """Random numbers of what happens to happen: other ones in every draw."""
        if self.draw == 0:
            return self.rng(theme, period)
        return np.random.default_rng([self.seed, zlib.crc32(theme.encode()), period + 1_000, self.draw])

    def number(self, period: str | None) -> int:
        """Number of the period with this key; none: the last. Raises ``InputError``."""
        if period is None:
            return self.periods - 1
        if period not in self.keys:
            raise InputError(
                f"--as-of {period}",
                "the company has no such period",
                f"one of {self.keys[0]} to {self.keys[-1]}",
                "Name one of them, or ask for more --periods.",
            )
        return self.keys.index(period)

    @property
    def moved_at(self) -> int:
        """The period from which movers are what they become."""
        return max(1, self.periods - 3)

    def at_share(self, share: float) -> int:
        """The period at a share of the company's time, never the first one."""
        return min(self.periods - 1, max(1, round(share * self.periods)))
