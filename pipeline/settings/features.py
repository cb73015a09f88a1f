"""Features by formula, and other words for features that come along.

Belongs here: how they are written in YAML. Does not belong here: what a formula may name
(``pipeline.features.own``), its language (``expressions``), or formulae that need each other (``own``).
"""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from pipeline.expressions import Expression
from pipeline.features import FEATURES, Feature
from pipeline.features.own import by_formula, called_otherwise
from pipeline.ledgers import LEDGERS, WINDOW_PERIODS, Ledger
from pipeline.settings.attributes import LONGEST, Named, check_limits, limits_of
from pipeline.settings.base import NAME, Label, wrong
from pipeline.settings.problems import meant

#: Keys of a feature that compute it: those of one that comes along cannot be changed.
_COMPUTING = ("formula", "meaning", "window", "minimum", "maximum", "null_meaning")


class FeatureDocument(Named):
    """A feature by formula; or, under the name of one that comes along, other words for it."""

    feature: str = Field(pattern=NAME, max_length=LONGEST, description="name of the feature")
    label: Label | None = None
    meaning: str | None = Field(None, min_length=1)
    formula: Expression | None = Field(
        None, description="an expression over measures of ledgers, attributes and other features"
    )
    window: int = Field(
        WINDOW_PERIODS, ge=1, le=WINDOW_PERIODS, description="periods over which measures are summed"
    )
    minimum: float | None = None
    maximum: float | None = None
    null_meaning: str = Field(
        "something that the formula needs is not known", min_length=1, description="when null"
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.name in FEATURES:
            if said := [one for one in _COMPUTING if one in self.model_fields_set]:
                words = (
                    f"{self.name} comes along: its label, unit and words may be changed, not what it is; "
                    "give a feature of your own another name"
                )
                raise wrong(*(((one,), words) for one in said))
            return self
        if missing := [one for one in ("label", "meaning", "formula") if getattr(self, one) is None]:
            close = meant(self.name, FEATURES)
            hint = f" (did you mean the feature {close}, which comes along?)" if close else ""
            needed = " and ".join(missing)
            raise wrong((("feature",), f"a feature of your own needs {needed}, which is missing{hint}"))
        check_limits(self.minimum, self.maximum)
        return self

    @property
    def name(self) -> str:
        """Name of the feature."""
        return self.feature

    def other_words_for(self, feature: Feature) -> Feature:
        """``feature``, which comes along, with the words that are given here."""
        label = (self.label.en, self.label.zh) if self.label else None
        unit = self.unit_in_both if self.unit else None
        return called_otherwise(feature, label, unit, self.words.words if self.words else None)

    def feature_of(self, features: Mapping[str, Feature], ledgers: Mapping[str, Ledger] = LEDGERS) -> Feature:
        """The feature by formula over ``features`` and ``ledgers``. Raises ``ExpressionError``."""
        if self.formula is None or self.label is None or self.meaning is None:
            raise ValueError(f"{self.name} has no formula")
        return by_formula(
            self.name,
            self.meaning,
            (self.label.en, self.label.zh),
            self.formula,
            self.window,
            features,
            self.unit_in_both,
            self.null_meaning,
            limits_of(self.name, self.minimum, self.maximum),
            self.words.words if self.words else None,
            ledgers,
        )
