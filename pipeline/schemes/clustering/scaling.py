"""Scales of the features that clusters are found on.

Belongs here: fitting scales, to all customers and within clusters. Does not belong here: arithmetic on frozen
scales (``space``), finding clusters (``finding``).

The spread of all customers is a poor scale for kinds that lie apart: a feature that tells them apart spreads
widely because of that, is pressed together, and features of mere noise count as much as it does (Milligan and
Cooper, 1988). Within clusters each feature spreads as chance makes it, whichever kinds there are. Before any
clusters are known that is told by customers who are much alike, since they mostly are of one kind (Art,
Gnanadesikan and Kettenring, 1982); then scales and clusters are found in turns.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.models.frame import Floats, Integers
from pipeline.schemes.clustering.space import CLIP

#: A feature is taken as log1p when it has no negative value and its skewness exceeds this.
SKEWED_FROM = 1.0
#: Values that one customer in this many exceeds are no extreme ones, however far out they lie: a kind may be.
_RARE = 200
#: Within clusters a feature counts as spread by this share of its spread among all, at least: one that each
#: cluster shares a value of must not decide alone.
_LEAST_WITHIN = 0.1
#: Customers whose pairs are looked at, evenly from all: half a million pairs.
LOOKED_AT = 1_000
#: Looks at most, from each beginning, and what no scale changes by any more when they rest. Where one feature
#: of many tells the kinds apart, a look may change less than a hundredth and the next ones come far.
_LOOKS, _RESTING = 100, 0.001
#: Scales that a turn changed by less are as good as found.
_SETTLED = 0.1

Scaling = dict[str, Any]


def fit_scaling(feature: str, values: Floats) -> Scaling | None:
    """Median and interquartile range of the known values, after log1p where skewed, and the values beyond
    which they are cut; none when all are equal.

    Where at least half of the customers share a value the range is 0 and the standard deviation
    takes its place.
    """
    known = values[~np.isnan(values)]
    if not len(known) or known.min() == known.max():
        return None
    is_skewed = bool(known.min() >= 0 and _skewness(known) > SKEWED_FROM)
    raw = np.log1p(known) if is_skewed else known
    lower, middle, upper = (float(one) for one in np.quantile(raw, [0.25, 0.5, 0.75]))
    scale = upper - lower if upper - lower > 1e-6 else float(raw.std())
    if scale <= 1e-6:
        return None
    rare = np.quantile(raw, [1 / _RARE, 1 - 1 / _RARE])
    return {
        "feature": feature,
        "log": is_skewed,
        "middle": middle,
        "scale": scale,
        "lowest": min(middle - CLIP * scale, float(rare[0])),
        "highest": max(middle + CLIP * scale, float(rare[1])),
    }


def _skewness(values: Floats) -> float:
    centred = values - values.mean()
    return float((centred**3).mean() / max(float((centred**2).mean()), 1e-300) ** 1.5)


def as_known(scalings: Sequence[Scaling], before: Sequence[Scaling]) -> list[Scaling]:
    """``scalings`` with the scales that features had ``before``: a fit goes on where the last one ended. A
    version of before scales were those within clusters has none."""
    known = {(one["feature"], one["log"]): one["scale"] for one in before if "lowest" in one}
    return [one | {"scale": known.get((one["feature"], one["log"]), one["scale"])} for one in scalings]


def among_alike(population: Sequence[Scaling], whole: Floats, kinds: int) -> list[Scaling]:
    """``population`` with the scales on which customers who are much alike differ equally in each feature.

    ``whole`` are the customers on the scales of all (``population``), not cut (features x customers). Of all
    pairs of customers the nearest are alike: half as many as would be of one kind, if there were ``kinds`` of
    one size. Which pairs those are depends on the scales, so one looks again until they rest. On the scales
    of all, so many would take in pairs of different kinds, and the scales could come to rest there; so one
    begins with as many pairs as there are customers. Who has the same value as another says nothing about
    how far customers spread.
    """
    size = min(whole.shape[1], LOOKED_AT)
    some = whole[:, np.linspace(0, whole.shape[1] - 1, size).astype(np.int64)]
    first, second = np.triu_indices(size, 1)
    apart = np.abs(some[:, first] - some[:, second])
    spreads = np.ones(len(population))
    for nearest in (min(size, len(first)), max(len(first) // (2 * kinds), 1)):
        spreads = _resting(apart, spreads, nearest)
    return [one | {"scale": one["scale"] * float(by)} for one, by in zip(population, spreads, strict=True)]


def _resting(apart: Floats, spreads: Floats, nearest: int) -> Floats:
    """Scales on which the ``nearest`` pairs differ equally in each feature, looked for from ``spreads`` on;
    ``apart`` are the differences of each pair (features x pairs)."""
    for _ in range(_LOOKS):
        squared = np.zeros(apart.shape[1])
        for one, spread in zip(apart, spreads, strict=True):
            squared += (one / spread) ** 2
        alike = apart[:, np.argpartition(squared, nearest - 1)[:nearest]]
        fresh = np.array([_spread(one) for one in alike])
        fresh = np.maximum(fresh / fresh.max(), _LEAST_WITHIN)
        is_resting = bool(np.abs(np.log(fresh / spreads)).max() <= _RESTING)
        spreads = fresh
        if is_resting:
            break
    return spreads


def _spread(differences: Floats) -> float:
    """Mean difference of those who differ; one interquartile range of all customers where nobody does."""
    seen = differences[differences > 0]
    return float(seen.mean()) if len(seen) else 1.0


def within(
    scalings: Sequence[Scaling], population: Sequence[Scaling], whole: Floats, labels: Integers
) -> list[Scaling]:
    """``scalings`` with the interquartile range that each feature has around the medians of the clusters.

    ``whole`` are the customers on ``scalings``, not cut (features x customers), ``labels`` their clusters;
    ``population`` has the scales of all customers.
    """
    found = []
    for one, among_all, z in zip(scalings, population, whole, strict=True):
        around = z.copy()
        for cluster in np.unique(labels):
            mine = labels == cluster
            around[mine] -= np.median(z[mine])
        lower, upper = np.quantile(around, [0.25, 0.75])
        scale = max(float(upper - lower) * one["scale"], _LEAST_WITHIN * among_all["scale"])
        found.append(one | {"scale": scale})
    return found


def are_settled(scalings: Sequence[Scaling], others: Sequence[Scaling]) -> bool:
    """Whether no scale differs from its other by more than a fit could tell."""
    ratios = [one["scale"] / other["scale"] for one, other in zip(scalings, others, strict=True)]
    return bool(np.abs(np.log(ratios)).max() <= _SETTLED)
