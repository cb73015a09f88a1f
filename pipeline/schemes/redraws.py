"""Redraws: single features of customers drawn anew from what is believed of the trait behind each.

Belongs here: one class for each way of drawing, all for the customers at some places of a sample. Does not
belong here: which feature is drawn how, or what hangs together (``schemes.second_look``).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.features import Feature
from pipeline.models.frame import Floats, Frame, Integers
from pipeline.models.traits import Observed
from pipeline.models.traits import levels as level_model
from pipeline.schemes.traits import in_units, observed, posterior

#: Where a trait lies in what is believed of it, and where chance then puts a look, in standard deviations.
Luck = tuple[Floats, Floats]
#: Least rate a day that is told from none, and how many rates lie on a grid up to twice the greatest that was
#: seen; none at all lies there, too, since some never do a thing.
_LEAST_RATE, _RATES = 1e-4, 60
#: On how many customers it is found how many have each rate (or what else lies on a grid), and in how many
#: rounds: after a thousand the answer hardly changes, even of what is rare.
FITTED, _ROUNDS = 2_000, 1_000
#: Shares on a grid, close to none and all closer together.
_SHARES = 0.5 - 0.5 * np.cos(np.linspace(0.02, np.pi - 0.02, 61))
#: Digits of what was seen that customers are grouped by while shares are found.
_DIGITS = 2


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

    The look is the mean of as many values as it counts; where it counts none nothing is known.
    """

    def __init__(self, name: str, trait: dict[str, Any], feature: Feature, frame: Frame) -> None:
        self.trait, self.feature = trait, feature
        self.seen, self.counted = frame.number(name), np.nan_to_num(frame.number(trait["count"]))
        self.observed, self.prior = observed(trait, name, frame), trait["prior"]
        self.believed = posterior(trait, name, frame)
        self.luck, self.count = str(trait.get("same_luck", name)), str(trait["count"])

    def drawn(self, places: Integers, often: Floats, luck: Luck, rng: np.random.Generator) -> Floats:
        """The look in the units of the model."""
        middle, spread = self.believed.mean[places], self.believed.spread[places]
        return np.asarray(middle + spread * luck[0] + np.sqrt(self.prior["scatter"] / often) * luck[1])

    def look(self, places: Integers, counted: Floats, luck: Luck, rng: np.random.Generator) -> Floats:
        """The look in the units of the feature, within its bounds, with so many values ``counted``."""
        counted = np.nan_to_num(counted)
        often = np.maximum(counted - (1.0 if self.trait["opens"] else 0.0), 1.0)
        found = in_units(self.trait, self.drawn(places, often, luck, rng))
        found = np.clip(found, self.feature.minimum, self.feature.maximum)
        return np.where(counted > 0, found, np.nan)


class Share(Level):
    """Shares between 0 and 1, which scatter most in the middle: binomial, whatever shares customers have.

    Each value counts as so many trials as the scatter of the level says (a design effect).
    """

    def __init__(self, name: str, trait: dict[str, Any], feature: Feature, frame: Frame) -> None:
        super().__init__(name, trait, feature, frame)
        mean, variance = min(max(self.prior["mean"], 1e-3), 1 - 1e-3), self.prior["variance"]
        self._per_value = max(mean * (1 - mean) - variance, 1e-3) / self.prior["scatter"]
        seen = self.observed.filled()
        if np.allclose(seen.total, np.round(seen.total), atol=1e-6):
            # each value is one or none, which is one trial at most
            self._per_value = min(self._per_value, 1.0)
        trials = seen.exposure * self._per_value
        hits = np.clip(seen.total * self._per_value, 0.0, trials)
        self._mixture = Mixture(_share_logs, np.where(seen.exposure > 0, hits, np.nan), trials)

    def drawn(self, places: Integers, often: Floats, luck: Luck, rng: np.random.Generator) -> Floats:
        """The look: the share among as many trials as the values are worth."""
        share = _SHARES[self._mixture.drawn(places, rng)]
        again = np.maximum(np.round(often * self._per_value), 1.0)
        return np.asarray(rng.binomial(again.astype(np.int64), share) / again)


def _share_logs(hits: Floats, trials: Floats) -> Floats:
    """How likely so many hits are at each share, as logarithms."""
    return np.asarray(hits[:, None] * np.log(_SHARES) + (trials - hits)[:, None] * np.log1p(-_SHARES))


class Mixture:
    """What customers are like, whatever shape that has: places on a grid, and how many customers lie at each.

    The shares are those of greatest likelihood (Laird, 1978: EM), of at most so many customers at even
    distances: ids are drawn at random. ``logs`` gives the logarithm of how likely two columns of what was
    seen are at each place (customers x places), up to a constant for each customer.
    """

    def __init__(self, logs: Callable[[Floats, Floats], Floats], one: Floats, other: Floats) -> None:
        self._logs, self._seen = logs, (one, other)
        known = np.flatnonzero(~np.isnan(one))
        self.is_known = len(known) > 0
        self._last: tuple[Integers, Floats] | None = None
        if not self.is_known:
            return
        some = known[np.unique(np.linspace(0, len(known) - 1, min(FITTED, len(known))).astype(np.int64))]
        columns = np.stack([_shortened(one[some]), _shortened(other[some])])
        rows, often = np.unique(columns, axis=1, return_counts=True)
        odds = _likelihoods(logs(rows[0], rows[1]))
        weights = np.full(odds.shape[1], 1.0 / odds.shape[1])
        for _ in range(_ROUNDS):
            # einsum: one thread, one order of adding up (law L3)
            total = np.einsum("nk,k->n", odds, weights)
            weights = weights * np.einsum("n,nk->k", often / total, odds) / len(some)
        self.weights = weights

    def believed(self, places: Integers) -> Floats:
        """The probability of each place of the grid, of the customers at ``places`` (customers x places of
        the grid), kept for the next look at the same customers."""
        if self._last is None or self._last[0] is not places:
            one, other = (np.nan_to_num(column[places]) for column in self._seen)
            shares = _likelihoods(self._logs(one, other)) * self.weights
            self._last = (places, shares / shares.sum(axis=1, keepdims=True))
        return self._last[1]

    def drawn(self, places: Integers, rng: np.random.Generator) -> Integers:
        """A place of the grid for each customer."""
        up_to = self.believed(places).cumsum(axis=1)
        chosen = (rng.random((len(places), 1)) > up_to).sum(axis=1)
        return np.asarray(np.minimum(chosen, up_to.shape[1] - 1), np.int64)


