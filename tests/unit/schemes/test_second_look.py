"""Second looks at customers: as another draw of the same customers would show them."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.features import FEATURES
from pipeline.models.frame import Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.schemes.redraws import undecided
from pipeline.schemes.second_look import LOOKS, second_looks
from pipeline.schemes.traits import fit_traits
from tests.unit.schemes.drawn import drawn
from tests.unit.segments.synthetic import changed, forecast_versions, shop_with

RATE, WORTH, DISCOUNT = "orders_per_30_days_12p", "average_order_amount_12p", "discount_share_12p"
READ = (
    RATE, WORTH, DISCOUNT, "lines_per_order_12p", "active_periods_share_12p", "recency_days", "tenure_days",
    "orders_count_12p", "lines_count_12p", "observed_periods_count", "overdue_ratio", "income_amount",
    "web_visits_count_3p", "leads_count_12p",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return shop_with(tmp_path_factory.mktemp("shop"))


def seen(draw: int = 1):
    """Customers who visit the web as often as they order, and have a lead or none."""
    table = drawn(2_500, seed=21, draw=draw)
    orders = table["orders_count_12p"].to_numpy()
    table = changed(
        table, web_visits_count_3p=orders * 2, leads_count_12p=orders % 2, income_amount=orders * 100.0
    )
    return frame_of(table, READ)


def alike(one, other):
    """Correlation of ranks."""
    return np.corrcoef(one.argsort().argsort(), other.argsort().argsort())[0, 1]


@pytest.fixture(scope="module")
def frame():
    return seen()


@pytest.fixture(scope="module")
def traits(frame, shop):
    return fit_traits([RATE, WORTH, DISCOUNT, "lines_per_order_12p"], frame, shop)


@pytest.fixture(scope="module")
def looks(frame, traits, shop):
    return second_looks(frame, traits, shop, {})


@pytest.mark.parametrize("name", [RATE, WORTH, DISCOUNT, "recency_days"])
def test_a_second_look_is_as_like_the_first_as_another_draw_of_the_same_customers(frame, looks, name):
    first = frame.number(name)[looks.places]
    drawn_again = seen(draw=2).number(name)[looks.places]
    found = [alike(first, look.number(name)) for look in looks.looks]
    assert np.mean(found) == pytest.approx(alike(first, drawn_again), abs=0.05)
    tenths = np.mean([np.quantile(look.number(name), [0.1, 0.5, 0.9]) for look in looks.looks], axis=0)
    assert tenths == pytest.approx(np.quantile(drawn_again, [0.1, 0.5, 0.9]), rel=0.16)


def test_what_is_counted_of_orders_hangs_together_as_it_does_in_the_company(frame, looks):
    """Shares of active periods are what they are for somebody who orders so often."""
    often = dict(zip(frame.number(RATE), frame.number("active_periods_share_12p"), strict=True))
    for look in looks.looks:
        pairs = zip(look.number(RATE), look.number("active_periods_share_12p"), strict=True)
        assert all(often[rate] == share for rate, share in pairs)


def test_counts_of_visits_are_drawn_from_the_rate_of_each(frame, looks):
    first = frame.number("web_visits_count_3p")[looks.places]
    second = np.stack([look.number("web_visits_count_3p") for look in looks.looks])
    assert np.corrcoef(first, second.mean(axis=0))[0, 1] > 0.95
    assert (second != first).mean() > 0.5


@pytest.mark.parametrize("name", ["tenure_days", "income_amount", "leads_count_12p"])
def test_who_somebody_is_and_what_was_written_down_stands(frame, looks, name):
    for look in looks.looks:
        assert np.array_equal(look.number(name), frame.number(name)[looks.places], equal_nan=True)


def test_where_the_sample_does_not_show_it_half_of_the_variance_is_taken_for_chance(frame, traits, shop):
    """As where everybody gave one answer: seen again, answers agree by a half."""
    lines = "lines_per_order_12p"
    found = second_looks(frame, {name: one for name, one in traits.items() if name != lines}, shop, {})
    first = frame.number(lines)[found.places]
    agreed = [alike(first, look.number(lines)) for look in found.looks]
    assert 0.2 < np.mean(agreed) < 0.8


def test_a_share_of_which_the_sample_shows_no_scatter_scatters_as_trials_do():
    rng = np.random.default_rng(9)
    share = rng.beta(2, 2, 4_000)
    numbers = {
        "web_orders_share_12p": rng.binomial(8, share) / 8,
        "channel_orders_count_12p": np.full(4_000, 8.0),
    }
    frame = Frame(pa.array([str(one) for one in range(4_000)]), numbers, {})
    prior = undecided("web_orders_share_12p", FEATURES["web_orders_share_12p"], frame)
    found = prior["web_orders_share_12p"]["prior"]
    assert found["mean"] == pytest.approx(0.5, abs=0.01)
    assert found["variance"] == pytest.approx(share.var(), rel=0.15)
    assert found["scatter"] == pytest.approx((share * (1 - share)).mean(), rel=0.2)


def test_nobody_is_its_own_second_look(frame, looks):
    same = [look.number("recency_days") == frame.number("recency_days")[looks.places] for look in looks.looks]
    assert len(looks.looks) == LOOKS
    assert np.mean(same) < 0.02


def test_the_silence_of_who_has_left_stands(frame, traits, shop):
    """Whose silence is foretold for sure, though it used to order often, has left."""
    parameters = from_json(forecast_versions()["parameters"].to_pylist()[0])
    churn = parameters | {"intercept": 50.0}
    found = second_looks(frame, traits, shop, {"churn_probability_2p": churn})
    for look in found.looks:
        assert np.array_equal(look.number("recency_days"), frame.number("recency_days")[found.places])


def test_the_same_sample_is_looked_at_the_same_way(frame, traits, shop, looks):
    again = second_looks(frame, traits, shop, {})
    for one, other in zip(looks.looks, again.looks, strict=True):
        assert all(np.array_equal(one.number(name), other.number(name), equal_nan=True) for name in READ)


def test_without_a_rate_of_orders_nothing_is_foretold(frame, shop):
    assert second_looks(frame, {}, shop, {}) is None
