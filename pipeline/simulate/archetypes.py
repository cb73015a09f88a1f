"""Archetypes: how kinds of customers behave, who is which in which period, what was planted.

Belongs here: rates, transitions, the planted split, merge, birth and death of an archetype, and
planted drift. Does not belong here: single orders or visits (the modules of their themes).

Orders are gamma-Poisson: a person's own factor is gamma distributed with mean 1 and shape 2
(Ehrenberg, 1959; Schmittlein, Morrison and Colombo, 1987), times the rate of the archetype,
season and planted drift.
"""

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from pipeline.simulate.frames import Column, Indices, Numbers
from pipeline.simulate.people import People
from pipeline.simulate.plan import Plan


@dataclass(frozen=True)
class Habits:
    """What an archetype does: events a month, or shares of 0 to 1."""

    orders: float
    value: float = 1.0
    discounted: float = 0.1
    coupons: float = 0.05
    returns: float = 0.04
    visits: float = 2.0
    contacts: float = 0.06
    complains: float = 0.2
    satisfaction: float = 4.0
    opens: float = 0.3
    acts: float = 1.0
    usage: float = 3.0
    evening: float = 0.2
    basket: float = 0.9


ARCHETYPES: dict[str, Habits] = {
    "loyal_premium": Habits(2.2, 2.2, 0.03, 0.02, 0.02, 4, 0.05, 0.1, 4.7, 0.5, 1.5, 4),
    "loyal_regular": Habits(1.9, 1.0, 0.08, 0.05, 0.03, 3, 0.05, 0.15, 4.4, 0.4),
    "loyal_evening": Habits(2.8, 0.6, 0.08, 0.05, 0.03, 3.5, 0.05, 0.15, 4.4, 0.4, evening=0.85, basket=0.2),
    "bargain_hunter": Habits(1.0, 0.6, 0.65, 0.25, 0.05, 5, 0.06, 0.3, 3.8, 0.7),
    "coupon_clipper": Habits(1.1, 0.7, 0.35, 0.6, 0.05, 3, 0.05, 0.25, 3.9, 0.8),
    "occasional": Habits(0.3, 1.0, visits=0.8, opens=0.15, acts=0.4, usage=1.0),
    "gift_giver": Habits(0.5, 1.6, visits=0.5, opens=0.1, acts=0.2, usage=0.3),
    "new": Habits(0.9, 0.9, 0.3, 0.2, 0.06, 3.5, 0.1, 0.2, 4.1, 0.5),
    "fading": Habits(0.12, 0.7, 0.2, 0.05, 0.06, 0.5, 0.06, 0.6, 3.0, 0.1, 0.2, 0.4),
    "problem_returner": Habits(0.9, 1.2, 0.2, 0.05, 0.35, 2, 0.5, 0.8, 2.1, 0.2),
    "subscriber": Habits(3.2, 0.45, 0.02, 0.02, 0.02, 6, 0.08, 0.15, 4.5, 0.5, 2, 14, basket=0.1),
}
NAMES = tuple(ARCHETYPES)
_START = {
    "loyal_premium": 0.10, "loyal_regular": 0.26, "bargain_hunter": 0.15, "coupon_clipper": 0.10,
    "occasional": 0.22,
    "gift_giver": 0.07, "fading": 0.06, "problem_returner": 0.04,
}  # fmt: skip
#: Where persons go of their own: from, to, share of a month's persons.
_TRANSITIONS = (
    ("loyal_premium", "fading", 0.010), ("loyal_premium", "loyal_regular", 0.010), ("loyal_regular",
    "loyal_premium", 0.012),
    ("loyal_regular", "fading", 0.012), ("bargain_hunter", "occasional", 0.02), ("coupon_clipper",
    "bargain_hunter", 0.01),
    ("occasional", "fading", 0.02), ("occasional", "loyal_regular", 0.008), ("fading", "occasional", 0.03),
    ("problem_returner", "fading", 0.04), ("subscriber", "fading", 0.01), ("loyal_evening", "fading", 0.01),
)  # fmt: skip
#: What a mover becomes: somebody who hardly comes any more, or a regular who spends much.
_MOVES = {
    "loyal_premium": "fading", "loyal_regular": "fading", "loyal_evening": "fading",
    "bargain_hunter": "fading", "coupon_clipper": "fading", "problem_returner": "fading",
    "new": "fading", "subscriber": "fading", "occasional": "loyal_premium", "gift_giver": "loyal_premium",
    "fading": "loyal_premium",
}  # fmt: skip
#: A person stays new for this many periods.
NEW_PERIODS = 3
SPLIT_AT, MERGE_AT, BIRTH_AT, DEATH_AT, SUDDEN_AT = 0.4, 0.6, 0.5, 0.75, 0.65
PRICE_GROWTH = 0.012
SUDDEN_DISCOUNT = 0.45
SEASON = 0.35

DriftKind = Literal["gradual", "sudden", "seasonal"]


