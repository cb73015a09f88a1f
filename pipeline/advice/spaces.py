"""Ids that should meet and do not: account spaces apart, ids written in two ways, unknown products.

Belongs here: comparing the ids of sources. Does not belong here: linking accounts (``identity``).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.advice.model import LEAST_VALUES, Advice, Sketch, lines, percent
from pipeline.advice.shapes import commonest_shape
from pipeline.settings import SourceSettings
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID

#: What can say that two accounts are one person.
_TELLING = frozenset(("full_name", "given_name", "family_name", "email", "phone", "national_id"))
#: Half of the smaller set of ids is in the other: no longer the exception.
_MOST = 0.5
#: What sources of one space share at least; less may be mistyped or made up.
_ANY = 0.05
#: Numbers given in a row meet by chance. They are called the same where at most a third of the misses occur
#: that chance would give, and chance would give so many that none would be seen once in 20,000 (e**-10).
_MISSES, _LEAST_MISSES = 1 / 3, 10


@dataclass(frozen=True)
class Ids:
    """The ids of one source, with what links them: its space, its settings."""

    name: str
    space: str
    source: SourceSettings
    sketch: Sketch


#: Ways in which two systems write one id, each with those before: what it takes away.
_WAYS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("as they are", lambda one: one),
    ("but for capitals", str.casefold),
    ("but for blanks and signs", lambda one: re.sub(r"[\W_]+", "", one.casefold())),
    ("but for leading zeros", lambda one: re.sub(r"[\W_]+", "", one.casefold()).lstrip("0") or "0"),
    (
        "but for letters around the number",
        lambda one: re.sub(r"\D+", "", one).lstrip("0") or re.sub(r"[\W_]+", "", one.casefold()),
    ),
)


def shared(one: Sketch, other: Sketch, way: Callable[[str], str] = _WAYS[0][1]) -> tuple[int, int]:
    """How many ids of the smaller of two sketches the other has as well, and out of how many."""
    below = min((each.below for each in (one, other) if each.below is not None), default=None)
    sets = [
        {way(id) for hash, ids in each.by_hash.items() if below is None or hash < below for id in ids}
        for each in (one, other)
    ]
    return len(sets[0] & sets[1]), min(map(len, sets))


def spaces_apart(found: Sequence[Ids]) -> list[Advice]:
    """Account spaces that meet no other, although nothing else can link their accounts; and spaces apart
    whose ids are the same beyond chance."""
    spaces: dict[str, list[Ids]] = {}
    for one in found:
        spaces.setdefault(one.space, []).append(one)
    advice: list[Advice] = []
    for space, members in spaces.items():
        others = {name: some for name, some in spaces.items() if name != space}
        if others and not _is_told(members) and _misses_something(members, others.values()):
            advice.append(_alone(space, members, others))
    said = {frozenset(one.sources) for one in advice}
    names = list(spaces)
    for at, space in enumerate(names):
        for other in names[at + 1 :]:
            pair = _same_numbers(spaces[space], spaces[other])
            if pair is not None and not any(set(pair[0].sources) & one for one in said):
                advice.append(pair[0])
    return advice


def _is_told(members: Iterable[Ids]) -> bool:
    """Whether names, e-mails or the like can link the accounts of a space to others."""
    return any(_TELLING & set(one.source.columns) for one in members)


def _misses_something(members: Sequence[Ids], others: Iterable[Sequence[Ids]]) -> bool:
    """Whether a space has only profiles or none, and others have what it lacks."""
    kinds = {one.source.entity == "profiles" for one in members}
    elsewhere = {one.source.entity == "profiles" for some in others for one in some}
    return len(kinds) == 1 and bool(elsewhere - kinds)


def _alone(space: str, members: Sequence[Ids], others: Mapping[str, Sequence[Ids]]) -> Advice:
    names = tuple(one.name for one in members)
    # profiles are looked for by those that have none, and the other way round
    is_profiles = members[0].source.entity == "profiles"
    wanted = [
        (other, one)
        for other, some in others.items()
        for one in some
        if (one.source.entity == "profiles") != is_profiles
    ]
    level, count, total, other, best = max(
        ((-at, *shared(mine.sketch, one.sketch, way), other, one)
         for mine in members for other, one in wanted for at, (_, way) in enumerate(_WAYS)),
        key=lambda each: (each[1] >= _MOST * max(each[2], 1), each[0] if each[1] else -len(_WAYS), each[1]),
    )  # fmt: skip
    accounts = max(one.sketch.count for one in members)
    mine, theirs = commonest_shape(_ids(members[0])), commonest_shape(_ids(best))
    seen = (
        f"its {accounts:,} accounts (ids like {mine}) are a space of their own, {space}, which shares no ids"
        f" with any other, and no name, e-mail, phone or national_id is mapped that could link them"
    )
    if count and count >= _MOST * total:
        seen += f"; {percent(count / total)} of them have the same id as an account of {best.name} {_WAYS[-level][0]}"
        seen += f" (ids like {theirs}, space {other})" if level else f" (space {other})"
    else:
        seen += f"; the ids of {best.name} (space {other}) look like {theirs}"
    why = (
        "Their customers will have no attribute of any profile (country, age, income: all null)"
        if not is_profiles
        else "These profiles will never meet an order or any other event"
    )
    if count and count >= _MOST * total and level == 0:
        remedy = f"If they are the same customers, say so: name the space {other} in every such source"
        settings = "\n".join(
            lines(one, f"account_space: {other}").removeprefix("sources:\n" if at else "")
            for at, one in enumerate(names)
        )
        return Advice("account_space_alone", names, seen, why, remedy, settings)
    if count and count >= _MOST * total:
        remedy = (
            f"If they are the same customers, write the ids in one way (they differ in what is named above;"
            f" a query or a computed column can do it) and name the space {other}"
        )
        return Advice(
            "account_space_alone", names, seen, why, remedy, lines(names[0], f"account_space: {other}")
        )
    remedy = (
        "Map the column that holds the same ids as another source and name its account_space, or map an"
        " identifier (email, phone, full_name), or link accounts by identity.overrides"
    )
    return Advice("account_space_alone", names, seen, why, remedy)


def _same_numbers(some: Sequence[Ids], others: Sequence[Ids]) -> tuple[Advice] | None:
    for one in some:
        for other in others:
            count, total = shared(one.sketch, other.sketch)
            if total < LEAST_VALUES or count < _MOST * total:
                continue
            chance = max(_density(one.sketch, other.sketch), _density(other.sketch, one.sketch))
            expected = total * (1 - chance)
            if expected < _LEAST_MISSES or total - count > _MISSES * expected:
                continue
            return (
                Advice(
                    "account_spaces_same_ids",
                    (one.name, other.name),
                    f"{percent(count / total)} of the {total:,} ids of the smaller occur in the other as well"
                    f" (like {commonest_shape(_ids(one))}; by chance it would be {percent(chance)}), but they stand"
                    f" in two account spaces, {one.space} and {other.space}",
                    "Equal ids of two spaces are two accounts: each customer may be counted twice, with half of"
                    " what is known",
                    "If they are the same customers, name one space in both",
                    lines(one.name, f"account_space: {one.space}")
                    + "\n"
                    + lines(other.name, f"account_space: {one.space}").removeprefix("sources:\n"),
                ),
            )
    return None


def _density(one: Sketch, other: Sketch) -> float:
    """The share of ids of ``other`` that numbers given in a row, as densely as those of ``one``, would meet."""
    numbers = [int(id) for ids in one.by_hash.values() for id in ids if re.fullmatch(r"[0-9]{1,18}", id)]
    asked = [int(id) for ids in other.by_hash.values() for id in ids if re.fullmatch(r"[0-9]{1,18}", id)]
    if len(numbers) < LEAST_VALUES or not asked:
        return _affixed_density(one, other)
    low, high = min(numbers), max(numbers)
    kept = sum(map(len, one.by_hash.values()))
    density = min(1.0, one.count * len(numbers) / max(kept, 1) / (high - low + 1))
    return density * sum(low <= each <= high for each in asked) / len(asked)


def _affixed_density(one: Sketch, other: Sketch) -> float:
    """The same for ids such as C-00017: numbers within one prefix."""
    found = re.compile(r"(\D*)0*([0-9]{1,18})(\D*)")

    def numbers(sketch: Sketch) -> dict[tuple[str, str], list[int]]:
        some: dict[tuple[str, str], list[int]] = {}
        for id in (id for ids in sketch.by_hash.values() for id in ids):
            if match := found.fullmatch(id):
                some.setdefault((match[1], match[3]), []).append(int(match[2]))
        return some

    mine, theirs = numbers(one), numbers(other)
    total = sum(map(len, theirs.values()))
    if not total:
        return 0.0
    scale = one.count / max(sum(map(len, one.by_hash.values())), 1)
    met = 0.0
    for affix, asked in theirs.items():
        own = mine.get(affix, [])
        if len(own) < LEAST_VALUES:
            continue
        low, high = min(own), max(own)
        met += min(1.0, len(own) * scale / (high - low + 1)) * sum(low <= each <= high for each in asked)
    return met / total


def ids_differ(found: Sequence[Ids]) -> list[Advice]:
    """Sources that name one account space, and whose ids are not those of the others in it."""
    advice = []
    for one in found:
        others = [other for other in found if other.space == one.space and other.name != one.name]
        if others and (said := _unlike(one, others)):
            advice.append(said)
    return advice


def _unlike(one: Ids, others: Sequence[Ids]) -> Advice | None:
    best = max(others, key=lambda other: _share(one, other, 0))
    exact = _share(one, best, 0)
    if shared(one.sketch, best.sketch)[1] < LEAST_VALUES:
        return None
    level, alike, other = max(
        ((at, _share(one, other, at), other) for other in others for at in range(1, len(_WAYS))),
        key=lambda each: (round(each[1], 2), -each[0]),
    )
    gains = alike >= _MOST and alike - exact >= _MOST / 2
    if exact >= _ANY and not gains:
        return None
    partner = other if gains else best
    count, total = shared(one.sketch, partner.sketch)
    seen = (
        f"the ids of {one.name} (like {commonest_shape(_ids(one))}) and those of {partner.name}"
        f" (like {commonest_shape(_ids(partner))}) are said to be of one account space, {one.space}, and"
        f" {count:,} of {total:,} are the same"
    )
    if gains:
        seen += f"; {percent(alike)} would be {_WAYS[level][0]}"
    why = "An account under two ids is two customers, each with half of what is known: attributes stay null"
    remedy = (
        f"Write the ids in one way, {_HOW[level]}"
        if gains
        else "Check which column holds the account, or give the source a space of its own, if its ids are others"
    )
    return Advice(
        "account_ids_differ", (one.name, partner.name), seen, why, remedy,
        "" if gains else lines(one.name, f"columns: {{{SOURCE_ACCOUNT_ID}: another_column}}"),
    )  # fmt: skip


_HOW = (
    "",
    "all in small letters, in the query or by a computed column",
    "without blanks and signs, in the query or by a computed column",
    "without leading zeros, in the query or by a computed column",
    "with the same letters around the number, in the query or by a computed column",
)


def _share(one: Ids, other: Ids, way: int) -> float:
    count, total = shared(one.sketch, other.sketch, _WAYS[way][1])
    return count / total if total else 0.0


def _ids(one: Ids) -> list[str]:
    return [id for ids in one.sketch.by_hash.values() for id in ids]


def unknown_products(named: Sequence[Ids], catalogues: Sequence[Ids]) -> list[Advice]:
    """Sources of orders whose product ids are in no source of products."""
    advice = []
    for one in named:
        if not catalogues or one.sketch.count < LEAST_VALUES:
            continue
        best = max(catalogues, key=lambda other: _share(one, other, 0))
        if _share(one, best, 0) >= _ANY or shared(one.sketch, best.sketch)[1] < LEAST_VALUES:
            continue
        count, total = shared(one.sketch, best.sketch)
        entity = ENTITIES[best.source.entity].name
        advice.append(
            Advice(
                "product_ids_differ",
                (one.name, best.name),
                f"{count:,} of {total:,} product ids are the same: those of {one.name} look like"
                f" {commonest_shape(_ids(one))}, those of {best.name} like {commonest_shape(_ids(best))}",
                f"No line of {one.name} will have a category or brand from {entity}",
                "Map product_id to the column that both sources share, or write the ids in one way",
                lines(one.name, "columns: {product_id: another_column}"),
            )
        )
    return advice
