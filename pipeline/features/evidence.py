"""Evidence: how much of what could be known of a customer is known.

Belongs here: counting known features. Does not belong here: how much evidence a scheme asks
for (``segments``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.settings import Project
from pipeline.tables.catalogue import FEATURES, PROFILES, Feature


def feature_evidence_share(features: ir.Table, project: Project) -> ir.FloatingValue:
    """Known features over all that the project's sources can give; evidence itself is not counted."""
    countable = [one.name for one in FEATURES if one.family != "evidence" and can_be_known(one, project)]
    known = [ibis.ifelse(features[name].notnull(), 1, 0) for name in countable]
    return sum(known[1:], known[0]).cast("float64") / len(countable)


def can_be_known(feature: Feature, project: Project) -> bool:
    """Whether the project has the entities of ``feature``, and a source that maps what tells it.

    An attribute is told by the column of its own name.
    """
    if PROFILES in feature.entities:
        return any(feature.name in source.columns for source in project.sources_of(PROFILES).values())
    if not set(feature.entities) <= project.entities:
        return False
    maps = [
        column in source.columns
        for entity, column in feature.told_by
        for source in project.sources_of(entity).values()
    ]
    return not feature.told_by or any(maps)
