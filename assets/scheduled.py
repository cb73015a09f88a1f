"""What the UI and the daemon have of one project: its assets, the job that keeps it up to date, its schedule.

Belongs here: that job, and when it runs. Does not belong here: assets (``definitions``), what bringing up
to date is (``running``), or which project is shown (``location``, ``assets.lib.workspace``).
"""

from collections.abc import Sequence

from dagster import (
    DefaultSensorStatus,
    Definitions,
    Failure,
    JobDefinition,
    OpExecutionContext,
    RetryRequested,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    in_process_executor,
    job,
    op,
    sensor,
)

from assets.definitions import build_defs
from assets.lib.instance import PROJECT_TAG
from assets.lib.metadata import span
from assets.lib.platform import utc_now
from assets.lib.telling import tell_news
from assets.running import bring_up_to_date
from pipeline.errors import InputError, MayPassError
from pipeline.settings import Project

#: Seconds between two looks for news; where nothing changed a look costs a few milliseconds.
_LOOKS_EVERY = 60
#: A server that does not answer, or another run under way, may have passed so many seconds later; all other
#: errors want somebody to mend something, and no second try.
_TRIES_MORE, _TRIES_AFTER = 2, 600


def up_to_date_job(project: Project) -> JobDefinition:
    """A job that does what ``segments run`` does, by the same function: new periods, late and
    corrected rows of earlier ones, changed settings. What it starts are runs of their own."""

    @op(name="segments_run", description=up_to_date_job.__doc__)
    def bring(context: OpExecutionContext) -> None:
        def told(table: str, periods: Sequence[str], rows: int) -> None:
            context.log.info(f"{span(periods)}: {table}, {rows:,} rows")

        try:
            done = bring_up_to_date(project, progress=told)
        except MayPassError as error:
            context.log.warning(str(error))
            raise RetryRequested(max_retries=_TRIES_MORE, seconds_to_wait=_TRIES_AFTER) from error
        except InputError as error:
            raise Failure(str(error), allow_retries=False) from error
        context.add_output_metadata(
            {
                "published": ", ".join(done.published) or "nothing was due",
                "periods_published_count": len(done.published),
                "collected": ", ".join(done.collected) or "nothing was new",
            }
        )

    @job(
        name="bring_up_to_date",
        description=up_to_date_job.__doc__,
        executor_def=in_process_executor,
        tags={PROJECT_TAG: project.project},
    )
    def whole() -> None:
        bring()

    return whole


def schedules(project: Project, whole: JobDefinition) -> list[ScheduleDefinition]:
    """When ``whole`` runs by itself, once it is switched on: as the project says, or never."""
    said = project.schedule
    if said is None:
        return []
    return [
        ScheduleDefinition(
            name="daily" if said.cron is None else "by_cron",
            job=whole,
            cron_schedule=said.expression,
            execution_timezone=said.time_zone or project.time_zone,
            description="Brings the project up to date: most times nothing is due, and that takes seconds.",
        )
    ]


def sensors(project: Project) -> list[SensorDefinition]:
    """What tells people of alarms, where the project names receivers."""
    if not project.notify.receivers:
        return []

    @sensor(
        name="notify",
        minimum_interval_seconds=_LOOKS_EVERY,
        default_status=DefaultSensorStatus.RUNNING,  # who names receivers wants to hear
        description="Sends one message when an alarm begins and one when it is over; what could not be"
        " sent is tried again.",
    )
    def notify(context: SensorEvaluationContext) -> SkipReason:
        told = tell_news(project, context.instance, utc_now())
        if told.problems:
            raise Failure(f"{'; '.join(told.problems)}. Waiting: {'; '.join(told.waiting)}.")
        return SkipReason(f"Told: {'; '.join(told.sent)}." if told.sent else "Nothing new.")

    return [notify]


def location(project: Project) -> Definitions:
    """Definitions of ``project`` with the job that brings it up to date, its schedule, its sensor."""
    whole = up_to_date_job(project)
    more = Definitions(jobs=[whole], schedules=schedules(project, whole), sensors=sensors(project))
    return Definitions.merge(build_defs(project), more)
