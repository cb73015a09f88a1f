"""What customers will do within a horizon, as published: expectation, silence, an interval.

Belongs here: the words, and the search of an interval's ends in a law of orders. Does not belong here:
any law.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.models.frame import Floats, Integers

#: The stated interval.
INTERVAL = 0.8


@dataclass(frozen=True)
class Outlook:
    """Within ``horizon`` after as_of, one element a customer, those who left included.

    expected_orders
        Mean number of orders.
    no_order_probability
        Probability of none.
    orders_low, orders_high
        An 80% interval of the number of orders, whole numbers: from the 10th percentile to the 90th, or,
        where the 10th is 0, from 0 to the 80th.
    interval_probability
        Probability that the number is from low to high, both included: .8 or more, for orders are whole
        (of who will not order with probability .95 the interval is 0 to 0, and true in 95%).
    """

    horizon: float
    expected_orders: Floats
    no_order_probability: Floats
    orders_low: Floats
    orders_high: Floats
    interval_probability: Floats


#: ``(customers, orders) -> probability`` that those customers, at these positions, order so often or more.
AtLeast = Callable[[Integers, Floats], Floats]


def ends(at_least: AtLeast, one_or_more: Floats, interval: float) -> tuple[Floats, Floats, Floats]:
    """Low and high end of the interval, and its probability; ``interval`` is the nominal one.

    ``one_or_more`` is ``at_least`` 1 of everybody: most need no more than that. The ends are found by
    doubling, then halving.
    """
    low, above_low = _last(at_least, one_or_more, 1.0 - lower_tail(interval))
    high, _ = _last(at_least, one_or_more, upper_tail(one_or_more, interval))
    beyond = one_or_more.copy()
    some = np.flatnonzero(high > 0)
    if len(some):
        beyond[some] = at_least(some, high[some] + 1.0)
    return low, high, np.where(low > 0, above_low, 1.0) - beyond


def lower_tail(interval: float) -> float:
    """What an interval of that nominal probability leaves below."""
    return (1.0 - interval) / 2.0


def upper_tail(one_or_more: Floats, interval: float) -> Floats:
    """What it leaves above: as much as below, or all of it where the low end is 0."""
    tail = lower_tail(interval)
    return np.where(one_or_more > 1.0 - tail, tail, 2.0 * tail)


def _last(at_least: AtLeast, one_or_more: Floats, level: Floats | float) -> tuple[Floats, Floats]:
    """The largest number that is reached with a probability above ``level``, and that probability."""
    # Between ``last``, which is reached, and ``over``, which is not; twice ``last`` while that is unknown.
    last, probability = np.zeros_like(one_or_more), np.ones_like(one_or_more)
    levels = np.broadcast_to(level, one_or_more.shape)
    which = np.flatnonzero(one_or_more > levels)
    last[which], probability[which] = 1.0, one_or_more[which]
    over = np.full_like(one_or_more, np.inf)
    while len(which):
        tried = np.where(
            np.isinf(over[which]), 2.0 * last[which], np.floor((last[which] + over[which]) / 2.0)
        )
        found = at_least(which, tried)
        reached = found > levels[which]
        last[which[reached]], probability[which[reached]] = tried[reached], found[reached]
        over[which[~reached]] = tried[~reached]
        which = which[over[which] - last[which] > 1.0]
    return last, probability
