"""How the numbers and the times of a column are written.

Belongs here: guesses from texts alone. Does not belong here: names (``words``), or what a column is
(``profiles``).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Literal

#: So many of all values must be readable: a few slips of the pen are for cleaning to set aside.
ENOUGH = 0.98
_SIGNS = re.compile(r"[€£¥$₹₩￥]|\b(?:EUR|USD|GBP|CNY|RMB|CHF|JPY)\b|元")

_WHOLE = r"[+-]?\d+"
_FORMS: tuple[tuple[tuple[str | None, str | None], re.Pattern[str]], ...] = tuple(
    (form, re.compile(pattern))
    for form, pattern in (
        ((None, None), rf"(?:{_WHOLE}|[+-]?\d*\.\d+(?:[eE][+-]?\d+)?)"),
        ((None, ","), r"[+-]?\d{1,3}(?:,\d{3})*(?:\.\d+)?|[+-]?\d+(?:\.\d+)?"),
        ((",", "."), r"[+-]?\d{1,3}(?:\.\d{3})*(?:,\d+)?|[+-]?\d+(?:,\d+)?"),
        ((",", None), r"[+-]?\d+(?:,\d+)?"),
        ((",", " "), r"[+-]?\d{1,3}(?: \d{3})*(?:,\d+)?|[+-]?\d+(?:,\d+)?"),
        ((None, "'"), r"[+-]?\d{1,3}(?:['’]\d{3})*(?:\.\d+)?|[+-]?\d+(?:\.\d+)?"),
        ((None, " "), r"[+-]?\d{1,3}(?: \d{3})*(?:\.\d+)?|[+-]?\d+(?:\.\d+)?"),
    )
)


@dataclass(frozen=True)
class Numbers:
    """Numbers of a column: how they are written, and between which they lie.

    ``is_unsure``: 1,234 could be a thousand or a fraction. ``sign`` is a currency sign that stands
    beside them; with one, cleaning cannot read them.
    """

    decimal: Literal[",", "."] | None
    thousands: Literal[".", ",", "'", " "] | None
    is_whole: bool
    least: float
    most: float
    negative_share: float
    is_unsure: bool = False
    sign: str | None = None


def numbers(values: Sequence[str]) -> Numbers | None:
    """How ``values`` (texts, not empty) are written as numbers; none when they are none."""
    signs = [found.group() for one in values if (found := _SIGNS.search(one))]
    bare = [_SIGNS.sub("", one).strip() for one in values] if signs else values
    for (decimal, thousands), pattern in _FORMS:
        good = [one for one in bare if pattern.fullmatch(one)]
        if not good or len(good) < ENOUGH * len(bare) or (thousands and not _has(good, thousands)):
            continue
        # with groups of three digits behind every comma, and nowhere else, it says nothing
        is_unsure = decimal == "," and thousands is None and all(_is_group(one) for one in good if "," in one)
        if is_unsure:
            decimal, thousands = None, ","
        read = [_value(one, decimal, thousands) for one in good]
        return Numbers(
            decimal,  # type: ignore[arg-type]
            thousands,  # type: ignore[arg-type]
            all(one == int(one) for one in read),
            min(read),
            max(read),
            sum(one < 0 for one in read) / len(read),
            is_unsure or (thousands in (",", ".") and not _is_told(good, decimal)),
            signs[0] if len(signs) > len(values) * 0.1 else None,
        )
    return None


def _has(values: Iterable[str], thousands: str) -> bool:
    return any(thousands in one or (thousands == "'" and "’" in one) for one in values)


def _is_group(value: str) -> bool:
    return re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", value) is not None


def _is_told(values: Iterable[str], decimal: str | None) -> bool:
    """Whether some value has groups and a fraction, or two groups: then the separators are sure."""
    mark = decimal or "."
    return any(mark in one or len(re.findall(r"[.,]\d{3}(?!\d)", one)) > 1 for one in values)


def _value(text: str, decimal: str | None, thousands: str | None) -> float:
    plain = text.replace("’", "'").replace(thousands, "") if thousands else text
    return float(plain.replace(decimal, ".") if decimal else plain)


# --- times --------------------------------------------------------------------------------
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日",
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%m.%d.%Y",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%y/%m/%d", "%y-%m-%d",
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%b %d %Y",
)  # fmt: skip
_TIMES = (
    "",
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    " %I:%M:%S %p",
    " %I:%M %p",
    " %H:%M:%S.%f",
    " %H:%M:%S %z",
    " %H时%M分%S秒",
)
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?")
_WITH_ZONE = re.compile(r":\d{2}(\.\d+)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)$")
_HAS_TIME = re.compile(r"\d{1,2}[:时]\d{2}")
#: Formats that differ in which of two numbers is the day.
_SWAPPED = {
    "%d/%m": "%m/%d",
    "%m/%d": "%d/%m",
    "%d-%m": "%m-%d",
    "%m-%d": "%d-%m",
    "%d.%m": "%m.%d",
    "%m.%d": "%d.%m",
}
#: Values that are read for a guess: more teach nothing.
_ENOUGH_VALUES = 3_000
_YEARS = range(1900, 2101)
#: Seconds since 1970 of the years 1990 to 2100: fewer digits would be any number.
_EPOCH = (631_152_000, 4_102_444_800)
_EXCEL_DAYS = (20_000, 60_000)


@dataclass(frozen=True)
class Times:
    """Times of a column: the format for the settings (none: ISO 8601), and what is unsure about it.

    ``swapped`` is the format that fits as well, with day and month the other way round.
    """

    format: str | None
    first: datetime
    last: datetime
    days: int
    has_time: bool
    has_zone: bool
    swapped: str | None = None
    needs_name: bool = False


def times(values: Sequence[str], order: str | None = None) -> Times | None:
    """How ``values`` (texts, not empty) are written as times; none when they are none.

    Where day and month could be either, ``order`` ("dm" or "md") decides, else the shorter time that
    all lie in: months of days apart look like days of months apart.
    """
    counts = Counter(values)
    some = Counter({one: counts[one] for one in list(counts)[:: max(1, len(counts) // _ENOUGH_VALUES)]})
    return _iso(some) or _by_format(some, order) or _counted(list(some))


def _iso(counts: "Counter[str]") -> Times | None:
    values = list(counts)
    good = [one for one in values if _ISO.fullmatch(one)]
    if not good or sum(counts[one] for one in good) < ENOUGH * counts.total():
        return None
    read = [found for one in good if (found := _read_iso(one))]
    return _times(read, None, values, any(_WITH_ZONE.search(one) for one in good)) if read else None


def _read_iso(text: str) -> datetime | None:
    bare = _WITH_ZONE.sub(lambda found: found.group()[: 3 + len(found.group(1) or "")], text)
    parts = re.findall(r"\d+", bare)[:6]
    try:
        return datetime(*(int(one) for one in parts))  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return None


def _by_format(counts: "Counter[str]", order: str | None) -> Times | None:
    values = list(counts)
    shapes = {re.sub(r"\d+", "0", one) for one in values[:50]}
    if not values or len(values[0]) > 40 or not any("0" in one for one in shapes):
        return None
    fitting = []
    for date, time in product(_DATES, _TIMES):
        if _read(values[0], date + time) or (len(values) > 1 and _read(values[-1], date + time)):
            read = {one: found for one in values if (found := _read(one, date + time))}
            if sum(counts[one] for one in read) >= ENOUGH * counts.total():
                fitting.append((date + time, list(read.values())))
    if not fitting:
        return None
    best = min(fitting, key=lambda one: _rank(one, order))
    swap = next((best[0].replace(a, b) for a, b in _SWAPPED.items() if a in best[0]), None)
    swapped = swap if swap in {one for one, _ in fitting} else None
    return _times(best[1], best[0], values, "%z" in best[0], swapped)


def _rank(fitting: tuple[str, list[datetime]], order: str | None) -> tuple[int, int, int]:
    form, read = fitting
    says = "md" if form.find("%m") < form.find("%d") else "dm"
    short_year = "%y" in form and "%Y" not in form
    is_plain = not ("%y" in form and form.startswith("%y"))
    return (
        not is_plain,
        order is not None and says != order and "%Y-%m" not in form,
        int(short_year) * 10**6 + (max(read) - min(read)).days,
    )


def _read(text: str, form: str) -> datetime | None:
    try:
        found = datetime.strptime(text.strip(), form)
    except ValueError:
        return None
    return found.replace(tzinfo=None) if found.year in _YEARS else None


def _counted(values: Sequence[str]) -> Times | None:
    """Seconds, milliseconds or days since an epoch: only together with a name are they times."""
    try:
        read = [float(one) for one in values]
    except ValueError:
        return None
    for form, unit, (low, high) in (
        ("epoch", 1.0, _EPOCH),
        ("epoch_ms", 1_000.0, (_EPOCH[0] * 1_000, _EPOCH[1] * 1_000)),
        ("excel", 0.0, _EXCEL_DAYS),
    ):
        if read and all(low <= one <= high for one in read):
            seconds = [one / unit if unit else (one - 25_569) * 86_400 for one in read]
            found = [datetime.fromtimestamp(one, UTC).replace(tzinfo=None) for one in seconds]
            return _times(found, form, ["00:00"], form != "excel", needs_name=True)
    return None


def _times(
    read: Sequence[datetime],
    form: str | None,
    values: Sequence[str],
    has_zone: bool,
    swapped: str | None = None,
    needs_name: bool = False,
) -> Times:
    days = len({one.date() for one in read})
    has_time = any(_HAS_TIME.search(one) for one in values[:200])
    return Times(form, min(read), max(read), days, has_time, has_zone, swapped, needs_name)
