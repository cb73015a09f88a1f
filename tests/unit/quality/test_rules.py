"""A planted violation of each kind of rule is caught by Great Expectations, in the engine, and where files
prove most of it, told alike."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine import Engine
from pipeline.quality import (
    GROUPS,
    KINDS,
    Outcome,
    Rule,
    outcomes,
    rules,
    unproven,
    validate,
    validate_in_engine,
)
from pipeline.tables import fields as f
from pipeline.tables.model import NUMBER, TEXT, TIMESTAMP, Field, Table, table

#: A table whose contract has every kind of rule.
EVERY = table(
    "customers",
    "every_kind",
    "one customer",
    "period customer_id",
    (
        f.period,
        f.customer_id,
        f.discount_amount,
        f.disposition,
        Field("known_share", NUMBER, "A share.", "share 0-1"),
        Field("effect", NUMBER, "A number without bounds."),
        Field("seen_at", TIMESTAMP, "When."),
        Field("note", TEXT, "Anything.", pii="direct"),
    ),
    "note",
)
GOOD: dict[str, Any] = {
    "period": "2024-01",
    "customer_id": "c1",
    "discount_amount": Decimal("0.5000"),
    "disposition": "duplicate",
    "known_share": 1.0,
    "effect": -2.5,
    "seen_at": datetime(2024, 1, 5, tzinfo=UTC),
    "note": "ann@example.org",
}
Rows = list[dict[str, Any]]


def good_rows() -> Rows:
    return [GOOD | {"customer_id": one} for one in ("c1", "c2", "c3")]


def _changed(name: str, value: Any) -> Rows:
    first, *others = good_rows()
    return [first | {name: value}, *others]


def _limit(rule: Rule) -> Rows:
    value = rule.low - 0.1 if rule.low is not None else rule.high + 0.1  # type: ignore[operator]
    return _changed(rule.columns[0], Decimal(f"{value:.4f}") if "amount" in rule.columns[0] else value)


#: What breaks a rule, by its kind: a new kind has no check until it stands here.
PLANTED: dict[str, list[Callable[[Rule], Rows]]] = {
    "columns": [
        lambda rule: [{key: value for key, value in one.items() if key != "effect"} for one in good_rows()],
        lambda rule: [one | {"surplus": 1} for one in good_rows()],
    ],
    "known": [lambda rule: _changed(rule.columns[0], None)],
    "unique": [lambda rule: [*good_rows(), *good_rows()[:1]]],
    "codes": [lambda rule: _changed(rule.columns[0], "nonsense")],
    "limits": [_limit],
    "some_rows": [lambda rule: []],
    "finite": [
        lambda rule: _changed(rule.columns[0], float("inf")),
        lambda rule: _changed(rule.columns[0], float("-inf")),
    ],
    "times": [
        lambda rule: _changed(rule.columns[0], datetime(1850, 1, 1, tzinfo=UTC)),
        lambda rule: _changed(rule.columns[0], datetime(2200, 1, 1, tzinfo=UTC) + timedelta(days=1)),
    ],
}


def arrow(rows: Rows) -> pa.Table:
    names = list(rows[0]) if rows else EVERY.columns
    types = {one.name: one.type for one in EVERY.fields}
    return pa.table({name: pa.array([one[name] for one in rows], types.get(name)) for name in names})


def by_expectations(engine: Engine, table: Table, rows: Rows) -> list[Outcome]:
    return validate(table, arrow(rows).to_pandas())


def by_queries(engine: Engine, table: Table, rows: Rows) -> list[Outcome]:
    return validate_in_engine(table, engine.from_arrow(arrow(rows)))


def by_files(engine: Engine, table: Table, rows: Rows) -> list[Outcome]:
    """By queries, but for what the file that holds the rows proves."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        pq.write_table(arrow(rows), file)
        return validate_in_engine(table, engine.from_arrow(arrow(rows)), [file])


