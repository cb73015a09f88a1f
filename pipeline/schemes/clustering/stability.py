"""How stable a number of clusters is: bootstrap agreement, before any other merit.

Belongs here: k-means itself and the measures on which the number of clusters rests. Does not
belong here: features, scaling, segment ids.

Loaded only for a fit: it imports scikit-learn.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import ThreadpoolController

from pipeline.models.frame import Floats, Integers
from pipeline.schemes.clustering.space import squared_distances

#: Customers on which bootstraps and silhouettes are computed, at most: agreement does not need more.
BOOTSTRAP_CUSTOMERS, SILHOUETTE_CUSTOMERS = 4_000, 1_500
_STARTS, _BOOTSTRAP_STARTS = 10, 3


@dataclass(frozen=True)
class Candidate:
    """One number of clusters: centres (clusters x features) and what was measured."""

    centres: Floats
    adjusted_rand_index: float
    cluster_jaccard: float
    silhouette: float
    is_warm: bool

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centres)


@cache
def _threads() -> ThreadpoolController:
    """The libraries that compute in threads: finding them takes as long as a small fit."""
    return ThreadpoolController()


def find_centres(z: Floats, k: int, seed: int, start: Floats | None, starts: int = _STARTS) -> Floats:
    """k-means centres of the columns of ``z``.

    From ``start`` (warm), or the best of several k-means++ starts.
    """
    points = np.ascontiguousarray(z.T)
    if start is not None:
        model = KMeans(k, init=start, n_init=1, random_state=seed)
    else:
        model = KMeans(k, init="k-means++", n_init=starts, random_state=seed)
    with _threads().limit(limits=1):  # sums in another order are other sums (law L3)
        centres: Floats = np.asarray(model.fit(points).cluster_centers_, np.float64)
    return centres


def labels_of(z: Floats, centres: Floats) -> Integers:
    """Nearest centre of each customer."""
    labels: Integers = squared_distances(z, centres).argmin(axis=0)
    return labels


def jaccard_of_clusters(reference: Integers, other: Integers, k: int) -> Floats:
    """Best Jaccard overlap of each cluster of ``reference`` with one of ``other`` (Hennig, 2007)."""
    both = np.zeros((k, k))
    np.add.at(both, (reference, other), 1)
    sizes, other_sizes = both.sum(axis=1), both.sum(axis=0)
    union = sizes[:, None] + other_sizes[None, :] - both
    best: Floats = (both / np.maximum(union, 1)).max(axis=1)
    return best


def measure(z: Floats, k: int, bootstraps: int, seed: int, start: Floats | None = None) -> Candidate:
    """Centres for ``k`` and their stability, with the procedure that would be used (``start``: warm).

    Every bootstrap clusters a resample and labels the original customers by it; agreement with
    the reference is the mean adjusted Rand index (Hubert and Arabie, 1985) and, for the cluster
    that holds together worst, the mean Jaccard overlap.
    """
    random = np.random.default_rng(seed)
    centres = find_centres(z, k, seed, start)
    few = _some(z, BOOTSTRAP_CUSTOMERS, random)
    reference = labels_of(few, centres)
    indices, overlaps = [], []
    for number in range(bootstraps):
        resample = few[:, random.integers(0, few.shape[1], few.shape[1])]
        labels = labels_of(few, find_centres(resample, k, seed + number + 1, start, _BOOTSTRAP_STARTS))
        indices.append(adjusted_rand_score(reference, labels))
        overlaps.append(jaccard_of_clusters(reference, labels, k))
    worst = float(np.mean(overlaps, axis=0).min())
    return Candidate(
        centres, float(np.mean(indices)), worst, _silhouette(z, centres, random), start is not None
    )


def _some(z: Floats, most: int, random: np.random.Generator) -> Floats:
    if z.shape[1] <= most:
        return z
    return z[:, np.sort(random.choice(z.shape[1], most, replace=False))]


def _silhouette(z: Floats, centres: Floats, random: np.random.Generator) -> float:
    """Mean silhouette (Rousseeuw, 1987); -1 when fewer than two clusters are met."""
    few = _some(z, SILHOUETTE_CUSTOMERS, random)
    labels = labels_of(few, centres)
    if len(np.unique(labels)) < 2:
        return -1.0
    with _threads().limit(limits=1):
        return float(silhouette_score(few.T, labels))
