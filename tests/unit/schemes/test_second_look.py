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
    "web_visits_count_3p", "leads_count_12p", "complaints_count_12p", "complaints_per_order_12p",
    "complaints_per_30_days_12p", "csat_answers_count_12p", "csat_mean_12p", "lead_change_recency_days",
    "order_days_count_12p", "gap_variation_12p", "store_lines_count_12p", "top_store_share_12p",
    "instruments_count_3p", "risk_taken_share_3p",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return shop_with(tmp_path_factory.mktemp("shop"))


def seen(draw: int = 1):
    """Customers who visit the web as often as they order, and have a lead or none; one in ten complains, of
    every other order; some answer, and one in four holds something."""
    table = drawn(2_500, seed=21, draw=draw)
    orders, days = (table[name].to_numpy() for name in ("orders_count_12p", "tenure_days"))
    trait, chance = np.random.default_rng(22), np.random.default_rng([22, draw])
    complaints = chance.poisson(np.where(trait.random(len(orders)) < 0.1, 4.0, 0.0) * days / 365)
    answers = chance.poisson(1.5 * days / 365)
    told = np.clip(trait.normal(3.5, 0.7, len(orders)) + chance.normal(0, 0.6, len(orders)), 1, 5)
    holds = np.arange(len(orders)) % 4 == 0
    table = changed(
        table,
        web_visits_count_3p=orders * 2,
        leads_count_12p=chance.poisson(days / 365),
        lead_change_recency_days=days / 2,
        income_amount=orders * 100.0,
        complaints_count_12p=complaints,
        complaints_per_order_12p=complaints / orders,
        complaints_per_30_days_12p=complaints * 30 / days,
        csat_answers_count_12p=answers,
        csat_mean_12p=np.where(answers > 0, told, np.nan),
        store_lines_count_12p=np.where(np.arange(len(orders)) % 3 == 0, orders, 0),
        instruments_count_3p=np.where(holds, 3, 0),
        risk_taken_share_3p=np.where(holds, trait.random(len(orders)), np.nan),
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


STANDS = ("tenure_days", "income_amount", "lead_change_recency_days")
HELD = ("instruments_count_3p", "risk_taken_share_3p")


@pytest.mark.parametrize("name", [*STANDS, *HELD])
def test_who_somebody_is_and_what_is_held_stands(frame, looks, name):
    for look in looks.looks:
        assert np.array_equal(look.number(name), frame.number(name)[looks.places], equal_nan=True)


@pytest.mark.parametrize("name", ["leads_count_12p", "complaints_count_12p", "csat_answers_count_12p"])
def test_contacts_answers_and_leads_are_drawn_anew(frame, looks, name):
    first, again = frame.number(name)[looks.places], seen(draw=2).number(name)[looks.places]
    drawn_again = np.stack([look.number(name) for look in looks.looks])
    assert drawn_again.mean() == pytest.approx(again.mean(), rel=0.15)
    # of whom nothing was seen, and of whom something was
    for some in (first == 0, first > 0):
        assert (drawn_again[:, some] > 0).mean() == pytest.approx((again[some] > 0).mean(), abs=0.06)


def test_numbers_per_order_and_over_time_are_those_of_the_counts_in_the_look(frame, looks):
    for look in looks.looks:
        complaints = look.number("complaints_count_12p")
        assert look.number("complaints_per_order_12p") == pytest.approx(
            complaints / look.number("orders_count_12p")
        )
        days = frame.number("tenure_days")[looks.places]
        assert look.number("complaints_per_30_days_12p") == pytest.approx(complaints * 30 / days)


def test_what_no_answer_of_the_look_tells_is_not_known_in_it(looks):
    for look in looks.looks:
        known = ~np.isnan(look.number("csat_mean_12p"))
        assert np.array_equal(known, look.number("csat_answers_count_12p") > 0)


def test_who_buys_in_no_store_is_seen_in_none(frame, looks):
    """Which part of the orders is in stores is what a customer is like, and not a donor's."""
    first = frame.number("store_lines_count_12p")[looks.places] > 0
    for look in looks.looks:
        assert np.array_equal(look.number("store_lines_count_12p") > 0, first)
        assert np.array_equal(~np.isnan(look.number("top_store_share_12p")), first)


def test_who_has_no_order_in_the_window_is_looked_at_too(frame, traits, shop):
    """On the web, say; whatever comes of orders stands where a look shows none either."""
    away = np.arange(len(frame)) % 5 == 0
    of_orders = [one for one in READ if FEATURES[one].entities == ("orders",)]
    counts = {one for one in of_orders if FEATURES[one].null == ""} | {"orders_per_30_days_12p"}
    numbers = {
        name: np.where(away, 0.0 if name in counts else np.nan, values) if name in of_orders else values
        for name, values in frame.numbers.items()
    }
    found = second_looks(Frame(frame.customer_id, numbers, {}), traits, shop, {})
    gone = away[found.places]
    assert gone.any()
    for look in found.looks:
        none = gone & (look.number("orders_count_12p") == 0)
        assert none.any()
        assert np.isnan(look.number("recency_days")[none]).all()
        assert (look.number("web_visits_count_3p")[gone] > 0).any()


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
