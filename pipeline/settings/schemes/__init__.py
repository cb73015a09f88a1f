"""The language of schemes: what a YAML document of a way of segmenting may say.

Belongs here: one module a kind, what all kinds share (``base``), and which documents there are
(``documents``). Does not belong here: how a kind fits and scores (``pipeline.schemes.kinds``).
"""

from pipeline.settings.base import Label
from pipeline.settings.schemes.base import (
    MOST_CLASSES,
    PLAYBOOK_PARTS,
    Playbook,
    SchemeDocument,
    SegmentDocument,
)
from pipeline.settings.schemes.clusters import ClusteringMethod, ClustersDocument
from pipeline.settings.schemes.documents import BUILT_IN, Scheme, built_in_documents
from pipeline.settings.schemes.grid import Axis, GridDocument
from pipeline.settings.schemes.rules import Condition, Rule, RulesDocument
from pipeline.settings.schemes.taught import TaughtDocument
from pipeline.settings.schemes.tier import Borders, TierComponent, TierDocument

__all__ = [
    "BUILT_IN",
    "MOST_CLASSES",
    "PLAYBOOK_PARTS",
    "Axis",
    "Borders",
    "ClusteringMethod",
    "ClustersDocument",
    "Condition",
    "GridDocument",
    "Label",
    "Playbook",
    "Rule",
    "RulesDocument",
    "Scheme",
    "SchemeDocument",
    "SegmentDocument",
    "TaughtDocument",
    "TierComponent",
    "TierDocument",
    "built_in_documents",
]
