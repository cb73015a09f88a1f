"""Which entity a table is, and which of its columns is what.

Belongs here: names and values together, the best fit of a whole table. Does not belong here: names alone
(``words``), values alone (``fitting``), tables that belong together (``joining``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.drafting.fitting import SUMMED, by_content, fits, fits_id
from pipeline.drafting.profiles import Column
from pipeline.drafting.words import (
    likeness,
    table_likeness,
    vocabulary,
    without_prefix,
)
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID, Entity
from pipeline.tables.model import AMOUNT, INTEGER, RATE

#: Less likely than this, a column is not proposed for anything.
LEAST = 0.35
#: A table is an entity from this score on: a needed column counts more than others, one that every
#: entity has less, the name of the table as much as two columns.
_LEAST_SCORE = 2.4
_NEEDED, _GENERIC, _OTHER, _TABLE, _EXPLAINED = 1.5, 0.3, 1.0, 2.0, 1.5
_MISSING, _CONSTANT, _UNFIT = -2.5, -0.5, -3.0
_GENERICS = frozenset(
    (
        "channel",
        "currency",
        "created_at",
        "updated_at",
        "text",
        "line_key",
        "product_id",
        "cost_amount",
        "is_return",
    )
)
#: One row for each of what is plainly called an account is a profile, whatever else it says.
_PLAIN_ACCOUNT, _OF_ACCOUNTS = 0.8, 1.5
#: An address that comes again tells whose rows these are.
_BY_MAIL = 0.85
#: The only time of a table is that of its events, whatever it is called.
_ONLY_TIME = 0.5


@dataclass(frozen=True)
class Match:
    """A column of a table taken for a column of an entity."""

    read: tuple[str, ...]
    score: float
    why: str


@dataclass
class Candidate:
    """A table taken for an entity: its columns, constants for what it leaves unsaid, what it lacks."""

    entity: str
    score: float = 0.0
    matches: dict[str, Match] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether a source can be made of it."""
        return not self.missing and self.score >= _LEAST_SCORE


def account_scores(columns: Sequence[Column]) -> dict[str, float]:
    """How likely each column is the number of an account, by its name and values."""
    bare = without_prefix([one.name for one in columns])
    found = {}
    for one in columns:
        said = max(
            likeness(one.name, "profiles", SOURCE_ACCOUNT_ID),
            likeness(bare[one.name], "profiles", SOURCE_ACCOUNT_ID),
        )
        fit = fits_id(one)
        if one.kind == "email" and not one.is_unique:
            said = max(said, _BY_MAIL)  # where nothing else says who bought
        if one.kind in ("flag", "long_text", "empty") or one.distinct < 2:
            fit = 0.0
        found[one.name] = said * fit
    return found


def candidates(
    columns: Sequence[Column],
    words: Sequence[str],
    account: str | None,
    borrowed: frozenset[str] = frozenset(),
    account_score: float = 0.0,
) -> list[Candidate]:
    """The table as every entity that it could be, the best first; ``words`` are its names, ``account`` is
    its column of accounts, columns of ``borrowed`` would come from another table."""
    found = [_candidate(one, columns, words, account, borrowed, account_score) for one in ENTITIES.values()]
    return sorted(found, key=lambda one: (-one.is_good, -one.score, one.entity))


def _candidate(
    entity: Entity,
    columns: Sequence[Column],
    words: Sequence[str],
    account: str | None,
    borrowed: frozenset[str],
    account_score: float,
) -> Candidate:
    found = Candidate(entity.name)
    free = [one for one in columns if one.name != account]
    scored = _scored(entity, free, borrowed)
    for score, name, column, why in scored:
        if name in found.matches or any(column in one.read for one in found.matches.values()):
            continue
        found.matches[name] = Match((column,), score, why)
    _sum(found, scored)
    if account is not None and entity.has_account:
        found.matches[SOURCE_ACCOUNT_ID] = Match((account,), 1.0, "")
    _fill(found, entity, columns, account, account_score)
    found.score = _score(found, entity, columns, words, account)
    if entity.name == "profiles" and account_score >= _PLAIN_ACCOUNT and not _is_called_otherwise(words):
        found.score += _OF_ACCOUNTS
    return found


def _is_called_otherwise(words: Sequence[str]) -> bool:
    """Whether the table is called like events or products rather than like people."""
    own = max((table_likeness(one, "profiles") for one in words), default=0.0)
    others = [table_likeness(one, entity) for one in words[:1] for entity in ENTITIES if entity != "profiles"]
    return max(others, default=0.0) > own


