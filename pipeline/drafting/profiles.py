"""What the values of a column say it may be.

Belongs here: counts and kinds of one column, from a sample of texts and from counts of all rows. Does
not belong here: reading rows (``tables``), names (``words``), or entities (``matching``).

A profile holds values only where there are few different ones and none looks personal (law L6).
"""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.clean.codes import country_code, currency_code, gender_code
from pipeline.collect.masking import looks_personal
from pipeline.drafting.numbers import Numbers, Times, numbers, times
from pipeline.engine.values import normal

Kind = Literal["empty", "flag", "time", "number", "email", "phone", "long_text", "text"]
#: Words that mean that there is no value, as cleaning has them.
_NO_VALUE = frozenset(("", "nan", "null", "none"))
_FLAGS = frozenset(("true", "t", "yes", "y", "1", "是", "false", "f", "no", "n", "0", "否"))
_FLAG_WORDS = _FLAGS - {"1", "0"}
#: These are yes and no even where a column says only one of them.
_PLAIN_FLAGS = frozenset(("true", "false", "yes", "no", "是", "否"))
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(?!\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:\+|00)?[(]?\d[\d\s()./-]{5,18}\d")
_CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
_ID = re.compile(r"[\w@#.:/|+-]{1,64}")
#: A kind is that of a column when so many of its values are of it.
_MOST = 0.8
#: Of yes and no, and of keys, nearly all: some slips and doubled rows are in every export.
_ALMOST = 0.96
#: Codes of a column: so many at most, each so long at most, and each seen more than once on average.
CODES, _CODE_LENGTH = 40, 40
#: Genders and slips in writing them.
_GENDER_CODES = 12
#: Texts that are so long are what somebody wrote.
_LONG = 40


@dataclass(frozen=True)
class Column:
    """A column of a table: how many rows give a value, how many differ, what they look like."""

    name: str
    rows: int
    given: int
    distinct: int
    kind: Kind
    times: Times | None = None
    numbers: Numbers | None = None
    codes: tuple[str, ...] = ()
    is_typed_time: bool = False
    is_code_of_currency: bool = False
    is_country: bool = False
    is_gender: bool = False
    countries: tuple[tuple[str, int], ...] = ()
    looks_like_id: bool = False

    @property
    def is_unique(self) -> bool:
        """Whether no two rows have the same value, but for a slip in a hundred."""
        return self.given > 0 and self.distinct >= 0.99 * self.given and self.given >= 0.95 * self.rows

    @property
    def is_nearly_unique(self) -> bool:
        """Whether hardly any two rows have the same value: what is called a key, with some rows doubled."""
        return self.given > 0 and self.distinct >= _ALMOST * self.given and self.given >= _ALMOST * self.rows

    @property
    def described(self) -> str:
        """In words, without any value: what kind, how many differ, how many are missing."""
        words = {"long_text": "long text", "flag": "yes or no"}.get(self.kind, self.kind)
        if self.kind == "empty":
            return "no value in any row that was read"
        if self.kind == "number" and self.numbers is not None:
            words = "whole number" if self.numbers.is_whole else "number with a fraction"
        missing = f", missing in {1 - self.given / self.rows:.0%}" if self.given < self.rows else ""
        return f"{words}, {self.distinct:,} different{missing}"


def profile(
    name: str,
    sample: Sequence[str | None],
    rows: int,
    given: int,
    distinct: int,
    *,
    type_name: str = "string",
    order: str | None = None,
) -> Column:
    """The profile of a column: ``sample`` are texts of some rows, the counts are of all."""
    values = [text for one in sample if one is not None and (text := normal(one)).casefold() not in _NO_VALUE]
    if not values:
        return Column(name, rows, 0, 0, "empty")
    typed = type_name.startswith(("timestamp", "date"))
    at = times(values, order)
    found = None if typed else numbers(values)
    codes = _codes(values, distinct)
    kind = _kind(values, at, found, typed, distinct)
    written = set(codes)
    return Column(
        name,
        rows,
        given,
        distinct,
        kind,
        at,
        found,
        codes,
        typed,
        _all(written, currency_code) and all(len(one) == 3 for one in written),
        _all(written, country_code) and max(map(len, written)) > 1,
        _are_genders(values, written),
        _countries(values, kind),
        _is_id(values, found),
    )


def _kind(values: Sequence[str], at: Times | None, found: Numbers | None, typed: bool, distinct: int) -> Kind:
    words = {one.casefold() for one in values}
    if typed:
        return "time"
    known = words & _FLAGS
    flags = sum(one.casefold() in _FLAGS for one in values) / len(values)
    is_pair = len(known) == 2 and bool(known & _FLAG_WORDS or words == {"0", "1"})
    if flags >= _ALMOST and distinct <= 6 and (is_pair or known & _PLAIN_FLAGS):
        return "flag"
    if _share(values, _EMAIL) >= _MOST:
        return "email"
    if at is not None and not at.needs_name:
        return "time"
    if _share(values, _PHONE) >= _MOST and _looks_like_phones(values):
        return "phone"
    if found is not None:
        return "number"
    if statistics.fmean(map(len, values)) >= _LONG and distinct > CODES:
        return "long_text"
    return "text"


def _share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(one) is not None for one in values) / len(values)


