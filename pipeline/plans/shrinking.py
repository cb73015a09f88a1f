"""Effects on groups of customers, shrunk towards that on all of them by how sure each is.

Belongs here: the hierarchical model of effects. Does not belong here: the comparison of two arms
(``effects``).

Effects on groups are taken for draws from one normal distribution, measured with normal error (Efron &
Morris, 1975). Its spread is not estimated, which of few groups often gives nought, but averaged over
(Gelman, 2006, Bayesian Analysis 1; Rubin, 1981): uniform up to twice the range of what was measured. What is
alike of groups may be the amount that a contact brings, or that in proportion to what customers spend:
nobody knows, so that is averaged over, too, by how well each agrees with what was measured.

A group's own spread of outcomes is uncertain where few were held out (nobody may have bought), so that of
each arm is drawn towards that of the group, and that of the group towards that of all (Smyth, 2004): in
proportion to what each had bought before, since who spends ten times as much scatters ten times as widely.
Drawn towards one spread of all, groups of little spend would seem three times as uncertain as they are, and
their effects would be taken for those of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.normal import normal_below
from pipeline.plans.effects import Effect, Flags, Floats

#: Customers that what is known of more customers counts as, beside those of the group or arm itself.
PRIOR_COUNT = 20
#: Values of the spread between groups that are averaged over.
_STEPS = 200
#: Powers of what a group spends that effects may go with: not at all, by its root, in proportion.
_POWERS = np.array([0.0, 0.5, 1.0])


@dataclass(frozen=True)
class Belief:
    """What is believed of the effect on a group: a mixture of normals over what is averaged over."""

    weights: Floats
    means: Floats
    errors: Floats

    @property
    def mean(self) -> float:
        """Expected effect."""
        return float(self.weights @ self.means)

    def drawn(self, place: float, deviation: float) -> float:
        """One effect out of what is believed: that of the share ``place`` (0 to 1) of the mixture, so many
        standard errors above its mean. Beliefs of several groups at one place are drawn together."""
        at = min(int(np.searchsorted(self.weights.cumsum(), place)), len(self.weights) - 1)
        return float(self.means[at] + deviation * self.errors[at])

    def chance_above(self, least: float) -> float:
        """Probability that the effect is above ``least``."""
        return float(self.weights @ normal_below((self.means - least) / self.errors))


@dataclass(frozen=True)
class Beliefs:
    """Beliefs by group, and ``of_others``: of a group that nothing was measured of."""

    by_group: Mapping[str, Belief]
    of_others: Belief

    def of(self, group: str) -> Belief:
        """What is believed of ``group``."""
        return self.by_group.get(group, self.of_others)


def beliefs(found: Effect, before: Floats, groups: Sequence[str], is_contact: Flags) -> Beliefs:
    """Beliefs of effects on ``groups``, one name a customer in the order of ``found``'s outcomes.

    ``before`` is what each customer had bought before, in the unit of the outcome. Groups without two
    customers in each arm are believed to be like the others.
    """
    names, which = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    values, variances, known, places = [], [], [], []
    levels = _levels(before, which)
    common = _within(found.adjusted / levels[which], which)
    for place, name in enumerate(names):
        mine = which == place
        parts = [found.adjusted[one & mine] for one in (is_contact, ~is_contact)]
        if min(map(len, parts)) < 2:
            continue
        known.append(str(name))
        places.append(place)
        values.append(parts[0].mean() - parts[1].mean())
        own = _within(found.adjusted[mine], is_contact[mine].astype(int))
        spread = _drawn(own, int(mine.sum()) - 2, common * levels[place] ** 2)
        variances.append(
            sum(_drawn(float(one.var(ddof=1)), len(one) - 1, spread) / len(one) for one in parts)
        )
    if len(known) < 2 or min(variances) <= 0:
        alone = Belief(np.ones(1), np.array([found.value]), np.array([max(found.error, 1e-12)]))
        return Beliefs(dict.fromkeys(known, alone), alone)
    return _averaged(known, np.array(values), np.array(variances), levels[places])


def _levels(before: Floats, which: np.ndarray) -> Floats:
    """What customers of each group had bought per what all had, drawn towards that; all alike if nothing."""
    bought = np.maximum(before, 0.0)
    mean = float(bought.mean())
    counts = np.bincount(which)
    if mean == 0:
        return np.ones(len(counts))
    sums = np.bincount(which, weights=bought)
    return np.asarray((sums / mean + PRIOR_COUNT) / (counts + PRIOR_COUNT), np.float64)


def _within(outcomes: Floats, which: np.ndarray) -> float:
    """Variance of outcomes about the means of their groups."""
    counts = np.bincount(which)
    sums = np.bincount(which, weights=outcomes)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    free = len(outcomes) - int((counts > 0).sum())
    return float(((outcomes - means[which]) ** 2).sum()) / max(free, 1)


def _drawn(own: float, free: int, towards: float) -> float:
    """A variance of so many degrees of freedom, drawn towards another."""
    return (free * own + PRIOR_COUNT * towards) / (free + PRIOR_COUNT)


def _averaged(names: Sequence[str], values: Floats, variances: Floats, levels: Floats) -> Beliefs:
    """Conditional on a power and a spread between groups all is normal; its weight is the likelihood of what
    was seen, the common mean integrated over (flat).

    Arrays are powers x spreads x groups. Levels are about their geometric mean, so that a power changes no
    unit and likelihoods compare.
    """
    per = (levels / np.exp(np.log(levels).mean())) ** _POWERS[:, None, None]
    seen, errors = values / per, variances / per**2
    widest = 2 * float(max(np.ptp(seen, axis=2).max(), np.sqrt(errors.max())))
    squares = ((np.arange(_STEPS) + 0.5) / _STEPS * widest)[None, :, None] ** 2
    precisions = 1 / (errors + squares)
    total = precisions.sum(axis=2)
    common = (precisions * seen).sum(axis=2) / total
    logs = 0.5 * (
        np.log(precisions).sum(axis=2)
        - np.log(total)
        - (precisions * (seen - common[:, :, None]) ** 2).sum(axis=2)
    )
    weights = np.exp(logs - logs.max()).ravel()
    weights /= weights.sum()
    own = squares * precisions  # what was measured; the rest is the common mean's
    means = per * (own * seen + (1 - own) * common[:, :, None])
    sure = per * np.sqrt(own * errors + (1 - own) ** 2 / total[:, :, None])
    found = {
        name: Belief(weights, means[:, :, at].ravel(), sure[:, :, at].ravel())
        for at, name in enumerate(names)
    }
    spread = np.sqrt(squares[:, :, 0] + 1 / total)
    return Beliefs(found, Belief(weights, common.ravel(), spread.ravel()))
