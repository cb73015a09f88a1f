"""Redraws: single features of customers drawn anew from what is believed of the trait behind each.

Belongs here: one class for each way of drawing, all for the customers at some places of a sample. Does not
belong here: which feature is drawn how, or what hangs together (``schemes.second_look``).
"""

from typing import Any

import numpy as np

from pipeline.features import Feature
from pipeline.models.frame import Floats, Frame, Integers
from pipeline.models.traits import Observed
from pipeline.models.traits import levels as level_model
from pipeline.schemes.traits import in_units, observed, posterior

#: Where a trait lies in what is believed of it, and where chance then puts a look, in standard deviations.
Luck = tuple[Floats, Floats]
#: A prior share is worth at least so many observations, however far customers are apart.
_LEAST_WORTH = 0.05
#: Least rate a day that is told from none, how many rates lie on a grid up to twice the greatest that was
#: seen, on how many customers their shares are found, and in how many rounds: few, which keeps them smooth.
_LEAST_RATE, _RATES, _FITTED, _ROUNDS = 1e-4, 60, 2_000, 60


def undecided(name: str, feature: Feature, frame: Frame) -> dict[str, dict[str, Any]]:
    """A level of which the sample does not show how far values scatter, by name; none where all are alike.

    A share of so many scatters like trials do. Of other levels half of the variance between customers is
    taken for chance, the middle of what it can be.
    """
    trait = {"shows": "level", "count": feature.counted_by, "opens": feature.opens, "log": _is_log(feature)}
    seen = observed(trait, name, frame)
    shown = seen.taken(seen.is_seen)
    means = shown.total / shown.exposure
    if not len(means) or (total := float(means.var())) < 1e-9:
        return {}
    mean, variance = float(means.mean()), total / 2
    scatter = variance * float(np.median(shown.exposure))
    if feature.bounds == (0.0, 1.0):
        scatter = max(float((means * (1 - means)).mean()), 1e-6)
        variance = max(total - scatter * float((1 / shown.exposure).mean()), total / 10)
    return {name: trait | {"prior": {"mean": mean, "variance": variance, "scatter": scatter}}}


def _is_log(feature: Feature) -> bool:
    return feature.minimum == 0 and feature.maximum is None


class Level:
    """Means of values that scatter round a middle of the customer's own (``models.traits.levels``).

    The look is the mean of as many values as are ``often``; of who showed none it stands.
    """

    def __init__(self, name: str, trait: dict[str, Any], feature: Feature, frame: Frame) -> None:
        self.trait, self.feature = trait, feature
        self.seen, self.counted = frame.number(name), np.nan_to_num(frame.number(trait["count"]))
        self.observed, self.prior = observed(trait, name, frame), trait["prior"]
        self.believed = posterior(trait, name, frame)
        self.luck = str(trait.get("same_luck", name))

    def often(self, places: Integers, donors: Integers) -> Floats:
        """How many values the look is the mean of: as many as a donor showed, if any, else the customer."""
        theirs, own = self.counted[donors], self.counted[places]
        first = 1.0 if self.trait["opens"] else 0.0
        return np.maximum(np.where(theirs > 0, theirs, own) - first, 1.0)

    def drawn(self, places: Integers, often: Floats, luck: Luck, rng: np.random.Generator) -> Floats:
        """The look in the units of the model."""
        middle, spread = self.believed.mean[places], self.believed.spread[places]
        return np.asarray(middle + spread * luck[0] + np.sqrt(self.prior["scatter"] / often) * luck[1])

    def look(self, places: Integers, often: Floats, luck: Luck, rng: np.random.Generator) -> Floats:
        """The look in the units of the feature, within its bounds; unknown where it was."""
        found = in_units(self.trait, self.drawn(places, often, luck, rng))
        found = np.clip(found, self.feature.minimum, self.feature.maximum)
        return np.where(self.counted[places] > 0, found, self.seen[places])


class Share(Level):
    """Shares between 0 and 1, which scatter most in the middle: beta-binomial with the mean and the variances
    of the level's prior, each value counting as so many trials as its scatter says (a design effect)."""

    def drawn(self, places: Integers, often: Floats, luck: Luck, rng: np.random.Generator) -> Floats:
        """The look: the share among as many trials as the values are worth."""
        mean, variance = min(max(self.prior["mean"], 1e-3), 1 - 1e-3), self.prior["variance"]
        worth = max(mean * (1 - mean) / variance - 1, _LEAST_WORTH)
        per_value = max(mean * (1 - mean) - variance, 1e-3) / self.prior["scatter"]
        seen = self.observed.filled()
        trials = seen.exposure[places] * per_value
        hits = np.clip(seen.total[places] * per_value, 0.0, trials)
        share = rng.beta(worth * mean + hits + 1e-6, worth * (1 - mean) + trials - hits + 1e-6)
        again = np.maximum(np.round(often * per_value), 1.0)
        return np.asarray(rng.binomial(again.astype(np.int64), share) / again)


