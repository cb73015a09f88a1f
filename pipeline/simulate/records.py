"""How systems write persons: what each account shows as of a period, with the usual trouble.

Belongs here: typos, nicknames, swapped fields, forms of names, phones and dates, missing values,
shared phones and family e-mails. Does not belong here: the truth about persons (``people``), or
names of columns (``profiles``).

All trouble of an account is drawn once, from the seed, so that an account looks the same in
every period but for what changed in the person's life.
"""

from datetime import date
from typing import Any

import numpy as np

from pipeline.simulate.accounts import Accounts
from pipeline.simulate.frames import Frame, Numbers, column
from pipeline.simulate.lexicon import lexicon, traditional
from pipeline.simulate.people import CHANGES, People, without_umlauts
from pipeline.simulate.plan import Plan

#: Share of accounts of a system that hold an identifier.
HELD: dict[str, dict[str, float]] = {
    "crm": {"email": 0.88, "phone": 0.85, "birth": 0.80, "home": 0.96, "national_id": 0.30},
    "shop": {"email": 0.98, "phone": 0.65, "birth": 0.0, "home": 0.98, "national_id": 0.0},
    "mall": {"email": 0.30, "phone": 0.98, "birth": 0.65, "home": 0.92, "national_id": 0.0},
    "app": {"email": 0.92, "phone": 0.75, "birth": 0.55, "home": 0.85, "national_id": 0.0},
    "desk": {"email": 0.80, "phone": 0.75, "birth": 0.20, "home": 0.50, "national_id": 0.10},
    "social": {"email": 0.85, "phone": 0.40, "birth": 0.45, "home": 0.60, "national_id": 0.0},
}
_PINYIN = {"crm": 0.02, "shop": 1.0, "mall": 0.0, "app": 0.4, "desk": 0.15, "social": 0.5}
#: Systems whose rows name a country, so that phones may be written as at home.
NATIONAL_PHONES = ("crm", "shop", "mall", "app")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_DRAWS = 24
#: Values that are no e-mail and no phone: cleaning blanks them and keeps the row.
NO_EMAIL, NO_PHONE = "unbekannt", "siehe Akte"


def records(plan: Plan, people: People, accounts: Accounts, system: str, as_of: int) -> Frame:
    """What the accounts of a system, made by the end of period ``as_of``, show then.

    Columns: account (its number), id, given, family, full, native (name is in Chinese
    characters), email, phone, birth_date (a date), street, postcode, city, region, country,
    national_id, gender, person (whose data is shown).
    """
    some = accounts.of_system(system)
    some = some[accounts.created_period[some] <= as_of]
    draws = plan.rng("records").random((accounts.count, _DRAWS))
    rows = [_record(people, accounts, system, int(one), as_of, draws[one]) for one in some]
    names = (
        "account", "id", "given", "family", "full", "email", "phone", "birth_date", "street", "postcode",
        "city",
        "region", "country", "national_id", "gender", "person",
    )  # fmt: skip
    return {name: column([row[name] for row in rows]) for name in names}


def _record(
    people: People, accounts: Accounts, system: str, account: int, as_of: int, u: Numbers
) -> dict[str, Any]:
    is_posing = as_of < accounts.poses_until[account]
    person = int(accounts.poses_as[account] if is_posing else accounts.person[account])
    later = {name: as_of >= int(accounts.shows[name][account]) for name in CHANGES}
    if is_posing:
        later = dict.fromkeys(CHANGES, False)
    is_planted = bool(accounts.is_planted[account])
    u = np.full(_DRAWS, 0.5) if is_planted else u
    held = HELD[system]
    home = people.value("home", person, later["home"])
    given, family, full = _name(people, system, person, later["family"], u)
    email: str | None
    phone: str | None
    email, phone = (
        _email(people, system, person, later["email"], u),
        _phone(people, system, person, later["phone"], u),
    )
    if not is_planted:
        email = email if u[10] < held["email"] or u[11] >= held["phone"] else None
        phone = phone if u[11] < held["phone"] else None
    if is_planted and system == "crm" and not (later["email"] or is_posing):
        birth = None  # a case of two records that nothing but the correction connects
    elif is_planted:
        birth = people.birth_date[person] if held["birth"] > 0.4 and not is_posing else None
    else:
        birth = _birth(people.birth_date[person], u) if u[12] < held["birth"] else None
    lives = u[13] < held["home"]
    return {
        "account": account, "id": accounts.id[account], "given": given, "family": family, "full": full,
        "email": email, "phone": phone, "birth_date": birth,
        "street": home.street if lives else None, "postcode": home.postcode if lives else None,
        "city": home.city if lives else None, "region": home.region if lives else None,
        "country": home.country,
        "national_id": people.national_id[person] if u[14] < held["national_id"] and not is_planted else None,
        "gender": people.gender[person] if u[15] < 0.93 else None, "person": person,
    }  # fmt: skip


