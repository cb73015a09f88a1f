"""Settings of what Dagster remembers of runs.

Belongs here: how long. Does not belong here: when they begin (``schedule``), or forgetting them (the shell).
"""

from pydantic import Field

from pipeline.settings.base import Settings


class RunSettings(Settings):
    """The history of runs in the Dagster instance: no value of the lake depends on it."""

    kept_days: int = Field(
        180,
        ge=1,
        description="older runs are forgotten, but for the newest that made a period of a table",
    )
