"""How much evidence each segment asks of who leaves it for another one, so that no segment fills or empties.

Belongs here: finding it on second looks, in a refit only; it is frozen with the version. Does not belong
here: the rule that reads it (``schemes.remembered``), or the looks (``schemes.second_look``).

The same evidence asked everywhere does not move as many in as out. Who is seldom seen at its best can show a
lot for a better segment with one large order, and for a worse one never more than its silence tells: so it is
moved one way and kept the other, and the mix drifts although nobody changes (law L11). So the evidence asked
is

- at most ``leave_odds`` (``schemes.remembered``);
- at most what one in ten of the looks that lie in the other segment show, else nobody who belongs there could
  ever come in;
- lowered, for one of the two ways between each pair of segments, until as many go the one way as the other
  when the second looks follow each other, each over a whole window of its own (detailed balance: Kolmogorov,
  1936).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.models.frame import Floats, Integers
from pipeline.models.parameters import DECIMALS

#: Where evidence that looks of a segment show is asked for: in one of ten of them, as many as may be moved
#: without having changed (α of the sequential test behind ``leave_odds``).
SHOWN_BY = 0.1
#: Rounds, and how much of a difference (of logarithms) the first takes back, and the others less and less:
#: half of it, so that two pairs which share a segment do not swing. What was most even counts.
_ROUNDS, _STEP = 60, 0.5
#: Least logarithm of evidence that is told from none at all: frozen numbers have so many decimals.
_LEAST = -DECIMALS * float(np.log(10))


class Look(NamedTuple):
    """A look at customers: their segment by this look alone (-1: none), and the logarithm of the Bayes factor
    against each segment (segments x customers; ``remembered.against``)."""

    segment: Integers
    against: Floats


def asked(looks: Sequence[Look], leave_odds: float) -> list[list[float]] | None:
    """Bayes factor against a segment (row) at which it is left for another one (column), at most
    ``leave_odds``.

    ``looks`` are of the same customers, each over a whole window of its own, the first as of the fit. None
    where there are no two looks, or segments are left at once.
    """
    if len(looks) < 2 or leave_odds <= 0:
        return None
    most = _attainable(looks, float(np.log(leave_odds)))
    shift, best, fewest = np.zeros_like(most), most, np.inf
    for step in np.linspace(_STEP, 0.0, _ROUNDS, endpoint=False):
        least = _lowered(most, shift)
        moves = _moves(looks, least)
        uneven = np.abs(moves - moves.T)
        if uneven.sum() < fewest:
            best, fewest = least, uneven.sum()
        shift += step * np.triu(np.log((moves + 1) / (moves.T + 1)), 1)
    found: list[list[float]] = np.exp(np.maximum(best, _LEAST)).tolist()
    return found


def _attainable(looks: Sequence[Look], most: float) -> Floats:
    """What may be asked, as a logarithm: no more than looks of the other segment show."""
    count = len(looks[0].against)
    found = np.full((count, count), most)
    for other in range(count):
        there = np.concatenate([one.against[:, one.segment == other] for one in looks], axis=1)
        if there.shape[1]:
            # no mean of two: evidence may be beyond all bounds
            shown = np.quantile(there, 1 - SHOWN_BY, axis=1, method="lower")
            found[:, other] = np.minimum(found[:, other], shown)
    np.fill_diagonal(found, most)
    return found


def _lowered(most: Floats, shift: Floats) -> Floats:
    """``most`` with the way back made easier where ``shift`` (above the diagonal) is positive, else the way
    there."""
    return most - np.maximum(-shift, 0.0) - np.maximum(shift, 0.0).T


def _moves(looks: Sequence[Look], least: Floats) -> Floats:
    """How many move from each segment (row) to each other (column) over the looks, one after the other.

    A look that shows no segment changes nothing.
    """
    found, here = np.zeros_like(least), looks[0].segment
    for look in looks[1:]:
        customers = np.flatnonzero((here >= 0) & (look.segment >= 0) & (look.segment != here))
        old, new = here[customers], look.segment[customers]
        leaves = look.against[old, customers] >= least[old, new]
        np.add.at(found, (old[leaves], new[leaves]), 1.0)
        here = np.where(here >= 0, here, look.segment)
        here[customers[leaves]] = new[leaves]
    return found
