"""What schemes rest on: features, the sources behind them, and when a period of these counts.

Belongs here: from schemes to features and sources, and the edges of windows. Does not belong here: whether a
source is whole (``pipeline.health``).

A sum over a window changes by what comes into it less what goes out. So a period that is not whole does its
harm twice: when it comes in, and when it goes out. While it stays, changes are what customers did.
"""

from collections.abc import Iterable, Iterator, Mapping

from pipeline.features.declaration import Feature
from pipeline.ledgers import Reading
from pipeline.schemes.serving import is_applicable, reads
from pipeline.settings import Project
from pipeline.tables.entities import WITH_TEXT

#: Of what is not read of ledgers (attributes of profiles): the last state counts, until there is a newer one.
_STATE = (0, 1)


def sources_behind(project: Project) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
    """By scheme, the sources that give its features, each with how many periods ago a period of it was that
    comes into a window of theirs, or goes out of one.

    Every scheme at once: what a scheme reads is worked out from all settings, which takes some milliseconds.
    """
    schemes, readable = project.every_scheme.items(), project.readable
    return {name: _behind(reads(one, project), readable, project) for name, one in schemes}


def features_behind(project: Project) -> Mapping[str, tuple[str, ...]]:
    """By scheme that is in use and applies, the features that a fit of it reads, in order."""
    return {
        name: tuple(sorted(set(reads(one, project))))
        for name, one in project.every_scheme.items()
        if is_applicable(one, project)
    }


def sources_of(features: Iterable[str], project: Project) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
    """What ``sources_behind`` says of schemes, of single ``features``."""
    readable = project.readable
    return {name: _behind([name], readable, project) for name in features}


def _behind(
    features: Iterable[str], readable: Mapping[str, Feature], project: Project
) -> dict[str, tuple[int, ...]]:
    some = [readable[one] for one in features]
    edges = {
        source: {edge for one in some for edge in _edges(one, given.entity)}
        for source, given in project.sources.items()
    }
    return {source: tuple(sorted(found)) for source, found in edges.items() if found}


def _edges(feature: Feature, entity: str) -> Iterator[int]:
    """Edges of the windows in which a feature reads rows of an entity."""
    for one in feature.reads:
        if entity in one.entities or (one.ledger.of_texts and entity in WITH_TEXT):
            for part in (one,) if isinstance(one, Reading) else one.parts:
                yield from (
                    range(part.periods + 1) if part.is_level else (part.before, part.before + part.periods)
                )
    for used in feature.uses:
        yield from _edges(used, entity)
    if entity in feature.entities and not feature.reads and not feature.uses:
        yield from _STATE
