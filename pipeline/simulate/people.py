"""Persons as they are: names, households, addresses, and what changes in their lives.

Belongs here: the truth about a person. Does not belong here: how a system writes it
(``records``), or what a person buys (``archetypes``).

Every identifier that changes has two values, the earlier and the later one, and the period of
the change: family name at marriage, e-mail, phone, address with the move of the household.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from pipeline.simulate.frames import Column, Indices, column
from pipeline.simulate.lexicon import lexicon
from pipeline.simulate.plan import NEVER, Plan

_SHARES = {"mixed": {"de": 0.4, "en": 0.2, "fr": 0.1, "zh": 0.3}}
#: Months before the first period from which changes of a life are drawn.
BEFORE = 24
#: What may change in a life, and the share of persons to whom it happens.
CHANGES = {"family": 0.03, "email": 0.10, "phone": 0.10, "home": 0.12}


@dataclass(frozen=True)
class Home:
    """Where a household lives."""

    street: str
    postcode: str
    city: str
    region: str
    country: str


@dataclass(frozen=True)
class People:
    """Persons by number; names in ``scripts`` are (native, pinyin) pairs, equal but for Chinese.

    ``changes[field]`` is the period from which the second value holds.
    """

    language: Column
    gender: Column
    given: Column
    families: tuple[Column, Column]
    birth_date: Column
    emails: tuple[Column, Column]
    phones: tuple[Column, Column]
    homes: tuple[Column, Column]
    home_phone: Column
    family_email: Column
    national_id: Column
    income: Column
    household: Indices
    household_size: Indices
    born: Indices
    changes: dict[str, Indices]

    @property
    def count(self) -> int:
        """Number of persons."""
        return len(self.gender)

    def value(self, field: str, person: int, later: bool) -> Any:
        """Family name, e-mail, phone or home of a person, before or after its change."""
        pairs = {"family": self.families, "email": self.emails, "phone": self.phones, "home": self.homes}
        return pairs[field][1 if later else 0][person]


def people(plan: Plan) -> People:
    """The persons of the company, household by household."""
    count, rng = plan.customers, plan.rng("people")
    household, role, sizes = _households(rng, count)
    shares = _SHARES.get(plan.language, {plan.language: 1.0})
    of_household = rng.choice(list(shares), p=list(shares.values()), size=household[-1] + 1)
    language = of_household[household]
    gender = np.where(rng.random(count) < 0.5, "f", "m")
    maker = _Names(rng)
    birth_date, given = _births_and_names(rng, maker, language, gender, household, role)
    families = _families(rng, maker, language, household, role)
    homes = [[maker.home(one) for one in of_household] for _ in range(2)]
    emails = [maker.email(*one) for one in zip(given, families[0], language, birth_date, strict=True)]
    # some addresses say nothing of the name, so that a new one shares nothing with the old one
    later_emails = [maker.nameless_email(one) for one in language]
    country = [lexicon()[one]["country"] for one in language]
    return People(
        language=language,
        gender=gender,
        given=given,
        families=families,
        birth_date=birth_date,
        emails=(column(emails), column(later_emails)),
        phones=(
            column([maker.mobile(one) for one in country]),
            column([maker.mobile(one) for one in country]),
        ),
        homes=(
            column([homes[0][one] for one in household]),
            column([homes[1][one] for one in household]),
        ),
        home_phone=column([maker.landline(homes[0][one]) for one in range(len(of_household))])[household],
        family_email=column([maker.nameless_email(one) for one in of_household])[household],
        national_id=column([str(one) for one in 10**10 + rng.permutation(40 * count)[:count] * 7 + 3]),
        income=(rng.lognormal(10.5, 0.45, count) // 500 * 500).astype(object),
        household=household,
        household_size=sizes[household],
        born=_first_periods(rng, plan, count),
        changes=_changes(rng, plan, household, role, gender),
    )


def _households(rng: np.random.Generator, count: int) -> tuple[Indices, Indices, Indices]:
    """Household, role (0, 1 adults, 2 … children) of each person, and sizes of households."""
    sizes = rng.choice([1, 2, 3, 4], p=[0.6, 0.2, 0.12, 0.08], size=count)
    household = np.repeat(np.arange(count), sizes)[:count]
    starts = np.concatenate([[0], np.cumsum(sizes)])[household]
    role = np.arange(count) - starts
    return household, role, np.bincount(household)


def _births_and_names(
    rng: np.random.Generator,
    maker: "_Names",
    language: Column,
    gender: Column,
    household: Indices,
    role: Indices,
) -> tuple[Column, Column]:
    """Birth dates and given names: twins share the date, juniors the name of a parent."""
    births: list[date] = []
    given: list[Any] = []
    twin, junior = rng.random(len(role)) < 0.15, rng.random(len(role)) < 0.12
    for person, place in enumerate(role):
        first = person - place
        year = int(rng.integers(1946, 1984) if place < 2 else rng.integers(1990, 2007))
        born = date(year, 1, 1) + timedelta(days=int(rng.integers(0, 365)))
        name = maker.given(language[person], gender[person])
        if place == 3 and twin[person]:
            born = births[person - 1]
        elif place == 2 and junior[person]:
            gender[person] = gender[first]
            name = given[first]
        births.append(born)
        given.append(name)
    return column(births), column(given)


def _families(
    rng: np.random.Generator, maker: "_Names", language: Column, household: Indices, role: Indices
) -> tuple[Column, Column]:
    """Family names before and after marriage; Chinese partners keep theirs."""
    own = [maker.family(one) for one in language]
    keeps = (rng.random(len(role)) < 0.2) | (language == "zh")
    shared = [
        name if place == 0 or (place == 1 and keep) else own[person - place]
        for person, (name, place, keep) in enumerate(zip(own, role, keeps, strict=True))
    ]
    return column(shared), column([maker.family(one) for one in language])


def _first_periods(rng: np.random.Generator, plan: Plan, count: int) -> Indices:
    """Period of the first account: 65% are customers before the first period (-1)."""
    return np.where(rng.random(count) < 0.65, -1, rng.integers(0, plan.periods, count))


def _changes(
    rng: np.random.Generator, plan: Plan, household: Indices, role: Indices, gender: Column
) -> dict[str, Indices]:
    drawn: dict[str, Indices] = {}
    for field, share in CHANGES.items():
        when = rng.integers(-BEFORE, plan.periods, len(role))
        drawn[field] = np.where(rng.random(len(role)) < share, when, NEVER)
    drawn["home"] = drawn["home"][np.maximum.accumulate(np.where(role == 0, np.arange(len(role)), 0))]
    drawn["family"] = np.where((role == 0) & (gender == "f"), drawn["family"], NEVER)
    return drawn


_SYLLABLES = tuple(one + two for one in "bdfklmnprst" for two in "aiou")


class _Names:
    """Names, addresses and numbers drawn from the lexicon; common family names are commoner."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._used: set[str] = set()
        self._weights: dict[int, Any] = {}

    def _one(self, some: Sequence[Any]) -> Any:
        return some[int(self._rng.random() * len(some))]

    def family(self, language: str) -> Any:
        some = lexicon()[language]["family"]
        if len(some) not in self._weights:
            weight = 1 / (np.arange(len(some)) + 8)
            self._weights[len(some)] = np.cumsum(weight / weight.sum())
        drawn = int(np.searchsorted(self._weights[len(some)], self._rng.random(), side="right"))
        name = some[min(drawn, len(some) - 1)]
        return tuple(name) if language == "zh" else (name, name)

    def given(self, language: str, gender: str) -> Any:
        some = lexicon()[language][f"given_{gender}"]
        if language != "zh":
            name = self._one(some)
            return (name, name)
        parts = [self._one(some) for _ in range(1 if self._rng.random() < 0.25 else 2)]
        return ("".join(one[0] for one in parts), "".join(one[1] for one in parts))

    def email(self, given: Any, family: Any, language: str, born: date) -> str:
        ends = lexicon()[language]["mails"]
        base = [f"{given[1]}.{family[1]}", f"{given[1][0]}.{family[1]}", f"{family[1]}.{given[1]}"]
        name = _plain(self._one(base))
        if self._rng.random() < 0.5:
            name += f"{born.year % 100:02d}"
        return self._unique(name, self._one(ends))

    def nameless_email(self, language: str) -> str:
        name = "".join(self._one(_SYLLABLES) for _ in range(4)) + str(int(self._rng.integers(10, 99)))
        return self._unique(name, self._one(lexicon()[language]["mails"]))

    def _unique(self, name: str, host: str) -> str:
        address, number = f"{name}@{host}", 1
        while address in self._used:
            number = number * 3 + int(self._rng.integers(2, 9))
            address = f"{name}{number}@{host}"
        self._used.add(address)
        return address

    def mobile(self, country: str) -> str:
        digits = f"{int(self._rng.integers(10**8, 10**9))}"
        return {
            "DE": f"+4917{self._one('0123456789')}{digits[:7]}",
            "GB": f"+4474{self._one('1234')}{digits[:7]}",
            "FR": f"+336{self._one('1256')}{digits[:7]}",
            "CN": f"+8613{self._one('56789')}{digits[:8]}",
        }[country]

    def landline(self, home: Home) -> str:
        area = next(
            one[3]
            for language in ("de", "en", "fr", "zh")
            for one in lexicon()[language]["cities"]
            if one[0] == home.city
        )
        digits = f"{int(self._rng.integers(2 * 10**7, 9 * 10**7))}"
        if home.country == "DE":
            return f"+49{area}{digits[:7]}"
        if home.country == "GB":
            return f"+44207{digits[:7]}" if area == "20" else f"+44{area}2{digits[: 9 - len(area)]}"
        exchange = {"1": "142", "4": "478", "3": "320", "2": "240"}
        return f"+33{exchange[area]}{digits[:6]}" if home.country == "FR" else f"+86{area}6{digits[:7]}"

    def home(self, language: str) -> Home:
        places = lexicon()[language]
        city, region, prefix, _ = self._one(places["cities"])
        street, house = self._one(places["streets"]), int(self._rng.integers(1, 180))
        tail = int(self._rng.integers(0, 1_000))
        written = {
            "de": f"{street} {house}",
            "en": f"{house} {street}",
            "fr": f"{house} {street}",
            "zh": f"{street}{house}号{tail % 30 + 1}室",
        }[language]
        postcode = f"{prefix}{tail % 9 + 1} {tail % 9 + 1}{'ABDEFGHJ'[tail % 8]}{'LNPQRSTU'[tail // 8 % 8]}"
        if language != "en":
            postcode = (prefix + f"{tail:03d}0")[: 6 if language == "zh" else 5]
        return Home(written, postcode, city, region, places["country"])


_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "ê": "e", "ç": "c", "ë": "e", "É": "e",
     "Ö": "oe", "Ä": "ae", "Ü": "ue", "ô": "o", "'": "", "î": "i", "à": "a", " ": ""}
)  # fmt: skip


def _plain(name: str) -> str:
    """A name as it stands in an e-mail address."""
    return name.lower().translate(_UMLAUTS)


def without_umlauts(name: str) -> str:
    """A name as a system without umlauts and accents keeps it: Mueller."""
    return name.translate(_UMLAUTS | {ord("'"): "'", ord(" "): " "})
