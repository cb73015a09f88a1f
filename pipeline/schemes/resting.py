"""What schemes rest on: sources behind the features that they are made of.

Belongs here: from schemes to sources. Does not belong here: whether a source is whole (``pipeline.health``).
"""

from collections.abc import Mapping

from pipeline.features.declaration import Feature
from pipeline.schemes.serving import reads
from pipeline.settings import Project
from pipeline.tables.entities import WITH_TEXT


def sources_behind(project: Project) -> Mapping[str, frozenset[str]]:
    """Sources that give features which a scheme is made of, by scheme.

    Every scheme at once: what a scheme reads is worked out from all settings, which takes some milliseconds.
    """
    readable = project.readable
    return {
        name: frozenset(
            source for one in reads(scheme, project) for source in _giving(readable[one], project)
        )
        for name, scheme in project.every_scheme.items()
    }


def _giving(feature: Feature, project: Project) -> list[str]:
    entities = {*feature.entities, *(WITH_TEXT if feature.needs_texts else ())}
    return [name for name, source in project.sources.items() if source.entity in entities]
