"""Settings of segmenting: schemes, evidence, cadence of refits, thresholds of each scheme.

Belongs here: what the segments stage may be told. Does not belong here: tiers (``tiers``).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.periods import Cadence
from pipeline.settings.base import Settings
from pipeline.settings.least_evidence import LEAST_EVIDENCE, LeastEvidence
from pipeline.settings.tiers import DEFAULT_TIERS, TierSettings
from pipeline.tables.catalogue import BY_NAME as FEATURES_BY_NAME
from pipeline.tables.schemes import BY_NAME as SCHEMES_BY_NAME


class RfmSettings(Settings):
    """The RFM grid."""

    recency_resolution_days: float = Field(
        7, gt=0, description="recency counts in whole steps of this many days; see pipeline.segments.rfm"
    )


class LifecycleSettings(Settings):
    """Thresholds of the lifecycle rules, in days, shares and ratios."""

    new_within_days: float = 90
    lost_after_days: float = 180
    returned_after_silence_days: float = 120
    at_risk_overdue_ratio: float = 3
    loyal_active_share: float = 0.75
    loyal_min_periods: int = 6
    potential_trend_index: float = Field(
        0.2, description="stage potential: bought more of late by this trend index; a rule, no forecast"
    )


class ClusterSettings(Settings):
    """Discovered clusters: which features, which numbers of clusters, what counts as stable."""

    features: list[str] = [
        "recency_days",
        "orders_per_30_days_12p",
        "average_order_amount_12p",
        "lines_per_order_12p",
        "categories_count_12p",
        "discount_share_12p",
    ]
    k_min: int = Field(3, ge=2)
    k_max: int = Field(8, le=30)
    bootstraps: int = Field(10, ge=3)
    min_adjusted_rand_index: float = 0.80
    min_cluster_jaccard: float = 0.75
    sample_size: int = Field(50_000, description="customers fitted on, at most; chosen by a hash of the id")

    @field_validator("features")
    @classmethod
    def _numeric(cls, names: list[str]) -> list[str]:
        if wrong := [
            one for one in names if one not in FEATURES_BY_NAME or not FEATURES_BY_NAME[one].is_numeric
        ]:
            raise ValueError(f"not numeric features of the catalogue: {', '.join(wrong)}")
        return names


#: Periods in a quarter.
_QUARTER: dict[Cadence, int] = {"month": 3, "week": 13}


class SegmentSettings(Settings):
    """Schemes in force, evidence they need, and when they are refitted."""

    schemes: list[str] = list(SCHEMES_BY_NAME)
    warm_up_periods: int = Field(
        3, ge=1, description="nothing is fitted before this many periods have been seen"
    )
    refit_every_periods: Annotated[int, Field(ge=1)] | Literal["quarter", "none"] = Field(
        "quarter", description="cadence of refits: so many periods, or a quarter; none: fitted once"
    )
    min_evidence_share: float = Field(0.5, ge=0, le=1)
    least_evidence: dict[str, LeastEvidence] = Field(
        {}, description="by scheme: count features and the least number of each; fewer: insufficient_data"
    )
    min_customers_to_fit: int = Field(50, ge=10)
    tiers: dict[str, TierSettings] = {}
    rfm: RfmSettings = RfmSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    clusters: ClusterSettings = ClusterSettings()
    hysteresis_margin: float = Field(
        0.10,
        ge=0,
        le=1,
        description="a refit moves a customer only when the new centre is nearer by this share",
    )
    continued_overlap: float = Field(
        0.7,
        description="a segment lives on through a refit from this overlap (Jaccard); gate: a challenger that "
        "would leave a named segment below it is refused",
    )
    related_overlap: float = 0.3
    max_model_moved_share: float = Field(
        0.5, description="gate: a challenger that would move more of the population is refused"
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in (*self.schemes, *self.tiers, *self.least_evidence):
            if name not in SCHEMES_BY_NAME:
                raise ValueError(f"unknown scheme {name!r}; known: {', '.join(SCHEMES_BY_NAME)}")
        return self

    def refit_every(self, period: Cadence) -> int | None:
        """Periods from one refit to the next, for a project of months or weeks; none: never."""
        match self.refit_every_periods:
            case "quarter":
                return _QUARTER[period]
            case "none":
                return None
            case int(periods):
                return periods

    def least(self, scheme: str) -> dict[str, int]:
        """Least evidence of a scheme: the project's, or the default."""
        return self.least_evidence.get(scheme, LEAST_EVIDENCE[scheme])

    def tier(self, scheme: str) -> TierSettings:
        """Settings of a tier scheme: the project's, or the default."""
        return self.tiers.get(scheme, DEFAULT_TIERS[scheme])
