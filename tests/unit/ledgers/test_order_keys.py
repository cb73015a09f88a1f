"""The ledger of keys: bought lines by product, category, brand, price tier, store and channel."""

from decimal import Decimal

import pytest

from pipeline.engine import Engine
from pipeline.ledgers.order_keys import order_keys
from pipeline.tables.entities import PRODUCTS
from tests.unit.ledgers.lines import Company, line, order_lines, products, rows_of


def keys(engine: Engine, lines, catalogue):
    given = {"orders": order_lines(*lines), "products": catalogue}
    table = order_keys.of(
        {name: engine.from_arrow(rows) for name, rows in given.items() if rows is not None}, Company()
    )
    assert list(table.columns) == order_keys.table.columns
    rows = engine.to_arrow(table).to_pylist()
    return {(r["period"], r["key_kind"], r["key"]): (r["lines_count"], r["bought_amount"]) for r in rows}


def test_bought_lines_are_counted_by_each_kind_of_key(engine):
    lines = [
        line("2024-01-03 10:00", product_id="p1", store_id="s", channel="web", net_amount="1.50"),
        line("2024-01-04 10:00", product_id="p2", store_id="s", net_amount="2"),
        line("2024-01-05 10:00", product_id="p1", net_amount=-9, is_return=True, store_id="s"),
    ]
    catalogue = products(["2024-01"], {"p1": "tea", "p2": "tea", "p3": "coffee"})
    assert keys(engine, lines, catalogue) == {
        ("2024-01", "product", "p1"): (1, Decimal("1.50")),
        ("2024-01", "product", "p2"): (1, 2),
        ("2024-01", "category", "tea"): (2, Decimal("3.50")),
        ("2024-01", "store", "s"): (2, Decimal("3.50")),
        ("2024-01", "channel", "web"): (1, Decimal("1.50")),
    }


@pytest.mark.duckdb_daily
def test_unknown_products_and_categories_are_skipped_in_their_kind_only(engine):
    lines = [
        line("2024-01-03 10:00", product_id="not in the catalogue"),
        line("2024-01-04 10:00", product_id="without category"),
        line("2024-01-05 10:00", product_id=None, store_id="s"),
    ]
    found = keys(engine, lines, products(["2024-01"], {"without category": None}))
    assert {(kind, key) for _, kind, key in found} == {
        ("product", "not in the catalogue"), ("product", "without category"), ("store", "s"),
    }  # fmt: skip


@pytest.mark.duckdb_daily
def test_a_line_takes_the_category_of_its_own_period(engine):
    lines = [line("2024-01-03 10:00", product_id="p"), line("2024-02-03 10:00", product_id="p")]
    renamed = (
        products(["2024-01"], {"p": "old"}).to_pylist() + products(["2024-02"], {"p": "new"}).to_pylist()
    )
    catalogue = products([], {}).schema.empty_table().from_pylist(renamed, schema=products([], {}).schema)
    found = keys(engine, lines, catalogue)
    assert {(period, key) for period, kind, key in found if kind == "category"} == {
        ("2024-01", "old"), ("2024-02", "new"),
    }  # fmt: skip


@pytest.mark.duckdb_daily
def test_without_a_catalogue_there_are_no_categories(engine):
    found = keys(engine, [line("2024-01-03 10:00", product_id="p")], None)
    assert set(found) == {("2024-01", "product", "p")}


def test_lines_have_the_brand_and_the_kind_of_price_tier_of_their_product(engine):
    lines = [
        line("2024-01-03 10:00", product_id="p1", discount_amount="0.5"),
        line("2024-01-04 10:00", product_id="p2"),
        line("2024-01-05 10:00", product_id="p3"),
    ]
    told = {"p1": ("Orbis", "Luxury"), "p2": ("Orbis", "economy"), "p3": (None, None)}
    catalogue = rows_of(
        PRODUCTS.clean,
        [
            {"period": "2024-01", "source": "c", "product_id": one, "brand": brand, "price_tier": tier}
            for one, (brand, tier) in told.items()
        ],
    )
    given = {"orders": engine.from_arrow(order_lines(*lines)), "products": engine.from_arrow(catalogue)}
    rows = engine.to_arrow(order_keys.of(given, Company())).to_pylist()
    found = {
        (row["key_kind"], row["key"]): (row["lines_count"], row["discounted_lines_count"]) for row in rows
    }
    assert {key: counts for key, counts in found.items() if key[0] != "product"} == {
        ("brand", "Orbis"): (2, 1), ("price_tier", "premium"): (1, 1), ("price_tier", "budget"): (1, 0),
    }  # fmt: skip
