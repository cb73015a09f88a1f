"""Suites of Great Expectations from a table's contract, in four groups.

Belongs here: translation of a contract into expectations, and of results into short texts. Does
not belong here: reading tables. Importing Great Expectations takes seconds: it happens inside
the functions.

schema: exactly the contract's columns. keys: key columns known and unique together. values:
required columns known, codes, limits, limits that a name's unit implies. plausibility: what is
odd but possible (no rows, endless numbers, times outside 1900 to 2200), a warning only.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from pipeline.tables.model import Field, Table
from pipeline.tables.units import implied_limits

Severity = Literal["error", "warn"]
#: Groups of checks and how bad a failure in them is.
GROUPS: dict[str, Severity] = {"schema": "error", "keys": "error", "values": "error", "plausibility": "warn"}
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """What one group of checks found in ``rows`` rows. ``failures`` name columns, expectations
    and counts, never a value."""

    group: str
    severity: Severity
    passed: bool
    rows: int
    failures: tuple[str, ...]


def _expectations() -> Any:
    """The module of expectations; it exports them in a way that type checkers do not see."""
    import great_expectations.expectations

    return great_expectations.expectations


def checks(table: Table) -> dict[str, list[Any]]:
    """Expectations of a table by group, made from its contract alone."""
    gxe = _expectations()
    keys: list[Any] = [
        gxe.ExpectColumnValuesToNotBeNull(column=one) for one in table.key if one in table.required
    ]
    if len(table.key) == 1:
        keys.append(gxe.ExpectColumnValuesToBeUnique(column=table.key[0]))
    elif table.key:
        keys.append(gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key), ignore_row_if="never"))
    return {
        "schema": [gxe.ExpectTableColumnsToMatchSet(column_set=table.columns, exact_match=True)],
        "keys": keys,
        "values": [
            one
            for field in table.fields
            for one in _values(field, field.name in table.required and field.name not in table.key)
        ],
        "plausibility": [
            gxe.ExpectTableRowCountToBeBetween(min_value=1),
            *(one for field in table.fields for one in _plausible(field)),
        ],
    }


def _values(field: Field, required: bool) -> Iterable[Any]:
    gxe = _expectations()
    if required:
        yield gxe.ExpectColumnValuesToNotBeNull(column=field.name)
    if field.values:
        yield gxe.ExpectColumnValuesToBeInSet(column=field.name, value_set=list(field.values))
    low, high = _limits(field)
    if low is not None or high is not None:
        yield gxe.ExpectColumnValuesToBeBetween(column=field.name, min_value=low, max_value=high)


def _limits(field: Field) -> tuple[float | None, float | None]:
    implied = implied_limits(field.name)
    return (
        implied[0] if field.minimum is None else field.minimum,
        implied[1] if field.maximum is None else field.maximum,
    )


def _plausible(field: Field) -> Iterable[Any]:
    gxe = _expectations()
    if pa.types.is_timestamp(field.type):
        yield gxe.ExpectColumnValuesToBeBetween(column=field.name, min_value=_EARLIEST, max_value=_LATEST)
    elif pa.types.is_floating(field.type) and _limits(field)[1] is None:
        yield gxe.ExpectColumnValuesToBeBetween(column=field.name, max_value=math.inf, strict_max=True)


def validate(table: Table, frame: pd.DataFrame) -> list[Outcome]:
    """Check ``frame``, the rows of one period of ``table``, against every group of its contract.

    Decimals are compared as floats. The context lives in memory, writes nothing and sends
    nothing.
    """
    from great_expectations import ExpectationSuite

    groups = {group: some for group, some in checks(table).items() if some}
    for group, some in groups.items():
        for one in some:
            one.meta = {"group": group}
    # One suite for all groups: what several expectations ask of a column is worked out once.
    suite = ExpectationSuite(name=table.path, expectations=[one for some in groups.values() for one in some])
    found = _batch(_comparable(table, frame)).validate(
        suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0}
    )
    failures: dict[str, list[str]] = {group: [] for group in groups}
    for one in found.results:
        if not one.success:
            failures[one.expectation_config.meta["group"]].append(_said(one, frame))
    return [
        Outcome(group, GROUPS[group], not said, len(frame), tuple(sorted(said)))
        for group, said in failures.items()
    ]


def _comparable(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    decimals = [
        one.name for one in table.fields if pa.types.is_decimal(one.type) and one.name in frame.columns
    ]
    return frame.assign(**{name: frame[name].astype("float64") for name in decimals})


def _batch(frame: pd.DataFrame) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types import base

    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=base.ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})


def _said(result: Any, frame: pd.DataFrame) -> str:
    """A failed expectation in words: columns, what was expected, how many rows; no values."""
    config = result.expectation_config
    kind, settings = config.type, config.kwargs
    columns = settings.get("column_list") or [one for one in [settings.get("column")] if one]
    subject = " + ".join(columns) or "table"
    if missing := [one for one in columns if one not in frame.columns]:
        return f"{subject}: the column {', '.join(missing)} is missing"
    if kind == "expect_table_columns_to_match_set":
        expected = set(settings["column_set"])
        lost, extra = sorted(expected - set(frame.columns)), sorted(set(frame.columns) - expected)
        named = [", ".join(map(str, names)) or "none" for names in (lost, extra)]
        return f"table: columns missing: {named[0]}; not in the contract: {named[1]}"
    if kind == "expect_table_row_count_to_be_between":
        return "table: there are no rows"
    count = result.result.get("unexpected_count")
    if count is None:
        return f"{subject}: {_words(kind, settings)} could not be checked"
    return f"{subject}: {_words(kind, settings)}: {count} of {len(frame)} rows are not"


def _words(kind: str, settings: dict[str, Any]) -> str:
    if kind == "expect_column_values_to_be_between":
        low, high = settings.get("min_value"), settings.get("max_value")
        low_text, high_text = (
            f"{one:g}" if isinstance(one, (int, float)) else str(one) for one in (low, high)
        )
        bounds = [
            f"at least {low_text}" if low is not None else "",
            f"at most {high_text}" if high is not None else "",
        ]
        return "expected " + " and ".join(one for one in bounds if one)
    if kind == "expect_column_values_to_be_in_set":
        return "expected one of " + ", ".join(map(str, settings["value_set"]))
    return {
        "expect_column_values_to_not_be_null": "expected a value",
        "expect_column_values_to_be_unique": "expected unique values",
        "expect_compound_columns_to_be_unique": "expected unique together",
    }.get(kind, kind)
