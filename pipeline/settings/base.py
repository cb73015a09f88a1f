"""What all settings have in common.

Belongs here: the base class, checks that several settings share. Does not belong here: any setting.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Base of every part: unknown keys are errors, numbers are finite, values never change after
    loading, errors show none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


def known_zone(name: str) -> str:
    """``name`` if it is a time zone. Raises ``ValueError``."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone of the IANA database") from error
    return name
