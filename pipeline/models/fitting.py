"""What a fit hands over: parameters if it succeeded, and the gates with what was measured.

Belongs here: the words every fit uses. Does not belong here: any fit.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Gate:
    """One condition on a fit: what was measured, its limit, and whether it passed."""

    name: str
    value: float | None
    limit: float
    passed: bool


@dataclass(frozen=True)
class Fit:
    """The outcome of a fit; ``parameters`` is none when it failed, and ``gates`` say why."""

    parameters: dict[str, Any] | None
    gates: tuple[Gate, ...]
    customers: int
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Earned:
    """What a record out of sample earns: the ``method`` to publish, none where nothing passed.

    ``gates`` say what was measured of the forecast, ``baseline_gates`` of the plain baseline where it was
    asked to take the place, ``interval_gates`` of the intervals of what is published, where it has any.
    """

    method: str | None
    gates: tuple[Gate, ...]
    baseline_gates: tuple[Gate, ...] = ()
    interval_gates: tuple[Gate, ...] = ()

    @property
    def has_interval(self) -> bool:
        """Whether intervals are published beside it."""
        return bool(self.interval_gates) and all(one.passed for one in self.interval_gates)


def at_least(name: str, value: float | None, limit: float) -> Gate:
    """A gate that passes from ``limit`` upwards; an unmeasured value fails."""
    return Gate(name, value, limit, value is not None and value >= limit)


def at_most(name: str, value: float | None, limit: float) -> Gate:
    """A gate that passes up to ``limit``; an unmeasured value fails."""
    return Gate(name, value, limit, value is not None and value <= limit)
