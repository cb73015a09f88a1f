"""The first stages of a run, for tests of what sources give: collect and clean; nothing is published."""

from collections.abc import Sequence
from typing import Any

from dagster import DagsterInstance

import assets.running as running
from assets.definitions import build_defs
from assets.lib.platform import Platform
from pipeline.settings import Project
from tests.lakes import lake_rows

#: Tables of cleaning of the small company.
CLEANED = [
    f"{zone}/{name}"
    for name in ("orders", "profiles", "products", "campaign_contacts")
    for zone in ("clean", "quarantine")
]
CLEANED += ["restricted/profiles", "clean/row_accounts"]


def collect_and_clean(project: Project, periods: Sequence[str]) -> list[str]:
    """As a run does it; sources that wrote something."""
    platform = Platform(project)
    with DagsterInstance.ephemeral() as instance:
        runner = running._Runner(build_defs(project, platform), instance, platform)
        collected = running._collect(platform, runner, periods)
        runner.run("prepare", periods, CLEANED)
    return collected


def cleaned_rows(project: Project) -> dict[str, list[dict[str, Any]]]:
    """All that later stages read: rows of each clean table with their period, and the accounts of rows."""
    clean = [one for one in CLEANED if one.startswith("clean/")]
    return {table: lake_rows(project.lake_path, table) for table in clean}
