"""Accounts of invented people, some with a second account in which something went wrong.

For tests of linking and for its benchmark: 'who is whom' is the number in the account's id.
"""

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.tables.zones import ACCOUNT_IDENTITIES

_SYLLABLES = (
    "an",
    "be",
    "car",
    "da",
    "fa",
    "gor",
    "hil",
    "jo",
    "len",
    "mar",
    "nio",
    "per",
    "qui",
    "ra",
    "sto",
    "ulv",
    "wen",
    "xa",
    "yor",
    "zel",
)


def identities(rows: Sequence[dict[str, Any]], period: str = "2024-01") -> pa.Table:
    """Rows of ``ACCOUNT_IDENTITIES``: what is not given is unknown; the digest is over what is given."""
    empty = dict.fromkeys(ACCOUNT_IDENTITIES.columns)
    full = [
        empty
        | {"period": period, "source": "crm", "identity_digest": repr(sorted(row.items(), key=str))}
        | row
        for row in rows
    ]
    return pa.Table.from_pylist(full, ACCOUNT_IDENTITIES.schema)


def _words(count: int, syllables: int, random: np.random.Generator) -> list[str]:
    drawn = random.integers(0, len(_SYLLABLES), (count, syllables))
    return ["".join(_SYLLABLES[i] for i in row) for row in drawn]


def _slip(word: str, random: np.random.Generator) -> str:
    """One letter lost, doubled or swapped with the next."""
    place = int(random.integers(0, max(len(word) - 1, 1)))
    kind = int(random.integers(0, 3))
    if kind == 0 and len(word) > 2:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[: place + 1] + word[place:]
    return word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]


def accounts(count: int, seed: int = 1, duplicates: float = 0.2) -> pa.Table:
    """``count`` accounts; ``duplicates`` of them are a second account (``…b``) of a person (``…a``)."""
    random = np.random.default_rng(seed)
    people = round(count / (1 + duplicates))
    given_names, family_names = _words(800, 2, random), _words(max(people // 40, 400), 3, random)
    towns = _words(people, 3, random)
    weights = 1 / (np.arange(len(given_names)) + 20)  # the commonest given name has about one in eighty
    given = random.choice(len(given_names), people, p=weights / weights.sum())
    family = random.integers(0, len(family_names), people)
    born = random.integers(0, 25_000, people)
    postcode = random.integers(0, max(people // 50, 50), people)
    street = random.integers(0, 2_000, people)
    phone = random.integers(10**9, 10**10, people)
    first = datetime.date(1940, 1, 1)
    columns: dict[str, list[Any]] = {
        "account_id": [f"p{i:08d}a" for i in range(people)],
        "given_name": [given_names[i] for i in given],
        "family_name": [family_names[i] for i in family],
        "birth_date": [first + datetime.timedelta(days=int(i)) for i in born],
        "postcode": [f"{10_000 + i}" for i in postcode],
        "city": [towns[i // 5] for i in postcode],
        "address": [f"{i % 97} {family_names[i % len(family_names)]} street" for i in street],
        "phone": [f"+49{i}" for i in phone],
        "email": [
            f"{given_names[g]}.{family_names[f]}{b % 100}@example.org"
            for g, f, b in zip(given, family, born, strict=True)
        ],
    }
    again = np.sort(random.choice(people, count - people, replace=False))
    for name in columns:
        columns[name] += [columns[name][i] for i in again]
    for row in range(people, count):
        columns["account_id"][row] = columns["account_id"][row][:-1] + "b"
        wrong = random.random(8)
        for name, draw in zip(("given_name", "family_name", "address"), wrong[:3], strict=True):
            if draw < 0.2:
                columns[name][row] = _slip(columns[name][row], random)
        if wrong[3] < 0.1:
            columns["birth_date"][row] += datetime.timedelta(days=int(random.integers(1, 9)))
        for name, draw in zip(("postcode", "phone", "email", "birth_date"), wrong[4:], strict=True):
            if draw < 0.3:
                columns[name][row] = None
    size = len(columns["account_id"])
    columns |= {
        "period": ["2024-01"] * size,
        "source": ["crm"] * size,
        "identity_digest": columns["account_id"],
    }
    arrays = [
        pa.array(columns[one.name], one.type) if one.name in columns else pa.nulls(size, one.type)
        for one in ACCOUNT_IDENTITIES.fields
    ]
    return pa.table(arrays, names=ACCOUNT_IDENTITIES.columns)
