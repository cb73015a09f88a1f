"""Who is told of what, and what is muted.

Belongs here: receivers, severities, mutes. Does not belong here: what is told (``pipeline.notify``).
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from pipeline.settings.base import Settings

#: What an alarm is about, as messages name it; ``*`` stands for any text.
_KEY = re.compile(r"(feature|segment_mix|movement|source):[a-z0-9_*]+|run(:[a-z0-9_*]+)?|late", re.ASCII)


class NotifySettings(Settings):
    """Messages to people: one when an alarm begins, one when it is over."""

    urls: list[SecretStr] = Field(
        [],
        description="who is told: addresses as apprise has them, each ${NAME}; a variable may hold several,"
        " with blanks between them",
    )
    severities: list[Literal["major", "minor"]] = Field(
        ["major"],
        description="findings that are told; sources that are not whole and failed runs are told always",
    )
    ui: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="where people find the Dagster UI: messages then link to it",
    )
    late_days: int = Field(
        3, ge=1, description="a period that is not published so many days after its end is told"
    )
    mute: dict[str, date] = Field(
        {}, description="alarms of which nothing is sent up to and with a day, by the key that messages name"
    )

    @field_validator("severities")
    @classmethod
    def _each_once(cls, given: list[str]) -> list[str]:
        return list(dict.fromkeys(given))

    @field_validator("mute")
    @classmethod
    def _mutes_name_alarms(cls, given: dict[str, date]) -> dict[str, date]:
        if bad := [one for one in given if not _KEY.fullmatch(one)]:
            raise ValueError(
                f"{', '.join(bad)}: write what a message names, such as feature:net_amount_12p,"
                " source:orders, movement:*, run"
            )
        return given

    @property
    def receivers(self) -> Sequence[str]:
        """Every address, secrets in it."""
        return [one for text in self.urls for one in text.get_secret_value().split()]

    def unknown_sources(self, sources: Collection[str]) -> list[tuple[str, str]]:
        """Mutes of sources that are not among ``sources``, each with what to say of it."""
        named = {key: key.removeprefix("source:") for key in self.mute if key.startswith("source:")}
        words = f"there is no such source; there are {', '.join(sorted(sources))}"
        return [(key, words) for key, one in named.items() if "*" not in one and one not in sources]

    def is_muted(self, key: str, day: date) -> bool:
        """Whether nothing is sent of the alarm ``key`` on ``day``."""
        return any(day <= until and fnmatchcase(key, name) for name, until in self.mute.items())
