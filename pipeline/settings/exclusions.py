"""Who is kept out of everything: employees, test accounts, countries.

Belongs here: what an exclusion may say, and whether it names what exists. Does not belong here: finding
the accounts (``clean``), or who else is linked to them (``identity``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, field_validator

from pipeline.periods import Calendar
from pipeline.settings.base import Settings
from pipeline.settings.problems import Key, meant, shown
from pipeline.settings.sources import SourceSettings
from pipeline.tables.entities import ENTITIES

_NAME = r"^[a-z][a-z0-9_]*$"


def _number(given: object) -> object:
    """A number as YAML reads it, as the text that a source would give."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ValueError("the number of an account is text or a whole number, such as T-1 or 17850")
    if isinstance(given, str) and not given.strip():
        raise ValueError("the number of an account is empty")
    return str(given)


AccountNumber: TypeAlias = Annotated[str, BeforeValidator(_number)]


class Exclusion(Settings):
    """Accounts that are kept out of every entity, and so is the customer that they belong to.

    ``accounts`` names them by account space, with the company's own numbers. ``from_period`` is the first
    period in which the exclusion holds; none: all.
    """

    name: str = Field(pattern=_NAME, description="reason that the accounts of rows give")
    accounts: dict[str, Annotated[list[AccountNumber], Field(min_length=1)]] = Field(min_length=1)
    from_period: str | None = Field(None, description="first period in which it holds; none: all")

    @field_validator("accounts", mode="before")
    @classmethod
    def _by_space(cls, given: object) -> object:
        if isinstance(given, list):
            raise ValueError("numbers are given by account space, such as {shop: [17850, T-1]}")
        return given


Problem: TypeAlias = tuple[Key, str]


def spaces(sources: Mapping[str, SourceSettings]) -> dict[str, list[str]]:
    """Account spaces of ``sources``, each with the sources that take their accounts from it."""
    found: dict[str, list[str]] = {}
    for name, one in sources.items():
        if ENTITIES[one.entity].has_account:
            found.setdefault(one.account_space or name, []).append(name)
    return found


def problems(
    given: Sequence[Exclusion], sources: Mapping[str, SourceSettings], calendar: Calendar
) -> list[Problem]:
    """What is wrong with the exclusions beside ``sources``, each with the key below ``exclude``."""
    names = [one.name for one in given]
    found: list[Problem] = []
    for at, one in enumerate(given):
        if one.name in names[:at]:
            found.append(((at, "name"), f"another exclusion is called {one.name}; each needs its own name"))
        if one.from_period is not None:
            try:
                calendar.start_date(one.from_period)
            except ValueError as error:
                found.append(((at, "from_period"), str(error)))
        found += (((at, *key), words) for key, words in _wrong_accounts(one, sources))
    return found


def _wrong_accounts(one: Exclusion, sources: Mapping[str, SourceSettings]) -> Iterator[Problem]:
    known = spaces(sources)
    for space in one.accounts:
        if space in known:
            continue
        if space in sources and (theirs := sources[space].account_space) in known:
            words = f"source {space} takes its accounts from the space {theirs}; write {theirs}"
        else:
            close = meant(space, known)
            words = f"there is no account space {shown(space)}" + (
                f", did you mean {close}?" if close else f"; there are {', '.join(known)}"
            )
        yield ("accounts", space), words
