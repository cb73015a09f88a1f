"""The document of a tier scheme: segments in order of one quality, by a score with borders.

Belongs here: what makes the score, its scale, its borders. Does not belong here: scoring
(``pipeline.schemes.kinds.tier``).
"""

from typing import Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from pipeline.settings.base import Settings, wrong
from pipeline.settings.declared import declared
from pipeline.settings.schemes.base import NumericFeature, SchemeDocument, repeated


class TierComponent(Settings):
    """A feature in a tier score: its weight, and whether more of it means more of the quality."""

    feature: NumericFeature
    weight: float = Field(1, gt=0)
    direction: Literal["raises", "lowers"] = "raises"


class Borders(Settings):
    """Where a segment ends and the next higher one begins, from the lowest border to the highest.

    ``quantiles`` of the score at the fit (0-1), or ``scores`` (0-100): one border fewer than segments.
    """

    quantiles: list[float] | None = None
    scores: list[float] | None = None

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if (self.quantiles is None) == (self.scores is None):
            raise ValueError("give either quantiles or scores")
        most = 1 if self.scores is None else 100
        if not self.values or any(not 0 < one < most for one in self.values):
            raise ValueError(f"borders lie between 0 and {most}, not {self.values}")
        if sorted(set(self.values)) != self.values:
            raise ValueError(f"borders go up, each greater than the one before, not {self.values}")
        return self

    @property
    def values(self) -> list[float]:
        """The borders, whichever they are."""
        return list(self.quantiles or self.scores or [])


class TierDocument(SchemeDocument):
    """Segments from most to least of one quality.

    On the ``rank`` scale a component counts by where it stands among the customers of the fit,
    and borders are quantiles of the score at the fit, then frozen (law L7). On the ``value`` scale
    a component counts by its own value, its least to its greatest possible one as 0 to 100, and
    borders are scores: for qualities with a meaning of their own, where ranks would cut through
    noise.
    """

    kind: Literal["tier"] = "tier"
    score: list[TierComponent] = Field(min_length=1, description="what makes the score, with weights")
    scale: Literal["rank", "value"] = "rank"
    borders: Borders

    @model_validator(mode="after")
    def _borders_fit(self, info: ValidationInfo) -> Self:
        if len(self.segments) != len(self.borders.values) + 1:
            count = len(self.segments)
            words = f"{count} segments need {count - 1} borders, not {len(self.borders.values)}"
            raise wrong((("borders",), words))
        if (self.scale == "rank") != (self.borders.scores is None):
            words = "scale: rank has borders as quantiles, scale: value has borders as scores"
            raise wrong((("borders",), words))
        named = [one.feature for one in self.score]
        features = declared(info).features
        unbounded = [
            (at, one) for at, one in enumerate(named) if one in features and not features[one].bounds
        ]
        if self.scale == "value" and unbounded:
            words = "scale: value needs a feature with a least and a greatest possible value; use scale: rank"
            raise wrong(*((("score", at, "feature"), f"{one} lacks one: {words}") for at, one in unbounded))
        if twice := repeated(named):
            raise wrong(
                *(
                    (("score", at, "feature"), f"{named[at]} is named twice; add up the weights")
                    for at in twice
                )
            )
        return self

    def has_fitted_borders(self) -> bool:
        """Whether borders are quantiles of the scores of a fit."""
        return self.borders.scores is None
