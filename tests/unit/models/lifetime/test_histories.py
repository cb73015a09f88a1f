"""What lifetime models read, and how customers are counted."""

import numpy as np
import pytest

from pipeline.models.lifetime.histories import Histories, coarser, counted
from tests.unit.models.lifetime.buyers import by_renewals


def arrays(*columns):
    return [np.array(column, dtype=float) for column in columns]


@pytest.mark.parametrize(
    ("frequency", "recency", "age"), [(-1, 0, 5), (1, 6, 5), (0, 2, 5), (2, 0, 5)], ids=str
)
def test_a_history_that_cannot_be_is_refused(frequency, recency, age):
    with pytest.raises(ValueError, match="1 histories cannot be"):
        Histories(*arrays([0, frequency], [0, recency], [3, age]))


def test_arrays_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="differ in length"):
        Histories(*arrays([0, 1], [0], [3, 3]))


def test_equal_histories_are_counted_and_unknown_ones_left_out():
    found = counted(Histories(*arrays([1, 0, 1, np.nan], [2, 0, 2, 1], [5, 3, 5, 9])))
    assert found.customers.tolist() == [1, 2]
    assert found.histories.frequency.tolist() == [0, 1]
    assert found.histories.recency.tolist() == [0, 2]
    assert found.histories.age.tolist() == [3, 5]


def test_counting_does_not_depend_on_the_order_of_rows():
    buyers = by_renewals(20_000, 1).histories
    shuffled = buyers.taken(np.random.default_rng(2).permutation(len(buyers)))
    one, other = counted(buyers), counted(shuffled)
    assert len(one.customers) > 1000
    for name in ("frequency", "recency", "age"):
        assert np.array_equal(getattr(one.histories, name), getattr(other.histories, name))
    assert np.array_equal(one.customers, other.customers)


def test_cells_keep_all_customers_their_orders_and_their_time():
    whole = counted(by_renewals(20_000, 1).histories, exact=10**9)
    cells = coarser(whole, 20)
    assert len(cells.customers) < len(whole.customers) / 3
    assert cells.total == whole.total == 20_000
    for name in ("frequency", "recency", "age"):
        kept = cells.sum(getattr(cells.histories, name))
        assert kept == pytest.approx(whole.sum(getattr(whole.histories, name)))


def test_who_came_again_at_once_is_counted_as_one_who_came_again():
    found = counted(Histories(*arrays([1, 1], [1e-9, 1e-9], [1e-9, 7])))
    assert found.total == 2
    assert (found.histories.recency > 0).all()
