"""A project's YAML, typed: every source, window, threshold and seed.

Belongs here: what a project may set, its defaults, and validation before any work starts.
Does not belong here: trying a source out (``collect``) or anything that reads data.

Secrets are written as ``${NAME}`` and taken from the environment when the file is loaded;
no other module looks at the environment.
"""

from pipeline.settings.columns import ColumnMap
from pipeline.settings.http import (
    CursorPaging,
    HttpConnector,
    LinkPaging,
    NextUrlPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
)
from pipeline.settings.identity import LEAST_SECRET, GuardSettings, IdentitySettings, Override
from pipeline.settings.loading import load_project
from pipeline.settings.project import DriftSettings, EngineSettings, Project, ReportSettings
from pipeline.settings.publish import QUASI_FEATURES, PublishSettings
from pipeline.settings.segments import ClusterSettings, LifecycleSettings, RfmSettings, SegmentSettings
from pipeline.settings.sources import (
    Connector,
    DeletedFlag,
    FileConnector,
    Lookup,
    SourceSettings,
    SqlConnector,
)
from pipeline.settings.tiers import DEFAULT_TIERS, TierComponent, TierSettings, bounds_of

__all__ = [
    "DEFAULT_TIERS",
    "LEAST_SECRET",
    "QUASI_FEATURES",
    "ClusterSettings",
    "ColumnMap",
    "Connector",
    "CursorPaging",
    "DeletedFlag",
    "DriftSettings",
    "EngineSettings",
    "FileConnector",
    "GuardSettings",
    "HttpConnector",
    "IdentitySettings",
    "LifecycleSettings",
    "LinkPaging",
    "Lookup",
    "NextUrlPaging",
    "NoPaging",
    "OffsetPaging",
    "Override",
    "PagePaging",
    "Project",
    "PublishSettings",
    "ReportSettings",
    "RfmSettings",
    "SegmentSettings",
    "SourceSettings",
    "SqlConnector",
    "TierComponent",
    "TierSettings",
    "bounds_of",
    "load_project",
]
