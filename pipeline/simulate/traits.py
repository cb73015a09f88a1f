"""What each person is like for good: traits that shift the habits of its archetype.

Belongs here: traits of persons, and what they make of a habit. Does not belong here: habits of archetypes
(``archetypes``), or the rows in which traits show themselves (the modules of their themes).

A trait is drawn once and never changes. Probabilities are shifted on the scale of log odds, sizes by a
factor, so that archetypes stay what they are on the middle. Orders come at a rate of the person's own
(``archetypes``).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from pipeline.simulate.frames import Column, Numbers
from pipeline.simulate.plan import Plan

#: Questions about values; answers lie on a scale from 1 to 5.
VALUES = ("values_openness", "values_conservation", "values_self_enhancement", "values_self_transcendence")
#: Mean and spread of values over persons, and of one answer round a person's own value. With the rounding to
#: whole points an answer tells .71 of the variance: scales of values, asked again, agree by .66 to .88
#: (Schwartz et al., 2001).
_VALUE_MEAN, _VALUE_SPREAD, ANSWER_SPREAD = 3.2, 0.9, 0.5


class Channel(NamedTuple):
    """A channel of orders: how the system writes it, its kind, and its share among all orders."""

    written: str
    kind: str
    share: float


#: Channels of each system that takes orders.
CHANNELS: dict[str, tuple[Channel, ...]] = {
    "shop": (
        Channel("web", "web", 0.6),
        Channel("store", "store", 0.2),
        Channel("app", "app", 0.12),
        Channel("phone", "phone", 0.08),
    ),
    "mall": (Channel("天猫", "partner", 0.75), Channel("小程序", "app", 0.25)),
}
#: So many orders would tell as much of a channel as is usual among all: the fewer, the more persons differ.
_CHANNEL_WORTH = 1.5
#: The same of what is held at each risk, and the least part of it that is held at all.
_PORTFOLIO_WORTH, _LEAST_PART = 12.0, 0.05

Way = Literal["odds", "factor", "points"]
#: Which trait shifts a habit, in what way, and by how much where the trait is one spread above the mean.
SHIFTS: dict[str, tuple[str, Way, float]] = {
    "discounted": ("price_sensitivity", "odds", 0.8),
    "coupons": ("price_sensitivity", "odds", 0.8),
    "value": ("order_size", "factor", 0.3),
    "opens": ("response", "odds", 0.8),
    "satisfaction": ("mood", "points", 0.35),
    "complains": ("mood", "odds", -0.8),
}
_NAMES = tuple(dict.fromkeys(trait for trait, _, _ in SHIFTS.values()))


@dataclass(frozen=True)
class Traits:
    """Traits by person.

    ``own``: those that shift habits, in spreads above the mean. ``channels[system]``: share of orders through
    each of the system's channels (persons x channels). ``values``: persons x ``VALUES``. ``risk``: share of
    risk taken, 0 to 1, of who ``is_holder``.
    """

    own: dict[str, Numbers]
    channels: dict[str, Numbers]
    values: Numbers
    risk: Numbers
    is_holder: Column

    def personal(self, habit: str, values: Numbers) -> Numbers:
        """A habit of persons' archetypes (``values``) as each person has it; 0 stays 0."""
        if habit not in SHIFTS:
            return values
        trait, way, size = SHIFTS[habit]
        shift = size * self.own[trait]
        if way == "factor":
            return np.asarray(values * np.exp(shift), np.float64)
        if way == "points":
            return np.where(values > 0, np.clip(values + shift, 1.0, 5.0), 0.0)
        odds = values / (1 - values) * np.exp(shift)
        return np.asarray(odds / (1 + odds), np.float64)

    @cached_property
    def _targets(self) -> Numbers:
        """Parts at low, medium and high risk: binomial, so that ½ medium + high is the risk taken."""
        risk = self.risk
        return np.column_stack([(1 - risk) ** 2, 2 * risk * (1 - risk), risk**2])

    def portfolio(self, plan: Plan) -> Numbers:
        """What each person holds at low, medium and high risk, as parts of all: about what its risk means."""
        shape = np.maximum(self._targets * _PORTFOLIO_WORTH, 1e-3)
        parts = plan.chance("portfolios").gamma(shape)
        parts = parts / parts.sum(axis=1, keepdims=True)
        parts = np.where(parts < _LEAST_PART, 0.0, parts)
        return np.asarray(parts / parts.sum(axis=1, keepdims=True), np.float64)


def traits(plan: Plan, count: int) -> Traits:
    """The traits of ``count`` persons, the same in every draw."""
    rng = plan.rng("traits")
    own = {name: rng.normal(0.0, 1.0, count) for name in _NAMES}
    channels = {
        system: rng.dirichlet([one.share * _CHANNEL_WORTH for one in some], count)
        for system, some in CHANNELS.items()
    }
    values = np.clip(rng.normal(_VALUE_MEAN, _VALUE_SPREAD, (count, len(VALUES))), 1.0, 5.0)
    return Traits(own, channels, values, rng.beta(1.6, 2.2, count), np.arange(count) % 4 == 0)
