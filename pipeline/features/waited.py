"""Sums over the window of what was waited for: answers, closings.

Belongs here: adding up measures that a ledger counts twice (``ledgers.waiting``). Does not belong here: what
is waited for.
"""

from dataclasses import dataclass

from ibis.expr import types as ir

from pipeline.features.sums import Measured
from pipeline.ledgers import WINDOW_PERIODS, Reading

_EARLIER = (WINDOW_PERIODS - 1, 1)


@dataclass(frozen=True)
class Waited:
    """What came by the end of the period after the event's, and before as_of."""

    reads: tuple[Reading, Reading]

    def of(self, m: Measured) -> ir.NumericValue:
        """The sum over the window."""
        return m[self.reads[0]] + m[self.reads[1]]


def waited(by_end: Reading, by_next_end: Reading) -> Waited:
    """Of this period what came ``by_end``, of those before what came ``by_next_end``."""
    return Waited((by_end.over(1), by_next_end.over(*_EARLIER)))
