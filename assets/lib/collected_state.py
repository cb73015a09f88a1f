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


def uncollected(project: Project, lake: Lake, periods: Sequence[str]) -> list[str]:
    """Sources that changed since they were collected, or miss one of ``periods``."""
    return [
        source
        for source in project.sources
        if any(_collected_from(lake, source, one) != origin(project, source) for one in periods)
    ]


def _collected_from(lake: Lake, source: str, period: str) -> str:
    return lake.footer(f"raw/{source}", period).get(COLLECTED_FROM, "")
