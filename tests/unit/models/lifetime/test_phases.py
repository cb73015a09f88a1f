"""The law of orders to come by renewals: against the published mean, against itself, against draws."""

import numpy as np
import pytest
from scipy.special import hyp2f1

from pipeline.models.lifetime import phases
from pipeline.models.lifetime.phases import Alive, at_least, outlook
from pipeline.models.lifetime.renewals import Renewals
from tests.unit.models.lifetime.buyers import by_renewals, cdnow

HORIZON = 39.0


def there(k, customers=300, most=40):
    random = np.random.default_rng(k)
    x = random.integers(0, most, customers).astype(float)
    age = random.uniform(1, 80, customers)
    return Alive(
        random.random(customers), 0.5 * k + k * x, 4.0 + age, age * random.random(customers), 0.8, 2.4 + x, k
    )


def test_the_mean_of_bg_nbd_is_the_published_one():
    """Fader, Hardie, Lee (2005), equation 10."""
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    histories, _ = cdnow()
    x, age = histories.frequency, histories.age
    alive = Renewals(1, False).alive(np.array([r, alpha, a, b]), histories)
    found = outlook(Alive(alive, r + x, alpha + age, age - histories.recency, a, b + x, 1), HORIZON)
    later = alpha + age + HORIZON
    share = hyp2f1(r + x, b + x, a + b + x - 1, HORIZON / later) * ((alpha + age) / later) ** (r + x)
    published = (a + b + x - 1) / (a - 1) * (1 - share) * alive
    assert found.expected_orders == pytest.approx(published, rel=1e-6)


def test_the_mean_of_mbg_nbd_is_the_published_one():
    """Batislam, Denizel, Filiztekin (2007): what stands in the way of Pareto/NBD's absolute error on CDNOW is
    the model, not how it is summed."""
    r, alpha, a, b = 0.525, 6.183, 0.891, 1.614
    histories, _ = cdnow()
    x, age = histories.frequency, histories.age
    alive = Renewals(1, True).alive(np.array([r, alpha, a, b]), histories)
    found = outlook(Alive(alive, r + x, alpha + age, age - histories.recency, a, b + x + 1, 1), HORIZON)
    later = alpha + age + HORIZON
    share = hyp2f1(r + x, b + x + 1, a + b + x, HORIZON / later) * ((alpha + age) / later) ** (r + x)
    gone = a / (b + x) * ((alpha + age) / (alpha + histories.recency)) ** (r + x)
    published = (a + b + x) / (a - 1) * (1 - share) / (1 + gone)
    assert found.expected_orders == pytest.approx(published, abs=1e-7)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_sum_over_phases_is_the_law(k):
    alive = there(k)
    found = outlook(alive, HORIZON)
    law = np.array([at_least(alive, HORIZON, np.full(300, float(n))) for n in range(1, 600)])
    assert found.expected_orders == pytest.approx(law.sum(axis=0), rel=1e-5, abs=1e-5)
    assert found.no_order_probability == pytest.approx(1 - law[0], abs=1e-9)
    assert found.orders_low.tolist() == (law > 0.9).sum(axis=0).tolist()
    assert found.orders_high.tolist() == (law > np.where(law[0] > 0.9, 0.1, 0.2)).sum(axis=0).tolist()
    assert (found.interval_probability >= 0.8 - 1e-9).all()


@pytest.mark.parametrize("k", [1, 3])
def test_customers_of_many_orders_are_summed_at_nodes_to_the_same(k, monkeypatch):
    alive = there(k, most=90)
    summed = outlook(alive, 2 * HORIZON)
    monkeypatch.setattr(phases, "_MANY", 20.0)
    at_nodes = outlook(alive, 2 * HORIZON)
    assert (alive.shape * 2 * HORIZON / alive.rate > 20).sum() > 50
    assert at_nodes.expected_orders == pytest.approx(summed.expected_orders, rel=1e-4)
    assert at_nodes.orders_low.tolist() == summed.orders_low.tolist()
    assert at_nodes.orders_high.tolist() == summed.orders_high.tolist()
    assert at_nodes.interval_probability == pytest.approx(summed.interval_probability, abs=1e-9)


def test_more_orders_than_floats_can_count_down_from():
    heavy = Alive(*(np.array([value]) for value in (1.0, 5000.0, 100.0, 0.01)), 1e-6, np.array([5000.0]), 2)
    found = outlook(heavy, 100.0)
    # 5,000 phases at a rate of 50: 5,000 phases more, so 2,500 orders, give or take 50.
    assert found.expected_orders[0] == pytest.approx(2500, abs=2)
    assert 2400 < found.orders_low[0] < 2500 < found.orders_high[0] < 2600


@pytest.mark.parametrize("k", [1, 3])
def test_drawn_buyers_do_what_the_law_says(k):
    buyers = by_renewals(60_000, 5, k=k, alpha=45.0 / k)
    x, age = buyers.histories.frequency, buyers.histories.age
    probability = Renewals(k, True).alive(np.array([0.55, 45.0 / k, 0.9, 1.6]), buyers.histories)
    law = Alive(probability, 0.55 + k * x, 45.0 / k + age, age - buyers.histories.recency, 0.9, 2.6 + x, k)
    found = outlook(law, 90.0)
    assert probability.mean() == pytest.approx(buyers.is_alive.mean(), abs=0.01)
    assert found.expected_orders.sum() == pytest.approx(buyers.next_orders.sum(), rel=0.03)
    assert found.no_order_probability.mean() == pytest.approx((buyers.next_orders == 0).mean(), abs=0.005)
