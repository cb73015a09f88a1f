"""Formats of times: which of those that are known would read what a column holds.

Belongs here: trying formats on values. Does not belong here: how a format is read (``engine.values``), or
when a format is called wrong (``quarantine``, ``inside``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

import pandas as pd
import pyarrow as pa

from pipeline.advice.shapes import shape
from pipeline.engine import Engine
from pipeline.engine.values import instant, moment
from pipeline.periods import AHEAD, EARLIEST

_DAYS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y/%d/%m", "%Y.%m.%d",
    "%Y-%d-%m", "%Y-%m-%d", "%Y%m%d", "%d%m%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%y%m%d",
    "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%a, %d %b %Y",
    "%a %b %d %Y", "%Y年%m月%d日",
)  # fmt: skip
_TIMES = (
    "", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f",
    "T%H:%M:%S.%f", " %H:%M:%S %z", " %H:%M:%S%z", "T%H:%M:%S%z", "%H%M%S", "T%H%M%S", " %H.%M", ", %H:%M", ", %H:%M:%S",
    ", %I:%M %p",
)  # fmt: skip
#: Formats that are tried, those that read more first where several read all.
KNOWN = ("iso", *(day + time for day, time in product(_DAYS, _TIMES)), "epoch", "epoch_ms", "excel")
#: Distinct values that are tried; a format that reads all of them fails for fewer than 0.3% (rule of three).
_TRIED = 1_000
#: What a format must read: a few values may be slips of the pen.
ENOUGH = 0.98
_LISTED = 3
#: A first look at so many values of each shape, and of all shapes, says which formats are worth trying.
_EXAMPLES, _FIRST = 3, 60
#: What a spreadsheet writes for a day between 1927 and 2119; shorter numbers are something else.
_SERIAL = re.compile(r"[1-7][0-9]{4}(\.[0-9]+)?")


@dataclass(frozen=True)
class Reading:
    """Formats, tried in this order, and the share of the values that they read.

    ``rivals`` are formats that read as much, and mean other times.
    """

    formats: tuple[str, ...]
    share: float
    rivals: tuple[str, ...] = ()

    @property
    def setting(self) -> str | list[str]:
        """The value of ``format``."""
        return self.formats[0] if len(self.formats) == 1 else list(self.formats)


def best_reading(engine: Engine, texts: pd.Series, now: datetime) -> Reading | None:
    """The known format, or the few, that read most of the texts as plausible times; none if no format reads
    ``ENOUGH`` of them, alone or together."""
    counts = texts.dropna().value_counts().head(_TRIED)
    if counts.empty:
        return None
    words = [str(one) for one in counts.index]
    examples: dict[str, list[str]] = {}
    for word in words:
        examples.setdefault(shape(word), []).append(word)
    some = [word for alike in examples.values() for word in alike[:_EXAMPLES]][:_FIRST]
    plausible = [one for one in KNOWN if any(_may_fit(one, word) for word in some)]
    if not plausible:
        return None
    read = _read(engine, words, plausible, now)
    weights = counts.to_numpy()
    shares = {one: float((read[one] * weights).sum() / weights.sum()) for one in plausible}
    best = max(plausible, key=lambda one: shares[one])
    if shares[best] >= ENOUGH:
        rivals = tuple(
            one for one in plausible if one != best and shares[one] >= ENOUGH and _differ(one, best)
        )
        return Reading((best,), shares[best], rivals)
    chosen, covered = [best], read[best].copy()
    while len(chosen) < _LISTED:
        gains = {one: float(((read[one] & ~covered) * weights).sum()) for one in plausible}
        following = max(plausible, key=lambda one: gains[one])
        if not gains[following]:
            break
        chosen.append(following)
        covered |= read[following]
    share = float((covered * weights).sum() / weights.sum())
    return Reading(tuple(chosen), share) if share >= ENOUGH else None


def _read(engine: Engine, words: Sequence[str], formats: Sequence[str], now: datetime) -> pd.DataFrame:
    """Which word each format reads as a plausible time."""
    table = engine.from_arrow(pa.table({"at": range(len(words)), "word": list(words)}))
    low, high = moment(EARLIEST), moment(now + AHEAD)
    found = {}
    for number, one in enumerate(formats):
        at = instant(table["word"], [one], "UTC")
        found[f"f{number}"] = ((at >= low) & (at <= high)).fill_null(False)
    frame: pd.DataFrame = table.select("at", **found).order_by("at").to_pandas()
    return frame.rename(columns={f"f{number}": one for number, one in enumerate(formats)})


def _may_fit(pattern: str, word: str) -> bool:
    """A first look in Python, so that the engine need not try hundreds of formats."""
    if pattern == "iso":
        return word[:4].isdigit() and word[4:5] == "-"
    if pattern in ("epoch", "epoch_ms"):
        return word.removesuffix(".0").isdigit() and len(word.removesuffix(".0")) == (
            10 if pattern == "epoch" else 13
        )
    if pattern == "excel":
        return _SERIAL.fullmatch(word) is not None
    if word.isdigit() and len(word) not in (6, 8, 14):
        return False
    try:
        datetime.strptime(word, pattern)
    except ValueError:
        return False
    return True


def _differ(one: str, other: str) -> bool:
    """Whether two formats read the same text as other days: day and month, or year and day, change places."""
    order = [[mark for mark in each.split("%")[1:] if mark[:1] in "dmyY"] for each in (one, other)]
    return [mark[:1] for mark in order[0]] != [mark[:1] for mark in order[1]]