def _looks_like_phones(values: Sequence[str]) -> bool:
    """Digits alone are numbers of anything: phones have a prefix, a sign between, or a leading zero."""
    marked = sum(
        one.startswith(("+", "0", "(")) or re.search(r"\d[ ()/-]+\d", one) is not None for one in values
    )
    chinese = sum(_CHINESE_MOBILE.fullmatch(one) is not None for one in values)
    digits = [sum(map(str.isdigit, one)) for one in values]
    return marked + chinese >= _MOST * len(values) and statistics.median(digits) >= 8


def _codes(values: Sequence[str], distinct: int) -> tuple[str, ...]:
    """The different values, where there are few and none could name a person."""
    found = sorted(set(values))
    if len(found) > CODES or distinct > CODES or len(found) * 2 > len(values):
        return ()
    if any(len(one) > _CODE_LENGTH or looks_personal(one) for one in found):
        return ()
    return tuple(found)


def _are_genders(values: Sequence[str], written: set[str]) -> bool:
    """Whether nearly all values are read as genders, both among them."""
    if not written or len(written) > _GENDER_CODES:
        return False
    read = {one: gender_code(one) for one in written}
    known = sum(read.get(one) in ("f", "m", "x", None) for one in values)
    return {"f", "m"} <= set(read.values()) and known >= _ALMOST * len(values)


def _all(written: set[str], code: object) -> bool:
    return bool(written) and callable(code) and all(code(one) for one in written)


def _countries(values: Sequence[str], kind: Kind) -> tuple[tuple[str, int], ...]:
    """Countries of international phone numbers or of written countries, commonest first."""
    if kind not in ("phone", "text"):
        return ()
    counted: dict[str, int] = {}
    for one in values[:2_000]:
        code = _country_of_phone(one) if kind == "phone" else country_code(one)
        if code:
            counted[code] = counted.get(code, 0) + 1
    if kind == "text" and sum(counted.values()) < _MOST * min(len(values), 2_000):
        return ()
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _country_of_phone(text: str) -> str | None:
    import phonenumbers

    if _CHINESE_MOBILE.fullmatch(text):
        return "CN"
    written = "+" + text[2:] if text.startswith("00") else text
    if not written.startswith("+"):
        return None
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(written))
    except phonenumbers.NumberParseException:
        return None


def _is_id(values: Sequence[str], found: Numbers | None) -> bool:
    """Whether the values could be ids: short, without blanks, no fractions."""
    if found is not None:
        return found.is_whole and found.least >= 0
    return _share(values, _ID) >= _MOST and statistics.fmean(map(len, values)) <= _LONG
