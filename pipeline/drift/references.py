"""Slow changes: the last periods against the first ones, or against the same season a year before.

Belongs here: levels of figures through time, and comparing them over long spans. Does not belong here:
changes since the period before (``number_changes``), where a change began (``onsets``), whether it was told
(``told``).

A drift of a fiftieth of a standard deviation a period is nothing against the period before, and a quarter of
one after a quarter of a year. A season does the same, and until there is a year to compare with nobody can
tell them apart by the feature alone. So a slow change must stand out among the slow changes of all other
features over the same span: a season is a company's, a drift a feature's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from pipeline.drift.measured import Measured
from pipeline.drift.number_profile import Statistic
from pipeline.drift.onsets import onset
from pipeline.drift.usual import LEAST_OTHERS, WORTH, quartile_scale, scale_of
from pipeline.periods import Calendar

#: The level of now is that of so many periods, the one it is compared with that of so many at most.
RECENT, REFERENCE = 3, 8
#: First periods tell a level when there are so many.
LEAST_REFERENCE = 3
#: Of a measure's part of the false alarms, what comparisons over long spans may use.
SLOW_WEIGHT = 0.3
Key = tuple[str, str, str]
Level = Mapping[str, Statistic]


def levels(
    history: Iterable[Mapping[str, Any]], measured: Sequence[Measured], before: str, period: str
) -> Mapping[Key, Level]:
    """Figures of every measurement by period: those of earlier findings, and the one measured now.

    By level, subject and measure, on the scale on which figures are tested. Of the period before a first
    finding the level is known as that which it was compared with, and so is that of the period ``before``
    this one.
    """
    figures = {
        (one.level, one.subject, one.measure): one for one in measured if one.figure and not one.unjudged
    }
    found: dict[Key, dict[str, Statistic]] = {key: {} for key in figures}
    for row in history:
        key = (row["level"], row["subject"], row["measure"])
        if (
            key in figures
            and row["comparison"] == "previous_period"
            and row["period"] < period
            and row["history_status"] != "not_comparable"
            and row["value"] is not None
            and row["standard_error"] is not None
        ):
            figure = figures[key].figure
            assert figure is not None  # only those that have one are looked for
            found[key][row["period"]] = Statistic(figure.read(row["value"]), row["standard_error"])
    for key, one in figures.items():
        assert one.figure is not None  # as above
        found[key][period] = one.figure.now
        if before not in found[key] and one.compared_value is not None:
            found[key][before] = Statistic(one.figure.read(one.compared_value), one.figure.now.error)
    return found


def slow_changes(
    measured: Sequence[Measured],
    known: Mapping[Key, Level],
    anchors: Mapping[tuple[str, str], str],
    period: str,
    calendar: Calendar,
) -> list[Measured]:
    """Changes over long spans that reach their floor, with p-values among those of all others.

    ``anchors``: the period from which a subject's accepted level holds, of those that have one; levels
    from before it are not compared with.
    """
    found = []
    for one in measured:
        level = known.get((one.level, one.subject, one.measure))
        if one.figure is None or level is None:
            continue
        span = _span(level, anchors.get((one.level, one.subject)), period, calendar)
        if span is None:
            continue
        slow = _compared(one, level, span)
        if slow.is_relevant:
            peers = [
                series for key, series in known.items() if key[2] == one.measure and key[1] != one.subject
            ]
            found.append(_dated(_among(slow, peers, span), level, span))
    return found


@dataclass(frozen=True)
class _Span:
    """Periods whose mean level is compared, with that of which, and all that are known in between."""

    now: tuple[str, ...]
    then: tuple[str, ...]
    comparison: Literal["first_periods", "same_season"]
    between: tuple[str, ...]
    year_before: Mapping[str, str]

    @property
    def when(self) -> str:
        """What the periods compared with are called."""
        if self.comparison == "same_season":
            return "in the same season a year before"
        return f"in the {len(self.then)} periods from {self.then[0]}"

    def score(self, level: Level) -> float | None:
        """Change of a level over the span in standard errors of sampling; none where it is not known."""
        if not all(key in level for key in (*self.now, *self.then)):
            return None
        then, now = _middle(level, self.then), _middle(level, self.now)
        error = float((then.error**2 + now.error**2) ** 0.5)
        return (now.value - then.value) / error if error else None


def _span(level: Level, anchor: str | None, period: str, calendar: Calendar) -> _Span | None:
    """The same season where its level is known and accepted, else the first periods."""
    periods = tuple(key for key in sorted(level) if anchor is None or key >= anchor)
    now = tuple(calendar.back(period, RECENT))
    season = tuple(_year_before(calendar, key) for key in now)
    if not all(key in periods for key in now):
        return None
    if all(key in periods for key in season):
        return _Span(
            now, season, "same_season", periods, {key: _year_before(calendar, key) for key in periods}
        )
    first = tuple(key for key in periods if key < now[0])[:REFERENCE]
    first = first[: max(LEAST_REFERENCE, len(periods) // 2)]
    if len(first) < LEAST_REFERENCE or season[-1] in periods:
        return None
    return _Span(now, first, "first_periods", periods, {})


@lru_cache(maxsize=1024)
def _year_before(calendar: Calendar, period: str) -> str:
    return calendar.year_before(period)


def _compared(one: Measured, level: Level, span: _Span) -> Measured:
    assert one.figure is not None  # asked before
    found = one.figure.compared(_middle(level, span.now), _middle(level, span.then), span.when)
    return replace(found, comparison=span.comparison, weight=one.weight * SLOW_WEIGHT)


def _middle(level: Level, periods: Sequence[str]) -> Statistic:
    """The median level, which one odd period does not move, with the error of one period.

    The same customers may err alike in all of them.
    """
    values = sorted(level[key].value for key in periods)
    half, is_odd = divmod(len(values), 2)
    value = values[half] if is_odd else (values[half - 1] + values[half]) / 2
    return Statistic(value, sum(level[key].error for key in periods) / len(periods))


def _among(one: Measured, peers: Sequence[Level], span: _Span) -> Measured:
    """The measurement with its p-value: by sampling, and among the changes of ``peers``."""
    scores = [score for score in (span.score(level) for level in peers) if score is not None]
    if len(scores) < LEAST_OTHERS:
        return one.without_verdict(
            f"{len(scores)} other features do not tell what is usual over so long ({LEAST_OTHERS} are needed)"
        )
    assert one.test is not None  # figures are tested
    scale = scale_of(quartile_scale(np.array(scores)) ** 2, WORTH * len(scores))
    p_value = max(one.test.p_value or 0.0, scale.p_value(one.test))
    doubt = "it is no more than chance, or than other features changed over the same time"
    return replace(one, p_value=p_value, doubt=doubt)


def _dated(one: Measured, level: Level, span: _Span) -> Measured:
    """The measurement with the period that its change began in, where that can be seen in the levels.

    Against the same season, levels are taken against those of a year before.
    """
    if one.p_value is None:
        return one
    if span.comparison == "same_season":
        pairs = {key: before for key, before in span.year_before.items() if before in level}
        values = [level[key].value - level[before].value for key, before in pairs.items()]
        periods = list(pairs)
    else:
        values, periods = [level[key].value for key in span.between], list(span.between)
    places = onset(values, [level[key].error for key in periods])
    since, earliest, latest = (periods[place] for place in places)
    return replace(one, since=since, earliest=earliest, latest=latest)
