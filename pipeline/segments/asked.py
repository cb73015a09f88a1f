"""A version in force, asked about one customer: scored with other values in place of its own.

Belongs here: mixing values, scoring them, and what each feature adds (Shapley values). Does not belong here:
what is told of it (``explaining``), or the search for the smallest change (``smallest_change``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.models.frame import Floats, Frame
from pipeline.schemes import serving
from pipeline.schemes.kind import Parameters
from pipeline.schemes.scored import Scored

#: Orders of features of which the means are taken.
ORDERS = 8


@dataclass(frozen=True)
class Asked:
    """A version with ``parameters`` that is asked about the only customer of ``customer``."""

    scheme: str
    parameters: Parameters
    customer: Frame
    reads: tuple[str, ...]

    def scored(self, frame: Frame) -> Scored:
        """What the version says of customers."""
        with np.errstate(invalid="ignore"):  # values of two customers together need not be possible
            return serving.score(self.scheme, self.parameters, frame)

    def mixed(self, numbers: Mapping[str, Floats]) -> Frame:
        """The customer with ``numbers`` in place of its own, as often as there are some."""
        size = len(next(iter(numbers.values())))
        same = {name: np.repeat(values, size) for name, values in self.customer.numbers.items()}
        previous = {
            name: pa.array(ids.to_pylist() * size, ids.type)
            for name, ids in self.customer.previous_segments.items()
        }
        return Frame(pa.array(self.customer.customer_id.to_pylist() * size), same | dict(numbers), previous)

    def effects(self, place: int, start: Frame) -> list[float]:
        """Shapley value of each feature for the membership of the segment at ``place``, from ``start``."""
        names, random = self.reads, np.random.default_rng(0)
        # each order and its reverse: what depends on the order evens out sooner
        half = [random.permutation(len(names)) for _ in range(ORDERS // 2)]
        orders = [*half, *(one[::-1] for one in half)]
        starts = len(start)
        # steps x features: whether the customer's own value is put in, after each step of each order
        own = np.concatenate(
            [np.argsort(one)[None, :] < np.arange(len(names) + 1)[:, None] for one in orders]
        )
        columns = {
            name: np.where(
                own[:, at][:, None], self.customer.number(name)[0], start.number(name)[None, :]
            ).ravel()
            for at, name in enumerate(names)
        }
        of_segment = np.nan_to_num(self.scored(self.mixed(columns)).memberships[place])
        steps = of_segment.reshape(len(orders), len(names) + 1, starts).mean(axis=2)
        gained = np.zeros(len(names))
        for order, found in zip(orders, steps, strict=True):
            gained[order] += np.diff(found)
        return [float(one) for one in gained / len(orders)]
