"""How much may be missing unseen: what decides whether a source may be called healthy.

Belongs here: the largest loss that what is there does not rule out, by kind of loss. Does not belong here:
losses that are seen (the signals).

A loss is ruled out where, had it happened, what is left would be so much only by a rise beyond what is
usual. Single rows lost at random show in volume, beside another source, in lines an order and in gaps of
numbered rows; whole orders (those of lost accounts too) in volume, beside another source and in gaps of
numbered orders or rows. Of several signals the one that rules out most counts, each at its part of the
chance (Bonferroni), so that the chance holds for all.
"""

from collections.abc import Iterator, Mapping

from pipeline.health.beside import step_beside
from pipeline.health.numbers import ROW_NUMBERS, gaps
from pipeline.health.profile import Known
from pipeline.health.steps import Step
from pipeline.health.volume import steps_of

#: Kinds of loss on all days alike, and the signals that see each; what loses orders loses rows.
ROWS, ORDERS = "rows", "orders"


def unseen(known: Known) -> Mapping[str, float]:
    """By kind of loss, the share that may be missing unseen; empty where nothing is looked for."""
    signals = dict(_signals(known))
    if not signals:
        return {}
    kinds = (ROWS, ORDERS) if known.now.by_item("orders_by_day") else (ROWS,)
    found = {}
    for kind in kinds:
        steps = [step for step, kinds in signals.values() if kind in kinds]
        least = min(step.unseen(known.settings.missed_loss / len(steps)) for step in steps)
        found[kind] = max(least, known.settings.suspect_share)  # less is told of by no signal
    return found


def _signals(known: Known) -> Iterator[tuple[str, tuple[Step, tuple[str, ...]]]]:
    sees = {"volume": (ROWS, ORDERS), "lines": (ROWS,)}
    for name, step in steps_of(known).items():
        yield name, (step, sees[name])
    if found := step_beside(known):
        yield "beside", (found[1], (ROWS, ORDERS))
    for column, step in gaps(known).items():
        yield column, (step, (ROWS, ORDERS) if column in ROW_NUMBERS else (ORDERS,))
