"""Spans: counts of the same acts over windows of several lengths, drawn anew together.

Belongs here: the parts that such windows are made of, and how much one tells of another. Does not belong
here: counts over one window (``schemes.redraws``), or which are of the same acts (``schemes.second_look``).

The last three periods are a part of the last twelve: who came often in the other nine is likely to come as
often again. How much the others count for is learned: their likelihood is raised to a power of 0 to 1 (power
prior: Ibrahim and Chen, 2000), the one by which each part is foretold best by the others. At 1 all is one
rate; at 0 what somebody did before tells nothing of what it does now.
"""

from collections.abc import Mapping

import numpy as np

from pipeline.models.frame import Floats, Integers
from pipeline.schemes.redraws import FITTED, Acts

#: Powers that are tried.
POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)


class Spans:
    """Counts by name, the shortest window first; a window holds those before it.

    Parts are drawn from rates of their own. One luck places these among what is believed of each, as often as
    ``power`` says, which is the share that parts tell of each other: where all is one rate, it is one.
    """

    def __init__(self, acts: Mapping[str, Acts]) -> None:
        self.names, every = list(acts), list(acts.values())
        self._seen = np.stack([one.seen for one in every])
        self._counts = np.maximum(np.diff(np.nan_to_num(self._seen), axis=0, prepend=0.0), 0.0)
        self._days = np.maximum(np.diff(np.stack([one.days for one in every]), axis=0, prepend=0.0), 0.0)
        unknown = np.isnan(self._seen).any(axis=0) | (self._days == 0.0)
        # how many customers have each rate is so of single parts, whether or not it is one for all
        self._rates = Acts(np.where(unknown, np.nan, self._counts).ravel(), self._days.ravel())
        self.is_known = self._rates.is_known
        self.power = self._best() if self.is_known else 0.0

    def _logs(self, places: Integers) -> list[Floats]:
        """How likely what was seen in each part is at each rate, as logarithms (customers x rates)."""
        parts = zip(self._counts, self._days, strict=True)
        return [self._rates.logs(counts[places], days[places]) for counts, days in parts]

    def _best(self) -> float:
        known = np.flatnonzero(~np.isnan(self._seen).any(axis=0))
        some = known[np.unique(np.linspace(0, len(known) - 1, min(FITTED, len(known))).astype(np.int64))]
        logs = self._logs(some)
        weights, whole = self._rates.weights, np.sum(logs, axis=0)

        def foretold(power: float) -> float:
            total = 0.0
            for at, mine in enumerate(logs):
                others = power * (whole - mine)
                believed = np.exp(others - others.max(axis=1, keepdims=True)) * weights
                believed /= believed.sum(axis=1, keepdims=True)
                highest = mine.max(axis=1, keepdims=True)
                likely = np.einsum("nk,nk->n", believed, np.exp(mine - highest))
                total += float(
                    (np.log(np.maximum(likely, 1e-300)) + highest[:, 0])[self._days[at][some] > 0].sum()
                )
            return total

        return max(POWERS, key=foretold)

    def look(self, places: Integers, rng: np.random.Generator) -> dict[str, Floats]:
        """The look at each count; unknown where it was."""
        logs, common = self._logs(places), rng.random((len(places), 1))
        whole, total, found = np.sum(logs, axis=0), np.zeros(len(places)), dict[str, Floats]()
        for name, mine, days, seen in zip(self.names, logs, self._days, self._seen, strict=True):
            weighed = mine + self.power * (whole - mine)
            believed = np.exp(weighed - weighed.max(axis=1, keepdims=True)) * self._rates.weights
            up_to = (believed / believed.sum(axis=1, keepdims=True)).cumsum(axis=1)
            is_common = rng.random((len(places), 1)) < self.power
            luck = np.where(is_common, common, rng.random((len(places), 1)))
            chosen = np.minimum((luck > up_to).sum(axis=1), up_to.shape[1] - 1)
            total = total + rng.poisson(self._rates.rates[chosen] * days[places])
            found[name] = np.where(np.isnan(seen[places]), np.nan, total)
        return found
