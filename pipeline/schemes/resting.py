"""What schemes rest on: sources behind the features that they are made of.

Belongs here: from sources to schemes. Does not belong here: whether a source is whole (``pipeline.health``).
"""

from collections.abc import Collection

from pipeline.schemes.serving import reads
from pipeline.settings import Project
from pipeline.tables.entities import WITH_TEXT


def resting_on(sources: Collection[str], project: Project) -> list[str]:
    """Schemes with a feature that one of ``sources`` gives, by name."""
    given = {project.sources[one].entity for one in sources}
    texts = bool(given & set(WITH_TEXT))
    if not given:
        return []
    return [
        name
        for name, scheme in project.every_scheme.items()
        if any(
            given & set(one.entities) or (texts and one.needs_texts)
            for one in (project.readable[feature] for feature in reads(scheme, project))
        )
    ]
