"""Effects on groups of customers, shrunk towards that on all of them by how sure each is.

Belongs here: the hierarchical model of effects. Does not belong here: the comparison of two arms
(``effects``).

Effects on groups are taken for draws from one normal distribution, measured with normal error (Efron &
Morris, 1975). Its spread is not estimated, which of few groups often gives nought, but averaged over
(Gelman, 2006, Bayesian Analysis 1; Rubin, 1981): uniform up to twice the range of what was measured. A
group's own spread of outcomes is uncertain where few were held out (nobody may have bought), so that of
each arm is drawn towards that of all groups (Smyth, 2004).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.normal import normal_below
from pipeline.plans.effects import Effect, Flags, Floats

#: Customers that the spread of all groups counts as, beside those of the group itself.
PRIOR_COUNT = 20
#: Values of the spread between groups that are averaged over.
_STEPS = 200


@dataclass(frozen=True)
class Belief:
    """What is believed of the effect on a group: a mixture of normals over the spread between groups."""

    weights: Floats
    means: Floats
    errors: Floats

    @property
    def mean(self) -> float:
        """Expected effect."""
        return float(self.weights @ self.means)

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


def beliefs(found: Effect, groups: Sequence[str], is_contact: Flags) -> Beliefs:
    """Beliefs of effects on ``groups``, one name a customer in the order of ``found``'s outcomes.

    Groups without two customers in each arm are believed to be like the others.
    """
    names, which = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    values, variances, known = [], [], []
    arms = (is_contact, ~is_contact)
    spreads = [_within(found.adjusted[one], which[one]) for one in arms]
    for place, name in enumerate(names):
        parts = [found.adjusted[one & (which == place)] for one in arms]
        if min(map(len, parts)) < 2:
            continue
        known.append(str(name))
        values.append(parts[0].mean() - parts[1].mean())
        variances.append(
            sum(_drawn(part, spread) / len(part) for part, spread in zip(parts, spreads, strict=True))
        )
    if len(known) < 2 or min(variances) <= 0:
        alone = Belief(np.ones(1), np.array([found.value]), np.array([max(found.error, 1e-12)]))
        return Beliefs(dict.fromkeys(known, alone), alone)
    return _averaged(known, np.array(values), np.array(variances))


def _within(outcomes: Floats, which: np.ndarray) -> float:
    """Variance of outcomes about the means of their groups."""
    counts = np.bincount(which)
    sums = np.bincount(which, weights=outcomes)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    free = len(outcomes) - int((counts > 0).sum())
    return float(((outcomes - means[which]) ** 2).sum()) / max(free, 1)


def _drawn(outcomes: Floats, spread: float) -> float:
    """Variance of a group in an arm, drawn towards that of all groups."""
    own = len(outcomes) - 1
    return (own * float(outcomes.var(ddof=1)) + PRIOR_COUNT * spread) / (own + PRIOR_COUNT)


def _averaged(names: Sequence[str], values: Floats, variances: Floats) -> Beliefs:
    """Conditional on each spread between groups all is normal; its weight is the likelihood of what was seen,
    the common mean integrated over (flat)."""
    widest = 2 * float(max(np.ptp(values), np.sqrt(variances.max())))
    spreads = (np.arange(_STEPS) + 0.5) / _STEPS * widest
    precisions = 1 / (variances[None, :] + spreads[:, None] ** 2)
    total = precisions.sum(axis=1)
    common = (precisions @ values) / total
    logs = 0.5 * (
        np.log(precisions).sum(axis=1)
        - np.log(total)
        - (precisions * (values[None, :] - common[:, None]) ** 2).sum(axis=1)
    )
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    found = {}
    for place, name in enumerate(names):
        own = spreads**2 * precisions[:, place]  # what was measured; the rest is the common mean's
        means = own * values[place] + (1 - own) * common
        errors = np.sqrt(own * variances[place] + (1 - own) ** 2 / total)
        found[name] = Belief(weights, means, errors)
    return Beliefs(found, Belief(weights, common, np.sqrt(spreads**2 + 1 / total)))
