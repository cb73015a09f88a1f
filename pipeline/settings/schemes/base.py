"""What a scheme of any kind says of itself.

Belongs here: names, labels, what is needed, the least evidence. Does not belong here: what one
kind alone says (the modules beside this one).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from pipeline.features import Feature
from pipeline.settings.base import Settings, wrong
from pipeline.settings.declared import declared
from pipeline.settings.problems import Key, meant, shown
from pipeline.tables.fields import UNASSIGNED

NAME = r"^[a-z][a-z0-9_]*$"


def known_feature(name: str, info: ValidationInfo) -> Feature:
    """The feature of that ``name``. Raises ``ValueError`` with what is possible."""
    features = declared(info).features
    if name not in features:
        raise ValueError(f"there is no feature {shown(name)}{instead(name, features)}")
    return features[name]


def repeated(names: Sequence[str]) -> list[int]:
    """Places of those of ``names`` that stand before, too."""
    return [at for at, one in enumerate(names) if one in names[:at]]


def instead(name: str, names: Iterable[str]) -> str:
    """What to say after an unknown ``name``: the one that was meant, or all that there are."""
    close = meant(name, names)
    return f", did you mean {close}?" if close else f"; there are {', '.join(names)}"


def numeric_feature(name: str, info: ValidationInfo) -> str:
    """``name``, if it is a feature in numbers. Raises ``ValueError`` with what is possible."""
    if not known_feature(name, info).is_numeric:
        numbers = ", ".join(one.name for one in declared(info).features.values() if one.is_numeric)
        raise ValueError(f"feature {name!r} is no number; numbers are {numbers}")
    return name


def _known_entity(name: str, info: ValidationInfo) -> str:
    entities = declared(info).entities
    if name not in entities:
        raise ValueError(f"there is no entity {shown(name)}{instead(name, entities)}")
    return name


def _count(name: str, info: ValidationInfo) -> str:
    counts = [one for one in declared(info).features if "_count" in one]
    if name not in counts:
        raise ValueError(
            f"{shown(name)} is no feature that counts observations; there are {', '.join(counts)}"
        )
    return name


NumericFeature = Annotated[str, AfterValidator(numeric_feature)]
CountFeature = Annotated[str, AfterValidator(_count)]
Entity = Annotated[str, AfterValidator(_known_entity)]


class Label(Settings):
    """A name for readers, in both languages of the report."""

    en: str = Field(min_length=1, description="English")
    zh: str = Field(min_length=1, description="Chinese")


class SegmentDocument(Settings):
    """A named segment of a scheme."""

    __texts__ = ("label",)

    label: Label


class SchemeDocument(Settings):
    """One way of segmenting: what every kind says."""

    #: Words for people: they change no value (``pipeline.lineage``).
    __texts__ = ("label", "place")

    scheme: str = Field(pattern=NAME, max_length=40, description="id of the scheme")
    label: Label
    place: int = Field(1000, description="order among the schemes in tables and reports; smaller comes first")
    needs_any_entity: list[Entity] = Field(
        [], description="not_applicable unless the project has one of these entities"
    )
    least_evidence: dict[CountFeature, Annotated[int, Field(ge=1)]] = Field(
        {}, description="count features and the least number of each; who has fewer is insufficient_data"
    )
    segments: dict[Annotated[str, Field(pattern=NAME)], SegmentDocument] = Field(
        {}, description="the named segments, in their order"
    )

    @property
    def name(self) -> str:
        """Id of the scheme."""
        return self.scheme

    def segment_id(self, segment: str) -> str:
        """Id of a named segment: ``scheme:segment``."""
        return f"{self.scheme}:{segment}"

    def segment_ids(self) -> list[str]:
        """Ids of the named segments, in their order; none where segments are discovered."""
        return [self.segment_id(one) for one in self.segments]

    def facts(self) -> list[str]:
        """Ids of segments that rest on dates alone: for them the least evidence is not asked for."""
        return []

    def exact_features(self) -> list[str]:
        """Features whose exact values follow from what is published of a customer."""
        return []

    def only_segments(self, used: Mapping[Key, str]) -> None:
        """Raises ``ValueError`` unless the segments in ``used``, by key, are those that are declared."""
        known = ", ".join(self.segments)
        if unknown := [(key, one) for key, one in used.items() if one not in self.segments]:
            raise wrong(*((key, f"{shown(one)} is not among the segments ({known})") for key, one in unknown))
        if idle := [one for one in self.segments if one not in used.values()]:
            raise wrong(
                *((("segments", one), "nobody can ever be in it: use it or take it out") for one in idle)
            )

    @model_validator(mode="after")
    def _no_reserved_name(self) -> Self:
        named: list[tuple[Key, str]] = [(("scheme",), self.scheme)]
        named += [(("segments", one), one) for one in self.segments]
        if reserved := [
            (key, f"{one} is a status: choose another name") for key, one in named if one in UNASSIGNED
        ]:
            raise wrong(*reserved)
        return self
