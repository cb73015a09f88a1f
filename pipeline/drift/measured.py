"""One measured change, before anybody judges it.

Belongs here: what is known of a measurement, and figures that can be compared with any earlier level. Does
not belong here: measuring (``number_changes`` and its like), what counts as a change (``verdicts``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.drift.measures import Test, two_sided
from pipeline.drift.number_profile import Statistic

Comparison = Literal["previous_period", "first_periods", "same_season"]
HistoryStatus = Literal["history_short", "learned", "not_comparable"]
#: Whether a change that was told goes on, is over, or has become the new normal.
ChangeStatus = Literal["none", "began", "goes_on", "ended", "settled"]


@dataclass(frozen=True)
class Measured:
    """One change, measured but not judged yet.

    ``value`` is the figure now and ``compared_value`` what it is compared with, where it is a figure of
    one period, of which ``figure`` has the statistic; ``test`` says how far sampling explains the change.
    ``is_relevant`` and ``is_large`` say whether the effect reaches the floor of a finding and of a
    major one, ``size`` how many times the former, ``floor`` is the former in words; ``said`` is the
    sentence without
    its verdict. ``weight`` is the part that this measure has of the false alarms allowed for its subject.
    ``unjudged`` is why there is no verdict, ``told`` why it is major whatever the test says.
    ``usual_p`` is the p-value against learned history, ``apart_p`` that among all other changes of the
    period, and ``doubt`` why nothing can be told of a difference that is not certain. ``since`` is the period
    that the change began in, ``earliest`` and ``latest`` the
    first and last that are about as likely. ``known`` says what was told of it before, with its
    ``status``; ``may_worsen``: it is told again when it is major. ``carrier`` is the group that
    makes the part ``carried`` of the change.
    """

    level: str
    subject: str
    measure: str
    said: str
    comparison: Comparison = "previous_period"
    value: float | None = None
    compared_value: float | None = None
    effect: float | None = None
    stability: float | None = None
    distance: float | None = None
    test: Test | None = None
    figure: "Figure | None" = None
    p_value: float | None = None
    is_relevant: bool = False
    is_large: bool = False
    size: float = 0.0
    weight: float = 1.0
    floor: str = ""
    history_status: HistoryStatus = "history_short"
    usual_p: float | None = None
    apart_p: float | None = None
    doubt: str = "the difference is not certain"
    unjudged: str | None = None
    told: str | None = None
    since: str | None = None
    earliest: str | None = None
    latest: str | None = None
    known: str | None = None
    status: ChangeStatus = "none"
    carrier: str | None = None
    carried: float | None = None
    may_worsen: bool = False

    @property
    def score(self) -> float | None:
        """The change in standard errors of sampling."""
        return None if self.test is None else self.test.score

    def reaching(self, change: float, least: float, most: float) -> "Measured":
        """The same measurement, of a ``change`` that is a finding from ``least`` on, major from ``most``."""
        size = abs(change)
        return replace(self, size=size / least, is_relevant=size >= least, is_large=size >= most)

    def without_verdict(self, reason: str, status: HistoryStatus | None = None) -> "Measured":
        """The same measurement, not to be judged because of ``reason``."""
        return replace(self, p_value=None, unjudged=reason, history_status=status or self.history_status)


@dataclass(frozen=True)
class Figure:
    """A figure of one period that can be compared with the level of any other.

    ``now`` is on the scale on which it is tested, ``read`` takes a value as it is reported to that scale.
    ``say``
    makes the measurement of a figure and a level that it is compared with, which it calls by the third
    argument.
    """

    now: Statistic
    read: Callable[[float], float]
    say: Callable[[float, float, str], Measured]

    def compared(self, now: Statistic, then: Statistic, when: str) -> Measured:
        """The change from ``then`` to ``now``, tested against the errors of both (Welch)."""
        return replace(self.say(now.value, then.value, when), test=difference(then, now), figure=self)


def difference(before: Statistic, now: Statistic) -> Test:
    """Whether two figures differ by more than drawing customers explains (Welch)."""
    value, error = now.value - before.value, float((before.error**2 + now.error**2) ** 0.5)
    if not error:
        return Test(value, 0.0, 0.0 if value else 1.0)
    return Test(value, error, two_sided(value / error))
