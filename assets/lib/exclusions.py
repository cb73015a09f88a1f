"""The input of stages that must know which accounts are excluded.

Belongs here: the key of the table and who reads it. Does not belong here: the asset itself (``excluded``).
"""

from dagster import AssetIn

from pipeline.settings import Project
from pipeline.tables.zones import EXCLUDED_ACCOUNTS

EXCLUDED = EXCLUDED_ACCOUNTS.path.split("/")


def excluding(project: Project) -> dict[str, AssetIn]:
    """The input ``excluded``; none in a project that excludes nobody."""
    return {"excluded": AssetIn(key=EXCLUDED)} if project.exclude else {}
