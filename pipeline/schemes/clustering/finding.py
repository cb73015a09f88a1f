"""Finding a given number of clusters, by k-means or as a mixture of normal ones.

Belongs here: the two ways. Does not belong here: how many clusters there are (``refinement``, ``stability``).

Loaded only for a fit: it imports scikit-learn.
"""

import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import ThreadpoolController

from pipeline.models.frame import Floats
from pipeline.schemes.clustering.shapes import Shapes, normal
from pipeline.settings import ClusteringMethod

_STARTS = 10
#: Customers that a mixture is fitted on, at most: its covariances are as good as known by then.
MIXTURE_CUSTOMERS = 10_000
#: Added to the variances of a mixture, as a tenth of an interquartile range: a value that many share must not
#: be a cluster without any width.
_LEAST_VARIANCE = 0.01


@cache
def _threads() -> ThreadpoolController:
    """The libraries that compute in threads: finding them takes as long as a small fit."""
    return ThreadpoolController()


def one_thread() -> "ThreadpoolController._ThreadpoolLimiter":
    """A context in which sums are made in one order: in another one they are other sums (law L3)."""
    return _threads().limit(limits=1)


@dataclass(frozen=True)
class Way:
    """A way to find clusters, with the project's ``seed``."""

    method: ClusteringMethod
    seed: int

    def find(self, z: Floats, k: int, start: Shapes | None, starts: int = _STARTS, draw: int = 0) -> Shapes:
        """``k`` clusters of the columns of ``z``: from ``start`` (warm; with its own number), or the best of
        several k-means++ ``starts``. ``draw`` tells one use of chance from another."""
        points = np.ascontiguousarray(z.T)
        with one_thread(), warnings.catch_warnings():
            # Fewer distinct customers than clusters, or no convergence: stability and separation judge that.
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = self._k_means(points, k, start, starts, draw)
            return self._mixture(points, start or found, draw) if self.method == "mixture" else found

    def _k_means(self, points: Floats, k: int, start: Shapes | None, starts: int, draw: int) -> Shapes:
        if start is not None and self.method == "mixture":
            return start
        seed = self.seed + draw
        if start is not None:
            model = KMeans(start.k, init=start.centres, n_init=1, random_state=seed)
        else:
            model = KMeans(k, init="k-means++", n_init=starts, random_state=seed)
        return Shapes(np.asarray(model.fit(points).cluster_centers_, np.float64))

    def _mixture(self, points: Floats, start: Shapes, draw: int) -> Shapes:
        """Expectation and maximisation from ``start``, whose clusters are round where they are centres
        alone."""
        if len(points) > MIXTURE_CUSTOMERS:
            random = np.random.default_rng(self.seed)
            points = points[np.sort(random.choice(len(points), MIXTURE_CUSTOMERS, replace=False))]
        begin = _with_forms(points, start)
        model = GaussianMixture(
            begin.k,
            covariance_type="full",
            reg_covar=_LEAST_VARIANCE,
            max_iter=200,
            weights_init=begin.weights,
            means_init=begin.centres,
            precisions_init=np.linalg.inv(begin.covariances),
            random_state=self.seed + draw,
        ).fit(points)
        return normal(model.means_, model.weights_, model.covariances_)


def _with_forms(points: Floats, start: Shapes) -> Shapes:
    """``start`` as a mixture: weights and covariances of the customers nearest to each centre."""
    if start.is_mixture:
        return start
    labels = start.labels(points.T)
    whole = np.cov(points.T) + np.eye(points.shape[1]) * _LEAST_VARIANCE
    covariances, weights = [], []
    for cluster in range(start.k):
        mine = points[labels == cluster]
        enough = len(mine) > points.shape[1]
        covariances.append(
            np.cov(mine.T) + np.eye(points.shape[1]) * _LEAST_VARIANCE if enough else whole / start.k
        )
        weights.append(max(len(mine), 1.0))
    shares = np.asarray(weights) / np.sum(weights)
    return normal(start.centres, shares, np.asarray(covariances))
