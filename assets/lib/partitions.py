"""Dagster partitions of a project's periods, and how assets look back in time.

Belongs here: partitions and partition mappings. Does not belong here: the calendar itself
(``pipeline.periods``).
"""

from dagster import (
    AssetExecutionContext,
    MonthlyPartitionsDefinition,
    TimeWindowPartitionMapping,
    TimeWindowPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from ibis.expr import types as ir

from pipeline.periods import KEY_FORMATS
from pipeline.settings import Project


def partitions_of(project: Project) -> TimeWindowPartitionsDefinition:
    """The project's periods as partitions, with the same keys."""
    calendar, key_format = project.calendar, KEY_FORMATS[project.period]
    end = calendar.next(project.last_period) if project.last_period else None
    if project.period == "month":
        return MonthlyPartitionsDefinition(
            start_date=project.first_period, end_date=end, timezone=project.time_zone, fmt=key_format
        )
    # Dagster's weeks start on Sunday unless told otherwise; ours are ISO weeks.
    return WeeklyPartitionsDefinition(
        start_date=project.first_period,
        end_date=end,
        timezone=project.time_zone,
        fmt=key_format,
        day_offset=1,
    )


def window(periods: int) -> TimeWindowPartitionMapping:
    """The last ``periods`` periods, this one included."""
    return TimeWindowPartitionMapping(
        start_offset=1 - periods, end_offset=0, allow_nonexistent_upstream_partitions=True
    )


def before(periods: int = 1) -> TimeWindowPartitionMapping:
    """The ``periods`` periods before this one; nothing in the project's first period."""
    return TimeWindowPartitionMapping(
        start_offset=-periods, end_offset=-1, allow_nonexistent_upstream_partitions=True
    )


def apart(context: AssetExecutionContext, table: ir.Table) -> tuple[ir.Table, ir.Table | None]:
    """Rows of this period and of the one before (none in the project's first), from ``window(2)``.

    Dagster lets an asset depend on another once, so both periods come in one input.
    """
    period, calendar = context.partition_key, context.resources.platform.project.calendar
    now = table.filter(table.period == period)
    if period == context.resources.platform.project.first_period:
        return now, None
    # A view, so that joining both is a join of two tables to Ibis, not of one with itself.
    return now, table.filter(table.period == calendar.previous(period)).view()
