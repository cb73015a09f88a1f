"""What would mend a reason of quarantine: a form of numbers, a format of times, values of codes.

Belongs here: one reason at a time, tried on the values that are there. Does not belong here: which reasons
are worth telling (``quarantine``).
"""

import difflib
import re
from datetime import datetime
from typing import NamedTuple

import pandas as pd

from pipeline.advice.formats import best_reading
from pipeline.advice.model import Sample, percent
from pipeline.advice.shapes import commonest_shape, form, forms
from pipeline.engine import Engine
from pipeline.settings import Project
from pipeline.tables import fields as every_field
from pipeline.tables.model import Field

#: A form of numbers is proposed where it reads all but slips of the pen.
_ENOUGH = 0.98
#: Codes are named where they recur: what stands once may tell a person.
_RECURS = 5
_NAMED = 8
_FORMS: tuple[tuple[str, str | None], ...] = (
    (",", None), (",", "."), (",", " "), (",", "'"), (".", ","), (".", " "), (".", "'"),
)  # fmt: skip
_TRUE = ("j", "ja", "oui", "o", "si", "s", "wahr", "vrai", "on", "x", "active", "aktiv")
_FALSE = ("nein", "non", "off", "falsch", "faux", "-", "inactive", "inaktiv")


class Mending(NamedTuple):
    """What more was seen of a reason (a clause, or nothing), what to do, and lines below ``columns``."""

    seen: str
    remedy: str
    yaml: str = ""


def mending(
    engine: Engine, project: Project, sample: Sample, rule: str, column: str, found: pd.Series, now: datetime
) -> Mending:
    """How rows that break ``rule`` in ``column``, where they hold ``found``, could be read."""
    given = found.dropna().astype(str).str.strip()
    if rule in ("amount_unreadable", "number_unreadable", "quantity_unreadable"):
        return _numbers(sample, column, given)
    if rule in ("time_unreadable", "time_implausible"):
        return times(engine, sample, column, now, given)
    if rule == "unknown_code":
        return _codes(sample, column, given)
    if rule == "flag_unreadable":
        return _flags(sample, column, given)
    if rule in ("price_negative", "amount_negative", "value_out_of_range"):
        return _negative(sample, column)
    if rule in ("required_missing", "account_missing", "time_missing"):
        return Mending(
            "", f"{column}: its column {_origin(sample, column)} has no value in these rows; map the one that has, or leave"
            " these rows out where the source is read",
        )  # fmt: skip
    return Mending(
        _like(given),
        f"{column}: check what its column {_origin(sample, column)} holds (rule {rule}, docs/cleaning.md)",
    )


def _origin(sample: Sample, column: str) -> str:
    return sample.column(column) if column in sample.source.columns else column


def _like(given: pd.Series) -> str:
    return f" (like {commonest_shape(given)})" if len(given) else ""


def _texts(sample: Sample, column: str) -> pd.Series:
    if column not in sample.texts:
        return pd.Series(dtype=str)
    texts: pd.Series = sample.texts[column].dropna()
    return texts


def _numbers(sample: Sample, column: str, given: pd.Series) -> Mending:
    texts = _texts(sample, column)
    read = {one: float(texts.str.fullmatch(_pattern(*one)).mean()) for one in _FORMS} if len(texts) else {}
    best = max(read, key=lambda one: read[one], default=None)
    name = _origin(sample, column)
    if best is not None and read[best] >= _ENOUGH:
        decimal, thousands = best
        return Mending(
            _like(given),
            f"{column}: say how the source writes numbers, which reads {percent(read[best])} of its values",
            sample.changed(column, decimal=decimal if decimal != "." else None, thousands=thousands),
        )
    looks = forms(given)
    money = looks["an amount with a currency"]
    if money * 2 > len(given):
        return Mending(
            _like(given),
            f"{column}: take the currency sign off its values, in the query or by a computed column, and map it to"
            " currency where it differs between rows",
        )
    if recurring := _recurring(given):
        return Mending(
            f" (such as {', '.join(recurring)})",
            f"{column}: say by values what the words mean; null means no value",
            sample.changed(
                column, values=(sample.source.columns[column].values or {}) | dict.fromkeys(recurring)
            ),
        )
    return Mending(
        _like(given),
        f"{column}: its column {name} holds something else than numbers; check which one is meant",
    )