def _likelihoods(logs: Floats) -> Floats:
    return np.asarray(np.exp(logs - logs.max(axis=1, keepdims=True)))


def _shortened(values: Floats) -> Floats:
    """Counts as they are; of other values the first digits."""
    size = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(np.maximum(np.abs(values), 1e-300))))
    is_whole = (values == np.round(values)) & (np.abs(values) < 10.0**_DIGITS)
    return np.asarray(np.where(is_whole | (values == 0), values, np.round(values * size) / size))


class Acts:
    """Counts of acts over some days, at a rate of the customer's own: Poisson, whatever rates customers have.

    Rates are a ``Mixture``, since some never come, some hardly ever, others all the time, and what chance
    makes of each is at stake.
    """

    def __init__(self, seen: Floats, days: Floats) -> None:
        self.seen, self.days = seen, np.maximum(np.nan_to_num(days), 1.0)
        some = ~np.isnan(seen)
        most = float((seen[some] / self.days[some]).max()) if some.any() else 0.0
        self.rates = np.array([0.0, *np.geomspace(_LEAST_RATE, max(most, _LEAST_RATE) * 2, _RATES)])
        self._mixture = Mixture(self.logs, seen, self.days)
        self.is_known = self._mixture.is_known

    @property
    def weights(self) -> Floats:
        """How many customers have each of the ``rates``, as shares."""
        return self._mixture.weights

    def logs(self, seen: Floats, days: Floats) -> Floats:
        """How likely so many acts in so many days are at each of the ``rates``, as logarithms (customers x
        rates), up to a constant for each customer."""
        logs = seen[:, None] * np.log(np.maximum(self.rates, 1e-300)) - self.rates * days[:, None]
        return np.asarray(logs)

    def silence(self, places: Integers, days: float) -> Floats:
        """The probability that nothing comes in so many days, of customers who are there."""
        return np.asarray((self._mixture.believed(places) * np.exp(-self.rates * days)).sum(axis=1))

    def look(self, places: Integers, rng: np.random.Generator) -> Floats:
        """The look; unknown where it was."""
        rates = self.rates[self._mixture.drawn(places, rng)]
        found = rng.poisson(rates * self.days[places]).astype(np.float64)
        return np.where(np.isnan(self.seen[places]), np.nan, found)


class Uses:
    """Amounts over time: so many uses, of so much each, whose logarithms scatter round an own middle.

    ``acts`` are the uses that are measured like the amount, and none besides: who is measured otherwise, too,
    uses this no less for it. Of who was not seen to use it, what it uses at a time is what all do. Where the
    sample does not show how far the amounts of one use scatter, the customer's mean stands.
    """

    def __init__(self, seen: Floats, acts: Acts, counted_by: str, fewest: int) -> None:
        self.seen, self.counted_by = seen, counted_by
        # per 30 days, as the amounts are
        self.days = acts.days / 30.0
        uses = np.nan_to_num(acts.seen)
        some = (uses > 0) & (np.nan_to_num(seen) > 0)
        each = np.log(np.where(some, seen * self.days, 1.0) / np.where(some, uses, 1.0))
        often = np.where(some, uses, 0.0)
        shown = Observed(np.where(some, each * often, np.nan), often)
        prior = level_model.fit(shown, fewest).parameters
        if prior is not None:
            # a mean's logarithm lies below that of what is expected by half of its variance (Jensen, 1906)
            each = each + np.where(some, prior["scatter"] / (2.0 * np.maximum(uses, 1.0)), 0.0)
            shown = Observed(np.where(some, each * often, np.nan), often)
            prior = level_model.fit(shown, fewest).parameters
        usual = float(each[some].mean()) if some.any() else 0.0
        self.middle, self.spread, self.scatter = np.where(some, each, usual), np.zeros(len(seen)), 0.0
        if prior is not None:
            believed = level_model.posterior(prior, shown)
            self.middle, self.spread, self.scatter = believed.mean, believed.spread, prior["scatter"]

    def look(self, places: Integers, uses: Floats, rng: np.random.Generator) -> Floats:
        """The look, with as many ``uses``; unknown where it was."""
        middle = self.middle[places] + self.spread[places] * rng.standard_normal(len(places))
        variance = self.scatter / np.maximum(uses, 1.0)
        luck = np.sqrt(variance) * rng.standard_normal(len(places)) - variance / 2.0
        found = uses * np.exp(middle + luck) / self.days[places]
        return np.where(np.isnan(self.seen[places]) | np.isnan(uses), self.seen[places], found)
