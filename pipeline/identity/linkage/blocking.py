"""Which pairs of accounts are looked at.

Belongs here: keys that two accounts must share to be compared, and which of them a version
uses. Does not belong here: how alike the accounts are (``comparisons``).
"""

from ibis.expr import types as ir

#: Pairs that keys may ask for, see ``chosen_keys``.
MOST_PAIRS_PER_ACCOUNT, ALL_PAIRS_PER_ACCOUNT, MOST_PAIRS = 6, 2, 3_000_000
#: Candidate keys: accounts that agree on all columns of one of them are compared.
KEYS: tuple[tuple[str, ...], ...] = (
    ("national_id",),
    ("email",),
    ("phone",),
    ("email_local",),
    ("address",),
    ("birth",),
    ("postcode",),
    ("given_latin", "family_latin"),
    ("given_latin", "birth"),
    ("family_latin", "birth"),
    ("birth", "postcode"),
    ("birth", "postcode_area"),
    ("birth", "city"),
    ("birth", "given_start"),
    ("birth", "family_start"),
    ("family_latin", "postcode"),
    ("family_latin", "postcode_area"),
    ("family_latin", "city"),
    ("family_latin", "birth_year"),
    ("given_latin", "postcode"),
    ("given_latin", "postcode_area"),
    ("given_latin", "city"),
    ("given_latin", "birth_year"),
    ("postcode_area", "birth_year"),
    ("city", "birth_year"),
    ("given_start", "family_start", "birth_year"),
    ("given_start", "family_start", "postcode_area"),
    ("given_start", "family_start", "city"),
    ("given_latin", "family_latin", "birth_year"),
    ("given_latin", "family_latin", "postcode"),
    ("given_latin", "family_latin", "city"),
    ("given_latin", "birth_year", "city"),
    ("family_latin", "birth_year", "city"),
    ("postcode", "birth_year"),
    ("given_start", "family_start", "postcode"),
    ("given_start", "family_start", "birth_year", "postcode_area"),
    ("given_start", "family_start", "birth_year", "city"),
)


#: Accounts that agree on one of these are probably one customer, whatever else they say.
STRONG_KEYS = (
    ("national_id",),
    ("email",),
    ("given_latin", "family_latin"),
    ("given_latin", "birth"),
    ("family_latin", "birth"),
)


def pair_count(plain: ir.Table, key: tuple[str, ...]) -> int:
    """Number of pairs of accounts that share ``key``."""
    known = plain.filter([plain[one].notnull() for one in key])
    sizes = known.group_by(list(key)).agg(n=known.count())
    pairs = sizes.agg(pairs=(sizes.n * (sizes.n - 1)).sum().fill_null(0)).to_pyarrow()
    return int(pairs["pairs"][0].as_py()) // 2


def chosen_keys(plain: ir.Table, columns: list[str]) -> list[tuple[str, ...]]:
    """Keys of ``KEYS`` over known ``columns`` whose pairs are worth looking at, the strongest first.

    One key gives at most ``MOST_PAIRS_PER_ACCOUNT`` pairs an account, all together at most
    ``MOST_PAIRS`` or ``ALL_PAIRS_PER_ACCOUNT`` pairs an account, whichever is more: few accounts can be
    looked at more widely than many. A key that asks for more than an accepted one finds nothing new and is
    left out.
    """
    accounts = int(plain.count().to_pyarrow().as_py())
    left = max(MOST_PAIRS, ALL_PAIRS_PER_ACCOUNT * accounts)
    chosen: list[tuple[str, ...]] = []
    for key in KEYS:
        if any(_column_of(one) not in columns for one in key) or any(set(old) <= set(key) for old in chosen):
            continue
        pairs = pair_count(plain, key)
        if 0 < pairs <= min(MOST_PAIRS_PER_ACCOUNT * accounts, left):
            chosen.append(key)
            left -= pairs
    return chosen


def _column_of(part: str) -> str:
    """The compared column that a part of a key is made of."""
    base = part.rsplit("_", 1)[0]
    return base if part.endswith(("_latin", "_start", "_year", "_area", "_local")) else part


#: Parts of keys that hold a compared column whole: blocks of them leave all other comparisons free.
_WHOLE = frozenset(
    {"national_id", "email", "phone", "address", "given_latin", "family_latin", "birth", "postcode", "city"}
)
#: Fewer pairs teach nothing.
_LEAST_PAIRS = 30


#: One of these is a person's, not a household's: pairs that share an address alone are mostly couples,
#: and would teach that one person has two given names.
_PERSONS = ({"national_id"}, {"email"}, {"birth"}, {"given_latin", "family_latin"})


def training_keys(keys: list[tuple[str, ...]], plain: ir.Table) -> list[tuple[str, ...]]:
    """Keys over whose pairs the model is trained: a person's, of whole columns, with enough pairs."""
    whole = [key for key in keys if set(key) <= _WHOLE and any(one <= set(key) for one in _PERSONS)]
    return [key for key in whole if pair_count(plain, key) >= _LEAST_PAIRS]
