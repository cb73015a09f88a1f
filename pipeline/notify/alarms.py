"""Alarms: what began, how it went on and whether it is over, from all published findings and states of
sources.

Belongs here: replaying tables of all periods into alarms, so that a restated period restates its alarms, too.
Does not belong here: what was told of them (``news``), or their words (``messages``).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pipeline.publish.bundles import parts_of
from pipeline.tables.health import ILL

Row = Mapping[str, Any]
#: How an alarm ended: the change is back, is the new normal, was of one period, its subject is measured no
#: more; the source is whole, was accepted; the run works; the period is published, or restated.
End = Literal["", "ended", "settled", "quiet", "gone", "whole", "accepted", "works", "published", "withdrawn"]

_RANK = {"minor": 0, "major": 1}
#: Findings that tell one period, not a change that lasts.
_OF_ONE_PERIOD = "movement"
_OVER: Mapping[str, End] = {"ended": "ended", "settled": "settled"}


@dataclass(frozen=True)
class Alarm:
    """Something to act on: what it is about (``level:subject``), how severe, told in which ``period``, by
    which row; how it ended, and in which period."""

    key: str
    severity: str
    period: str
    row: Row = field(default_factory=dict)
    end: End = ""
    ended_in: str = ""

    def over(self, end: End, period: str) -> "Alarm":
        """The same, ended."""
        return replace(self, end=end, ended_in=period)

    def is_worse_than(self, severity: str) -> bool:
        """Whether it is more severe."""
        return _RANK[self.severity] > _RANK[severity]


def of_findings(findings: Iterable[Row], periods: Sequence[str], measured: Collection[str]) -> list[Alarm]:
    """Alarms of ``DRIFT_FINDINGS`` (rows that are findings or parts of one, or say that a change ended) of
    published ``periods``.

    The row of an alarm has the subjects of its ``parts``. ``measured``: keys of all that was measured in the
    newest. Oldest first.
    """
    done: list[Alarm] = []
    alive: dict[str, Alarm] = {}
    by_period: dict[str, list[Row]] = {}
    for row in findings:
        by_period.setdefault(row["period"], []).append(row)
    for period in periods:
        severe: dict[str, Row] = {}
        parts = parts_of(by_period.get(period, []))
        for row in by_period.get(period, []):
            key = f"{row['level']}:{row['subject']}"
            if end := _OVER.get(row.get("change_status") or ""):
                if key in alive:
                    done.append(alive.pop(key).over(end, period))
            elif row["severity"] in _RANK and _leads(row, severe.get(key)):
                severe[key] = {**row, "parts": parts.get(key, [])}
        for key in [one for one in alive if one.startswith(_OF_ONE_PERIOD) and one not in severe]:
            done.append(alive.pop(key).over("quiet", period))
        for key, row in severe.items():
            now = Alarm(key, row["severity"], period, row)
            if key not in alive or now.is_worse_than(alive[key].severity):
                alive[key] = now
    gone = [alive.pop(key).over("gone", periods[-1]) for key in list(alive) if key not in measured]
    return [*done, *gone, *alive.values()]


def _leads(row: Row, other: Row | None) -> bool:
    """Whether ``row`` tells more than ``other`` of the same subject: more severe, or the larger effect."""
    return other is None or _size(row) > _size(other)


def _size(row: Row) -> tuple[int, float]:
    return _RANK[row["severity"]], abs(row["effect"] or 0.0)


def of_health(health: Iterable[Row], sources: Collection[str]) -> list[Alarm]:
    """Alarms of ``SOURCE_HEALTH`` of all periods that were judged; those of ``sources`` alone go on.

    Where nothing can be told of a source its alarm goes on: nobody knows that it is whole.
    """
    done: list[Alarm] = []
    alive: dict[str, Alarm] = {}
    for row in sorted(health, key=lambda one: str(one["period"])):
        key, period = f"source:{row['source']}", row["period"]
        if row["source_state"] in ILL and not row["is_accepted"]:
            now = Alarm(key, "major" if row["source_state"] == "broken" else "minor", period, row)
            if key not in alive or now.is_worse_than(alive[key].severity):
                alive[key] = now
        elif key in alive and (row["source_state"] == "healthy" or row["is_accepted"]):
            done.append(alive.pop(key).over("accepted" if row["is_accepted"] else "whole", period))
    unread = [one for key, one in alive.items() if key.removeprefix("source:") not in sources]
    gone = [one.over("gone", one.period) for one in unread]
    return [*done, *gone, *(one for one in alive.values() if one not in unread)]
