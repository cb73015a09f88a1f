"""What all settings have in common.

Belongs here: the base class, checks that several settings share. Does not belong here: any setting.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError


class Settings(BaseModel):
    """Base of every part: unknown keys are errors, numbers are finite, values never change after
    loading, errors show none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


#: Names of what a project declares: lower-case words.
NAME = r"^[a-z][a-z0-9_]*$"


class Label(Settings):
    """A name for readers, in both languages of the report."""

    en: str = Field(min_length=1, description="English")
    zh: str = Field(min_length=1, description="Chinese")


def wrong(*problems: tuple[tuple[str | int, ...], str]) -> ValidationError:
    """What a validator of a whole part raises to name the keys within it that are wrong, each with why."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("value_error", "{found}", {"found": found}), loc=key, input=None
        )
        for key, found in problems
    ]
    return ValidationError.from_exception_data("settings", details)


def known_zone(name: str) -> str:
    """``name`` if it is a time zone. Raises ``ValueError``."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone of the IANA database") from error
    return name
