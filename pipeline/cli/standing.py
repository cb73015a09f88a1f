"""``segments status``: which sources and periods are up to date.

Belongs here: comparing a project with its lake. Does not belong here: printing (``views``).
"""

from datetime import UTC, datetime
from typing import Any

from pipeline.engine import Lake
from pipeline.publish.manifest import Manifest, read_manifest
from pipeline.publish.plan import stale_periods
from pipeline.settings import Project

Rows = list[dict[str, Any]]


def standing(project: Project) -> tuple[Rows, Rows, Manifest | None]:
    """Sources and periods, one row each with its state, and the newest publication's manifest."""
    from assets.lib.collected_state import uncollected

    lake, periods = Lake(project.lake_path), project.periods(datetime.now(UTC))
    manifest = read_manifest(lake)
    due = uncollected(project, lake, periods)
    stale = set(stale_periods(project, lake, manifest, periods))
    sources = [
        {"source": one, "state": "changed or new" if one in due else "collected"} for one in project.sources
    ]
    return sources, [_period(one, one in stale, manifest) for one in periods], manifest


def _period(period: str, is_stale: bool, manifest: Manifest | None) -> dict[str, Any]:
    if manifest is None or period not in manifest.periods:
        return {"period": period, "state": "not published", "revision": None, "rows": 0}
    tables = [one.periods[period] for one in manifest.tables.values() if period in one.periods]
    return {
        "period": period,
        "state": "stale" if is_stale else "up to date",
        "revision": manifest.periods[period].revision,
        "rows": sum(one.rows for one in tables),
    }
