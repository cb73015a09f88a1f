"""What has been collected: the state of a source, and which periods hold it.

Belongs here: comparing sources with the raw zone. Does not belong here: reading rows.
"""

from collections.abc import Sequence

from pipeline.collect import fingerprint
from pipeline.engine import Lake
from pipeline.settings import Project

#: Footer entry of a raw file: mapping and state of the source that it was read from.
COLLECTED_FROM = "collected_from"


def origin(project: Project, source: str) -> str:
    """``mapping:state`` of ``source``: digest of its settings, fingerprint of what it holds now."""
    return f"{project.source_digest(source)}:{fingerprint(project, source)}"


def same_mapping(project: Project, lake: Lake, source: str, periods: Sequence[str]) -> list[str]:
    """Those of ``periods`` whose raw rows were read with today's mapping.

    Rows read with another mapping may stand in the wrong period: they are read anew.
    """
    mapping = project.source_digest(source)
    return [one for one in periods if _collected_from(lake, source, one).startswith(f"{mapping}:")]


def uncollected(project: Project, lake: Lake, periods: Sequence[str]) -> dict[str, list[str]]:
    """Periods of each source that must be collected; sources that need nothing are left out.

    A source that changed may hold late rows of any period, so all of ``periods`` are due; of one
    that did not, only those that were never collected (law L10).
    """
    due: dict[str, list[str]] = {}
    for source in project.sources:
        now = origin(project, source)
        if missing := [one for one in periods if _collected_from(lake, source, one) != now]:
            due[source] = missing
    return due


def _collected_from(lake: Lake, source: str, period: str) -> str:
    return lake.footer(f"raw/{source}", period).get(COLLECTED_FROM, "")
