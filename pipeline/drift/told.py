"""What was told already: a change is told when it begins, and when it ends or is the new normal.

Belongs here: which changes are open, by earlier findings, and what that makes of today's. Does not belong
here: measuring or judging anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.drift.measured import Measured
from pipeline.drift.number_profile import Statistic
from pipeline.drift.references import Key, Level
from pipeline.periods import Calendar
from pipeline.settings import DriftSettings

Subject = tuple[str, str]
#: While a change goes on, another step of it is told when it is so many times the floor of a finding.
_AGAIN = 2.0
#: Levels before a change began that its end is measured by.
_BEFORE = 4
_LEVELS = ("feature", "segment_mix")
_SLOW = ("first_periods", "same_season")


@dataclass(frozen=True)
class Open:
    """A change that was told and goes on: by which measure, in which period, since when, how severe, and
    compared with what."""

    measure: str
    told_in: str
    since: str
    severity: str
    comparison: str = "previous_period"


def open_changes(
    history: Iterable[Mapping[str, Any]], period: str
) -> tuple[dict[Subject, Open], dict[Subject, str]]:
    """Changes told before ``period`` that go on; and since when the accepted level of a subject holds."""
    opened: dict[Subject, Open] = {}
    accepted: dict[Subject, str] = {}
    rows = [row for row in history if row["period"] < period and row["level"] in _LEVELS]
    for row in sorted(rows, key=lambda one: (str(one["period"]), one["severity"] != "none")):
        subject = (row["level"], row["subject"])
        if row["change_status"] in ("ended", "settled"):
            change = opened.pop(subject, None)
            if change and row["change_status"] == "settled":
                accepted[subject] = change.since
        elif row["severity"] in ("major", "minor") or row["change_status"] == "began":
            since = row["began_period"] or row["period"]
            opened[subject] = Open(row["measure"], row["period"], since, row["severity"], row["comparison"])
    return opened, accepted


def told_once(
    measured: Sequence[Measured],
    opened: Mapping[Subject, Open],
    known: Mapping[Key, Level],
    period: str,
    calendar: Calendar,
    settings: DriftSettings,
) -> list[Measured]:
    """``measured``, those of open changes saying that they go on, end, or are the new normal.

    What goes on is told again only when it became major. The end and the new normal are said by the
    measure that told the change, and the other measures of its subject are then part of what is known.
    """
    found = []
    for one in measured:
        change = opened.get((one.level, one.subject))
        if change is None:
            found.append(one)
            continue
        leads = one.measure == change.measure and one.comparison not in _SLOW
        level = known.get((one.level, one.subject, change.measure), {})
        if _is_over(measured, one, level, change, period):
            said = f"the change told in {change.told_in} is over"
            found.append(replace(one, known=said, status="ended" if leads else "goes_on"))
        elif leads and _has_lasted(change, period, calendar, settings):
            said = f"the change told in {change.told_in} has lasted and is the new normal"
            found.append(replace(one, known=said, status="settled", since=change.since))
        elif one.comparison in _SLOW or (one.measure == change.measure and one.size < _AGAIN):
            said = f"it goes on since {change.since}, and was told in {change.told_in}"
            may_worsen = change.severity != "major"
            found.append(
                replace(one, known=said, status="goes_on", may_worsen=may_worsen, since=change.since)
            )
        else:
            found.append(one)
    return found


def _figure(measured: Sequence[Measured], of: Measured, change: Open) -> Measured | None:
    """The measurement of the measure that told the change, against the period before, if of a figure."""
    for one in measured:
        if (one.level, one.subject, one.measure) == (of.level, of.subject, change.measure) and one.figure:
            return one if one.comparison not in _SLOW else None
    return None


def _is_over(measured: Sequence[Measured], of: Measured, level: Level, change: Open, period: str) -> bool:
    """Whether the figure is back at the level from before the change, by less than its floor.

    A change from the same season a year before is over when it is none from the same season any more: the
    level from just before it is one of another season.
    """
    figure = _figure(measured, of, change)
    if figure is None or period == change.since:
        return False
    if change.comparison == "same_season":
        return not any(
            (one.level, one.subject, one.measure) == (of.level, of.subject, change.measure)
            for one in measured
            if one.comparison == change.comparison
        )
    assert figure.figure is not None  # it was looked for
    before = [key for key in sorted(level) if key < change.since][-_BEFORE:]
    if not before:
        return False
    then = Statistic(float(np.mean([level[key].value for key in before])), level[before[-1]].error)
    return figure.figure.compared(figure.figure.now, then, "before").size < 1


def _has_lasted(change: Open, period: str, calendar: Calendar, settings: DriftSettings) -> bool:
    return len(calendar.between(change.told_in, period)) > settings.settled_periods
