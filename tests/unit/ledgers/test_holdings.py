"""The ledger of holdings: balances as they stand at the end of a period."""

from typing import Any

import pytest

from pipeline.ledgers.holdings import CLASSES, holdings
from tests.unit.ledgers.lines import Company, events


def balance(day: str, amount: float, asset_class: str | None = "savings", **values: Any) -> dict[str, Any]:
    usual = {"observed_at": f"{day} 12:00", "holding_id": "h1", "is_liability": False, "risk_level": "low"}
    return {**usual, "balance_amount": amount, "asset_class": asset_class, **values}


def ledger(engine, *rows: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    table = holdings.of({"holdings": engine.from_arrow(events("holdings", *rows))}, Company())
    assert list(table.columns) == holdings.table.columns
    return {(row["period"], row["account_id"]): row for row in engine.to_arrow(table).to_pylist()}


def test_of_each_holding_the_last_balance_of_the_period_counts(engine):
    found = ledger(
        engine,
        balance("2024-01-05", 100),
        balance("2024-01-31", 70),
        balance("2024-01-20", 5, holding_id="h2", asset_class="ETF", risk_level="medium"),
        balance("2024-02-28", 1),
    )
    january = found["2024-01", "a_1"]
    assert (january["instruments_count"], january["assets_amount"]) == (2, 75)
    assert (january["deposits_amount"], january["funds_amount"], january["bonds_amount"]) == (70, 5, 0)
    assert (january["low_risk_amount"], january["medium_risk_amount"]) == (70, 5)
    assert (january["first_event_at"].day, january["last_event_at"].day) == (5, 31)
    assert found["2024-02", "a_1"]["assets_amount"] == 1


@pytest.mark.duckdb_daily
def test_what_is_owed_is_no_asset(engine):
    found = ledger(
        engine,
        balance("2024-01-05", 900, asset_class="credit", is_liability=True, risk_level="high"),
        balance("2024-01-05", 40, holding_id="h2", asset_class=None, risk_level=None),
    )
    row = found["2024-01", "a_1"]
    assert (row["assets_amount"], row["liabilities_amount"], row["high_risk_amount"]) == (40, 900, 0)
    assert sum(row[f"{one}_amount"] for one in CLASSES) == 0


@pytest.mark.duckdb_suffices
@pytest.mark.parametrize(
    ("name", "word"), [(name, word) for name, words in CLASSES.items() for word in words]
)
def test_classes_are_known_by_their_words_however_they_are_written(engine, name, word):
    [row] = ledger(
        engine, balance("2024-01-05", 3, asset_class=f" {word.upper().replace(' ', '_')}")
    ).values()
    assert row[f"{name}_amount"] == 3
