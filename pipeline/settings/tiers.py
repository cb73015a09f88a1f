"""Settings of the tier schemes: components, scales, borders.

Belongs here: what a tier is made of, and the defaults. Does not belong here: scoring (``segments``).
"""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.settings.base import Settings
from pipeline.tables.catalogue import BY_NAME as FEATURES_BY_NAME


class TierComponent(Settings):
    """A feature in a tier score: its weight, and whether more of it means more of the quality."""

    feature: str
    weight: float = Field(gt=0)
    direction: Literal["raises", "lowers"] = "raises"

    @field_validator("feature")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in FEATURES_BY_NAME or not FEATURES_BY_NAME[name].is_numeric:
            raise ValueError(f"{name!r} is not a numeric feature of the catalogue")
        return name


class TierSettings(Settings):
    """One tier scheme: what makes its score, and where low ends and high begins.

    On the ``rank`` scale a component counts by where it stands among the customers of the fit,
    and borders are quantiles of the score at the fit, then frozen (law L7). On the ``value`` scale
    a component counts by its own value, its least to its greatest possible one as 0 to 100, and
    borders are scores: for qualities with a meaning of their own, where ranks would cut through
    noise.
    """

    components: list[TierComponent] = Field(min_length=1)
    scale: Literal["rank", "value"] = "rank"
    needs_any_entity: list[str] = Field(
        [], description="not_applicable unless the project has one of these entities"
    )
    low_below_quantile: float = Field(1 / 3, gt=0, lt=1)
    high_from_quantile: float = Field(2 / 3, gt=0, lt=1)
    low_below_score: float | None = Field(None, ge=0, le=100, description="value scale only")
    high_from_score: float | None = Field(None, ge=0, le=100, description="value scale only")

    @model_validator(mode="after")
    def _borders_fit_the_scale(self) -> Self:
        scores = (self.low_below_score, self.high_from_score)
        if self.scale == "rank":
            if scores != (None, None):
                raise ValueError(
                    "low_below_score and high_from_score need scale: value; a rank scale has quantiles"
                )
            if self.low_below_quantile >= self.high_from_quantile:
                raise ValueError("low_below_quantile must be less than high_from_quantile")
            return self
        if {"low_below_quantile", "high_from_quantile"} & self.model_fields_set:
            raise ValueError("a value scale has low_below_score and high_from_score, not quantiles")
        low, high = scores
        if low is None or high is None:
            raise ValueError("a value scale needs low_below_score and high_from_score")
        if low >= high:
            raise ValueError("low_below_score must be less than high_from_score")
        return self

    @model_validator(mode="after")
    def _value_scale_is_bounded(self) -> Self:
        unbounded = [one.feature for one in self.components if bounds_of(one.feature) is None]
        if self.scale == "value" and unbounded:
            raise ValueError(
                f"a value scale needs features with a least and a greatest possible value, which "
                f"{', '.join(unbounded)} lacks; use scale: rank"
            )
        return self


def bounds_of(feature: str) -> tuple[float, float] | None:
    """Least and greatest possible value of a feature of the catalogue, if it has both."""
    field = FEATURES_BY_NAME[feature].field
    if field.minimum is None or field.maximum is None:
        return None
    return float(field.minimum), float(field.maximum)


def _components(*parts: tuple[str, float, Literal["raises", "lowers"]]) -> TierSettings:
    return TierSettings(components=[TierComponent(feature=a, weight=b, direction=c) for a, b, c in parts])


DEFAULT_TIERS: dict[str, TierSettings] = {
    "purchasing_power": _components(
        ("average_order_amount_12p", 0.4, "raises"),
        ("average_line_amount_12p", 0.4, "raises"),
        ("income_amount", 0.2, "raises"),
    ),
    "purchase_frequency": _components(
        ("orders_per_30_days_12p", 0.7, "raises"), ("mean_gap_days_12p", 0.3, "lowers")
    ),
    # An index of 0.2 is a score of 60: rates that grew by half. One of -0.2, 40: fell by a third.
    "recent_trend": TierSettings(
        scale="value",
        components=[
            TierComponent(feature="net_amount_trend_index_6p", weight=0.6),
            TierComponent(feature="orders_trend_index_6p", weight=0.4),
        ],
        low_below_score=40,
        high_from_score=60,
    ),
    "satisfaction": TierSettings(
        components=[TierComponent(feature="returned_share_12p", weight=1, direction="lowers")],
        needs_any_entity=["survey_answers", "support_contacts"],
    ),
    "loyalty": _components(
        ("active_periods_share_12p", 0.6, "raises"),
        ("gap_variation_12p", 0.2, "lowers"),
        ("top_store_share_12p", 0.2, "raises"),
    ),
    # High: more likely silent than not.
    "churn_risk": TierSettings(
        scale="value",
        components=[TierComponent(feature="silence_probability", weight=1)],
        low_below_score=20,
        high_from_score=50,
    ),
}
