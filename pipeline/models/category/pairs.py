"""Pairs: customers and the candidate categories that they have not bought, in one fixed order.

Belongs here: columns of a frame that say who bought what, the order of pairs. Does not belong here: models.

A frame has a row a customer and, beside its features, a column a category: 1 where the customer bought it in
the window, 0 where not, NaN where the category was no candidate then. Pairs are those with 0, customer by
customer, in the order of categories.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.frame import Flags, Floats, Frame, Integers

#: What stands before the name of a category in that of its column.
BOUGHT = "bought:"


def column_of(category: str) -> str:
    """Column of a frame that says who bought ``category``."""
    return f"{BOUGHT}{category}"


def categories_of(frame: Frame) -> list[str]:
    """Categories that ``frame`` has columns of, in their order."""
    return [one.removeprefix(BOUGHT) for one in frame.numbers if one.startswith(BOUGHT)]


@dataclass(frozen=True)
class Pairs:
    """Customers x categories ``bought`` (NaN: no candidate); of each pair the places of customer and
    category."""

    bought: Floats
    customer: Integers
    category: Integers

    def __len__(self) -> int:
        return len(self.customer)

    def of_customers(self, values: Floats) -> Floats:
        """``values`` of customers, of the customer of each pair."""
        return values[self.customer]

    def best(self, values: Floats) -> tuple[Flags, Integers, Floats]:
        """The pair with the greatest of ``values`` of each customer, ties by the order of categories.

        Whether a customer has any pair; the place of its category (-1: none); the value (NaN: none).
        """
        whole = np.full(self.bought.shape, -np.inf)
        whole[self.customer, self.category] = values
        has: Flags = np.isfinite(whole).any(axis=1)
        place = np.full(len(whole), -1, dtype=np.int64)
        told = np.full(len(whole), np.nan)
        if has.any():
            place[has] = whole[has].argmax(axis=1)
            told[has] = whole[has, place[has]]
        return has, place, told


def pairs_of(frame: Frame, categories: Sequence[str]) -> Pairs:
    """Pairs of ``frame`` with ``categories``; of one that it has no column of there are none."""
    unknown = np.full(len(frame), np.nan)
    columns = [frame.numbers.get(column_of(one), unknown) for one in categories]
    bought = np.stack(columns, axis=1) if columns else np.empty((len(frame), 0))
    customer, category = np.nonzero(bought == 0)
    return Pairs(bought, customer.astype(np.int64), category.astype(np.int64))


def with_bought(frame: Frame, bought: Mapping[str, Floats]) -> Frame:
    """``frame`` with a column of each category of ``bought``."""
    columns = {column_of(name): values for name, values in bought.items()}
    return Frame(frame.customer_id, {**frame.numbers, **columns}, frame.previous_segments)
