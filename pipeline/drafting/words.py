"""Names of columns and tables, compared with the vocabulary.

Belongs here: how a name is cut into words, and how well it says what a column of an entity is. Does not
belong here: what the values say (``profiles``), or which column is taken (``matching``).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID

#: A name that is the synonym itself; one that is a weak synonym; less for whatever is only alike.
PLAIN, WEAK = 1.0, 0.55
#: Words around a synonym that only say whose it is, or how it is written, cost this much.
_OWNER_COST = 0.06
#: Letters that differ: names of fewer letters are too short to be told from others by likeness.
_LEAST_LETTERS, _LIKENESS = 6, 0.88
_BORDERS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=\d)|[\W_]+")
#: Endings of names in contracts that say a unit; what is left of these says nothing alone.
_UNITS = frozenset(("at", "amount", "id", "date", "second", "count"))
_TOO_SHORT = frozenset((("line",), ("net",), ("used",), ("rate",), ("started",), ("answer",)))
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Synonyms:
    """Other names of one column: plain ones and weak ones, each as words."""

    plain: frozenset[tuple[str, ...]]
    weak: frozenset[tuple[str, ...]]


@cache
def vocabulary() -> Mapping[str, Any]:
    """The vocabulary as it stands in ``vocabulary.yaml``."""
    text = (files(__package__) / "vocabulary.yaml").read_text(encoding="utf-8")
    read: Mapping[str, Any] = yaml.safe_load(text)
    return read


@cache
def words(name: str) -> tuple[str, ...]:
    """``name`` as words: small letters, singular, abbreviations written out. None of it for a blank name."""
    plain = unaccented(unicodedata.normalize("NFKC", name))
    short = vocabulary()["abbreviations"]
    found = [_singular(part) for one in _BORDERS.split(plain) if one for part in _parted(one.casefold())]
    return tuple(word for one in found for word in str(short.get(one, one)).split())


def unaccented(name: str) -> str:
    """``name`` with letters without their accents."""
    apart = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))


def _parted(word: str) -> list[str]:
    """``custid`` as ``cust`` and ``id``: two words that are both known, written as one."""
    known = _joinable()
    for at in range(3, len(word) - 1):
        if word not in known and word[:at] in known and word[at:] in known:
            return [word[:at], word[at:]]
    return [word]


@cache
def _joinable() -> frozenset[str]:
    listed = vocabulary()
    some = {
        *listed["abbreviations"],
        *listed["abbreviations"].values(),
        *listed["owners"],
        *listed["endings"],
    }
    return frozenset(str(one) for one in some if len(str(one)) > 1)


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-3] + "y" if word.endswith("ies") else word[:-1]
    return word


@cache
def synonyms(entity: str, column: str) -> Synonyms:
    """What else ``column`` of ``entity`` is called, its own name among it."""
    if column == SOURCE_ACCOUNT_ID:
        listed = vocabulary()["accounts"]
    else:
        listed = vocabulary()["columns"].get(entity, {}).get(column, {"names": [], "weak": []})
    plain = {words(one) for one in (column, *listed["names"])}
    own = words(column)
    if len(own) > 1 and own[-1] in _UNITS and own[:-1] not in _TOO_SHORT:
        plain.add(own[:-1])
    weak = {words(one) for one in listed["weak"]} - plain
    return Synonyms(frozenset(plain), frozenset(weak))


@cache
def likeness(name: str, entity: str, column: str) -> float:
    """How well ``name`` says that it is ``column`` of ``entity``: 0 (not at all) to 1."""
    listed = synonyms(entity, column)
    own = words(name)
    if not own:
        return 0.0
    is_key = column.endswith(("_id", "_key"))
    return max(
        max((_alike(own, one, PLAIN, is_key) for one in listed.plain), default=0.0),
        max((_alike(own, one, WEAK, is_key) for one in listed.weak), default=0.0),
    )


@cache
def _alike(own: tuple[str, ...], synonym: tuple[str, ...], most: float, is_key: bool) -> float:
    if own == synonym or "".join(own) == "".join(synonym):
        return most
    if len(synonym) == 1 and synonym[0] in _lists()[1]:
        return 0.0  # the number of an order is no "number" of anything else
    if synonym == _unowned(own) or (is_key and _are_one_key(own, synonym)):
        return most - _OWNER_COST * abs(len(own) - len(synonym))
    joined, wanted = "".join(own), "".join(synonym)
    if _CHINESE.search(wanted):
        share = len(wanted) / len(joined)
        return most * (0.45 + 0.45 * share) if wanted in joined and len(wanted) > 1 and share >= 0.4 else 0.0
    if set(synonym) <= set(own):
        share = len(synonym) / len(own)
        return most * (0.4 + 0.45 * share) if share >= 0.5 else 0.0
    is_near = joined[:2] == wanted[:2] and abs(len(joined) - len(wanted)) <= 2
    if is_near and min(len(joined), len(wanted)) >= _LEAST_LETTERS and most == PLAIN:
        ratio = SequenceMatcher(None, joined, wanted, autojunk=False).ratio()
        return most * 0.7 * ratio if ratio >= _LIKENESS else 0.0
    return 0.0


def _are_one_key(own: tuple[str, ...], synonym: tuple[str, ...]) -> bool:
    return synonym == _unowned(_unended(own)) or _unended(own) == _unended(synonym)


@cache
def _unowned(own: tuple[str, ...]) -> tuple[str, ...]:
    """``own`` without the words in front that say whose it is."""
    found = list(own)
    while len(found) > 1 and found[0] in _lists()[0]:
        found.pop(0)
    return tuple(found)


@cache
def _unended(own: tuple[str, ...]) -> tuple[str, ...]:
    """``own`` without the words behind that say that it is a number or key."""
    found = list(own)
    while len(found) > 1 and found[-1] in _lists()[1]:
        found.pop()
    return tuple(found)


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    listed = vocabulary()
    return (
        frozenset(word for one in listed["owners"] for word in words(one)),
        frozenset(word for one in listed["endings"] for word in words(one)),
    )


@cache
def table_likeness(name: str, entity: str) -> float:
    """How well the name of a file, sheet or table says that its rows are ``entity``: 0 to 1."""
    own = words(name)
    joined = "".join(own)
    best = 0.0
    for one in (entity, *vocabulary()["tables"].get(entity, ())):
        wanted = words(one)
        whole = "".join(wanted)
        if own == wanted or joined == whole:
            best = max(best, 1.0)
        elif wanted and (own[-len(wanted) :] == wanted):
            best = max(best, 0.9)
        elif wanted and own[: len(wanted)] == wanted:
            best = max(best, 0.7)
        elif wanted and (set(wanted) <= set(own) or (_CHINESE.search(whole) and whole in joined)):
            best = max(best, 0.6)
    return best


def without_prefix(names: Sequence[str]) -> dict[str, str]:
    """Each name without what all names of a table begin with (``cust_name``, ``cust_mail`` …)."""
    heads = {one.split("_")[0] for one in names if "_" in one}
    if len(names) > 2 and len(heads) == 1 and all("_" in one for one in names):
        return {one: one.split("_", 1)[1] or one for one in names}
    return {one: one for one in names}


def is_known(column: str, entity: str) -> bool:
    """Whether a contract has ``column`` in ``entity``."""
    known = ENTITIES[entity]
    return column == SOURCE_ACCOUNT_ID or any(
        one.name == column for one in (*known.mapped, *known.identifiers)
    )


def code_of(column: str, said: str) -> str | None:
    """The contract's code of ``column`` that ``said`` means, or none."""
    listed: Mapping[str, Iterable[str]] = vocabulary()["codes"].get(column, {})
    plain = _bare(said)
    for code, names in listed.items():
        if plain == _bare(code) or plain in {_bare(str(one)) for one in names}:
            return code
    return None


def flag_of(said: str) -> str | None:
    """``yes`` or ``no`` for a word that cleaning does not read as such, or none."""
    plain = _bare(said)
    for answer, listed in (("yes", vocabulary()["said_yes"]), ("no", vocabulary()["said_no"])):
        if plain in {_bare(str(one)) for one in listed}:
            return answer
    return None


def _bare(said: str) -> str:
    text = unicodedata.normalize("NFKC", said).casefold().strip()
    text = re.sub(r"^\d+[\s.:_-]+", "", text)
    return re.sub(r"[\W_]+", "", text)
