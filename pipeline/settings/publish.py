"""Settings of the publication: which attributes of persons it may tell, and of how few customers.

Belongs here: what a project allows to be published, and the one rule that says which features may be.
Does not belong here: how the others are kept out (``segments``, ``drift``, ``publish``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field, ValidationInfo, field_validator

from pipeline.features import Feature
from pipeline.settings.base import Settings
from pipeline.settings.declared import declared


def quasi_features(features: Mapping[str, Feature]) -> frozenset[str]:
    """Features that tell something of a person that others may know too: none is published by itself
    (law L6)."""
    return frozenset(one.name for one in features.values() if one.pii != "none")


@dataclass(frozen=True)
class Privacy:
    """The one rule of what may be told of ``features``: ``named`` are the quasi-identifiers that the project
    lets be published; of the others nothing that rests on fewer than ``min_group_count`` customers is."""

    features: Mapping[str, Feature]
    named: frozenset[str]
    min_group_count: int

    @cached_property
    def withheld(self) -> frozenset[str]:
        """Features of which no value of a single customer may be published."""
        return quasi_features(self.features) - self.named


class PublishSettings(Settings):
    """What of single customers, and of small groups, may be published."""

    attributes: list[str] = Field(
        [],
        description="quasi-identifiers (age_group, income_amount …) that may be published; "
        "of the others no value of a single customer is",
    )
    min_group_count: int = Field(
        10,
        ge=3,
        description="figures about a quasi-identifier that rest on fewer customers are not published, "
        "and its counts come in whole steps of so many",
    )

    @field_validator("attributes")
    @classmethod
    def _quasi(cls, names: list[str], info: ValidationInfo) -> list[str]:
        there = declared(info)
        features, quasi = there.features, quasi_features(there.features)
        for name in names:
            if name not in features and not there.is_whole:
                continue
            if name not in features:
                known = ", ".join(sorted(quasi))
                raise ValueError(f"{name!r} is no feature; quasi-identifiers are {known}")
            if name not in quasi:
                raise ValueError(f"{name!r} is no quasi-identifier: it is published anyway, leave it out")
        return names

    def privacy(self, features: Mapping[str, Feature]) -> Privacy:
        """What these settings say of ``features``."""
        return Privacy(features, frozenset(self.attributes), self.min_group_count)
