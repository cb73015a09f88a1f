"""What a text looks like: a number, a date, an e-mail address; and its shape, which tells no value.

Belongs here: forms of single texts, the same for every source. Does not belong here: what form a column
should have (``columns``), or reading a value for use (``clean``).
"""

import re
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from pipeline.settings import ColumnMap

_LONGEST_SHAPE = 24
_NUMBER = r"[+-]?(?:[0-9]{1,3}(?:[., '’][0-9]{3})+|[0-9]+)?(?:[.,]?[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_CURRENCY = r"[$€£¥₹₽]|[A-Za-z]{3}"
_FORMS = {
    "an e-mail address": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "a date": r"(?:[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2}))"
    r"(?:[T ].*)?",
    # a telephone number that cannot be a plain number: an international prefix, or groups of digits
    "a telephone number": r"(?=(?:.*[0-9]){7})(?:\+[0-9(][0-9() ./-]{6,}|\(?0[0-9]{1,5}\)?[ /-][0-9][0-9 /-]{4,})",
    "an amount with a currency": rf"(?:{_CURRENCY}) ?{_NUMBER}|{_NUMBER} ?(?:{_CURRENCY})",
    "a number": _NUMBER,
    "words": r"(?=.*[^\W\d_])[^\d@]+",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in _FORMS.items()}


def form(text: str) -> str:
    """What ``text`` looks like: the first of the forms that fits, or ``a code``."""
    return next((name for name, pattern in _COMPILED.items() if pattern.fullmatch(text)), "a code")


def forms(texts: pd.Series) -> Counter[str]:
    """How many of the texts look like what; nulls are left out. Each distinct text is looked at once."""
    found: Counter[str] = Counter()
    for text, count in texts.dropna().value_counts().items():
        found[form(str(text))] += int(count)
    return found


def shape(text: str) -> str:
    """``text`` with 9 for digits, A and a for letters: what it is like, and nothing of what it says.

    Signs stay as they are; long ones are cut.
    """
    found = "".join(
        "9" if one.isdigit() else ("A" if one.isupper() else "a") if one.isalpha() else one for one in text
    )
    return found if len(found) <= _LONGEST_SHAPE else f"{found[:_LONGEST_SHAPE]}…"


def commonest_shape(texts: Iterable[str]) -> str:
    """The shape that most of the texts have; of equals the first by its letters."""
    counts = Counter(map(shape, texts))
    return min(counts, key=lambda one: (-counts[one], one), default="")


def numbers(texts: pd.Series, mapping: ColumnMap) -> pd.Series:
    """Texts as floats, written in the mapping's form; null where they are none."""
    plain = texts
    if mapping.thousands:
        plain = plain.str.replace(mapping.thousands, "", regex=False)
    if mapping.decimal == ",":
        plain = plain.str.replace(",", ".", regex=False)
    return pd.to_numeric(plain, errors="coerce").astype("float64")
