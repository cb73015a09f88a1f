"""The document of a taught scheme: segments that labels of some customers teach.

Belongs here: where labels come from, what is learned from, by which models. Does not belong here: learning
and scoring (``pipeline.schemes.teaching``, ``pipeline.schemes.kinds.taught``).
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import pyarrow as pa
from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from pipeline.features import Feature
from pipeline.settings.base import Settings, wrong
from pipeline.settings.declared import declared
from pipeline.settings.problems import shown
from pipeline.settings.schemes.base import MeasuredFeature, SchemeDocument, known_feature, repeated
from pipeline.tables.entities import PROFILES

#: Values of a flag, as ``values`` names them.
FLAG_VALUES = ("true", "false")


def _no_forecast(name: str, info: ValidationInfo) -> str:
    """``name``, if it is no forecast. Raises ``ValueError``."""
    one = known_feature(name, info)
    if one is not None and one.is_forecast:
        raise ValueError(
            f"{name} is a forecast, which was fitted on what came after the periods that are learned from: "
            "name features"
        )
    return name


def _in_words(name: str, info: ValidationInfo) -> str:
    """``name``, if it is a text or a flag. Raises ``ValueError``."""
    one = known_feature(name, info)
    if one is not None and not (pa.types.is_string(one.type) or pa.types.is_boolean(one.type)):
        raise ValueError(
            f"feature {name!r} is neither a text nor a flag: declare one under features, such as formula: "
            f"{name} > 0"
        )
    return name


class Labels(Settings):
    """Where labels come from: a feature, now or in a later period, and which segment each value means."""

    feature: Annotated[str, AfterValidator(_in_words), AfterValidator(_no_forecast)] = Field(
        description="a text or a flag: an attribute, or a feature by formula; null: the customer has no label"
    )
    values: dict[str, str] | None = Field(
        None,
        min_length=1,
        description='which segment a value means, as {"true": leaves, "false": stays}; others are no label. '
        "None: values of the text are names of segments",
    )
    periods_later: int = Field(
        0, ge=0, le=6, description="the label is what the feature says so many periods later; 0: now"
    )
    gone: str | None = Field(
        None,
        description="segment of who has left the population by then because nothing came for so long; none: "
        "they have no label",
    )


class TaughtDocument(SchemeDocument):
    """Segments by the most probable label, as models have it that were taught by customers with one."""

    kind: Literal["taught"] = "taught"
    labels: Labels
    features: list[Annotated[MeasuredFeature, AfterValidator(_no_forecast)]] = Field(
        min_length=1, description="what is learned from: numbers and flags"
    )
    models: list[Literal["logistic", "tree", "boosting", "network"]] = Field(
        ["logistic", "tree", "boosting", "network"],
        min_length=1,
        description="what competes out of sample; [tree]: a tree alone, whose rules are the scheme",
    )
    tree_leaves: int = Field(12, ge=2, le=64, description="rules of the tree, at most")

    def rests_on(self) -> list[str]:
        """Features without which nothing is taught."""
        return [*super().rests_on(), self.labels.feature]

    def exact_features(self) -> list[str]:
        """Features of rules and weights, and the label that the segment all but tells."""
        return [*self.features, self.labels.feature]

    def label_values(self) -> dict[str, str]:
        """Segment that each value of the label means."""
        return self.labels.values or {one: one for one in self.segments}

    @model_validator(mode="after")
    def _segments_are_labelled(self) -> Self:
        if len(self.segments) < 2:
            raise wrong((("segments",), "labels tell at least two segments apart: name them"))
        values = self.labels.values
        if values is not None:
            self.only_segments({("labels", "values", value): one for value, one in values.items()})
        if self.labels.gone is not None:
            if self.labels.gone not in self.segments:
                known = ", ".join(self.segments)
                words = f"{shown(self.labels.gone)} is not among the segments ({known})"
                raise wrong((("labels", "gone"), words))
            if not self.labels.periods_later:
                raise wrong((("labels", "gone"), "nobody is gone by now: it goes with periods_later"))
        return self

    def _check_codes(self, info: ValidationInfo) -> None:
        """Raises ``ValueError`` for values that the attribute which is the label cannot have."""
        codes = _codes(info, self.labels.feature)
        if unknown := [one for one in self.label_values() if codes and one not in codes]:
            given = "values" if self.labels.values is not None else None
            known = f"{self.labels.feature} has the codes {', '.join(codes)}"
            words = known if given else f"{known}; say under labels which segment each value means"
            raise wrong(
                *(
                    (("labels", given, one) if given else ("segments", one), f"{shown(one)} is none: {words}")
                    for one in unknown
                )
            )

    @model_validator(mode="after")
    def _label_and_features_fit(self, info: ValidationInfo) -> Self:
        features = declared(info).features
        label = features.get(self.labels.feature)
        if label is not None and pa.types.is_boolean(label.type):
            values = self.labels.values
            said = f'{label.name} is a flag: say which segment each value means, as {{"true": …, "false": …}}'
            if values is None:
                raise wrong((("labels",), said))
            if other := [one for one in values if one not in FLAG_VALUES]:
                raise wrong(*((("labels", "values", one), said) for one in other))
        self._check_codes(info)
        if twice := repeated(self.features):
            raise wrong(*((("features", at), f"{self.features[at]} is named twice") for at in twice))
        if twice := repeated(self.models):
            raise wrong(*((("models", at), f"{self.models[at]} is named twice") for at in twice))
        if label is not None and not self.labels.periods_later:
            made = {one.name for one in _behind(label)}
            same = [
                (at, one)
                for at, one in enumerate(self.features)
                if one in made or (one in features and label.name in {f.name for f in _behind(features[one])})
            ]
            if same:
                words = (
                    f"the label {label.name} and it are made of the same: what is learned would be how the "
                    "label is written down. Leave it out, or let the label be of later periods "
                    "(periods_later)"
                )
                raise wrong(*((("features", at), f"{one}: {words}") for at, one in same))
        return self


def _codes(info: ValidationInfo, name: str) -> tuple[str, ...]:
    """Codes that the attribute ``name`` may have; none where it is no attribute, or may have any."""
    columns = declared(info).entities[PROFILES.name].clean.fields
    return next((one.values for one in columns if one.name == name), ())


def _behind(feature: Feature) -> Iterator[Feature]:
    """``feature`` and all that it uses."""
    yield feature
    for one in feature.uses:
        yield from _behind(one)