@dataclass(frozen=True)
class Archetypes:
    """``of[period, person]``: number of the archetype; -1 before the person's first period."""

    of: Indices
    factor: Numbers

    def names(self, period: int) -> Column:
        """Archetype of each person in the period, null before the first account."""
        names: Column = np.array([*NAMES, None], dtype=object)[self.of[period]]
        return names

    def habit(self, name: str, period: int) -> Numbers:
        """One habit of each person in the period; 0 before the first account."""
        values = [float(getattr(one, name)) for one in ARCHETYPES.values()]
        found: Numbers = np.array([*values, 0.0])[self.of[period]]
        return found


def archetypes(plan: Plan, people: People) -> Archetypes:
    """Who is which archetype in every period: a chain of own transitions and planted events."""
    rng = plan.rng("archetypes")
    start = rng.choice(list(_START), p=list(_START.values()), size=people.count)
    settled = np.array([NAMES.index(one) for one in start])
    of = np.full((plan.periods, people.count), -1)
    now = settled.copy()
    for period in range(plan.periods):
        if not plan.is_stationary:
            now = _moved(rng, now) if period else now
            now = _planted(plan, rng, now, period)
        if plan.movers and period == plan.moved_at:
            chosen = plan.rng("movers").random(people.count) < plan.movers
            becomes = np.array([NAMES.index(_MOVES[one]) for one in NAMES])
            now = np.where(chosen, becomes[now], now)
        age = period - people.born
        is_new = (people.born >= 0) & (age < NEW_PERIODS) & (not plan.is_stationary)
        of[period] = np.where(age < 0, -1, np.where(is_new, NAMES.index("new"), now))
    return Archetypes(of, rng.gamma(2.0, 0.5, people.count))


def _moved(rng: np.random.Generator, now: Indices) -> Indices:
    drawn, after = rng.random(len(now)), now.copy()
    for origin in {one[0] for one in _TRANSITIONS}:
        low = 0.0
        for _, target, share in (one for one in _TRANSITIONS if one[0] == origin):
            here = (now == NAMES.index(origin)) & (drawn >= low) & (drawn < low + share)
            after[here] = NAMES.index(target)
            low += share
    return after


def _planted(plan: Plan, rng: np.random.Generator, now: Indices, period: int) -> Indices:
    def send(origin: str, target: str, share: float) -> None:
        here = (now == NAMES.index(origin)) & (rng.random(len(now)) < share)
        now[here] = NAMES.index(target)

    if period == plan.at_share(SPLIT_AT):
        send("loyal_regular", "loyal_evening", 0.45)
    if period == plan.at_share(BIRTH_AT):
        send("occasional", "subscriber", 0.25)
        send("loyal_regular", "subscriber", 0.10)
    if period >= plan.at_share(MERGE_AT):
        send("coupon_clipper", "bargain_hunter", 1.0)
    if period >= plan.at_share(DEATH_AT):
        send("gift_giver", "fading", 1.0)
    return now


def archetype_events(plan: Plan) -> list[dict[str, str]]:
    """The planted events, for the truth: event, period, from, to. None where nobody changes."""
    rows = (
        ("split", SPLIT_AT, "loyal_regular", "loyal_regular;loyal_evening"),
        ("born", BIRTH_AT, "occasional;loyal_regular", "subscriber"),
        ("merged", MERGE_AT, "bargain_hunter;coupon_clipper", "bargain_hunter"),
        ("retired", DEATH_AT, "gift_giver", "fading"),
    )
    return [
        {
            "event": event,
            "period": plan.keys[plan.at_share(share)],
            "from_archetypes": before,
            "to_archetypes": after,
        }
        for event, share, before, after in rows
        if not plan.is_stationary
    ]


def season(plan: Plan, period: int) -> float:
    """Factor of all order rates: highest in December, lowest in June."""
    if plan.is_stationary:
        return 1.0
    month = int(plan.keys[period][5:])
    return 1 + SEASON * float(np.cos(2 * np.pi * (month - 12) / 12))


def price_level(plan: Plan, period: int) -> float:
    """Factor of all prices: grows a little every period."""
    return 1.0 if plan.is_stationary else (1 + PRICE_GROWTH) ** period


def extra_discount(plan: Plan, period: int) -> float:
    """Share of lines discounted on top of habits: a campaign of one period."""
    is_then = period == plan.at_share(SUDDEN_AT) and not plan.is_stationary
    return SUDDEN_DISCOUNT if is_then else 0.0


def drift_events(plan: Plan) -> list[dict[str, object]]:
    """Planted drift, for the truth: kind, subject, first and last period, size; none if stationary."""
    sudden = plan.keys[plan.at_share(SUDDEN_AT)]
    rows: tuple[tuple[DriftKind, str, str, str, float], ...] = (
        ("gradual", "unit prices", plan.keys[0], plan.keys[-1], PRICE_GROWTH),
        ("sudden", "discounted lines", sudden, sudden, SUDDEN_DISCOUNT),
        ("seasonal", "order rates", plan.keys[0], plan.keys[-1], SEASON),
    )
    names = ("kind", "subject", "first_period", "last_period", "change_share")
    return [dict(zip(names, row, strict=True)) for row in rows if not plan.is_stationary]


HABITS = tuple(one.name for one in fields(Habits))
