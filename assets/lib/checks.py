"""Asset checks, made by factory: one set for a table's contract, one for each law.

Belongs here: turning outcomes of ``pipeline.quality`` and of laws into check results. Does not
belong here: the expectations themselves (generated in ``pipeline.quality``).
"""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    asset_check,
    multi_asset_check,
)
from ibis.expr import types as ir

from assets.lib.metadata import markdown_list, markdown_table, span
from assets.lib.platform import Platform
from pipeline.tables.model import Table

#: Groups of expectations: each is one check in the UI. The first three stop the run.
GROUPS = {
    "schema": "Columns, types and required values are those of the contract.",
    "keys": "The key identifies one row.",
    "values": "Codes, shares and amounts are within the bounds of the contract.",
    "plausibility": "Values are plausible; a warning does not stop the run.",
}
BLOCKING = ("schema", "keys", "values")

#: What a blocking check means for Operations.
STOPPED = "Act: nothing that depends on this ran, nothing was published."
REPORT = "Laws do not depend on the data: keep this run and report it as a fault of the program."

#: Rows that break a law, shown at most.
EXAMPLES = 20

#: Gives the rows of some periods that break a law, without anything of the restricted zone.
Law = Callable[[Platform, Sequence[str]], ir.Table]


def contract_checks(table: Table) -> AssetChecksDefinition:
    """Great Expectations suite of ``table``, run over the run's periods."""
    specs = [
        AssetCheckSpec(
            group,
            asset=table.path.split("/"),
            description=text,
            blocking=group in BLOCKING,
        )
        for group, text in GROUPS.items()
    ]

    @multi_asset_check(
        name=f"{table.zone}__{table.name}__contract", specs=specs, required_resource_keys={"platform"}
    )
    def checks(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        from pipeline.quality import validate

        platform: Platform = context.resources.platform
        periods = _periods(context)
        rows = platform.engine.to_arrow(platform.read(table, periods))
        for outcome in validate(table, _frame(rows)):
            yield AssetCheckResult(
                passed=outcome.passed,
                check_name=outcome.group,
                severity=AssetCheckSeverity.WARN if outcome.severity == "warn" else AssetCheckSeverity.ERROR,
                description="; ".join(outcome.failures) or None,
                metadata={
                    "periods": span(periods),
                    "rows": outcome.rows,
                    "failed_expectations": len(outcome.failures),
                    "to_do": _to_do(outcome.passed, outcome.group in BLOCKING),
                    **({} if outcome.passed else {"failures": markdown_list(outcome.failures)}),
                },
            )

    return checks


def _frame(rows: pa.Table) -> pd.DataFrame:
    """Rows as pandas has them fastest: decimals as floats, which is exact enough for bounds;
    lists by their length, because no expectation looks into them."""
    columns = [
        pc.list_value_length(column)
        if pa.types.is_list(column.type)
        else column.cast(pa.float64())
        if pa.types.is_decimal(column.type)
        else column
        for column in rows.columns
    ]
    frame: pd.DataFrame = pa.table(columns, names=rows.column_names).to_pandas()
    return frame


def law_check(
    asset: Sequence[str],
    name: str,
    description: str,
    broken: Law,
) -> AssetChecksDefinition:
    """A blocking check that ``broken`` finds no row: it returns the rows that break the law."""

    @asset_check(
        asset=list(asset),
        name=name,
        description=description,
        blocking=True,
        required_resource_keys={"platform"},
    )
    def check(context: AssetCheckExecutionContext) -> AssetCheckResult:
        platform: Platform = context.resources.platform
        periods = _periods(context)
        rows = platform.engine.to_arrow(broken(platform, periods).limit(EXAMPLES)).to_pylist()
        return AssetCheckResult(
            passed=not rows,
            metadata={
                "periods": span(periods),
                "broken_rows": len(rows),
                "to_do": f"{STOPPED} {REPORT}" if rows else "Nothing.",
                **({"examples": markdown_table(rows)} if rows else {}),
            },
        )

    return check


def _periods(context: AssetCheckExecutionContext) -> Sequence[str]:
    """Periods of the run; all complete periods when a check is executed alone in the UI.

    Checks are not partitioned themselves: Dagster records such a check for one partition a run,
    and shows it as skipped where a run serves many.
    """
    platform: Platform = context.resources.platform
    if context.has_partition_key or context.has_partition_key_range:
        return list(context.partition_keys)
    return platform.project.periods(platform.now())


def _to_do(passed: bool, blocking: bool) -> str:
    if passed:
        return "Nothing."
    if blocking:
        return f"{STOPPED} Mend the source or its mapping, run again."
    return "Look: the run went on, and the period was published."
