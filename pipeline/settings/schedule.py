"""When a project is brought up to date by itself.

Belongs here: the schedule, and which cron expressions can be meant. Does not belong here: starting
anything (``assets.location``).

What is taken is what Dagster's scheduler runs, without its extras (seconds, ``L``, ``#``, ``@daily``):
tests hold one against the other.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pipeline.settings.base import Settings, known_zone, wrong

#: When the night's exports of yesterday are there.
_MORNING = 6
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
#: Fields of a cron expression: least and greatest number, and names of numbers.
_FIELDS: Mapping[str, tuple[int, int, Mapping[str, int]]] = {
    "minute": (0, 59, {}),
    "hour": (0, 23, {}),
    "day of the month": (1, 31, {}),
    "month": (1, 12, {name: at for at, name in enumerate(_MONTHS, 1)}),
    "day of the week": (0, 7, {name: at for at, name in enumerate(_DAYS)}),
}
_MOST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(\*|[a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?(?:/(\d{1,2}))?", re.ASCII)
_EXAMPLE = 'minute, hour, day of the month, month, day of the week, such as "30 6 * * mon-fri"'


class Schedule(Settings):
    """A time at which the project is brought up to date: every day at an ``hour``, or as ``cron`` says."""

    hour: Annotated[int, Field(ge=0, le=23)] | None = Field(
        None, description="every day at this full hour; default: 6"
    )
    cron: str | None = Field(None, description=f"five fields: {_EXAMPLE}")
    time_zone: str | None = Field(None, description="zone of hour and cron; default: the project's")

    @model_validator(mode="after")
    def _can_be_run(self) -> Self:
        if self.hour is not None and self.cron is not None:
            raise wrong((("cron",), "hour says when, too: give one of cron, hour"))
        problems = {"cron": _checked(self.cron), "time_zone": _zone(self.time_zone)}
        if found := [((key,), said) for key, said in problems.items() if said]:
            raise wrong(*found)
        return self

    @property
    def expression(self) -> str:
        """The schedule in cron's words."""
        return self.cron or f"0 {_MORNING if self.hour is None else self.hour} * * *"


def _zone(name: str | None) -> str:
    try:
        known_zone(name or "UTC")
    except ValueError as error:
        return str(error)
    return ""


def _checked(cron: str | None) -> str:
    """What is wrong with a cron expression; nothing: it can be run."""
    if cron is None:
        return ""
    parts = cron.lower().split()
    if len(parts) != len(_FIELDS):
        return f"a cron expression has five fields, not {len(parts)}: {_EXAMPLE}"
    numbers: dict[str, set[int]] = {}
    for (name, bounds), part in zip(_FIELDS.items(), parts, strict=True):
        found = _numbers(part, *bounds)
        if found is None:
            least, greatest, words = bounds
            named = f" ({', '.join(words)})" if words else ""
            return (
                f"{part[:20]!r} is no {name}: write *, numbers from {least} to {greatest}{named}, lists 1,2,"
                f" ranges 1-5, steps */2; {_EXAMPLE}"
            )
        numbers[name] = found
    days, months = numbers["day of the month"], numbers["month"]
    if min(days) > max(_MOST_DAYS[one - 1] for one in months):
        return f"no month of those has a day {min(days)}: it would never run"
    return ""


def _numbers(field: str, least: int, greatest: int, names: Mapping[str, int]) -> set[int] | None:
    """Numbers that a field of a cron expression stands for; none when it cannot be read."""
    found: set[int] = set()
    for one in field.split(","):
        part = _PART.fullmatch(one)
        if part is None:
            return None
        first, last, step = part.groups()
        begin = least if first == "*" else _number(first, names)
        end = greatest if first == "*" or (step and not last) else begin
        end = end if last is None else _number(last, names)
        if (
            begin is None
            or end is None
            or (first == "*" and last)
            or (step and not 0 < int(step) <= greatest)
        ):
            return None
        if not least <= begin <= end <= greatest:
            return None
        found |= set(range(begin, end + 1, int(step or 1)))
    return found


def _number(text: Any, names: Mapping[str, int]) -> int | None:
    return int(text) if text.isdigit() else names.get(text)
