"""What clusters look like: round ones about their centres, or normal ones of any form and weight.

Belongs here: arithmetic on frozen shapes. Does not belong here: finding them (``finding``), or scales of
features (``space``).
 A normal cluster is held by the axes of its covariance and the variances along them, so that what a
customer's traits leave open is added to each variance, customer by customer, with no matrix to invert. Sums
are written out as in ``space``: the same whatever the batches and threads (law L3).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.models.frame import Floats, Integers
from pipeline.schemes.clustering.space import squared_distances


@dataclass(frozen=True)
class Shapes:
    """Clusters on the frozen scales: ``centres`` (clusters x features).

    Of a mixture also the ``weights`` (sum 1), the ``axes`` (clusters x axes x features, orthonormal) and the
    ``variances`` along them (clusters x axes); of k-means none of these.
    """

    centres: Floats
    weights: Floats | None = None
    axes: Floats | None = None
    variances: Floats | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centres)

    @property
    def is_mixture(self) -> bool:
        """Whether they are normal clusters rather than centres alone."""
        return self.weights is not None

    def taken(self, places: Any) -> "Shapes":
        """The clusters at ``places``, in that order; weights sum to 1 again."""
        if self.weights is None or self.axes is None or self.variances is None:
            return Shapes(self.centres[places])
        weights = self.weights[places]
        return Shapes(
            self.centres[places], weights / weights.sum(), self.axes[places], self.variances[places]
        )

    @property
    def covariances(self) -> Floats:
        """Covariance of each cluster of a mixture (clusters x features x features)."""
        assert self.axes is not None
        assert self.variances is not None
        found: Floats = np.einsum("kax,ka,kay->kxy", self.axes, self.variances, self.axes)
        return found

    def merged(self, first: int, second: int, sizes: Integers) -> "Shapes":
        """The clusters, the ``first`` and ``second`` as one, the last: what both are together. ``sizes``
        weigh centres; a mixture has weights of its own."""
        two = [first, second]
        others = [place for place in range(self.k) if place not in two]
        weights = np.maximum(sizes, 1) if self.weights is None else self.weights
        shares = weights[two] / weights[two].sum()
        centre = shares @ self.centres[two]
        centres = np.vstack([self.centres[others], centre])
        if self.weights is None:
            return Shapes(centres)
        away = self.centres[two] - centre
        whole = np.einsum("k,kxy->xy", shares, self.covariances[two])
        whole += np.einsum("k,kx,ky->xy", shares, away, away)
        together = np.append(self.weights[others], self.weights[two].sum())
        return normal(centres, together, np.concatenate([self.covariances[others], whole[None]]))

    def parted(self, place: int, two: "Shapes") -> "Shapes":
        """The clusters with ``two``, the last ones, for the one at ``place``."""
        others = [one for one in range(self.k) if one != place]
        centres = np.vstack([self.centres[others], two.centres])
        if self.weights is None or two.weights is None:
            return Shapes(centres)
        weights = np.concatenate([self.weights[others], two.weights * self.weights[place]])
        return normal(centres, weights, np.concatenate([self.covariances[others], two.covariances]))

    def labels(self, z: Floats) -> Integers:
        """The cluster of each column of ``z``: the nearest centre, of a mixture the most probable cluster."""
        found: Integers
        if self.is_mixture:
            found = self.log_weights(z, np.zeros(z.shape[1])).argmax(axis=0)
        else:
            found = squared_distances(z, self.centres).argmin(axis=0)
        return found

    def log_weights(self, z: Floats, open_variance: Floats) -> Floats:
        """Log of weight times density of each cluster of a mixture at each customer (clusters x customers),
        but for a constant; ``open_variance`` of a customer is added to the variance along every axis."""
        assert self.weights is not None
        assert self.axes is not None
        assert self.variances is not None
        found = np.zeros((self.k, z.shape[1]))
        for cluster, row in enumerate(found):
            row += 2 * np.log(self.weights[cluster])
            away = [one - place for one, place in zip(z, self.centres[cluster], strict=True)]
            for axis, variance in zip(self.axes[cluster], self.variances[cluster], strict=True):
                along = np.zeros(z.shape[1])
                for share, one in zip(axis, away, strict=True):
                    along += share * one
                width = variance + open_variance
                row -= along**2 / width + np.log(width)
        return found / 2


def normal(centres: Floats, weights: Floats, covariances: Floats) -> Shapes:
    """Shapes of a mixture with ``covariances`` (clusters x features x features)."""
    variances, vectors = np.linalg.eigh(covariances)
    axes = np.swapaxes(vectors, 1, 2)
    # An axis and its opposite are the same: the greatest part is positive, so that the same fit tells the
    # same.
    greatest = np.abs(np.round(axes, 6)).argmax(axis=2)
    signs = np.sign(np.take_along_axis(axes, greatest[:, :, None], axis=2))
    return Shapes(centres, weights, axes * signs, np.maximum(variances, 1e-9))


def frozen(shapes: Shapes) -> dict[str, Any]:
    """Parameters of a version that hold ``shapes``."""
    found: dict[str, Any] = {"centres": shapes.centres.tolist()}
    if shapes.weights is not None and shapes.axes is not None and shapes.variances is not None:
        found["mixture"] = {
            "weights": shapes.weights.tolist(),
            "axes": shapes.axes.tolist(),
            "variances": shapes.variances.tolist(),
        }
    return found


def thawed(parameters: dict[str, Any]) -> Shapes:
    """The shapes that ``frozen`` wrote into the parameters of a version."""
    centres = np.asarray(parameters["centres"], np.float64)
    if "mixture" not in parameters:
        return Shapes(centres)
    held = {name: np.asarray(one, np.float64) for name, one in parameters["mixture"].items()}
    return Shapes(centres, held["weights"], held["axes"], held["variances"])
