"""A project's YAML, typed: every source, window, threshold and seed.

Belongs here: what a project may set, its defaults, and validation before any work starts.
Does not belong here: trying a source out (``collect``) or anything that reads data.

Secrets are written as ``${NAME}`` and taken from the environment when the file is loaded;
no other module looks at the environment.
"""

from pipeline.settings.accepting import accept
from pipeline.settings.columns import ColumnMap
from pipeline.settings.connectors import Connector, FileConnector, SqlConnector
from pipeline.settings.drift import DriftSettings
from pipeline.settings.engine import EngineSettings
from pipeline.settings.exclusions import Exclusion
from pipeline.settings.health import HealthSettings
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
from pipeline.settings.loading import load_project, with_environment
from pipeline.settings.lookups import Lookup
from pipeline.settings.project import Project
from pipeline.settings.publish import Privacy, PublishSettings
from pipeline.settings.report import ReportSettings
from pipeline.settings.requested import request_refits, request_rollback
from pipeline.settings.rows import DeletedFlag, RowSettings
from pipeline.settings.schemes import (
    BUILT_IN,
    ClusteringMethod,
    ClustersDocument,
    Condition,
    GridDocument,
    RulesDocument,
    Scheme,
    SchemeDocument,
    TaughtDocument,
    TierDocument,
)
from pipeline.settings.segments import SegmentSettings
from pipeline.settings.sources import Given, SourceSettings

__all__ = [
    "BUILT_IN",
    "LEAST_SECRET",
    "ClusteringMethod",
    "ClustersDocument",
    "ColumnMap",
    "Condition",
    "Connector",
    "CursorPaging",
    "DeletedFlag",
    "DriftSettings",
    "EngineSettings",
    "Exclusion",
    "FileConnector",
    "Given",
    "GridDocument",
    "GuardSettings",
    "HealthSettings",
    "HttpConnector",
    "IdentitySettings",
    "LinkPaging",
    "Lookup",
    "NextUrlPaging",
    "NoPaging",
    "OffsetPaging",
    "Override",
    "PagePaging",
    "Privacy",
    "Project",
    "PublishSettings",
    "ReportSettings",
    "RowSettings",
    "RulesDocument",
    "Scheme",
    "SchemeDocument",
    "SegmentSettings",
    "SourceSettings",
    "SqlConnector",
    "TaughtDocument",
    "TierDocument",
    "accept",
    "load_project",
    "request_refits",
    "request_rollback",
    "with_environment",
]
