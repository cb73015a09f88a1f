"""Runs that the UI starts: one at a time, as those of the command line, and in the order of their periods.

Belongs here: waiting for the lock and for earlier periods of the same backfill. Does not belong here: the
lock itself (``run_lock``), or what a run does.

A backfill of a job starts the runs of all its periods at once, and each period needs the one before it. So a
run begins when those of earlier periods are over, and not at all when one of them failed.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dagster import DagsterInstance, DagsterRun, InitResourceContext, ResourceDefinition, RunsFilter, resource

from assets.lib.platform import Platform
from assets.lib.run_lock import UnderWayError, alone, is_held_here
from pipeline.errors import InputError

BACKFILL, PARTITION = "dagster/backfill", "dagster/partition"
#: Seconds between two looks.
_LOOKS_EVERY = 1.0


def held(platform: Platform) -> ResourceDefinition:
    """``platform`` as the resource of runs, each of which holds the project's lock while it goes on."""

    @resource(description="Settings, lake and engine of the project; one run has them at a time.")
    @contextmanager
    def of_run(context: InitResourceContext) -> Iterator[Platform]:
        if is_held_here(platform.project) or context.instance is None or context.run is None:
            yield platform
            return
        with ExitStack() as stack:
            _wait(context, context.instance, context.run, platform, stack)
            yield platform

    return of_run


def _wait(
    context: InitResourceContext,
    instance: DagsterInstance,
    run: DagsterRun,
    platform: Platform,
    stack: ExitStack,
) -> None:
    """Enter the project's lock on ``stack`` when its turn has come."""
    is_told = False
    while True:
        before = _before(instance, run)
        if not before:
            try:
                stack.enter_context(alone(platform.project, platform.now()))
                return
            except UnderWayError:
                pass
        if context.log and not is_told:
            what = f"the run of {before}" if before else "another run of this project, which is under way"
            context.log.info(f"Waiting for {what}.")
            is_told = True
        time.sleep(_LOOKS_EVERY)


def _before(instance: DagsterInstance, run: DagsterRun) -> str:
    """The first earlier period of the same backfill that is not over; empty where there is none.

    Raises ``InputError`` when an earlier one failed: this one would be made from what it left.
    """
    backfill, period = run.tags.get(BACKFILL), run.tags.get(PARTITION)
    if backfill is None or period is None:
        return ""
    newest: dict[str, DagsterRun] = {}
    for one in instance.get_runs(RunsFilter(tags={BACKFILL: backfill}, job_name=run.job_name)):
        newest.setdefault(one.tags.get(PARTITION, ""), one)  # the last try comes first
    for key in sorted(one for one in newest if one and one < period):
        if not newest[key].is_finished:
            return key
        if not newest[key].is_success:
            raise InputError(
                f"run {run.job_name} of {period}",
                f"the run of {key} in the same backfill failed or was ended",
                "every earlier period of the backfill to be done",
                f"Mend what the run of {key} says, and start the backfill again from {key}.",
            )
    return ""
