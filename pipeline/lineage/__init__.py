"""Lineage: what decides the values of a table, so that nothing stale is ever called done (law L3).

Belongs here: digests of code (``modules``, ``reach``), of declarations and settings (``values``),
versions of libraries (``libraries``), the version that they make up (``version``), and what is due
(``plan``). Does not belong here: which stages there are (``assets.lib.stages``), or running them.
"""

from pipeline.lineage.libraries import library_versions
from pipeline.lineage.modules import Tree
from pipeline.lineage.plan import Due, Input, Plan, Record, Stage, plan
from pipeline.lineage.reach import Reached, Root, reached
from pipeline.lineage.remembered import Remembered, beside_bytecode
from pipeline.lineage.values import object_digest, settings_read
from pipeline.lineage.version import Version, changes, load_version, save_version

__all__ = [
    "Due",
    "Input",
    "Plan",
    "Reached",
    "Record",
    "Remembered",
    "Root",
    "Stage",
    "Tree",
    "Version",
    "beside_bytecode",
    "changes",
    "library_versions",
    "load_version",
    "object_digest",
    "plan",
    "reached",
    "save_version",
    "settings_read",
]
