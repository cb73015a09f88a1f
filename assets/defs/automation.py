"""Jobs over the assets.

Belongs here: which assets run together. ``collect`` and ``prepare`` serve many periods in one
run, because their periods are independent; ``segment`` does what depends on the period before,
one period a run; ``resegment`` is all of one period. Does not belong here: when (``location``).
"""

from collections.abc import Mapping

from dagster import AssetSelection, define_asset_job
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

#: Jobs, the groups of assets that they materialize, and what they are for.
JOBS: dict[str, tuple[tuple[str, ...], str]] = {
    "collect": (("raw",), "Reads sources into the raw zone; serves many periods in one run."),
    "prepare": (
        ("clean", "quarantine", "restricted", "texts", "activity"),
        "Cleans raw rows and sums them into ledgers; serves many periods in one run.",
    ),
    "segment": (
        ("health", "customers", "features", "models", "segments", "plans", "drift", "published"),
        "From customers to the publication, one period a run: the period before must be done.",
    ),
}


def jobs(tags: Mapping[str, str]) -> list[UnresolvedAssetJobDefinition]:
    """The three steps, and the whole of them as one job for the UI; their runs bear ``tags``."""
    steps = [
        define_asset_job(name, selection=AssetSelection.groups(*groups), description=text, tags=tags)
        for name, (groups, text) in JOBS.items()
    ]
    whole = define_asset_job(
        "resegment",
        selection=AssetSelection.all(),
        description="Everything of one period, from collecting to publishing.",
        tags=tags,
    )
    return [*steps, whole]
