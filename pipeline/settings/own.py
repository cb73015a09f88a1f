"""What follows from all that a company declares of its own: columns of profiles, and every feature.

Belongs here: names that are taken, formulae that need each other. Does not belong here: how a declaration
is written (``attributes``, ``features``), or who reads them (``declared``, ``project``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from pipeline.expressions import ExpressionError
from pipeline.extensions import NO_EXTENSIONS, Extensions
from pipeline.features import FEATURES, Feature
from pipeline.features.own import AS_OF, EXPOSURE_DAYS
from pipeline.forecasts import FORECAST_FEATURES
from pipeline.ledgers import LEDGERS, Ledger
from pipeline.settings.attributes import AttributeDocument
from pipeline.settings.base import wrong
from pipeline.settings.declared import BUILT_IN_DECLARED, Declared
from pipeline.settings.features import FeatureDocument
from pipeline.settings.problems import Key
from pipeline.tables import model, zones
from pipeline.tables.entities import ENTITIES, PROFILES, SOURCE_ACCOUNT_ID, Entity

#: Names that columns of the tables have in which own ones stand.
_TAKEN = frozenset(
    {SOURCE_ACCOUNT_ID, AS_OF, EXPOSURE_DAYS, *zones.CUSTOMERS.columns, *PROFILES.clean.columns}
    | {one.name for one in PROFILES.identifiers}
)


class Own(NamedTuple):
    """What follows from a project's declarations: columns of profiles, and every feature that there is,
    those that come along first."""

    columns: tuple[model.Field, ...]
    catalogue: Mapping[str, Feature]

    @property
    def features(self) -> dict[str, Feature]:
        """Features of the project's own."""
        return {name: one for name, one in self.catalogue.items() if name not in FEATURES}

    @property
    def entities(self) -> dict[str, Entity]:
        """Every entity by name, profiles with the project's own columns."""
        return ENTITIES | {PROFILES.name: PROFILES.with_own(self.columns)}


_ATTRIBUTES = TypeAdapter(list[AttributeDocument])
_FEATURES = TypeAdapter(list[FeatureDocument])


def declared_in(settings: Mapping[str, Any], extended: Extensions = NO_EXTENSIONS) -> Declared:
    """What ``settings``, as written, declare beside what comes along and what extensions declare; not whole
    where some of it is wrong."""
    try:
        attributes = _ATTRIBUTES.validate_python(settings.get("attributes", []))
        check_attributes(attributes, extended)
        own = own_of(attributes, _FEATURES.validate_python(settings.get("features", [])), extended)
    except ValidationError:  # raised, and told, once more by the settings themselves
        return replace(BUILT_IN_DECLARED, is_whole=False, extended=extended)
    return Declared({**own.catalogue, **FORECAST_FEATURES}, own.entities, extended=extended)


def check_attributes(attributes: Sequence[AttributeDocument], extended: Extensions = NO_EXTENSIONS) -> None:
    """Raises ``ValueError`` where a name is taken, by key."""
    others = _of_extensions(extended)
    _check_names([((at, "attribute"), one.name) for at, one in enumerate(attributes)], others)


def _of_extensions(extended: Extensions) -> dict[str, str]:
    return {name: f"a feature of an extension ({place})" for name, place in extended.places.items()}


def own_of(
    attributes: Sequence[AttributeDocument],
    features: Sequence[FeatureDocument],
    extended: Extensions = NO_EXTENSIONS,
) -> Own:
    """What follows from ``attributes`` and ``features``, beside what extensions declare.

    Raises ``ValueError`` by the key within ``features`` for a name that is taken, a formula over what does
    not exist, or formulae that need each other.
    """
    return _own_of(tuple(attributes), tuple(features), extended)


@lru_cache(maxsize=16)
def _own_of(
    attributes: tuple[AttributeDocument, ...], features: tuple[FeatureDocument, ...], extended: Extensions
) -> Own:
    _check_names(
        [((at, "feature"), one.name) for at, one in enumerate(features)],
        {one.name: "an attribute" for one in attributes} | _of_extensions(extended),
    )
    known = {**FEATURES, **extended.features} | {one.name: one.feature for one in attributes}
    for one in features:
        if one.name in FEATURES:
            known[one.name] = one.other_words_for(known[one.name])
    own = {one.name: one for one in features if one.formula is not None}
    ledgers = {**LEDGERS, **extended.ledgers}
    making = _Making(known, ledgers, own, {one.name: at for at, one in enumerate(features)})
    for one in own.values():
        making.make(one)
    if making.problems:
        raise wrong(*making.problems)
    columns = tuple(one.column for one in attributes)
    every = known | {name: making.made[name] for name in own}
    return Own(columns, MappingProxyType(every))


@dataclass
class _Making:
    """Features by formula under way: their ``documents`` with ``places``, beside what is ``known`` and the
    ``ledgers`` that they may read."""

    known: Mapping[str, Feature]
    ledgers: Mapping[str, Ledger]
    documents: Mapping[str, FeatureDocument]
    places: Mapping[str, int]
    made: dict[str, Feature] = field(default_factory=dict)
    problems: list[tuple[Key, str]] = field(default_factory=list)
    in_circles: set[str] = field(default_factory=set)

    def make(self, one: FeatureDocument, above: tuple[str, ...] = ()) -> None:
        """Make the feature of ``one`` after those that its formula names; or say why it cannot be."""
        if one.name in self.made or one.name in self.in_circles or one.formula is None:
            return
        key = (self.places[one.name], "formula")
        if one.name in above:
            circle = above[above.index(one.name) :]
            self.in_circles |= set(circle)
            words = " needs ".join([*circle, one.name])
            self.problems.append((key, f"formulae need each other in a circle: {words}"))
            return
        named = [self.documents[name] for name in one.formula.names if name in self.documents]
        for other in named:
            self.make(other, (*above, one.name))
        if any(other.name not in self.made for other in named):
            return  # told at the feature that is wrong
        every = {**self.known, **self.made}
        try:
            self.made[one.name] = one.feature_of(
                {name: feature for name, feature in every.items() if feature.of_features is None},
                self.ledgers,
            )
        except ExpressionError as error:
            self.problems.append((key, str(error)))


def _check_names(named: Sequence[tuple[Key, str]], others: dict[str, str]) -> None:
    """Raises ``ValueError`` for names that stand twice, are ``others``' or a column's."""
    names = [one for _, one in named]
    problems: list[tuple[Key, str]] = []
    for at, (key, name) in enumerate(named):
        if name in names[:at]:
            problems.append((key, f"{name} is declared twice"))
        elif name in FORECAST_FEATURES:
            problems.append((key, f"{name} is a forecast already: give it another name"))
        elif name in others:
            problems.append((key, f"{name} is {others[name]} already: give it another name"))
        elif key[-1] == "attribute" and (name in _TAKEN or name in FEATURES):
            what = "a column of profiles or customers" if name in _TAKEN else "a feature that comes along"
            problems.append((key, f"{name} is {what} already: map it as it is, or give yours another name"))
        elif key[-1] == "feature" and name in _TAKEN and name not in FEATURES:
            problems.append((key, f"{name} is a column of customers already: give it another name"))
        elif name.endswith(zones.OF_SCHEMES):
            problems.append((key, f"names that end in {' or '.join(zones.OF_SCHEMES)} are those of schemes"))
    if problems:
        raise wrong(*problems)
