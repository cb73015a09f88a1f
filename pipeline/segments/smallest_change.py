"""The smallest change of one feature that moves a customer to another segment.

Belongs here: the search for it, by scoring. Does not belong here: why the customer is where it is
(``explaining``).

Small is what few others lie between: changes of different features have no other unit in common. The search
goes from the customer's own value to values that others have, and then halves the way to the border; what is
told was scored as it is told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.frame import Frame
from pipeline.models.rounding import told
from pipeline.schemes.scored import Scored
from pipeline.segments.asked import Asked
from pipeline.tables.fields import reason_part

#: Values that others have, tried in place of the customer's own; the way to the border is halved so often.
TRIED, HALVINGS = 41, 12
_VALUE = reason_part("value")


@dataclass(frozen=True)
class Change:
    """The smallest change of one feature after which the version says ``segment``: to ``value``.
    ``passed_share`` of customers have values between (0-1)."""

    feature: str
    value: float
    is_greater: bool
    segment: str
    passed_share: float


def smallest_change(
    asked: Asked, now: Scored, others: Frame, names: Sequence[str], whole: Collection[str]
) -> Change | None:
    """Of all changes of one feature, of ``names``, the one that moves the customer and passes the fewest
    ``others``; None where none moves it. ``now`` is what the version says; ``whole`` are whole numbers."""
    ways = [way for name in names for way in _ways(asked, now, others, name)]
    if not ways:
        return None
    ways = _nearer(asked, now, ways)
    ends = [_rounded(way, way.name in whole) for way in ways]
    segments = _with_each(asked, ways, ends).segment
    found = [
        Change(
            way.name,
            end,
            end > asked.customer.number(way.name)[0],
            now.segment_ids[at],
            _passed(asked, others, way.name, end),
        )
        for way, end, at in zip(ways, ends, segments, strict=True)
        if at >= 0 and at != now.segment[0]
    ]
    return min(found, key=lambda one: one.passed_share, default=None)


@dataclass(frozen=True)
class _Way:
    """From a value with which the customer stays to one with which it does not."""

    name: str
    near: float
    far: float


def _ways(asked: Asked, now: Scored, others: Frame, name: str) -> list[_Way]:
    """Up and down from the customer's own value to the first that others have which moves it."""
    own, values = asked.customer.number(name)[0], others.number(name)
    values = values[~np.isnan(values)]
    if np.isnan(own) or not len(values):
        return []
    tried = np.unique(np.quantile(values, np.linspace(0, 1, TRIED)))
    segment = asked.scored(asked.mixed({name: tried})).segment
    moves = (segment >= 0) & (segment != now.segment[0])
    found = []
    for side in (np.flatnonzero(tried > own), np.flatnonzero(tried < own)[::-1]):
        near = own
        for at in side:
            if moves[at]:
                found.append(_Way(name, near, float(tried[at])))
                break
            near = float(tried[at])
    return found


def _nearer(asked: Asked, now: Scored, ways: Sequence[_Way]) -> list[_Way]:
    """The same ways, halved as often as it takes to come close to where the customer moves."""
    found = list(ways)
    for _ in range(HALVINGS):
        middles = [(one.near + one.far) / 2 for one in found]
        segment = _with_each(asked, found, middles).segment
        moves = (segment >= 0) & (segment != now.segment[0])
        found = [
            _Way(way.name, way.near, middle) if is_there else _Way(way.name, middle, way.far)
            for way, middle, is_there in zip(found, middles, moves, strict=True)
        ]
    return found


def _with_each(asked: Asked, ways: Sequence[_Way], values: Sequence[float]) -> Scored:
    """The customer scored once a way, with one feature at the value of that way."""
    names = dict.fromkeys(one.name for one in ways)
    columns = {name: np.repeat(asked.customer.number(name), len(ways)) for name in names}
    for at, (way, value) in enumerate(zip(ways, values, strict=True)):
        columns[way.name][at] = value
    return asked.scored(asked.mixed(columns))


def _rounded(way: _Way, is_whole: bool) -> float:
    """Where a way ends as it is told: a whole number, or one of few digits, never before the border."""
    step = np.ceil if way.far > way.near else np.floor
    unit = 1.0 if is_whole else 10.0 ** (np.floor(np.log10(abs(way.far))) - 2) if way.far else 1.0
    return float(told(np.array([step(np.round(way.far / unit, 6)) * unit]), _VALUE)[0])


def _passed(asked: Asked, others: Frame, name: str, value: float) -> float:
    """Share of others (of whom the feature is known) between the customer and ``value``."""
    own, values = asked.customer.number(name)[0], others.number(name)
    values = values[~np.isnan(values)]
    low, high = min(own, value), max(own, value)
    return float(np.mean((values > low) & (values < high)))
