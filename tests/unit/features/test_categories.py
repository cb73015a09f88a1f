"""What customers bought by category: as counted by hand, of the population, point in time."""

import pyarrow as pa
import pytest

from pipeline.features import Window
from pipeline.features.categories import CUSTOMER_CATEGORIES, customer_categories
from pipeline.ledgers.order_keys import order_keys
from pipeline.tables.zones import ACCOUNT_LINKS
from tests.unit.ledgers.lines import UTC_MONTHS, at, rows_of


def ledger(*rows: tuple[str, str, str, str, int]) -> pa.Table:
    return rows_of(
        order_keys.table,
        [
            {"period": period, "account_id": account, "key_kind": kind, "key": key, "lines_count": lines,
             "discounted_lines_count": 0, "bought_amount": 1}
            for period, account, kind, key, lines in rows
        ],
    )  # fmt: skip


KEYS = ledger(
    ("2023-01", "a_1", "category", "tea", 9),  # before the window
    ("2024-01", "a_1", "category", "tea", 2),
    ("2024-02", "a_1", "category", "tea", 1),
    ("2024-02", "a_1", "product", "p1", 1),
    ("2024-01", "b_1", "category", "tea", 4),  # another account of the same customer
    ("2024-01", "a_1", "category", "cocoa", 1),
    ("2024-02", "a_2", "category", "cocoa", 3),
    ("2024-02", "a_gone", "category", "tea", 3),
    ("2024-03", "a_2", "category", "tea", 7),  # later
)
LINKS = {"a_1": "c_1", "b_1": "c_1", "a_2": "c_2", "a_gone": "c_gone"}


def found(engine, keys: pa.Table) -> list[tuple]:
    links = rows_of(
        ACCOUNT_LINKS,
        [
            {"period": "2024-02", "account_id": account, "customer_id": customer, "link_kind": "own_account",
             "first_seen_at": at("2023-01-01 00:00"), "last_active_at": at("2024-02-01 00:00")}
            for account, customer in LINKS.items()
        ],
    )  # fmt: skip
    population = pa.Table.from_pylist(
        [
            {"period": "2024-02", "customer_id": one, "is_in_population": one != "c_gone"}
            for one in sorted(set(LINKS.values()))
        ]
    )
    tables = (engine.from_arrow(one) for one in (population, links, keys))
    rows = engine.to_arrow(customer_categories(*tables, Window(UTC_MONTHS, "2023-01", "2024-02")))
    assert rows.column_names == CUSTOMER_CATEGORIES.columns
    return sorted(tuple(row.values()) for row in rows.to_pylist())


def test_lines_are_counted_over_accounts_of_the_population_and_the_window(engine):
    assert found(engine, KEYS) == [
        ("2024-02", "c_1", "cocoa", 1, 0),
        ("2024-02", "c_1", "tea", 7, 1),
        ("2024-02", "c_2", "cocoa", 3, 3),
    ]


@pytest.mark.duckdb_suffices
def test_what_comes_later_changes_nothing(engine):
    """Law L2."""
    later = ledger(("2024-03", "a_1", "category", "tea", 99), ("2024-04", "a_2", "category", "new", 1))
    assert found(engine, pa.concat_tables([KEYS, later])) == found(engine, KEYS)
