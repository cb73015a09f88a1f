"""Settings of drift: from which size on a change counts.

Belongs here: levels of findings. Does not belong here: measuring anything (``pipeline.drift``).
"""

from typing import Self

from pydantic import Field, model_validator

from pipeline.settings.base import Settings

#: Floors of a finding and of a major one.
_FLOORS = (
    ("min_effect", "major_effect"),
    ("min_amount_change", "major_amount_change"),
    ("min_tail_change", "major_tail_change"),
    ("min_spread_change", "major_spread_change"),
    ("min_kolmogorov_smirnov", "major_kolmogorov_smirnov"),
    ("min_total_variation", "major_total_variation"),
)


class DriftSettings(Settings):
    """Levels at which a change counts."""

    false_discovery_rate: float = Field(0.01, gt=0, lt=1)
    bins: int = Field(20, ge=5, le=100)
    min_customers: int = Field(100, ge=10, description="fewer customers give no verdict")
    min_effect: float = Field(
        0.05,
        gt=0,
        description="standardized difference of means from which a change of a number is a finding",
    )
    major_effect: float = Field(0.5, description="standardized effect from which a finding is major")
    min_amount_change: float = Field(
        0.05,
        gt=0,
        description="change of the mean, or of the total over all customers, of an amount of money, as a"
        " share of it before, from which it is a finding",
    )
    major_amount_change: float = Field(0.25, gt=0, description="the same for a major finding")
    min_tail_change: float = Field(
        0.03,
        gt=0,
        description="change, in shares of the total, of what the hundredth of customers with the largest"
        " values carries, from which it is a finding",
    )
    major_tail_change: float = Field(0.10, gt=0, description="the same for a major finding")
    min_spread_change: float = Field(
        0.10, gt=0, description="standard deviation that grew by this share, or shrank as much, is a finding"
    )
    major_spread_change: float = Field(0.50, gt=0, description="the same for a major finding")
    min_kolmogorov_smirnov: float = Field(
        0.03, description="distance of two distributions of a number from which their change is a finding"
    )
    major_kolmogorov_smirnov: float = Field(0.20, gt=0, description="the same for a major finding")
    min_total_variation: float = Field(
        0.01,
        description="share of customers that changed sides in a category, a flag or a mix of segments,"
        " change of the share without a known value or set aside in quarantine, from which it is a finding",
    )
    major_total_variation: float = Field(0.10, description="the same for a major finding")
    min_new_category_share: float = Field(
        0.005,
        gt=0,
        description="share of customers in a category never seen before, from which it is a finding",
    )
    min_history_periods: int = Field(
        12, ge=5, description="fewer earlier periods teach no scale of normal change"
    )
    history_periods: int = Field(26, ge=5, description="at most this many earlier periods teach it")
    carriers: list[str] = Field(
        ["rfm", "top_channel_12p", "top_category_12p"],
        max_length=8,
        description="schemes and category features by whose groups a change of a mean is explained; those"
        " that the project lacks are left out",
    )
    settled_periods: int = Field(
        8,
        ge=2,
        description="a change that lasted so many periods since it was told is the new normal",
    )

    @model_validator(mode="after")
    def _levels_in_order(self) -> Self:
        for least, most in _FLOORS:
            if getattr(self, least) > getattr(self, most):
                raise ValueError(f"{least} must not be above {most}")
        return self
