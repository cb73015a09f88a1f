"""Jobs and schedule.

Belongs here: which assets run together, and when. ``resegment`` does a whole period;
``collect`` and ``prepare`` serve many periods in one run, because their periods are
independent; ``segment`` does what depends on the period before, one period a run.
"""

from collections.abc import Sequence

from dagster import (
    AssetSelection,
    ScheduleDefinition,
    build_schedule_from_partitioned_job,
    define_asset_job,
)
from dagster._core.definitions.partitions.partitioned_schedule import (
    UnresolvedPartitionedAssetScheduleDefinition,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

Schedule = ScheduleDefinition | UnresolvedPartitionedAssetScheduleDefinition

#: Jobs, the groups of assets that they materialize, and what they are for.
JOBS: dict[str, tuple[tuple[str, ...], str]] = {
    "collect": (("raw",), "Reads sources into the raw zone; serves many periods in one run."),
    "prepare": (
        ("clean", "quarantine", "restricted", "activity"),
        "Cleans raw rows and sums them into ledgers; serves many periods in one run.",
    ),
    "segment": (
        ("customers", "features", "models", "segments", "drift", "published"),
        "From customers to the publication, one period a run: the period before must be done.",
    ),
}


def jobs() -> list[UnresolvedAssetJobDefinition]:
    """The three steps, and the whole of them as one job for the schedule and the UI."""
    steps = [
        define_asset_job(name, selection=AssetSelection.groups(*groups), description=text)
        for name, (groups, text) in JOBS.items()
    ]
    whole = define_asset_job(
        "resegment",
        selection=AssetSelection.all(),
        description="Everything of one period, from collecting to publishing.",
    )
    return [*steps, whole]


def schedules(
    all_jobs: Sequence[UnresolvedAssetJobDefinition],
) -> list[Schedule]:
    """``resegment`` at 06:00 of the first day after each period, project's time zone."""
    whole = next(one for one in all_jobs if one.name == "resegment")
    return [build_schedule_from_partitioned_job(whole, hour_of_day=6, minute_of_hour=0)]
