"""Settings of source health: from how much missing or wrong a source counts as suspect or broken.

Belongs here: levels, and what was accepted by name. Does not belong here: judging (``pipeline.health``).
"""

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from pipeline.settings.base import Settings

#: Earlier periods that a source may be judged against: so many are read.
MOST_PERIODS = 26
_ACCEPTED = re.compile(r"[a-z][a-z0-9_]*:\S+")


class HealthSettings(Settings):
    """When a source is whole, suspect, or broken."""

    suspect_share: float = Field(
        0.10, gt=0, lt=1, description="a source of which this share of rows is missing or wrong is suspect"
    )
    broken_share: float = Field(
        0.4,
        gt=0,
        le=1,
        description="the same for broken: its period is not published until mended or accepted",
    )
    false_alarm: float = Field(
        0.005, gt=0, lt=0.5, description="chance at most that a healthy source shows one signal in one period"
    )
    missed_loss: float = Field(
        0.05,
        gt=0,
        lt=0.5,
        description="chance at most that a source lacking broken_share on all days alike is called healthy",
    )
    min_rows: int = Field(
        100, ge=10, description="sources with fewer rows in their usual periods are not judged"
    )
    history_periods: int = Field(
        MOST_PERIODS,
        ge=2,
        le=MOST_PERIODS,
        description="at most this many earlier healthy periods teach a source's own rhythm",
    )
    closing_days: int = Field(4, ge=0, description="so many days in a row without rows may be a holiday …")
    closing_share: float = Field(
        0.2, gt=0, lt=1, description="… and are told only where they hold this share of the rows"
    )
    price_factor: float = Field(
        1.15, gt=1, description="prices of the same goods that all changed by this factor at once are suspect"
    )
    scale_factor: float = Field(
        2.0, gt=1, description="amounts that are all this many times as large, or as small, are broken"
    )
    quarantined_share: float = Field(
        0.10,
        gt=0,
        le=1,
        description="a larger share of rows that cannot be read is suspect, whatever was usual",
    )
    sample_size: int = Field(
        5_000,
        ge=100,
        description="accounts, and products, of a source that are compared with earlier periods",
    )
    accepted: list[str] = Field(
        [], description="what was looked at and is right as it is, as source:period (orders:2017-12)"
    )

    @field_validator("accepted")
    @classmethod
    def _name_source_and_period(cls, given: list[str]) -> list[str]:
        if bad := [one for one in given if not _ACCEPTED.fullmatch(one)]:
            raise ValueError(f"write source:period, such as orders:2017-12, in place of {', '.join(bad)}")
        return given

    @model_validator(mode="after")
    def _levels_in_order(self) -> Self:
        if self.suspect_share > self.broken_share:
            raise ValueError("suspect_share must not be above broken_share")
        return self

    def is_accepted(self, source: str, period: str) -> bool:
        """Whether ``period`` of ``source`` was accepted by name."""
        return f"{source}:{period}" in self.accepted
