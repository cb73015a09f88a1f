"""The document of a clusters scheme: segments that are discovered.

Belongs here: which features, which numbers of clusters, what counts as stable. Does not belong
here: finding and scoring clusters (``pipeline.schemes.kinds.clusters``).
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.settings.base import wrong
from pipeline.settings.schemes.base import NumericFeature, SchemeDocument, repeated

#: Round clusters about centres, or normal ones of any form and weight.
ClusteringMethod = Literal["k_means", "mixture"]


class ClustersDocument(SchemeDocument):
    """Groups of customers who are alike in ``features``, as many as are stable."""

    kind: Literal["clusters"] = "clusters"
    features: list[NumericFeature] = Field(min_length=2)
    method: ClusteringMethod = Field(
        "k_means",
        description="k_means: round clusters of like width; mixture: normal ones, also long and unequal ones",
    )
    k_min: int = Field(2, ge=2, description="fewest clusters that are tried")
    k_max: int = Field(8, le=30, description="most clusters that are tried")
    bootstraps: int = Field(10, ge=3, description="samples on which each number of clusters is tried again")
    min_adjusted_rand_index: float = Field(
        0.80, ge=0, le=1, description="agreement of all clusters, at least"
    )
    min_cluster_jaccard: float = Field(
        0.75, ge=0, le=1, description="agreement of the weakest cluster, at least"
    )

    max_valley_share: float | None = Field(
        0.7,
        gt=0,
        description="customers between any two clusters for each on the thinner side, at most: there are "
        "gaps between customers, or no clusters; none: a continuum is cut all the same",
    )

    def exact_features(self) -> list[str]:
        """Features that distances to published centres are made of."""
        return list(self.features)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.segments:
            raise wrong((("segments",), "segments of kind: clusters are discovered: leave segments out"))
        if self.k_min > self.k_max:
            raise wrong((("k_min",), f"k_min {self.k_min} is greater than k_max {self.k_max}"))
        if twice := repeated(self.features):
            raise wrong(*((("features", at), f"{self.features[at]} is named twice") for at in twice))
        return self
