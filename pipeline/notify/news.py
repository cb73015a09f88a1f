"""News: what of the alarms was not told yet.

Belongs here: holding alarms against what is known to be told, a pure function. Does not belong here: words
(``messages``), or keeping and sending them (``outbox``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.notify.alarms import Alarm, End

#: ``passed``: it began and ended since somebody looked last.
Kind = Literal["began", "worse", "ended", "passed"]


class Known(NamedTuple):
    """What was told of an alarm that goes on."""

    severity: str
    period: str


@dataclass(frozen=True)
class News:
    """Something to tell of an alarm."""

    kind: Kind
    alarm: Alarm


def news(
    alarms: Sequence[Alarm],
    known: Mapping[str, Known],
    seen_through: str | None,
    is_wanted: Callable[[Alarm], bool],
    is_muted: Callable[[str], bool],
) -> tuple[list[News], dict[str, Known]]:
    """What is to be told, and what is known of alarms that go on when it is.

    ``alarms``: all there ever were, those of one subject oldest first. ``seen_through``: newest period that
    somebody looked at before; none: nobody did, and only what goes on is told. Nothing is told of what is
    muted; it is told later, if it still goes on then.
    """
    newest = {one.key: one for one in alarms}
    found: list[News] = []
    goes_on: dict[str, Known] = {}
    for key, told in known.items():
        alarm = newest.get(key)
        if alarm is not None and not alarm.end:
            is_worse = alarm.is_worse_than(told.severity)
            is_another = _is_run(key) and alarm.period != told.period  # it fails for another reason
            is_news = (is_worse or is_another) and not is_muted(key)
            found += [News("worse" if is_worse else "began", alarm)] if is_news else []
            goes_on[key] = Known(alarm.severity, alarm.period) if is_news else told
        elif not is_muted(key):
            found.append(News("ended", _ended(key, told, alarm)))
    for key, alarm in newest.items():
        if key in known or is_muted(key) or not is_wanted(alarm):
            continue
        if not alarm.end:
            found.append(News("began", alarm))
            goes_on[key] = Known(alarm.severity, alarm.period)
        elif seen_through is not None and alarm.period > seen_through:
            found.append(News("passed", alarm))
    return found, goes_on


def _ended(key: str, told: Known, alarm: Alarm | None) -> Alarm:
    """How what was told ended: as the newest alarm did, unless that is of earlier periods, or there is
    none."""
    if alarm is not None and alarm.ended_in >= told.period:
        return alarm
    end: End = "works" if _is_run(key) else "published" if key == "late" else "withdrawn"
    return Alarm(key, told.severity, told.period, end=end, ended_in=told.period)


def _is_run(key: str) -> bool:
    return key.partition(":")[0] == "run"