def by_rest(engine: Engine, table: Table, rows: Rows) -> list[Outcome]:
    """By expectations about what the file that holds the rows does not prove, and of no other columns."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        pq.write_table(arrow(rows), file)
        asked = unproven(table, [file])
    if not asked:
        return outcomes(table, len(rows), ())
    every = any(one.kind == "columns" for one in asked)
    named = {name for one in asked for name in one.columns} | set(table.key)
    frame = arrow(rows).to_pandas()
    return validate(table, frame if every else frame[[one for one in frame.columns if one in named]], asked)


PATHS = (by_expectations, by_queries, by_files, by_rest)
CASES = [(rule, plant) for rule in rules(EVERY) for plant in PLANTED.get(rule.kind, [])]


def test_every_kind_of_rule_follows_from_a_contract_and_has_a_planted_violation() -> None:
    assert {one.kind for one in rules(EVERY)} == set(KINDS) == set(PLANTED)
    assert all(PLANTED.values())


@pytest.mark.parametrize("path", PATHS)
def test_good_rows_pass_every_group(path: Callable[..., list[Outcome]], engine: Engine) -> None:
    found = path(engine, EVERY, good_rows())
    assert [(one.group, one.severity) for one in found] == list(GROUPS.items())
    assert all(one.passed and one.rows == 3 and one.failures == () for one in found)


@pytest.mark.parametrize(("rule", "plant"), CASES, ids=[f"{one.kind}-{one.subject}" for one, _ in CASES])
def test_a_planted_violation_is_caught_on_every_path(
    rule: Rule, plant: Callable[[Rule], Rows], engine: Engine
) -> None:
    told = []
    for path in PATHS:
        outcomes = path(engine, EVERY, plant(rule))
        assert rule.group in {one.group for one in outcomes if not one.passed}
        failures = [(one.group, text) for one in outcomes for text in one.failures]
        assert any(text.startswith(f"{rule.subject}: ") for group, text in failures if group == rule.group)
        assert "example.org" not in str(failures)
        told.append([(group, re.sub(r" \(such as .*\)$", "", text)) for group, text in failures])
    assert all(one == told[0] for one in told)


def test_broken_keys_are_named_in_the_engine_unless_they_could_tell_of_a_person(engine: Engine) -> None:
    rows = [one | {"disposition": "hidden"} for one in good_rows()]
    (said,) = _failures(by_queries(engine, EVERY, [*rows, *rows]), "values")
    assert said.endswith("6 of 6 rows are not (such as 2024-01/c1, 2024-01/c1, 2024-01/c2)")
    (said,) = _failures(by_queries(engine, EVERY, [*rows, rows[2]]), "keys")
    assert said.endswith("expected unique together: 2 of 4 rows are not (such as 2024-01/c3)")
    mails = table("customers", "mails", "one mail", "note", EVERY.fields[-1:])
    (said,) = _failures(
        validate_in_engine(mails, engine.from_arrow(arrow(rows + rows)).select("note")), "keys"
    )
    assert said == "note: expected unique values: 6 of 6 rows are not"


def test_a_file_of_another_type_fails_the_schema(engine: Engine, tmp_path: Path) -> None:
    stored = EVERY.schema.remove(0)
    rows = engine.from_arrow(arrow(good_rows()))
    other = stored.set(0, pa.field("customer_id", pa.int64())).remove(1)
    files = [tmp_path / "good.parquet", tmp_path / "other.parquet"]
    for file, schema in zip(files, (stored, other), strict=True):
        pq.write_table(schema.empty_table(), file)
    assert _failures(validate_in_engine(EVERY, rows, files[:1]), "schema") == ()
    assert _failures(validate_in_engine(EVERY, rows, files), "schema") == (
        "table: columns of another type than the contract's: customer_id, discount_amount",
    )


def test_what_is_no_number_is_no_value(engine: Engine) -> None:
    for path in PATHS:
        found = path(engine, EVERY, _changed("effect", float("nan")))
        assert [one.group for one in found if not one.passed] == ["values"]


def _failures(found: list[Outcome], group: str) -> tuple[str, ...]:
    return next(one.failures for one in found if one.group == group)