class Acts:
    """Counts of acts over some days, at a rate of the customer's own: Poisson, whatever rates customers have.

    Rates lie on a grid; how many customers have each is found by greatest likelihood (Laird, 1978: EM), since
    some hardly ever come, others all the time, and what chance makes of both is at stake.
    """

    def __init__(self, seen: Floats, days: Floats) -> None:
        self.seen, self.days = seen, np.maximum(np.nan_to_num(days), 1.0)
        known = np.flatnonzero(~np.isnan(seen))
        self.is_known = len(known) > 0
        self._last: tuple[Integers, Floats] | None = None
        if not self.is_known:
            return
        # customers at even distances are a sample of all, whose ids are drawn at random
        some = known[np.unique(np.linspace(0, len(known) - 1, min(_FITTED, len(known))).astype(np.int64))]
        self._rates = np.geomspace(
            _LEAST_RATE, max(float((seen[known] / self.days[known]).max()), _LEAST_RATE) * 2, _RATES
        )
        odds = self._likelihoods(some)
        weights = np.full(_RATES, 1.0 / _RATES)
        for _ in range(_ROUNDS):
            shares = odds * weights
            weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
        self._weights = weights

    def _likelihoods(self, places: Integers) -> Floats:
        """How likely the counts are at each rate (customers x rates), up to a factor for each customer."""
        days, seen = self.days[places, None], np.nan_to_num(self.seen[places])[:, None]
        logs = seen * np.log(self._rates) - self._rates * days
        return np.asarray(np.exp(logs - logs.max(axis=1, keepdims=True)))

    def _believed(self, places: Integers) -> Floats:
        """The probability of each rate (customers x rates), kept for the next look at the same customers."""
        if self._last is None or self._last[0] is not places:
            shares = self._likelihoods(places) * self._weights
            self._last = (places, shares / shares.sum(axis=1, keepdims=True))
        return self._last[1]

    def silence(self, places: Integers, days: float) -> Floats:
        """The probability that nothing comes in so many days, of customers who are there."""
        return np.asarray((self._believed(places) * np.exp(-self._rates * days)).sum(axis=1))

    def look(self, places: Integers, rng: np.random.Generator) -> Floats:
        """The look; unknown where it was."""
        up_to = self._believed(places).cumsum(axis=1)
        chosen = np.minimum((rng.random((len(places), 1)) > up_to).sum(axis=1), _RATES - 1)
        found = rng.poisson(self._rates[chosen] * self.days[places]).astype(np.float64)
        return np.where(np.isnan(self.seen[places]), np.nan, found)


class Uses:
    """Amounts over time: so many uses, of so much each, whose logarithms scatter round an own middle.

    Where the sample does not show how far the amounts of one use scatter, their mean stands.
    """

    def __init__(self, seen: Floats, uses: Floats, counted_by: str, fewest: int) -> None:
        self.seen, self.uses, self.counted_by = seen, uses, counted_by
        some = (np.nan_to_num(uses) > 0) & (np.nan_to_num(seen) > 0)
        self.each = np.log(np.where(some, seen, 1.0) / np.where(some, uses, 1.0))
        often = np.where(some, uses, 0.0)
        shown = Observed(np.where(some, self.each * often, np.nan), often)
        prior = level_model.fit(shown, fewest).parameters
        self.believed = None if prior is None else level_model.posterior(prior, shown)
        self.scatter = 0.0 if prior is None else prior["scatter"]

    def look(self, places: Integers, uses: Floats, rng: np.random.Generator) -> Floats:
        """The look, with as many ``uses``; of who used nothing it stands."""
        seen, before = self.seen[places], self.uses[places]
        some = (np.nan_to_num(before) > 0) & (np.nan_to_num(seen) > 0)
        change = np.zeros(len(places))
        if self.believed is not None:
            change = self.believed.mean[places] - self.each[places]
            change = change + self.believed.spread[places] * rng.standard_normal(len(places))
            change += np.sqrt(self.scatter / np.maximum(uses, 1.0)) * rng.standard_normal(len(places))
        return np.where(some, seen * uses / np.where(some, before, 1.0) * np.exp(change), seen)
