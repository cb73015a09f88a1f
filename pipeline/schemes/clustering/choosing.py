"""Which clusters a fit settles on: candidates, what is asked of them, and the one that is taken.

Belongs here: candidates and gates. Does not belong here: scales and segment ids (``fit``).

Loaded only for a fit: it imports scikit-learn.
"""

from dataclasses import dataclass, replace
from typing import Any

from pipeline.models.fitting import Gate, at_least, at_most
from pipeline.models.frame import Floats
from pipeline.schemes.clustering.finding import Way
from pipeline.schemes.clustering.refinement import CUSTOMERS_PER_CLUSTER, fullest, refined
from pipeline.schemes.clustering.separation import valleys
from pipeline.schemes.clustering.shapes import Shapes
from pipeline.schemes.clustering.stability import Candidate, measure
from pipeline.settings import ClustersDocument

#: Where a continuum is cut: the champion's number of clusters is given up only for a silhouette better by
#: this.
SILHOUETTE_GAIN = 0.05


@dataclass(frozen=True)
class Chooser:
    """Customers on the frozen scales, clipped (``z``) and not (``whole``), and what a scheme asks of its
    clusters."""

    z: Floats
    whole: Floats
    document: ClustersDocument
    way: Way

    def candidates(self, start: Shapes | None) -> list[Candidate]:
        """What is worth a look, the champion's clusters (``start``) first.

        Those are split and merged where there is evidence; without a champion, or if that is not stable, as
        many clusters as may be are merged until they lie apart. Where the outcome is stable nothing else is
        looked at. Else every number of clusters that the customers suffice for; of those that do not lie
        apart the nearest alone, to say why. A continuum that is cut all the same has no clusters to split or
        merge.
        """
        most = self.z.shape[1] // CUSTOMERS_PER_CLUSTER
        numbers = list(range(self.document.k_min, min(self.document.k_max, most) + 1))
        warm = start if start is not None and start.k <= most else None
        if self.document.max_valley_share is None:
            first = [] if warm is None else [self._measured(self.way.find(self.z, warm.k, warm), True, None)]
            others = [k for k in numbers if not first or k != first[0].k]
            return first + [self._measured(self.way.find(self.z, k, None), False, None) for k in others]
        return self._apart(numbers, warm, self.document.max_valley_share)

    def _apart(self, numbers: list[int], warm: Shapes | None, limit: float) -> list[Candidate]:
        """Candidates whose clusters lie apart."""
        found: list[Candidate] = []
        for start, is_held in ((warm, True), (self._many(numbers), False)):
            if start is not None:
                shapes = refined(self.z, self.whole, start, self.way, self.document.k_max, limit, is_held)
                found.append(self._measured(shapes, is_held, self._valley_share(shapes, is_held)))
                if self.is_stable(found[-1]):
                    return found
        every = [self.way.find(self.z, k, None) for k in numbers]
        cold = [(self._valley_share(one, False), one) for one in every]
        apart = [one for one in cold if one[0] <= limit] or sorted(cold, key=lambda one: (one[0], one[1].k))[
            :1
        ]
        return found + [self._measured(shapes, False, valley) for valley, shapes in apart]

    def _many(self, numbers: list[int]) -> Shapes | None:
        return self.way.find(self.z, numbers[-1], None) if numbers else None

    def _valley_share(self, shapes: Shapes, is_held: bool) -> float:
        return fullest(valleys(self.z, self.whole, shapes, self.way), is_held)

    def _measured(self, shapes: Shapes, is_warm: bool, valley_share: float | None) -> Candidate:
        found = measure(self.z, shapes, self.document.bootstraps, self.way, is_warm)
        return replace(found, valley_share=valley_share)

    def is_stable(self, one: Candidate) -> bool:
        """Whether bootstraps agree on the candidate, and its clusters lie apart where they must."""
        limit = self.document.max_valley_share
        return (
            one.k >= self.document.k_min
            and one.adjusted_rand_index >= self.document.min_adjusted_rand_index
            and one.cluster_jaccard >= self.document.min_cluster_jaccard
            and (limit is None or (one.valley_share is not None and one.valley_share <= limit))
        )

    def best(self, tried: list[Candidate]) -> Candidate | None:
        """Of the stable candidates the warm one, else the one with most clusters: every two of them are two.
        Where a continuum is cut the best silhouette, the warm one preferred. Without a stable one, the one
        that comes nearest."""
        if not tried:
            return None
        stable = [one for one in tried if self.is_stable(one)]
        if not stable:
            return min(tried, key=self._far)
        warm = next((one for one in stable if one.is_warm), None)
        if self.document.max_valley_share is not None:
            return warm or max(stable, key=lambda one: (one.k, round(one.silhouette, 6)))
        best = max(stable, key=lambda one: (round(one.silhouette, 6), -one.k))
        return warm if warm is not None and best.silhouette < warm.silhouette + SILHOUETTE_GAIN else best

    def _far(self, one: Candidate) -> tuple[bool, float, float, int]:
        """How far a candidate is from what is asked."""
        valley = 0.0 if one.valley_share is None else min(one.valley_share, 1e9)
        return (one.k < self.document.k_min, round(valley, 6), -round(one.adjusted_rand_index, 6), one.k)

    def gates(self, best: Candidate | None) -> list[Gate]:
        """What was asked of the ``best`` candidate, and what it gave."""
        index = None if best is None else round(best.adjusted_rand_index, 6)
        jaccard = None if best is None else round(best.cluster_jaccard, 6)
        found = [
            at_least("adjusted_rand_index", index, self.document.min_adjusted_rand_index),
            at_least("smallest_cluster_jaccard", jaccard, self.document.min_cluster_jaccard),
        ]
        limit = self.document.max_valley_share
        if limit is not None:
            valley = (
                None if best is None or best.valley_share is None else round(min(best.valley_share, 1e9), 6)
            )
            found.append(at_most("fullest_valley_share", valley, limit))
            found.append(at_least("clusters", None if best is None else best.k, self.document.k_min))
        return found


def described(one: Candidate) -> dict[str, Any]:
    """A candidate as notes of a fit tell it."""
    found = {
        "k": one.k,
        "adjusted_rand_index": round(one.adjusted_rand_index, 6),
        "smallest_cluster_jaccard": round(one.cluster_jaccard, 6),
        "silhouette": round(one.silhouette, 6),
        "is_warm": one.is_warm,
    }
    if one.valley_share is not None:
        found["fullest_valley_share"] = round(min(one.valley_share, 1e9), 6)
    return found
