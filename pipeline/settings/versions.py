"""Settings of fits beside the cadence: on a major finding, or by hand; and versions to go back to.

Belongs here: what may be asked for, by scheme and period. Does not belong here: the cadence (``segments``),
or what comes of it (``segments.versions``).
"""

import re

from pydantic import Field, field_validator

from pipeline.settings.base import Settings

_REFIT = re.compile(r"[a-z][a-z0-9_]*:\S+")
_ROLLBACK = re.compile(r"([a-z][a-z0-9_]*@[^:\s]+):(\S+)")


class VersionSettings(Settings):
    """Which schemes are fitted, or go back to an earlier version, in which period."""

    refit_on_major: bool = Field(
        True,
        description="a scheme is fitted in the period after a major finding about a feature that it reads, "
        "unless a source behind the feature was suspect or broken; the gates decide as at any refit",
    )
    refit: list[str] = Field(
        [], description="schemes that are fitted beside the cadence, as scheme:period (rfm:2017-12)"
    )
    rollback: list[str] = Field(
        [],
        description="earlier versions that are in force again from a period on, until the next refit, as "
        "version:period (rfm@2017-06:2017-12)",
    )

    @field_validator("refit")
    @classmethod
    def _name_scheme_and_period(cls, given: list[str]) -> list[str]:
        if bad := [one for one in given if not _REFIT.fullmatch(one)]:
            raise ValueError(f"write scheme:period, such as rfm:2017-12, in place of {', '.join(bad)}")
        return given

    @field_validator("rollback")
    @classmethod
    def _name_version_and_period(cls, given: list[str]) -> list[str]:
        if bad := [one for one in given if not _ROLLBACK.fullmatch(one)]:
            raise ValueError(
                f"write version:period, such as rfm@2017-06:2017-12, in place of {', '.join(bad)}"
            )
        return given

    def refitted_in(self, period: str) -> set[str]:
        """Schemes that are to be fitted in ``period``."""
        return {one.partition(":")[0] for one in self.refit if one.partition(":")[2] == period}

    def rolled_back_in(self, period: str) -> dict[str, str]:
        """Versions that are in force again from ``period`` on, by scheme; of several the last."""
        pairs = (one.rpartition(":") for one in self.rollback)
        return {version.partition("@")[0]: version for version, _, at in pairs if at == period}
