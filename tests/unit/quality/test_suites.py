"""Suites from contracts: what is right passes, what is wrong is named without values."""

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from pipeline.quality import validate
from pipeline.tables import fields as f
from pipeline.tables.model import NUMBER, TEXT, Field, table

ORDERS = table(
    "clean",
    "orders",
    "one order line",
    "period line_key",
    (
        f.period,
        f.line_key,
        f.quantity,
        f.discount_amount,
        f.disposition,
        Field("known_share", NUMBER, "A share.", "share 0-1"),
        Field("email", TEXT, "Mail.", pii="direct"),
    ),
    "email",
)


def frame(**changes: list[Any]) -> pd.DataFrame:
    rows = {
        "period": ["2024-01"] * 2,
        "line_key": ["a", "b"],
        "quantity": [Decimal("1.0000"), Decimal("-2.0000")],
        "discount_amount": [Decimal("0.5000"), Decimal("0.0000")],
        "disposition": ["duplicate", "quarantined"],
        "known_share": [0.0, 1.0],
        "email": ["ann@example.org", None],
    }
    return pd.DataFrame(rows | changes)


def failures(found: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    return {one.group: one.failures for one in validate(ORDERS, found) if not one.passed}


def test_rows_that_keep_the_contract_pass_every_group() -> None:
    outcomes = validate(ORDERS, frame())

    assert [(one.group, one.severity) for one in outcomes] == [
        ("schema", "error"),
        ("keys", "error"),
        ("values", "error"),
        ("plausibility", "warn"),
    ]
    assert all(one.passed and one.rows == 2 and one.failures == () for one in outcomes)


@pytest.mark.parametrize(
    ("changes", "group", "said"),
    [
        (
            {"line_key": ["a", "a"]},
            "keys",
            "period + line_key: expected unique together: 2 of 2 rows are not",
        ),
        ({"line_key": ["a", None]}, "keys", "line_key: expected a value: 1 of 2 rows are not"),
        ({"quantity": [Decimal(1), None]}, "values", "quantity: expected a value: 1 of 2 rows are not"),
        (
            {"discount_amount": [Decimal("-0.01"), Decimal(0)]},
            "values",
            "discount_amount: expected at least 0: 1 of 2 rows are not",
        ),
        (
            {"disposition": ["lost", "duplicate"]},
            "values",
            "disposition: expected one of duplicate, withdrawn, quarantined, excluded: 1 of 2 rows are not",
        ),
        (
            {"known_share": [0.2, 1.2]},
            "values",
            "known_share: expected at least 0 and at most 1: 1 of 2 rows are not",
        ),
    ],
)
def test_a_broken_promise_is_named_with_its_count(
    changes: dict[str, list[Any]], group: str, said: str
) -> None:
    assert failures(frame(**changes)) == {group: (said,)}


def test_a_missing_or_foreign_column_fails_the_schema() -> None:
    found = failures(frame().drop(columns="disposition").assign(note="x"))

    assert found["schema"] == ("table: columns missing: disposition; not in the contract: note",)
    assert any("disposition is missing" in one for one in found["values"])


def test_no_rows_are_a_warning_only() -> None:
    assert failures(frame().head(0)) == {"plausibility": ("table: there are no rows",)}


def test_failures_never_show_values() -> None:
    rows = frame(
        email=["ann@example.org", "bob@example.org"],
        line_key=["secret-key", "secret-key"],
        disposition=["hidden", "hidden"],
    )

    text = " ".join(one for group in failures(rows).values() for one in group)

    assert "secret" not in text
    assert "hidden" not in text
    assert "example.org" not in text
