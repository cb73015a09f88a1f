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
    """A change that was told and goes on: by which measure, in which period, since when, how severe."""

    measure: str
    told_in: str
    since: str
    severity: str


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
            opened[subject] = Open(row["measure"], row["period"], since, row["severity"])
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
        figure = _figure(measured, one, change)
        leads = one.measure == change.measure and one.comparison not in _SLOW
        if figure and _is_over(
            figure, known.get((one.level, one.subject, change.measure), {}), change, period
        ):
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


def _is_over(one: Measured, level: Level, change: Open, period: str) -> bool:
    """Whether the figure is back at the level from before the change, by less than its floor."""
    assert one.figure is not None  # the caller found one that has
    before = [key for key in sorted(level) if key < change.since][-_BEFORE:]
    if not before or period == change.since:
        return False
    then = Statistic(float(np.mean([level[key].value for key in before])), level[before[-1]].error)
    return one.figure.compared(one.figure.now, then, "before").size < 1


def _has_lasted(change: Open, period: str, calendar: Calendar, settings: DriftSettings) -> bool:
    return len(calendar.between(change.told_in, period)) > settings.settled_periods
