"""What lifetime models read: three numbers a customer, and for a fit the customers counted in cells.

Belongs here: the histories, their checks, and the counting. Does not belong here: any model.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.models.frame import Flags, Floats, Integers

#: Cells along the longest age, where customers are too many to be fitted one by one: within a cell a
#: two-hundredth of that age wide the logarithm of the likelihood is as good as linear (the error is of the
#: order of the square of the width), and customers count with the cell's mean.
CELLS = 200
#: Up to so many different histories the fit reads them as they are.
EXACT = 10_000
#: Ages are counted in 1/1024 of their unit: sums of such numbers are exact in any order of the rows (L3).
FINENESS = 1024.0


@dataclass(frozen=True)
class Histories:
    """Customers' orders up to as_of, one element a customer; NaN is unknown.

    frequency
        Orders after the first one (orders of one day are one). For ``bg_bb``: periods with an order.
    recency
        Time from the first order to the last; 0 where ``frequency`` is 0. For ``bg_bb``: the number of
        the last period with an order, counted after the first order.
    age
        Time from the first order to as_of. For ``bg_bb``: the number of whole periods after the first order.

    Time is in one unit throughout, horizons too: days, or units of 30 days; periods for ``bg_bb``.
    Raises ``ValueError`` for arrays of unequal length and for histories that cannot be.
    """

    frequency: Floats
    recency: Floats
    age: Floats

    def __post_init__(self) -> None:
        if not len(self.frequency) == len(self.recency) == len(self.age):
            raise ValueError("frequency, recency and age differ in length")
        with np.errstate(invalid="ignore"):
            wrong = (self.frequency < 0) | (self.recency < 0) | (self.recency > self.age)
            wrong |= (self.frequency == 0) != (self.recency == 0)
        wrong &= self.known
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"{int(wrong.sum())} histories cannot be, the first is frequency {self.frequency[first]:g}, "
                f"recency {self.recency[first]:g}, age {self.age[first]:g}"
            )

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def known(self) -> Flags:
        """Where all three numbers are known."""
        return ~(np.isnan(self.frequency) | np.isnan(self.recency) | np.isnan(self.age))

    def taken(self, which: Flags | Integers | slice) -> "Histories":
        """The customers that ``which`` picks."""
        return Histories(self.frequency[which], self.recency[which], self.age[which])


@dataclass(frozen=True)
class Counted:
    """Different histories, and how many customers have each."""

    histories: Histories
    customers: Floats

    @cached_property
    def total(self) -> float:
        """All customers."""
        return float(self.customers.sum())

    @cached_property
    def frequencies(self) -> tuple[Floats, Integers]:
        """The different frequencies, and of each history the position of its own among them."""
        orders, of = np.unique(self.histories.frequency, return_inverse=True)
        return orders, of

    def sum(self, values: Floats) -> float:
        """``values`` of each history, over customers; not by BLAS, whose sums depend on threads (L3)."""
        return float(np.sum(self.customers * values))


def counted(histories: Histories, cells: int = CELLS, exact: int = EXACT) -> Counted:
    """Known ``histories`` as at most a few ten thousand different ones with their counts, in one order.

    Recency and age are rounded to 1/1024 of their unit. More than ``exact`` different histories are put
    into cells (``coarser``).
    """
    known = histories.taken(histories.known) if not histories.known.all() else histories
    frequency = np.rint(known.frequency).astype(np.int64)
    recency, age = (np.rint(one * FINENESS).astype(np.int64) for one in (known.recency, known.age))
    # Who came again did so after some time, however short.
    recency = np.maximum(recency, frequency > 0)
    age = np.maximum(age, recency)
    base = int(age.max(initial=0)) + 1
    keys, customers = np.unique((frequency * base + recency) * base + age, return_counts=True)
    times, age = np.divmod(keys, base)
    frequency, recency = np.divmod(times, base)
    found = Counted(
        Histories(frequency.astype(np.float64), recency / FINENESS, age / FINENESS), customers * 1.0
    )
    return found if len(keys) <= exact else coarser(found, cells)


def coarser(counted: Counted, cells: int) -> Counted:
    """``counted`` in cells a ``cells``-th of the longest age wide: recency and age apart, by frequency.

    Each cell has the means of its customers.
    """
    histories, customers = counted.histories, counted.customers
    width = float(histories.age.max(initial=0.0)) / cells or 1.0
    recency, age = (np.floor(one / width).astype(np.int64) for one in (histories.recency, histories.age))
    base = cells + 2
    keys, cell = np.unique(
        (histories.frequency.astype(np.int64) * base + recency) * base + age, return_inverse=True
    )
    total = np.bincount(cell, customers, len(keys))
    means = [
        np.bincount(cell, customers * one, len(keys)) / total for one in (histories.recency, histories.age)
    ]
    frequency = np.asarray(keys // base**2, np.float64)
    return Counted(Histories(frequency, np.minimum(*means), means[1]), np.asarray(total, np.float64))