def _scored(
    entity: Entity, columns: Sequence[Column], borrowed: frozenset[str]
) -> list[tuple[float, str, str, str]]:
    bare = without_prefix([one.name for one in columns])
    times = [one for one in columns if one.kind == "time"]
    found = []
    for field_ in (*entity.mapped, *entity.identifiers):
        if field_.name == "updated_at" and entity.event_time:
            continue  # only with row_key
        for one in columns:
            if one.name in borrowed and field_.type in (AMOUNT, RATE, INTEGER):
                continue  # the total of an order would count with each of its lines
            fit = fits(one, field_)
            said = max(
                likeness(one.name, entity.name, field_.name),
                likeness(bare[one.name], entity.name, field_.name),
            )
            score, why = said * fit, "by name and values" if fit == 1 else "by name"
            content = by_content(one, field_)
            if content > score:
                score, why = content, "by its values"
            if field_.name == entity.event_time and one.kind == "time" and score < _ONLY_TIME:
                score, why = _ONLY_TIME, "the only time" if len(times) == 1 else "a time"
            # of two that fit alike, the one that more rows have; a column of its own before a borrowed one
            score -= 0.05 * (1 - one.given / max(1, one.rows)) + 0.1 * (one.name in borrowed)
            if score >= LEAST:
                found.append((min(1.0, score), field_.name, one.name, why))
    needed = entity.needed
    return sorted(found, key=lambda one: (-one[0], one[1] not in needed, one[1], one[2]))


def _sum(found: Candidate, scored: Iterable[tuple[float, str, str, str]]) -> None:
    for score, name, column, why in scored:
        taken = any(column in one.read for one in found.matches.values())
        if name in SUMMED and score >= 0.6 and not taken:
            old = found.matches[name]
            found.matches[name] = Match(
                (*old.read, column), min(old.score, score), f"{why}; several of a kind"
            )


def _fill(
    found: Candidate,
    entity: Entity,
    all_columns: Sequence[Column],
    account: str | None,
    account_score: float,
) -> None:
    """What is needed and not there: constants, an order for each account and time."""
    named = {one.name: one for one in all_columns if one.name != account}
    constants: Mapping[str, str] = vocabulary()["constants"].get(entity.name, {})
    missing = [one for one in sorted(entity.needed) if one not in found.matches]
    if entity.name == "orders" and "order_id" in missing and "ordered_at" in found.matches:
        at = found.matches["ordered_at"].read
        found.matches["order_id"] = Match(
            at, 0.4, "no column numbers orders: one order for each account and time"
        )
    for one in missing:
        if one in constants and one not in found.matches:
            found.constants[one] = constants[one]
    # orders with products have lines: that no order has had two so far says nothing of the next one
    keys = ("quote_id",) if "product_id" in found.matches else ("quote_id", "order_id")
    own = [one for one in keys if one in found.matches]
    if "line_key" not in found.matches and own and any(one.name == "line_key" for one in entity.mapped):
        column = named.get(found.matches[own[0]].read[0])
        if column is not None and column.is_unique and column.kind != "time":
            found.matches["line_key"] = Match((column.name,), 0.9, "no two rows have the same")
    lacking = [one for one in missing if one not in found.matches and one not in found.constants]
    if entity.name == "orders" and not {"net_amount", "unit_price_amount"} & set(found.matches):
        lacking.append("net_amount or unit_price_amount")
    # a key of each row, called no more than "id", is that of the event
    is_own_key = account is not None and account_score < _PLAIN_ACCOUNT and bool(entity.event_time)
    is_own_key = is_own_key and any(one.is_unique for one in all_columns if one.name == account)
    if entity.has_account and (account is None or is_own_key):
        lacking.append(SOURCE_ACCOUNT_ID)
    found.missing = tuple(lacking)


def _score(
    found: Candidate, entity: Entity, columns: Sequence[Column], words: Sequence[str], account: str | None
) -> float:
    weights = {
        name: _NEEDED if name in entity.needed else _GENERIC if name in _GENERICS else _OTHER
        for name in found.matches
        if name != SOURCE_ACCOUNT_ID
    }
    score = sum(weight * found.matches[name].score for name, weight in weights.items())
    score += _TABLE * max(
        (table_likeness(one, entity.name) * 0.8 ** min(at, 1) for at, one in enumerate(words)), default=0.0
    )
    used = {column for one in found.matches.values() for column in one.read}
    score += _EXPLAINED * len(used) / max(1, len(columns))
    score += _MISSING * len(found.missing) + _CONSTANT * len(found.constants)
    known = {one.name: one for one in columns}
    is_one_each = account is not None and known[account].is_nearly_unique
    if entity.name == "profiles":
        score += 1.0 if is_one_each else _UNFIT
    elif entity.event_time and is_one_each and known[account or ""].rows > 20:
        score -= 1.0
    if not entity.has_account and account is not None:
        score += _UNFIT
    if entity.name == "products":
        key = found.matches.get("product_id")
        score += 0.5 if key and known[key.read[0]].is_unique else _UNFIT
    return score
