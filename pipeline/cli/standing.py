"""``segments status``: which sources and periods are up to date, and why not.

Belongs here: comparing a project with its lake. Does not belong here: printing (``views``).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.engine import Lake
from pipeline.publish.manifest import Manifest, read_manifest
from pipeline.settings import Project

if TYPE_CHECKING:
    from assets.lib.lineage import Lineage
    from pipeline.lineage import Due

Rows = list[dict[str, Any]]
#: Reasons named of a period, at most: the first are what the others follow from.
_NAMED = 6


def standing(project: Project) -> tuple[Rows, Rows, Manifest | None]:
    """Sources and periods, one row each with its state, and the newest publication's manifest.

    A period that is not up to date has ``due`` (what would be made anew for sure), ``may_follow`` (what
    would be if that comes out otherwise than before) and ``why``.
    """
    from assets.definitions import build_defs
    from assets.lib.collected_state import uncollected
    from assets.lib.platform import Platform

    lake, periods = Lake(project.lake_path), project.periods(datetime.now(UTC))
    manifest = read_manifest(lake, any_form=True)
    uncollected_sources = uncollected(project, lake, periods)
    platform = Platform(project)
    build_defs(project, platform)
    assert platform.lineage is not None
    due: dict[str, list[Due]] = {}
    for one in platform.lineage.plan(periods).due if periods else ():
        due.setdefault(one.period, []).append(one)
    sources = [
        {"source": one, "state": "changed or new" if one in uncollected_sources else "collected"}
        for one in project.sources
    ]
    rows = [_period(one, due.get(one, []), manifest, platform.lineage) for one in periods]
    return sources, rows, manifest


def _period(
    period: str, due: Sequence["Due"], manifest: Manifest | None, lineage: "Lineage"
) -> dict[str, Any]:
    told = {
        "due": [one.stage for one in due if one.is_certain],
        "may_follow": [one.stage for one in due if not one.is_certain],
        "why": reasons(due, lineage),
    }
    if manifest is None or period not in manifest.periods:
        return {"period": period, "state": "not published", "revision": None, "rows": 0, **told}
    tables = [one.periods[period] for one in manifest.tables.values() if period in one.periods]
    return {
        "period": period,
        "state": "stale" if due else "up to date",
        "revision": manifest.periods[period].revision,
        "rows": sum(one.rows for one in tables),
        **told,
    }


def reasons(due: Sequence["Due"], lineage: "Lineage") -> list[str]:
    """Why a period is due: causes of what is due in it, or the earlier period that it follows."""
    found = list(dict.fromkeys(phrase for one in due for phrase in lineage.why(one)))
    missing = [one for one in found if one.endswith("was never made")]
    if len(missing) == len(found) > 1:
        return ["nothing of it was made so far"]
    if not found and due:
        earlier = sorted({period for one in due for _, period in one.follows} - {due[0].period})
        return [f"it builds on {', '.join(earlier[:_NAMED])}"] if earlier else []
    more = [f"and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
    return found[:_NAMED] + more
