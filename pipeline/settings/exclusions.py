"""Who is kept out of everything: employees, test accounts, countries.

Belongs here: what an exclusion may say, and whether it names what exists. Does not belong here: finding
the accounts (``clean``), or who else is linked to them (``identity``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Self, TypeAlias

import ibis
from pydantic import BeforeValidator, Field, field_validator, model_validator

from pipeline.expressions import Expression, ExpressionError, type_of
from pipeline.periods import Calendar
from pipeline.settings.base import Settings, wrong
from pipeline.settings.problems import Key, meant, shown
from pipeline.settings.sources import SourceSettings
from pipeline.tables import model
from pipeline.tables.entities import ENTITIES, Entity

_NAME = r"^[a-z][a-z0-9_]*$"


def _number(given: object) -> object:
    """A number as YAML reads it, as the text that a source would give."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ValueError("the number of an account is text or a whole number, such as T-1 or 17850")
    if isinstance(given, str) and not given.strip():
        raise ValueError("the number of an account is empty")
    return str(given)


AccountNumber: TypeAlias = Annotated[str, BeforeValidator(_number, json_schema_input_type=str | int)]


#: A key below ``exclude``, and what is wrong there.
Problem: TypeAlias = tuple[Key, str]


class Exclusion(Settings):
    """Accounts that are kept out of every entity, and so is the customer that they belong to.

    In one of three forms: ``accounts``, the company's own numbers by account space; ``source`` with
    ``where``, a condition over the columns of that source as they were read; ``entity`` with ``where``, a
    condition over the attributes of that entity once they are typed and in canonical codes. An account of
    which one row meets the condition is excluded. ``from_period`` is the first period in which the
    exclusion holds; none: all.
    """

    name: str = Field(pattern=_NAME, description="reason that the accounts of rows give")
    accounts: dict[str, Annotated[list[AccountNumber], Field(min_length=1)]] | None = Field(
        None, min_length=1
    )
    source: str | None = None
    entity: str | None = None
    where: Expression | None = None
    from_period: str | None = Field(None, description="first period in which it holds; none: all")

    @field_validator("accounts", mode="before")
    @classmethod
    def _by_space(cls, given: object) -> object:
        if isinstance(given, list):
            raise ValueError("numbers are given by account space, such as {shop: [17850, T-1]}")
        return given

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in ("accounts", "source", "entity") if getattr(self, name) is not None]
        if len(given) != 1:
            said = f"it says {' and '.join(given)}" if given else "it says none of them"
            raise ValueError(
                f"an exclusion says either accounts, or source with where, or entity with where; {said}"
            )
        if given == ["accounts"] and self.where is not None:
            raise wrong((("where",), "accounts are excluded by number; a condition needs source or entity"))
        if given != ["accounts"] and self.where is None:
            raise wrong(((given[0],), "where is missing: the condition that excludes an account"))
        return self

    def holds_in(self, period: str, calendar: Calendar) -> bool:
        """Whether the exclusion has begun by ``period``."""
        begins = self.from_period
        return begins is None or calendar.start_date(begins) <= calendar.start_date(period)


def attributes(entity: Entity) -> dict[str, model.Field]:
    """Columns that a condition over ``entity`` may name: its own, with identifiers, and without amounts,
    which are converted only later."""
    own = {one.name for one in (*entity.mapped, *entity.identifiers)}
    every = (*entity.clean.fields, *entity.identifiers)
    return {
        one.name: one for one in every if one.name in own and one.name != "line_key" and not _is_amount(one)
    }


def _is_amount(field: model.Field) -> bool:
    return field.unit == "project currency"


def spaces(sources: Mapping[str, SourceSettings]) -> dict[str, list[str]]:
    """Account spaces of ``sources``, each with the sources that take their accounts from it."""
    found: dict[str, list[str]] = {}
    for name, one in sources.items():
        if ENTITIES[one.entity].has_account:
            found.setdefault(one.account_space or name, []).append(name)
    return found


def problems(
    given: Sequence[Exclusion],
    sources: Mapping[str, SourceSettings],
    entities: Mapping[str, Entity],
    calendar: Calendar,
) -> list[Problem]:
    """What is wrong with the exclusions beside ``sources``, each with the key below ``exclude``;
    ``entities`` have the project's own columns."""
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
        wrongs = _wrong_accounts(one, sources) if one.accounts else _wrong_condition(one, sources, entities)
        found += (((at, *key), words) for key, words in wrongs)
    return found


def _wrong_condition(
    one: Exclusion, sources: Mapping[str, SourceSettings], entities: Mapping[str, Entity]
) -> Iterator[Problem]:
    """Columns of a source are known only once it is read; those of an entity are known here."""
    having = [name for theirs in spaces(sources).values() for name in theirs]
    if one.source is not None and one.source not in having:
        kind = sources[one.source].entity if one.source in sources else None
        known = (
            f"it gives {kind}, which have no accounts" if kind else f"there is no source {shown(one.source)}"
        )
        yield ("source",), known + _instead(one.source, having)
    if one.entity is None or one.where is None:
        return
    given = sorted({sources[name].entity for name in having})
    if one.entity not in given:
        yield ("entity",), f"no source gives accounts by {shown(one.entity)}" + _instead(one.entity, given)
        return
    columns = attributes(entities[one.entity])
    amounts = [it for it in entities[one.entity].mapped if it.name in one.where.names and _is_amount(it)]
    try:
        type_of(one.where, {name: ibis.dtype(it.type) for name, it in columns.items()}, "boolean")
    except ExpressionError as error:
        more = "; amounts are converted only later: write a condition over the source" if amounts else ""
        yield ("where",), f"{error}{more}"


def _instead(name: str, known: Sequence[str]) -> str:
    close = meant(name, known)
    return f", did you mean {close}?" if close else f"; there are {', '.join(known)}"


def _wrong_accounts(one: Exclusion, sources: Mapping[str, SourceSettings]) -> Iterator[Problem]:
    known = spaces(sources)
    for space in one.accounts or ():
        if space in known:
            continue
        if space in sources and (theirs := sources[space].account_space) in known:
            words = f"source {space} takes its accounts from the space {theirs}; write {theirs}"
        else:
            words = f"there is no account space {shown(space)}" + _instead(space, list(known))
        yield ("accounts", space), words