def _pattern(decimal: str, thousands: str | None) -> str:
    point, whole = re.escape(decimal), "[0-9]+"
    if thousands is not None:
        whole = f"(?:{whole}|[1-9][0-9]{{0,2}}(?:{re.escape(thousands)}[0-9]{{3}})+)"
    return rf"[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"


def times(
    engine: Engine, sample: Sample, column: str, now: datetime, unread: pd.Series | None = None
) -> Mending:
    """Formats that would read a column of times, of which ``unread`` are not read now (none given: all)."""
    texts, name = _texts(sample, column), _origin(sample, column)
    shape = _like(texts if unread is None or unread.empty else unread)
    reading = best_reading(engine, texts, now)
    if reading is None or list(reading.formats) == (sample.source.columns[column].formats or ["iso"]):
        return Mending(
            shape, f"{column}: its column {name} is read by no format that is known; check which one is meant"
        )
    remedy = f"{column}: give the format that reads {percent(reading.share)} of its values"
    if reading.rivals:
        remedy += f" ({', '.join(reading.rivals)} would read them, too: the first day of a month tells which is right)"
    return Mending(shape, remedy, sample.changed(column, format=reading.setting))


def _recurring(given: pd.Series) -> list[str]:
    """Codes that occur again and again, if they are all there is, and none looks like a person's."""
    counts = given.value_counts()
    if counts.empty or len(counts) > _NAMED or int(counts.min()) < _RECURS:
        return []
    words = [str(one) for one in counts.index]
    personal = any(form(one) in ("an e-mail address", "a telephone number") or len(one) > 30 for one in words)
    return [] if personal or any('"' in one or "\\" in one for one in words) else words


def _field(name: str) -> Field | None:
    found = getattr(every_field, name, None)
    return found if isinstance(found, Field) else None


def _codes(sample: Sample, column: str, given: pd.Series) -> Mending:
    mapping, field = sample.source.columns[column], _field(column)
    targets = [str(one) for one in (mapping.values or {}).values() if one is not None]
    allowed = sorted(set(field.values if field and field.values else targets))
    codes = _recurring(given)
    if not codes:
        return Mending(_like(given), f"{column}: say by values what its codes mean ({', '.join(allowed)})")
    guessed = {one: _guess(one, allowed) for one in codes}
    return Mending(
        f" (such as {', '.join(codes)})",
        f"{column}: say by values what each code means, one of {', '.join(allowed)}; those written here are a guess",
        sample.changed(column, values=(mapping.values or {}) | guessed),
    )


def _guess(code: str, allowed: list[str]) -> str | None:
    word = re.sub(r"[\W_]+", "_", code.strip().lower())
    close = difflib.get_close_matches(word, allowed, n=1, cutoff=0.0)
    return close[0] if close else None


def _flags(sample: Sample, column: str, given: pd.Series) -> Mending:
    codes = _recurring(given)
    if not codes:
        return Mending(_like(given), f"{column}: say by values what means true and what false")
    return Mending(
        f" (such as {', '.join(codes)})",
        f"{column}: say by values what means true and what false; those written here are a guess",
        sample.changed(column, values={one: _flag(one) for one in codes}),
    )


def _flag(code: str) -> str:
    return "false" if code.lower() in _FALSE or code.lower() not in _TRUE else "true"


def _negative(sample: Sample, column: str) -> Mending:
    numbers = pd.to_numeric(_texts(sample, column), errors="coerce").dropna()
    name = _origin(sample, column)
    if len(numbers) and float((numbers <= 0).mean()) >= _ENOUGH:
        return Mending(
            ", negative throughout",
            f"{column}: the source writes it with a minus; turn the sign",
            sample.changed(column, scale=-(sample.source.columns[column].scale or 1)),
        )
    return Mending("", f"{column}: check its column {name}, and its unit (docs/cleaning.md)")
