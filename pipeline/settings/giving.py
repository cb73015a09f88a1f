"""What a project's sources can give: features whose entities are there, and that a source tells.

Belongs here: the rule, and its answer kept, which every stage asks for. Does not belong here: what schemes
make of it (``project``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipeline.features import PROFILES, Feature
from pipeline.forecasts import FORECAST_FEATURES
from pipeline.settings.own import Own
from pipeline.tables.entities import WITH_TEXT


@dataclass(frozen=True)
class Sources:
    """Entity and mapped columns of each source."""

    columns: frozenset[tuple[str, frozenset[str]]]

    @property
    def entities(self) -> set[str]:
        """Entities that some source has."""
        return {entity for entity, _ in self.columns}

    def tell(self, entity: str, column: str) -> bool:
        """Whether a source of ``entity`` maps ``column``."""
        return any(one == entity and column in columns for one, columns in self.columns)

    def give(self, feature: Feature) -> bool:
        """Whether what ``feature`` is made of is there, and told."""
        told_by = [(PROFILES, feature.name)] if feature.is_attribute else feature.told_by
        is_told = not told_by or any(self.tell(entity, column) for entity, column in told_by)
        is_known = all(self.give(one) for one in feature.uses)
        has_texts = not feature.needs_texts or any(self.tell(one, "text") for one in WITH_TEXT)
        return set(feature.entities) <= self.entities and is_told and is_known and has_texts


@dataclass(frozen=True, eq=False)
class _Same:
    """What follows from a project's own declarations, told apart by being the same object: ``own_of`` keeps
    them."""

    own: Own

    def __hash__(self) -> int:
        return id(self.own)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.own is self.own


def given_of(own: Own, sources: Sources) -> frozenset[str]:
    """Features of ``own`` and forecasts from such features that ``sources`` can give."""
    return _given(_Same(own), sources)


@lru_cache(maxsize=16)
def _given(same: _Same, sources: Sources) -> frozenset[str]:
    every: Mapping[str, Feature] = {**same.own.catalogue, **FORECAST_FEATURES}
    return frozenset(name for name, one in every.items() if sources.give(one))
