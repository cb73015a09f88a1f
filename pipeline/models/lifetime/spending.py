"""What customers will spend within a horizon: the law of orders to come, each worth what gamma-gamma says.

Of m orders the sum is γ + nz times a beta prime (pm, q + pn) number (``gamma_gamma``), so its law is a
mixture over m, and depends on the customer's law of orders and n alone. Its distribution is tabulated for
each n and m, and the ends of the interval are searched in the mixture.

Belongs here: expected spend and its interval. Does not belong here: laws of orders, fits.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.models.frame import Floats, Integers
from pipeline.models.lifetime.gamma_gamma import NAMES, Amounts, expected_amount, scale
from pipeline.models.lifetime.model import Parameters, vector
from pipeline.models.lifetime.outlook import AtLeast, Outlook, lower_tail, upper_tail

#: Numbers of orders up to this one are told apart, beyond in steps of a seventh: the sum of so many varies
#: by more than that.
_APART, _RATIO, _MOST = 14.0, 7.0, 20_000.0
#: The table holds so many amounts, in equal steps of the logarithm, and between them it is linear.
_AMOUNTS = 384
#: Customers that are searched together, so that they need about the same numbers of orders.
_TOGETHER = 8_192


@dataclass(frozen=True)
class SpendOutlook:
    """Within ``horizon`` after as_of, one element a customer, those who left included; NaN is unknown.

    ``spend_low`` and ``spend_high`` hold 80%: from the 10th percentile to the 90th or, where no order has a
    probability of .1 and more, from 0 to the 80th; of who orders nothing with .8 and more both are 0.
    """

    horizon: float
    expected_spend: Floats
    spend_low: Floats
    spend_high: Floats


class SumsTable:
    """The law of sums by the number of orders to come, for each number of orders seen; filled as needed."""

    def __init__(self, parameters: Parameters, seen: Floats) -> None:
        """``seen`` are the numbers of orders of all customers that will be asked for."""
        self.parameters = parameters
        self.p, self.q, _ = vector(parameters, NAMES)
        self.different = np.unique(seen[~np.isnan(seen)])
        # From a thousandth of the least usual sum to a thousand times that of the most orders.
        least = np.log(self.p / (self.q + self.p * self.different.max(initial=0.0))) - 7.0 / np.sqrt(self.p)
        self.logs = np.linspace(least - 2.0, np.log(self.p * _NUMBERS[-1]) + 7.0, _AMOUNTS)
        self.filled: dict[int, Floats] = {}

    def below(self, number: int) -> Floats:
        """Probability of a sum up to each of ``logs`` (columns) by orders seen (rows), of a number."""
        from scipy.special import betainc

        if number not in self.filled:
            shape = (self.q + self.p * self.different)[:, None]
            share = 1.0 / (1.0 + np.exp(-self.logs))
            self.filled[number] = betainc(self.p * _MIDDLES[number], shape, share)
        return self.filled[number]


def spend(
    table: SumsTable, amounts: Amounts, outlook: Outlook, at_least: AtLeast, interval: float
) -> SpendOutlook:
    """What the customers of ``outlook`` will spend; ``at_least`` is their law of orders."""
    tail = lower_tail(interval)
    one_or_more = 1.0 - outlook.no_order_probability
    expected = outlook.expected_orders * expected_amount(table.parameters, amounts)
    low, high = np.zeros(len(expected)), np.zeros(len(expected))
    some = np.flatnonzero(amounts.known & (one_or_more > 2.0 * tail))
    # So many orders are told apart: who makes more has already spent more than the interval holds.
    most = 2.0 * outlook.orders_high + 4.0
    some = some[np.argsort(most[some], kind="stable")]
    for begin in range(0, len(some), _TOGETHER):
        which = some[begin : begin + _TOGETHER]
        law = _Law(table, amounts.orders[which], which, at_least, float(most[which[-1]]))
        everybody = np.arange(len(which))
        high[which] = law.quantile(everybody, 1.0 - upper_tail(one_or_more[which], interval))
        own = np.flatnonzero(one_or_more[which] > 1.0 - tail)
        low[which[own]] = law.quantile(own, np.full(len(own), tail))
    whole = scale(table.parameters, amounts)
    return SpendOutlook(outlook.horizon, expected, low * whole, high * whole)


class _Law:
    """Mixtures of laws of sums over the number of orders, of some customers."""

    def __init__(
        self, table: SumsTable, seen: Floats, which: Integers, at_least: AtLeast, most: float
    ) -> None:
        count = int(np.searchsorted(_NUMBERS, most)) + 1
        reached = [at_least(which, np.full(len(which), first)) for first in _NUMBERS[:count]]
        reached.append(np.zeros(len(which)))
        self.none = 1.0 - reached[0]
        self.shares = [now - then for now, then in pairwise(reached)]
        self.tables = [table.below(number) for number in range(len(self.shares))]
        self.row = np.searchsorted(table.different, seen)
        self.logs = table.logs

    def quantile(self, who: Integers, level: Floats) -> Floats:
        """Where the distribution of ``who`` reaches ``level``, as a multiple of γ + nz."""
        below = np.zeros(len(level), np.int64)
        above = np.full(len(level), len(self.logs) - 1)
        at_below, at_above = self.none[who], np.ones(len(level))
        for _ in range(int(np.ceil(np.log2(len(self.logs))))):
            middle = (below + above) // 2
            there = self._at(who, middle)
            reached = there >= level
            above, at_above = np.where(reached, middle, above), np.where(reached, there, at_above)
            below, at_below = np.where(reached, below, middle), np.where(reached, at_below, there)
        part = np.clip((level - at_below) / np.maximum(at_above - at_below, 1e-12), 0.0, 1.0)
        return np.asarray(np.exp(self.logs[below] + part * (self.logs[above] - self.logs[below])))

    def _at(self, who: Integers, position: Integers) -> Floats:
        total, row = self.none[who], self.row[who]
        for share, table in zip(self.shares, self.tables, strict=True):
            total += share[who] * table[row, position]
        return total


def _numbers() -> Floats:
    """1, 2, … and then in growing steps."""
    numbers = [1.0]
    while numbers[-1] < _MOST:
        numbers.append(numbers[-1] + (1.0 if numbers[-1] < _APART else np.floor(numbers[-1] / _RATIO)))
    return np.array(numbers)


_NUMBERS = _numbers()
#: For whom orders are counted from one of these to the next: the middle.
_MIDDLES = np.append((_NUMBERS[:-1] + _NUMBERS[1:] - 1.0) / 2.0, _NUMBERS[-1])
