"""Habits, preferences, level and slope, dependence on discounts: values as computed by hand."""

from math import exp, log

import numpy as np
import pytest

from pipeline.tables.entities import PRODUCTS
from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import UTC_MONTHS, line, order_lines, rows_of

#: On Spark each of these takes most of a minute: what is whole runs there in ``test_customer_features``.
pytestmark = pytest.mark.duckdb_suffices

#: Brand, price tier and category by product.
GOODS = {
    "p1": ("Orbis", "premium", "tea"),
    "p2": ("Orbis", "budget", "tea"),
    "p3": ("Hanlin", "budget", "coffee"),
    "p4": (None, None, None),
}


@pytest.fixture
def project(write_project):
    connector = {"kind": "file", "format": "csv", "path": "p.csv"}
    columns = {"product_id": "p", "category": "c", "brand": "b", "price_tier": "t"}
    sources = shop_settings()["sources"]
    sources["goods"] = {"entity": "products", "connector": connector, "columns": columns}
    return write_project(sources=sources, first_period="2023-01", last_period="2024-06", retention_days=3650)


def row_of(engine, project, period, *lines):
    catalogue = rows_of(
        PRODUCTS.clean,
        [
            {"period": one, "source": "goods", "product_id": product, "brand": brand, "price_tier": tier,
             "category": category}
            for one in UTC_MONTHS.between("2023-01", period)
            for product, (brand, tier, category) in GOODS.items()
        ],
    )  # fmt: skip
    return features(engine, project, period, lines=order_lines(*lines), catalogue=catalogue)["c_1"]


def test_brands_tiers_and_categories_are_shared_out_over_the_lines_that_tell_them(engine, project):
    bought = ["p1", "p1", "p2", "p3", "p4", None]
    lines = [
        line(f"2024-02-0{at} 0{at}:30", product_id=one, store_id="s") for at, one in enumerate(bought, 4)
    ]
    row = row_of(engine, project, "2024-02", *lines)
    assert (row["top_brand_12p"], row["top_brand_share_12p"]) == ("Orbis", 0.75)
    assert (row["premium_lines_share_12p"], row["budget_lines_share_12p"]) == (0.5, 0.5)
    entropy = -sum(p * log(p) for p in (3 / 4, 1 / 4))
    assert row["effective_categories_12p"] == pytest.approx(exp(entropy), abs=1e-6)
    counts = {kind: row[f"{kind}_lines_count_12p"] for kind in ("category", "brand", "price_tier", "store")}
    assert counts == {"category": 4, "brand": 4, "price_tier": 4, "store": 6}
    assert row["lines_count_12p"] == 6
    # orders at 04:30, 05:30, 06:30 … 09:30
    assert row["night_orders_share_12p"] == pytest.approx(2 / 6, abs=1e-6)
    assert row["morning_orders_share_12p"] == pytest.approx(4 / 6, abs=1e-6)


def monthly(counts, first="2023-01"):
    """As many orders in each month, from ``first`` on."""
    months = UTC_MONTHS.between(first, "2024-06")
    return [
        line(f"{month}-{day:02} 10:00", net_amount=10)
        for month, many in zip(months, counts, strict=False)
        for day in range(1, many + 1)
    ]


def test_the_strongest_quarter_is_one_of_the_year_wherever_the_window_begins(engine, project):
    # March 2023 to February 2024: 1 in March, 1 in October, 1 and 2 in January and February
    lines = monthly([1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2])
    assert row_of(engine, project, "2024-02", *lines)["strongest_quarter_share_12p"] == pytest.approx(4 / 5)


@pytest.mark.duckdb_suffices
def test_a_season_is_not_told_before_a_year_is_observed(engine, project):
    lines = monthly([1] * 11, "2023-04")
    assert row_of(engine, project, "2024-02", *lines)["strongest_quarter_share_12p"] is None
    assert row_of(engine, project, "2024-03", *lines)["strongest_quarter_share_12p"] is not None


def test_level_and_slope_compare_with_the_customers_own_past(engine, project):
    counts = [1, 1, 2, 1, 0, 2, 1, 1, 1, 2, 3, 2, 4, 4]
    row = row_of(engine, project, "2024-02", *monthly(counts))
    window, months = counts[2:], UTC_MONTHS.between("2023-03", "2024-02")
    days = [UTC_MONTHS.days(one) for one in months]
    now, before = 10 * sum(window[-3:]) / sum(days[-3:]), 10 * sum(window[:-3]) / sum(days[:-3])
    assert row["net_amount_level_index_12p"] == pytest.approx((now - before) / (now + before), abs=1e-6)
    rates = [30 * many / long for many, long in zip(window, days, strict=True)]
    slope = np.polyfit(range(12), rates, 1)[0] / np.mean(rates)
    assert row["orders_slope_12p"] == pytest.approx(slope, abs=1e-6)


def test_the_first_period_of_a_customer_is_no_part_of_its_slope(engine, project):
    counts = [9, 1, 2, 3, 4, 5, 6]  # from August on: seven periods, of which the first is cut short
    row = row_of(engine, project, "2024-02", *monthly(counts, "2023-08"))
    days = [UTC_MONTHS.days(one) for one in UTC_MONTHS.between("2023-09", "2024-02")]
    rates = [30 * many / long for many, long in zip(counts[1:], days, strict=True)]
    assert row["orders_slope_12p"] == pytest.approx(
        np.polyfit(range(6), rates, 1)[0] / np.mean(rates), abs=1e-6
    )
    assert row["net_amount_level_index_12p"] is None


@pytest.mark.duckdb_suffices
def test_a_slope_needs_six_periods_after_the_first(engine, project):
    assert row_of(engine, project, "2024-02", *monthly([1] * 6, "2023-09"))["orders_slope_12p"] is None


def test_dependence_on_discounts_is_told_by_products_bought_again(engine, project):
    def bought(product, day, cut=0):
        return line(f"2024-02-{day:02} 10:00", product_id=product, discount_amount=cut)

    row = row_of(
        engine, project, "2024-02",
        bought("p1", 1, 1), bought("p1", 2, 1), bought("p1", 3, 1),
        bought("p2", 4, 1), bought("p2", 5),
        bought("p3", 6, 1),
    )  # fmt: skip
    assert row["repeated_product_lines_count_12p"] == 5
    assert row["discount_only_share_12p"] == pytest.approx(3 / 5)
