"""Amounts of other currencies: the rate in force on the row's local day, exact decimals, or set aside."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.expr import types as ir

from pipeline.clean import clean
from pipeline.engine import Engine
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES, EXCHANGE_RATES, PROFILES
from tests.conftest import KEY, shop_settings
from tests.unit.clean.every_entity import cleaned, project_with
from tests.unit.clean.rows import GOOD, ORDERS, aside, columns, kept, raw_rows

QUOTES = ENTITIES["quotes"]


def rates_of(engine: Engine, *rates: tuple[str, str, str], period: str = "2024-01") -> ir.Table:
    """``clean/exchange_rates`` of a period: currency, first day, rate."""
    rows = [
        {
            "period": period,
            "source": "bank",
            "rate_currency": currency,
            "rate_date": date.fromisoformat(day),
            "rate": Decimal(rate),
        }
        for currency, day, rate in rates
    ]
    return engine.from_arrow(pa.Table.from_pylist(rows, schema=EXCHANGE_RATES.clean.schema))


def test_the_rate_in_force_on_the_local_day_of_the_event(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "quotes", project={"time_zone": "Asia/Shanghai", "currency": "CNY"})
    rates = rates_of(
        engine, ("USD", "2023-12-01", "7.1"), ("USD", "2024-01-05", "7.2"), ("USD", "2024-01-06", "7.3")
    )
    rows = [
        {"quoted_at": "2024-01-04 12:00", "responded_at": "", "quote_id": "before", "currency": "US Dollar"},
        {
            "quoted_at": "2024-01-04T16:30:00Z",
            "responded_at": "",
            "quote_id": "local midnight",
            "currency": "usd",
        },
        {"quoted_at": "2024-02-01", "responded_at": "", "quote_id": "after", "currency": "USD"},
        {"quote_id": "own", "currency": "cny"},
        {"quote_id": "silent", "currency": ""},
    ]

    found = kept(cleaned(engine, project, "quotes", rows, rates), QUOTES)

    assert {row["quote_id"]: (row["quoted_amount"], row["currency"]) for row in found} == {
        "before": (Decimal(710), "USD"),
        "local midnight": (Decimal(720), "USD"),
        "after": (Decimal(730), "USD"),
        "own": (Decimal(100), "CNY"),
        "silent": (Decimal(100), None),
    }


def test_no_rate_and_no_known_currency_set_a_row_aside(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "quotes")
    rates = rates_of(engine, ("USD", "2024-01-06", "0.9"), ("GBP", "2020-01-01", "1.2"))
    rows = [
        {"quote_id": "too early", "currency": "USD"},
        {"quote_id": "never", "currency": "JPY"},
        {"quote_id": "unknown", "currency": "$"},
        {
            "quote_id": "other period",
            "currency": "GBP",
            "period": "2024-02",
            "quoted_at": "2024-02-01",
            "responded_at": "",
        },
        {"quote_id": "too large", "currency": "GBP", "quoted_amount": "90000000000000"},
        {"quote_id": "good", "currency": "GBP"},
    ]

    found = cleaned(engine, project, "quotes", rows, rates)

    assert [(row["quote_id"], row["quoted_amount"]) for row in kept(found, QUOTES)] == [
        ("good", Decimal(120))
    ]
    assert [(row["row"], row["rule"], row["column"], row["found"]) for row in aside(found, "quotes")] == [
        (1, "rate_missing", "currency", "USD"),
        (2, "rate_missing", "currency", "JPY"),
        (3, "unknown_code", "currency", "$"),
        (5, "value_out_of_range", "quoted_amount", "90000000000000"),
        (4, "rate_missing", "currency", "GBP"),
    ]
    # without any rates only the project's own currency is kept
    assert [row["rule"] for row in aside(cleaned(engine, project, "quotes", rows[-1:]), "quotes")] == [
        "rate_missing"
    ]


def test_every_amount_of_an_order_is_converted_and_its_value_is_exact(
    engine: Engine, write_project: Any
) -> None:
    project = write_project(sources=columns(currency="money", discount_amount="off"))
    rates = rates_of(engine, ("JPY", "2024-01-01", "0.00620000"))
    defaults = GOOD | {"money": "JPY", "off": "100"}

    (row,) = kept(
        clean(
            ORDERS,
            {"till": raw_rows(engine, [{"price": "981", "quantity": "1000"}], defaults=defaults)},
            project,
            KEY,
            rates,
        )
    )

    # the value is converted as a whole: 1000 times the rounded price would be off
    assert row["net_amount"] == Decimal("6082.2")
    assert row["unit_price_amount"] == Decimal("6.0822")
    assert (row["discount_amount"], row["coupon_amount"]) == (Decimal("0.62"), Decimal(0))
    assert row["currency"] == "JPY"


def test_a_snapshot_takes_the_day_of_its_change_else_the_last_of_the_period(
    engine: Engine, write_project: Any
) -> None:
    project = project_with(write_project, "profiles")
    rates = rates_of(
        engine, ("USD", "2023-01-01", "0.5"), ("USD", "2024-01-31", "0.8"), ("USD", "2024-02-01", "0.9")
    )
    rows = [
        {"currency": "USD", "updated_at": "2023-06-01", "city": "changed"},
        {"currency": "USD", "updated_at": "", "account": "8", "city": "not dated"},
        {"currency": "JPY", "income_amount": "", "account": "9", "city": "no amount"},
    ]

    found = kept(cleaned(engine, project, "profiles", rows, rates), PROFILES)

    assert {row["city"]: row["income_amount"] for row in found} == {
        "changed": Decimal(25000),
        "not dated": Decimal(40000),
        "no amount": None,
    }


def test_rates_are_cleaned_like_any_entity(engine: Engine, write_project: Any) -> None:
    project = project_with(write_project, "exchange_rates")
    rows = [
        {},
        {"rate_date": "2024-01-02", "rate": "0"},
        {"rate_date": "2024-01-03", "rate_currency": "moon"},
        {"rate_date": "soon"},
        {"rate_currency": "US Dollar", "rate": "0.5"},
    ]

    found = cleaned(engine, project, "exchange_rates", rows)

    (row,) = kept(found, EXCHANGE_RATES)
    assert row["rate_currency"] == "USD"
    assert sorted((one["row"], one["rule"]) for one in aside(found, "exchange_rates"))[1:4] == [
        (2, "rate_not_positive"),
        (3, "unknown_code"),
        (4, "time_unreadable"),
    ]


@settings(max_examples=3, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(
            st.decimals(0, 10**7, places=4, allow_nan=False), st.decimals("0.00000001", 10**5, places=8)
        ),
        min_size=1,
        max_size=30,
    )
)
def test_law_conversion_is_exact_and_rounds_half_to_even(
    engine: Engine, pairs: list[tuple[Decimal, Decimal]]
) -> None:
    till = shop_settings()["sources"]["till"]
    source = {
        "entity": "quotes",
        "connector": till["connector"],
        "columns": {
            "source_account_id": "a",
            "quote_id": "q",
            "quoted_at": "at",
            "quoted_amount": "n",
            "currency": "c",
        },
    }
    project = Project(**shop_settings(sources={"till": till, "extra": source}), folder=Path())
    days = [f"2023-01-{at + 1:02d}" for at in range(len(pairs))]
    rates = rates_of(engine, *(("USD", day, str(rate)) for day, (_, rate) in zip(days, pairs, strict=True)))
    rows = [{"q": day, "at": day, "n": str(amount)} for day, (amount, _) in zip(days, pairs, strict=True)]
    raw = raw_rows(engine, rows, "extra", {"a": "1", "q": "", "at": "", "n": "", "c": "USD"})

    found = kept(clean(QUOTES, {"extra": raw}, project, KEY, rates), QUOTES)

    with localcontext(prec=60):
        expected = {
            day: (amount * rate).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
            for day, (amount, rate) in zip(days, pairs, strict=True)
        }
    assert {row["quote_id"]: row["quoted_amount"] for row in found} == expected
