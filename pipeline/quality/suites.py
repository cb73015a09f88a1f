"""A table's rules as a suite of Great Expectations, for frames of what comes from outside or goes to readers.

Belongs here: translation of rules into expectations, and of results into short texts. Does
not belong here: the rules (``rules``), importing Great Expectations (``library``), reading tables.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.quality.library import great_expectations
from pipeline.quality.rules import (
    EARLIEST,
    LATEST,
    Kind,
    Outcome,
    Rule,
    differing_columns,
    outcomes,
    rules,
)
from pipeline.quality.together import together
from pipeline.tables.model import Table


def _unique(gxe: Any, rule: Rule) -> Any:
    if len(rule.columns) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=rule.columns[0])
    return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(rule.columns), ignore_row_if="never")


def _between(gxe: Any, rule: Rule, low: Any, high: Any, strict: bool = False) -> Any:
    return gxe.ExpectColumnValuesToBeBetween(
        column=rule.columns[0], min_value=low, max_value=high, strict_min=strict, strict_max=strict
    )


#: The expectation of each kind of rule.
_EXPECTED: Mapping[Kind, Callable[[Any, Rule], Any]] = {
    "columns": lambda gxe, rule: gxe.ExpectTableColumnsToMatchSet(
        column_set=list(rule.columns), exact_match=True
    ),
    "known": lambda gxe, rule: gxe.ExpectColumnValuesToNotBeNull(column=rule.columns[0]),
    "unique": _unique,
    "codes": lambda gxe, rule: gxe.ExpectColumnValuesToBeInSet(
        column=rule.columns[0], value_set=list(rule.codes)
    ),
    "limits": lambda gxe, rule: _between(gxe, rule, rule.low, rule.high),
    "some_rows": lambda gxe, rule: gxe.ExpectTableRowCountToBeBetween(min_value=1),
    "finite": lambda gxe, rule: _between(gxe, rule, -math.inf, math.inf, strict=True),
    "times": lambda gxe, rule: _between(gxe, rule, EARLIEST, LATEST),
}


def validate(table: Table, frame: pd.DataFrame, asked: Sequence[Rule] | None = None) -> list[Outcome]:
    """Check ``frame``, the rows of one period of ``table``, against every group of its contract.

    ``asked``: rules that are asked of the rows, if not all; the frame need not have columns of others.
    Decimals are compared as floats. The context lives in memory, writes nothing and sends nothing.
    """
    looks = together(rules(table) if asked is None else asked, _comparable(table, frame))
    batch = _batch(looks.frame)
    # Whether a rule is broken takes half the time of how often: the second is asked of broken ones alone.
    found = _broken(table, batch, list(looks.stands_for), "BOOLEAN_ONLY")
    broken = [one for look, _ in found for one in looks.stands_for[look]]
    counted = _broken(table, batch, broken, "BASIC") if broken else []
    return outcomes(table, len(frame), [(rule, _said(rule, count, table, frame)) for rule, count in counted])


def _broken(table: Table, batch: Any, some: Sequence[Rule], form: str) -> list[tuple[Rule, int | None]]:
    """Those of ``some`` rules that the batch breaks, and how many rows do, where the ``form`` tells it."""
    gx = great_expectations()
    expected = [_EXPECTED[rule.kind](gx.expectations, rule) for rule in some]
    for number, one in enumerate(expected):
        one.meta = {"rule": number}
    # One suite for all groups: what several expectations ask of a column is worked out once.
    suite = gx.ExpectationSuite(name=table.path, expectations=expected)
    asked: dict[str, Any] = {"result_format": form}
    if form == "BASIC":
        asked["partial_unexpected_count"] = 0
    found = batch.validate(suite, result_format=asked)
    return [
        (some[one.expectation_config.meta["rule"]], one.result.get("unexpected_count"))
        for one in found.results
        if not one.success
    ]


def _comparable(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    decimals = [
        one.name for one in table.fields if pa.types.is_decimal(one.type) and one.name in frame.columns
    ]
    return frame.assign(**{name: frame[name].astype("float64") for name in decimals})


def _batch(frame: pd.DataFrame) -> Any:
    gx = great_expectations()
    base = gx.data_context.types.base
    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=base.ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})


def _said(rule: Rule, count: int | None, table: Table, frame: pd.DataFrame) -> str:
    """A broken rule in words: columns, what was expected, how many rows; no values."""
    if rule.kind == "columns":
        return differing_columns(list(frame.columns), table) or rule.unchecked
    if missing := [one for one in rule.columns if one not in frame.columns]:
        return rule.without(missing)
    if rule.kind == "some_rows":
        return rule.words
    return rule.unchecked if count is None else rule.broken_by(count, len(frame))
