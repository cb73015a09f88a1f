"""What is believed of a customer: near the prior where little was seen, near what was seen where much was."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.features import FEATURES
from pipeline.models.frame import Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.schemes.serving import frozen_traits
from pipeline.schemes.traits import believed, count_behind, fit_traits, information, weighed
from pipeline.segments import fit_versions
from tests.unit.schemes.drawn import ONE_ORDER, drawn
from tests.unit.segments.synthetic import PERIOD, assigned, forecast_versions, shop_with, without

#: Of every way in which a trait shows itself: per 30 days, a share of periods, a gap, means.
TRAITS = (
    "orders_per_30_days_12p", "active_periods_share_12p", "mean_gap_days_12p", "average_order_amount_12p",
    "lines_per_order_12p", "discount_share_12p",
)  # fmt: skip
COUNTS = (
    "orders_count_12p",
    "lines_count_12p",
    "order_days_count_12p",
    "tenure_days",
    "observed_periods_count",
)


VARIATION = "order_amount_variation_12p"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return shop_with(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def features():
    return drawn()


@pytest.fixture(scope="module")
def versions(engine, features, shop):
    return fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop, forecast_versions())


@pytest.fixture(scope="module")
def frame(features):
    return frame_of(features, [*TRAITS, *COUNTS, VARIATION, "recency_days", "orders_trend_index_6p"])


@pytest.fixture(scope="module")
def traits(frame, shop):
    return fit_traits(frame.numbers, frame, shop)


def test_nothing_is_counted_of_what_narrows_a_person_down():
    assert FEATURES["risk_taken_share_3p"].shows == "level"
    assert count_behind(FEATURES["risk_taken_share_3p"]) == ""
    assert count_behind(FEATURES["csat_mean_12p"]) == "csat_answers_count_12p"


def test_every_way_in_which_a_trait_shows_itself_has_a_prior_and_nothing_else_has(traits):
    assert set(traits) == {*TRAITS, VARIATION}
    assert {one["shows"] for one in traits.values()} == {"rate", "share", "gap", "level"}


@pytest.mark.parametrize("name", TRAITS)
def test_the_less_was_seen_the_nearer_to_the_prior(frame, traits, name):
    is_of_time = traits[name]["shows"] in ("rate", "share")
    count = frame.number("tenure_days" if is_of_time else "orders_count_12p")
    seen, now = frame.number(name), believed(frame, traits).number(name)
    moved = np.abs(now - seen) / np.abs(seen - np.nanmedian(now)).clip(1e-9)
    often, seldom = (count > 300, count < 30) if is_of_time else (count > 30, count <= 3)
    assert np.nanmedian(moved[often]) < 0.25 < np.nanmedian(moved[seldom])
    assert np.isnan(now).tolist() == np.isnan(seen).tolist()


@pytest.mark.parametrize("name", ["orders_per_30_days_12p", "average_order_amount_12p", "discount_share_12p"])
def test_a_new_customer_seen_once_stands_near_the_middle_whatever_was_seen(frame, traits, name):
    """As often as nobody else, for having come a day ago; with the dearest basket of all."""
    believed_of_all = believed(frame, traits).number(name)
    once = {count: np.array([1.0]) for count in COUNTS} | {VARIATION: np.array([np.nan])}
    once |= {name: np.array([np.nanmax(frame.number(name))])}
    rest = {one: np.array([np.nan]) for one in TRAITS if one != name}
    alone = believed(Frame(pa.array(["new"]), once | rest, {}), traits).number(name)
    assert 0.05 < (believed_of_all < alone).mean() < 0.95
    assert (frame.number(name) <= once[name]).all()


def test_reasons_tell_what_was_seen(features, versions, shop):
    rows = assigned(features, versions, shop).filter(pc.field("scheme") == "purchasing_power").to_pylist()
    amounts = dict(
        zip(
            features["customer_id"].to_pylist(), features["average_order_amount_12p"].to_pylist(), strict=True
        )
    )
    told = [
        (row["customer_id"], one["value"])
        for row in rows
        for one in row["reasons"] or ()
        if one["feature"] == "average_order_amount_12p"
    ]
    assert len(told) > 500
    assert all(value == pytest.approx(amounts[one], rel=0.006) for one, value in told)


def test_at_most_one_order_leaves_the_evidence_of_every_scheme_below_three_tenths(features, versions, shop):
    rows = assigned(features, versions, shop)
    orders = dict(
        zip(features["customer_id"].to_pylist(), features["orders_count_12p"].to_pylist(), strict=True)
    )
    thin = [row for row in rows.to_pylist() if orders[row["customer_id"]] <= 1]
    assert len(thin) > 100
    # of who has been seen for half a year one order tells that it comes seldom: periods are counted there
    for scheme in {row["scheme"] for row in thin} - {"relationship"}:
        assert max(row["evidence_share"] for row in thin if row["scheme"] == scheme) < 0.3, scheme


@pytest.mark.parametrize("name", ONE_ORDER)
def test_one_order_tells_of_a_basket_what_was_planted(frame, traits, name):
    told = information(frame, {name: traits[name] | {"weight": 1.0}})
    orders = frame.number("orders_count_12p")
    assert np.median(told[orders == 1]) == pytest.approx(ONE_ORDER[name], abs=0.1)
    many = ONE_ORDER[name] * 30 / (ONE_ORDER[name] * 29 + 1)
    assert np.median(told[orders == 30]) == pytest.approx(many, abs=0.1)


def test_evidence_and_confidence_grow_with_orders(features, versions, shop):
    rows = assigned(features, versions, shop).filter(pc.field("scheme") == "purchasing_power").to_pandas()
    orders = features["orders_count_12p"].to_numpy()
    bands = [(orders >= low) & (orders < high) for low, high in ((2, 4), (4, 10), (10, 30), (30, 10_000))]
    for name in ("evidence_share", "confidence"):
        means = [rows[name][band].mean() for band in bands]
        assert means == sorted(means), name
    assert rows["confidence"][bands[0]].mean() < 0.7


@pytest.mark.parametrize("scheme", ["purchase_frequency", "purchasing_power", "loyalty"])
def test_confidence_is_the_share_of_customers_with_the_same_segment_in_a_second_draw(engine, shop, scheme):
    """Frozen versions score what might have been seen of the same customers in place of what was."""
    first, second = (drawn(4_000, seed=5, draw=one) for one in (0, 1))
    versions = fit_versions(engine.from_arrow(first), None, None, None, PERIOD, shop, forecast_versions())
    then, again = (
        assigned(one, versions, shop).filter(pc.field("scheme") == scheme).to_pandas()
        for one in (first, second)
    )
    both = then.merge(again[["customer_id", "segment_id"]], on="customer_id", suffixes=("", "_again")).dropna(
        subset=["segment_id", "segment_id_again"]
    )
    assert len(both) > 2_000
    both["same"] = both["segment_id"] == both["segment_id_again"]
    fifth = pd.qcut(both["confidence"].rank(method="first"), 5, labels=False)
    means = both.groupby(fifth)[["confidence", "same"]].mean()
    assert both["confidence"].mean() - both["same"].mean() < 0.03
    assert (means["confidence"] - means["same"] < 0.08).all(), means
    assert (means["same"] - means["confidence"] < 0.15).all(), means


def test_the_priors_are_frozen_with_the_version_with_their_weights(versions, features, shop):
    parameters = {
        row["scheme"]: from_json(row["parameters"]) for row in versions.to_pylist() if row["parameters"]
    }
    assert set(frozen_traits(parameters["purchase_frequency"])) == {
        "orders_per_30_days_12p",
        "mean_gap_days_12p",
    }
    assert frozen_traits(parameters["purchase_frequency"])["orders_per_30_days_12p"]["weight"] == 0.7
    # Rules and what happened between two spans speak of what was seen.
    assert frozen_traits(parameters["lifecycle"]) == frozen_traits(parameters["recent_trend"]) == {}


def test_a_version_of_before_there_were_priors_scores_what_was_seen(versions, features, shop):
    rows = assigned(features, without(versions, "traits", "earned"), shop)
    power = rows.filter((pc.field("scheme") == "purchasing_power") & (pc.field("status") == "assigned"))
    assert set(power["evidence_share"].to_pylist()) == {1.0}


def test_how_values_vary_tells_their_scatter_or_else_how_means_of_few_do(frame, traits, shop):
    unknown = {VARIATION: np.full(len(frame), np.nan)}
    name = "average_order_amount_12p"
    by_counts = fit_traits([name], Frame(frame.customer_id, frame.numbers | unknown, {}), shop)
    assert by_counts[name]["prior"]["scatter"] == pytest.approx(0.81, rel=0.35)
    assert traits[name]["prior"]["scatter"] == pytest.approx(0.81, rel=0.15)
    assert traits[name]["prior"]["variance"] == pytest.approx(0.25, rel=0.15)


def test_where_everybody_was_seen_as_often_what_was_seen_stands(frame, shop):
    even = Frame(frame.customer_id, frame.numbers | {"orders_count_12p": np.full(len(frame), 12.0)}, {})
    assert not fit_traits(["lines_per_order_12p"], even, shop)
    assert believed(even, {}) is even
    assert information(even, {}).tolist() == [1.0] * len(frame)


@pytest.mark.parametrize("size", [0.0, 1e-7])
def test_where_nobody_differs_by_more_than_is_kept_what_was_seen_stands(frame, shop, size):
    """As where nothing is ever sold at a discount."""
    values = frame.number("discount_share_12p") * size
    alike = Frame(frame.customer_id, frame.numbers | {"discount_share_12p": values}, {})
    found = fit_traits(["discount_share_12p", "orders_per_30_days_12p"], alike, shop)
    assert set(found) == {"orders_per_30_days_12p"}
    assert not np.isnan(information(alike, weighed(found, [("orders_per_30_days_12p", 1.0)], found))).any()
