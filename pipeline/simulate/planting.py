"""Trouble planted into the rows of an event source, every row of it marked.

Belongs here: exact and key duplicates, bad rows, late, corrected and deleted rows. Does not
belong here: what the rows mean, or trouble in identifiers of persons (``records``).

Marks are columns beside those of the source: ``_kind``, ``_rule`` (the rule of quarantine that a
bad row breaks), ``_period`` (to which the row is accounted), ``_visible`` and ``_gone`` (periods
from which on the source holds, and no longer holds, the row), ``_file`` (the export it is in).
No row has two kinds of trouble, so that what is to be found is never in doubt.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.simulate.frames import Column, Frame, Indices, constant, joined, size, take
from pipeline.simulate.plan import NEVER, Plan

MARKS = ("_kind", "_rule", "_period", "_visible", "_gone", "_file")
#: Rows of each kind, as a share of the rows of a source and period; one at least.
SHARES = {
    "exact_duplicate": 0.003, "key_duplicate": 0.002, "late": 0.004, "corrected": 0.003, "deleted": 0.002,
    "bad": 0.004,
}  # fmt: skip
#: Fewer rows in a period are left alone.
_LEAST = 20


@dataclass(frozen=True)
class Bad:
    """One way to spoil a row: the column set to a value, the rule that it then breaks.

    ``has_no_time``: the row can no longer be placed, so it is accounted to the first period.
    """

    rule: str
    column: str
    value: Any
    has_no_time: bool = False


@dataclass(frozen=True)
class Trouble:
    """What a source suffers from. ``key`` is the column of the row's own number; ``changed`` the
    column that differs in key duplicates and corrections, and ``values`` what it may become."""

    key: str
    kinds: tuple[str, ...] = ("exact_duplicate", "late")
    bad: tuple[Bad, ...] = ()
    changed: str = ""
    values: tuple[Any, ...] = ()
    stamp: str = field(default="", kw_only=True)


def plant(plan: Plan, source: str, period: int, rows: Frame, trouble: Trouble, stamp: Any = None) -> Frame:
    """``rows`` of one period with trouble and marks, in another order.

    ``stamp`` is the value of the column ``trouble.stamp`` (time of the last change) in rows that are
    entered or corrected after the period.
    """
    rng = plan.chance(f"planted {source}", period)
    count = size(rows)
    marked = {**rows, **_marks(count, period)}
    if count < _LEAST:
        return marked
    last = period == plan.periods - 1
    picks, at = rng.permutation(count), 0
    added: list[Frame] = []
    for kind in trouble.kinds:
        if last and kind in ("late", "corrected", "deleted"):
            continue
        some = picks[at : at + _number(kind, count)]
        at += len(some)
        added += _trouble(rng, marked, kind, some, period, trouble, stamp)
    if trouble.bad:
        added.append(_bad(marked, picks[at : at + _number("bad", count)], period, trouble))
    everything = joined([marked, *added])
    return take(everything, rng.permutation(size(everything)))


def _number(kind: str, count: int) -> int:
    return int(np.ceil(SHARES[kind] * count))


def _marks(count: int, period: int) -> Frame:
    values = ("good", None, period, period, NEVER, period)
    return {name: constant(value, count) for name, value in zip(MARKS, values, strict=True)}


def _trouble(
    rng: np.random.Generator,
    rows: Frame,
    kind: str,
    some: Indices,
    period: int,
    trouble: Trouble,
    stamp: Any,
) -> list[Frame]:
    """Rows to add; rows that stay are marked in place."""
    if kind == "late":
        rows["_kind"][some], rows["_visible"][some], rows["_file"][some] = "late", period + 1, period + 1
        if trouble.stamp:
            rows[trouble.stamp][some] = stamp
        return []
    if kind == "deleted":
        rows["_kind"][some], rows["_gone"][some] = "deleted", period + 1
        return []
    copies = take(rows, some)
    copies["_kind"] = constant(kind, len(some))
    if kind in ("key_duplicate", "corrected"):
        copies[trouble.changed] = _others(rng, copies[trouble.changed], trouble.values)
    if kind == "corrected":
        rows["_kind"][some], rows["_gone"][some] = "superseded", period + 1
        copies["_visible"] = constant(period + 1, len(some))
        if trouble.stamp:
            copies[trouble.stamp] = constant(stamp, len(some))
    return [copies]


def _others(rng: np.random.Generator, values: Column, possible: tuple[Any, ...]) -> Column:
    """For each value another one of those possible."""
    drawn = rng.integers(0, len(possible), len(values))
    others = [
        possible[number] if possible[number] != value else possible[(number + 1) % len(possible)]
        for number, value in zip(drawn.tolist(), values, strict=True)
    ]
    made = np.empty(len(values), dtype=object)
    made[:] = others
    return made


def _bad(rows: Frame, some: Indices, period: int, trouble: Trouble) -> Frame:
    """Spoiled copies of good rows under numbers of their own, all ways in turn."""
    copies = take(rows, some)
    copies["_kind"] = constant("bad", len(some))
    for at in range(len(some)):
        way = trouble.bad[(at + period * len(some)) % len(trouble.bad)]
        copies[trouble.key][at] = f"{copies[trouble.key][at]}x"
        copies[way.column][at] = way.value
        copies["_rule"][at] = way.rule
        if way.has_no_time:
            copies["_period"][at] = 0
    return copies


def held(rows: Frame, as_of: int) -> Frame:
    """Rows that the source holds at the end of a period, without marks."""
    keep = (rows["_visible"].astype(int) <= as_of) & (rows["_gone"].astype(int) > as_of)
    return {name: values for name, values in take(rows, keep).items() if name not in MARKS}
