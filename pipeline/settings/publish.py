"""Settings of the publication: which attributes of persons it may tell, and of how few customers.

Belongs here: what a project allows to be published, and the one rule that says which features may be.
Does not belong here: how the others are kept out (``segments``, ``drift``, ``publish``).
"""

from pydantic import Field, field_validator

from pipeline.features import FEATURES
from pipeline.settings.base import Settings

#: Features that tell something of a person that others may know too: none is published by itself (law L6).
QUASI_FEATURES = frozenset(one.name for one in FEATURES.values() if one.pii != "none")


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
    def _quasi(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in FEATURES:
                known = ", ".join(sorted(QUASI_FEATURES))
                raise ValueError(f"{name!r} is no feature; quasi-identifiers are {known}")
            if name not in QUASI_FEATURES:
                raise ValueError(f"{name!r} is no quasi-identifier: it is published anyway, leave it out")
        return names

    @property
    def withheld(self) -> frozenset[str]:
        """Features of which no value of a single customer may be published: the one rule for all that is."""
        return QUASI_FEATURES - set(self.attributes)
