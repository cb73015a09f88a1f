"""How stable clusters are: bootstrap agreement.

Belongs here: the measures. Does not belong here: features, scaling, segment ids, whether clusters lie apart
(``separation``).

Loaded only for a fit: it imports scikit-learn.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score, silhouette_score

from pipeline.models.frame import Floats, Integers
from pipeline.schemes.clustering.finding import Way, one_thread
from pipeline.schemes.clustering.shapes import Shapes

#: Customers on which bootstraps and silhouettes are computed, at most: agreement does not need more.
BOOTSTRAP_CUSTOMERS, SILHOUETTE_CUSTOMERS = 4_000, 1_500
_BOOTSTRAP_STARTS = 3


@dataclass(frozen=True)
class Candidate:
    """One number of clusters: their shapes and what was measured."""

    shapes: Shapes
    adjusted_rand_index: float
    cluster_jaccard: float
    silhouette: float
    is_warm: bool
    #: Of the fullest valley, see ``refinement.fullest``; none where nobody asks.
    valley_share: float | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return self.shapes.k


def jaccard_of_clusters(reference: Integers, other: Integers, k: int) -> Floats:
    """Best Jaccard overlap of each cluster of ``reference`` with one of ``other`` (Hennig, 2007)."""
    both = np.zeros((k, k))
    np.add.at(both, (reference, other), 1)
    sizes, other_sizes = both.sum(axis=1), both.sum(axis=0)
    union = sizes[:, None] + other_sizes[None, :] - both
    best: Floats = (both / np.maximum(union, 1)).max(axis=1)
    return best


def measure(z: Floats, shapes: Shapes, bootstraps: int, way: Way, is_warm: bool = False) -> Candidate:
    """The stability of ``shapes``, with the procedure that would be used (``is_warm``: from where they are).

    Every bootstrap clusters a resample and labels the original customers by it; agreement with
    the reference is the mean adjusted Rand index (Hubert and Arabie, 1985) and, for the cluster
    that holds together worst, the mean Jaccard overlap.
    """
    random = np.random.default_rng(way.seed)
    few = _some(z, BOOTSTRAP_CUSTOMERS, random)
    reference = shapes.labels(few)
    indices, overlaps = [], []
    for number in range(bootstraps):
        resample = few[:, random.integers(0, few.shape[1], few.shape[1])]
        again = way.find(resample, shapes.k, shapes if is_warm else None, _BOOTSTRAP_STARTS, number + 1)
        labels = again.labels(few)
        indices.append(adjusted_rand_score(reference, labels))
        overlaps.append(jaccard_of_clusters(reference, labels, shapes.k))
    worst = float(np.mean(overlaps, axis=0).min())
    return Candidate(shapes, float(np.mean(indices)), worst, _silhouette(z, shapes, random), is_warm)


def _some(z: Floats, most: int, random: np.random.Generator) -> Floats:
    if z.shape[1] <= most:
        return z
    return z[:, np.sort(random.choice(z.shape[1], most, replace=False))]


def _silhouette(z: Floats, shapes: Shapes, random: np.random.Generator) -> float:
    """Mean silhouette (Rousseeuw, 1987); -1 when fewer than two clusters are met."""
    few = _some(z, SILHOUETTE_CUSTOMERS, random)
    labels = shapes.labels(few)
    if len(np.unique(labels)) < 2:
        return -1.0
    with one_thread():
        return float(silhouette_score(few.T, labels))
