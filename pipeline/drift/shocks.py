"""A shock: many features that changed at once, none of them more than the others.

Belongs here: which of a period's findings are one. Does not belong here: whether a change is one at all
(``usual``, ``verdicts``).

A holiday or a strike moves what customers do in one week, and with it all features that tell of it. Each is
beyond what is usual, and none says more than the others: the event is one, and is told once, by the feature
that is furthest above its floor. A change that stands out among all others of its period is its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.drift.measured import Measured

#: Levels whose changes are compared with each other.
LEVELS = ("feature", "segment_mix")


@dataclass(frozen=True)
class Shock:
    """Findings of one period that are one; ``leader`` tells it."""

    leader: Measured
    members: tuple[Measured, ...]

    def is_told_by_another(self, one: Measured) -> bool:
        """Whether ``one`` is a part of it, and another tells it."""
        return one is not self.leader and any(one is other for other in self.members)

    @property
    def key(self) -> str:
        """Level and subject of the leader: what its parts are a part of."""
        return f"{self.leader.level}:{self.leader.subject}"

    @property
    def said(self) -> str:
        """What its leader says of the others."""
        others = len(self.members) - 1
        return (
            f"{others} other{'s' if others > 1 else ''} changed as much at once, so its reason is one of the "
            "whole company"
        )


def shock_of(leading: Iterable[Measured], rate: float) -> Shock | None:
    """The shock among the ``leading`` measurement of each subject with a finding, if there is one.

    At the ``rate`` of false alarms its members do not stand out among the changes of the period.
    """
    members = tuple(
        one
        for one in leading
        if one.level in LEVELS
        and one.comparison == "previous_period"
        and one.told is None
        and one.apart_p is not None
        and one.apart_p >= rate
    )
    if len(members) < 2:
        return None
    return Shock(max(members, key=lambda one: (one.is_large, one.size)), members)
