"""What a draft is made of.

Belongs here: guesses, sources and the whole draft, as data. Does not belong here: how they are guessed
(the other modules) or written (``yaml_text``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Sureness = Literal["sure", "likely", "a guess"]


def sureness(score: float) -> Sureness:
    """How sure a score between 0 and 1 makes a guess."""
    return "sure" if score >= 0.9 else "likely" if score >= 0.6 else "a guess"


@dataclass(frozen=True)
class Guess:
    """A value for the settings, how sure it is, and why."""

    value: Any
    sure: Sureness
    why: str


@dataclass(frozen=True)
class Mapped:
    """A column of an entity and what it is made from, as the settings have it."""

    column: str
    settings: Any
    read: tuple[str, ...]
    sure: Sureness
    why: str


@dataclass
class Source:
    """A source as it is drafted; without ``entity`` it is only described.

    ``told`` are columns of profiles that its rows tell as well, the latest by ``latest_by``: it gives both
    then. ``unused`` are columns that nothing reads, each with what it holds.
    """

    name: str
    table: str
    rows: int
    files: int
    connector: Mapping[str, Any]
    entity: str | None
    why: str
    sure: Sureness = "a guess"
    account_space: Guess | None = None
    attributes: list[Mapping[str, Any]] = field(default_factory=list)
    row_key: Guess | None = None
    number_form: Mapping[str, str] = field(default_factory=dict)
    lookups: list[Mapping[str, Any]] = field(default_factory=list)
    columns: list[Mapped] = field(default_factory=list)
    latest_by: Any = None
    told: list[Mapped] = field(default_factory=list)
    unused: list[tuple[str, str]] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Draft:
    """A whole draft: guesses of the project, its sources, what could not be read.

    ``text`` is the YAML. ``problem`` says why no run can be made of it yet, or is none.
    """

    project: Mapping[str, Guess]
    sources: tuple[Source, ...]
    unread: tuple[tuple[str, str], ...]
    asks: tuple[str, ...]
    attributes: tuple[Mapping[str, Any], ...] = ()
    environment: tuple[str, ...] = ()
    text: str = ""
    problem: str | None = None