def _name(people: People, system: str, person: int, later: bool, u: Numbers) -> tuple[str, str, str]:
    """Given, family and full name as the system writes them."""
    language = people.language[person]
    family_pair, given_pair = people.value("family", person, later), people.given[person]
    is_native = language == "zh" and u[0] >= _PINYIN[system]
    script = 0 if is_native else 1
    family, given = family_pair[script], given_pair[script]
    if language == "zh":
        if is_native and u[1] < 0.08:
            family, given = traditional(family), traditional(given)
        family, given = (family, given) if is_native else (family.capitalize(), given.capitalize())
        full = f"{family}{given}" if is_native else f"{given} {family}"
    else:
        if u[1] < 0.05:
            given = lexicon()[language]["nicknames"].get(given, given)
        elif u[1] < 0.065:
            given = _typo(given, u[2])
        elif u[1] < 0.085:
            family = _typo(family, u[2])
        elif u[1] < 0.10:
            given = f"{given[0]}."
        elif u[1] < 0.14:
            given, family = without_umlauts(given), without_umlauts(family)
        full = f"{family}, {given}" if system == "shop" and u[3] < 0.25 else f"{given} {family}"
    if 0.20 < u[1] < 0.21:
        given, family = family, given
    if u[4] < {"desk": 0.4, "shop": 0.05}.get(system, 0.0):
        title = lexicon()[language]["honorifics"][people.gender[person]]
        title = title[int(u[2] * len(title))]
        full = (
            f"{full}{title}"
            if is_native
            else full
            if "," in full
            else f"{title} {full}"
            if language != "zh"
            else full
        )
    if 0.5 < u[4] < 0.52:
        given, family, full = given.upper(), family.upper(), full.upper()
    if 0.6 < u[4] < 0.61:
        given, family, full = (one.translate(_FULL_WIDTH) for one in (given, family, full))
    return given, family, full


def _typo(word: str, u: float) -> str:
    """Two letters swapped, one left out, or one doubled."""
    if len(word) < 4:
        return word
    at = 1 + int(u * (len(word) - 3))
    kind = int(u * 997) % 3
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if kind == 1 else word[:at] + word[at] + word[at:]


def _email(people: People, system: str, person: int, later: bool, u: Numbers) -> str:
    email: str = people.value("email", person, later)
    if system in ("crm", "shop") and people.household_size[person] > 1 and u[5] < 0.10:
        email = people.family_email[person]
    if u[6] < 0.008:
        name, _, host = email.partition("@")
        email = f"{_typo(name, u[2])}@{host}"
    elif u[6] < 0.06:
        email = email.capitalize() if u[6] < 0.03 else email.upper()
    return NO_EMAIL if system == "desk" and 0.9 < u[6] < 0.91 else email


def _phone(people: People, system: str, person: int, later: bool, u: Numbers) -> str:
    number: str = people.value("phone", person, later)
    if system == "crm" and people.household_size[person] > 1 and u[7] < 0.2:
        number = people.home_phone[person]
    if system == "desk" and 0.9 < u[7] < 0.91:
        return NO_PHONE
    prefix = next(one for one in ("+49", "+44", "+33", "+86") if number.startswith(one))
    rest = number.removeprefix(prefix)
    is_home = system in NATIONAL_PHONES and (system != "mall" or prefix == "+86")
    style = int(u[8] * 4)
    if is_home and style < 3:
        is_mobile_zh = prefix == "+86" and rest.startswith("1") and len(rest) == 11
        national = rest if is_mobile_zh else f"0{rest}"
        spaced = f"{national[:4]} {national[4:8]} {national[8:]}".strip()
        written = (national, spaced, f"{national[:4]}-{national[4:]}")[style]
    else:
        written = (number, f"{prefix} {rest[:3]} {rest[3:]}", f"00{prefix[1:]}{rest}", f"{prefix}-{rest}")[
            style
        ]
    return written.translate(_FULL_WIDTH) if system in ("crm", "mall") and u[9] < 0.02 else written


def _birth(born: date, u: Numbers) -> date:
    """The birth date, day and month swapped or the year mistyped now and then."""
    if u[16] < 0.03 and born.day <= 12:
        return born.replace(month=born.day, day=born.month)
    return born.replace(year=born.year - 1, day=min(born.day, 28)) if u[16] > 0.99 else born
