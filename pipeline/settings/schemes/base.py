"""What a scheme of any kind says of itself.

Belongs here: names, labels, what is needed, the least evidence. Does not belong here: what one
kind alone says (the modules beside this one).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from pipeline.features import Feature
from pipeline.settings.base import NAME, Label, Settings, wrong
from pipeline.settings.declared import declared
from pipeline.settings.problems import Key, meant, shown
from pipeline.tables.fields import UNASSIGNED

#: Of a feature that may not be published a scheme tells at most which of so many classes a customer is in.
MOST_CLASSES = 5
#: Names that a message lists: more than that nobody reads.
MOST_LISTED = 60


def known_feature(name: str, info: ValidationInfo) -> Feature | None:
    """The feature of that ``name``; none where nobody can say.

    Raises ``ValueError`` with what is possible.
    """
    there = declared(info)
    if name not in there.features and there.is_whole:
        raise ValueError(f"there is no feature {shown(name)}{instead(name, there.features)}")
    return there.features.get(name)


def repeated(names: Sequence[str]) -> list[int]:
    """Places of those of ``names`` that stand before, too."""
    return [at for at, one in enumerate(names) if one in names[:at]]


def instead(name: str, names: Iterable[str]) -> str:
    """What to say after an unknown ``name``: the one that was meant, or what there is."""
    close = meant(name, names)
    return f", did you mean {close}?" if close else f"; there are {listed(names)}"


def listed(names: Iterable[str]) -> str:
    """``names`` as a message lists them: of more than ``MOST_LISTED`` the first, and where all stand."""
    every = list(names)
    if len(every) <= MOST_LISTED:
        return ", ".join(every)
    return f"{', '.join(every[:MOST_LISTED])} and {len(every) - MOST_LISTED} more: docs/data_dictionary.md"


def numeric_feature(name: str, info: ValidationInfo) -> str:
    """``name``, if it is a feature in numbers. Raises ``ValueError`` with what is possible."""
    one = known_feature(name, info)
    if one is not None and not one.is_numeric:
        numbers = listed(one.name for one in declared(info).features.values() if one.is_numeric)
        raise ValueError(f"feature {name!r} is no number; numbers are {numbers}")
    return name


def measured_feature(name: str, info: ValidationInfo) -> str:
    """``name``, if it is a number or a flag. Raises ``ValueError`` with what is possible."""
    one = known_feature(name, info)
    if one is not None and not one.is_numeric and str(one.type) != "bool":
        raise ValueError(f"feature {name!r} is neither a number nor a flag")
    return name


def comparable_feature(name: str, info: ValidationInfo) -> str:
    """``name``, if it is a number, a flag or a text. Raises ``ValueError`` with what is possible."""
    one = known_feature(name, info)
    if one is not None and not (one.is_numeric or one.is_text or str(one.type) == "bool"):
        raise ValueError(f"feature {name!r} is neither a number nor a flag nor a text")
    return name


def _known_entity(name: str, info: ValidationInfo) -> str:
    entities = declared(info).entities
    if name not in entities:
        raise ValueError(f"there is no entity {shown(name)}{instead(name, entities)}")
    return name


def _count(name: str, info: ValidationInfo) -> str:
    there = declared(info)
    counts = [one for one in there.features if "_count" in one]
    if name not in counts and (there.is_whole or "_count" not in name):
        raise ValueError(
            f"{shown(name)} is no feature that counts observations; there are {', '.join(counts)}"
        )
    return name


def _known(name: str, info: ValidationInfo) -> str:
    known_feature(name, info)
    return name


KnownFeature = Annotated[str, AfterValidator(_known)]
NumericFeature = Annotated[str, AfterValidator(numeric_feature)]
MeasuredFeature = Annotated[str, AfterValidator(measured_feature)]
ComparableFeature = Annotated[str, AfterValidator(comparable_feature)]
CountFeature = Annotated[str, AfterValidator(_count)]
Entity = Annotated[str, AfterValidator(_known_entity)]


class Playbook(Settings):
    """How to treat the customers of a segment: advice for people, in both languages."""

    who: Label | None = Field(None, description="who they are")
    needs: Label | None = Field(None, description="what they need, and what troubles them")
    proposition: Label | None = Field(
        None, description="value proposition: what is of worth to them, and what sets it apart"
    )
    handling: Label | None = Field(None, description="what to do, and what to leave")
    service_level: Label | None = Field(None, description="service level")
    advised_offer: Label | None = Field(None, description="what to offer")
    advised_channel: Label | None = Field(None, description="how to reach them")


#: What a playbook advises on, in the order in which it is read.
PLAYBOOK_PARTS = tuple(Playbook.model_fields)


class SegmentDocument(Settings):
    """A named segment of a scheme."""

    __texts__ = ("label", "colour", "place", "playbook")

    label: Label
    playbook: Playbook = Field(Playbook(), description="how to treat its customers")
    colour: str | None = Field(
        None, pattern="^#[0-9a-fA-F]{6}$", description="in charts, as #174a7e; none: the report's own"
    )
    place: int | None = Field(
        None, description="order among the segments in reports; smaller comes first; none: as written, from 1"
    )


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
    needs_features: list[KnownFeature] = Field(
        [], description="not_applicable unless the sources give these features"
    )
    beats_plain_ways: bool = Field(
        False,
        description="reads a forecast only while a model is published that did better than every plain way, "
        "not while a plain way is published in its place",
    )
    only_where_given: bool = Field(
        False,
        description="built in: without sources of what it is made of, only a project that names it has it",
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

    def shown_ids(self) -> list[str]:
        """Ids of the named segments in the order in which readers see them."""
        places = [
            (at if one.place is None else one.place, at, name)
            for at, (name, one) in enumerate(self.segments.items(), start=1)
        ]
        return [self.segment_id(name) for _, _, name in sorted(places)]

    def colours(self) -> dict[str, str]:
        """Colours that the document gives to segments, by id."""
        return {self.segment_id(name): one.colour for name, one in self.segments.items() if one.colour}

    def facts(self) -> list[str]:
        """Ids of segments that rest on dates alone: for them the least evidence is not asked for."""
        return []

    def has_fitted_borders(self) -> bool:
        """Whether the customers of a fit say where borders between segments lie."""
        return False

    def rests_on(self) -> list[str]:
        """Features without which the scheme means nothing: those that it names, and that count evidence."""
        return [*self.needs_features, *self.least_evidence]

    def exact_features(self) -> list[str]:
        """Features whose exact values follow from what is published of a customer."""
        return []

    def told_exactly(self, withheld: Collection[str]) -> list[str]:
        """Those of ``withheld`` features of which the scheme would tell more than a class."""
        return sorted(set(self.exact_features()) & set(withheld))

    def classes_of(self, withheld: Collection[str]) -> list[str]:
        """Those of ``withheld`` features of which segments tell nothing but the class of a customer."""
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
