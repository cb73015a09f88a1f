"""Asset checks, made by factory: one set for a table's contract, one for each law.

Belongs here: turning outcomes of ``pipeline.quality`` and of laws into check results. Does not
belong here: the rules themselves (``pipeline.quality``).
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
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
from pipeline.engine.memory import give_back
from pipeline.tables.model import Table

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.quality import Outcome

#: Groups of rules: each is one check in the UI. The first three stop the run.
GROUPS = {
    "schema": "Columns, types and required values are those of the contract.",
    "keys": "The key identifies one row.",
    "values": "Codes, shares and amounts are within the bounds of the contract.",
    "plausibility": "Values are plausible; a warning does not stop the run.",
}
#: Rows that are held as one pandas frame, more or less.
FRAME_ROWS = 500_000
#: Rows of a frame whose memory is given back at once; looking for cycles takes half a second.
_LARGE_FRAME = 100_000
BLOCKING = ("schema", "keys", "values")

#: What a blocking check means for Operations.
STOPPED = "Act: nothing that depends on this ran, nothing was published."
REPORT = "Laws do not depend on the data: keep this run and report it as a fault of the program."

#: Rows that break a law, shown at most.
EXAMPLES = 20

#: How the rows of some periods are held against their contract: an outcome a group, for each batch.
Look = Callable[[Platform, Table, Sequence[str]], Iterable["Outcome"]]
#: Gives the rows of some periods that break a law, without anything of the restricted zone.
Law = Callable[[Platform, Sequence[str]], ir.Table]


def by_expectations(platform: Platform, table: Table, periods: Sequence[str]) -> Iterator["Outcome"]:
    """The suite of Great Expectations: for what comes from outside, and for what people read.

    Rules that the files prove are not asked of rows, and columns that only they are about not read.
    """
    from pipeline.quality import outcomes, unproven, validate

    for batch, size in _batches(platform, table, periods):
        asked = unproven(table, platform.lake.files(table.path, batch))
        if not asked:
            yield from outcomes(table, size, ())
            continue
        named = {name for rule in asked for name in rule.columns} | set(table.key)
        for frame in frames(platform, table, batch, [one for one in table.columns if one in named]):
            yield from validate(table, frame, asked)


def by_queries(platform: Platform, table: Table, periods: Sequence[str]) -> Iterator["Outcome"]:
    """The same rules in the engine: for inner tables, whose rows never leave it."""
    from pipeline.quality import validate_in_engine

    files = platform.lake.files(table.path, list(periods))
    yield from validate_in_engine(table, platform.read(table, periods), files)


def contract_checks(table: Table, look: Look) -> AssetChecksDefinition:
    """One check for each group of rules of ``table``, of the run's periods, made as ``look`` does."""
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
        platform: Platform = context.resources.platform
        periods = periods_of(context)
        found: dict[str, list[Outcome]] = {group: [] for group in GROUPS}
        for outcome in look(platform, table, periods):
            found[outcome.group].append(outcome)
        results = [_result(group, outcomes, periods) for group, outcomes in found.items()]
        remember(platform, table.path, results, periods)
        yield from results

    return checks


def frames(
    platform: Platform, table: Table, periods: Sequence[str], columns: Sequence[str] | None = None
) -> Iterator["pd.DataFrame"]:
    """Rows of ``periods`` in pieces of about ``FRAME_ROWS`` rows; rows of one key are in one piece.

    ``columns``: those of the frames, if not all; the key is among them.
    """
    for batch, size in _batches(platform, table, periods):
        rows, parts = platform.read(table, batch), max(-(-size // FRAME_ROWS), 1)
        rows = rows if columns is None else rows.select(list(columns))
        number = reduce(xor, (rows[one].hash() for one in table.key)) if parts > 1 else None
        for part in range(parts):
            some = rows if number is None else rows.filter((number % parts).abs() == part)
            frame = _frame(platform.engine.to_arrow(some))
            is_large = len(frame) >= _LARGE_FRAME
            if len(frame) or parts == 1:
                yield frame
            del frame
            if is_large:
                # Great Expectations leaves frames in cycles, which Python looks for seldom.
                gc.collect()
                give_back()


def _batches(platform: Platform, table: Table, periods: Sequence[str]) -> Iterator[tuple[list[str], int]]:
    """Consecutive periods that together have at most ``FRAME_ROWS`` rows, or one that has more, and
    their number of rows."""
    batch: list[str] = []
    size = 0
    for period in periods:
        rows = sum(pq.read_metadata(path).num_rows for path in platform.lake.files(table.path, [period]))
        if batch and size + rows > FRAME_ROWS:
            yield batch, size
            batch, size = [], 0
        batch.append(period)
        size += rows
    yield batch, size


def _result(group: str, outcomes: Sequence["Outcome"], periods: Sequence[str]) -> AssetCheckResult:
    """One result of a group over all batches: failed when it failed in any."""
    failures = [failure for one in outcomes for failure in one.failures]
    warns = any(one.severity == "warn" for one in outcomes)
    return AssetCheckResult(
        passed=not failures,
        check_name=group,
        severity=AssetCheckSeverity.WARN if warns else AssetCheckSeverity.ERROR,
        description="; ".join(failures) or None,
        metadata={
            "periods": span(periods),
            "rows": sum(one.rows for one in outcomes),
            "failed_expectations": len(failures),
            "to_do": _to_do(not failures, group in BLOCKING),
            **({"failures": markdown_list(failures)} if failures else {}),
        },
    )


def _frame(rows: pa.Table) -> "pd.DataFrame":
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
    remedy: str = REPORT,
) -> AssetChecksDefinition:
    """A blocking check that ``broken`` finds no row: it returns the rows that break the law.

    ``remedy`` says what to do then; by default it is nothing that the data could cause.
    """

    @asset_check(
        asset=list(asset),
        name=name,
        description=description,
        blocking=True,
        required_resource_keys={"platform"},
    )
    def check(context: AssetCheckExecutionContext) -> AssetCheckResult:
        platform: Platform = context.resources.platform
        periods = periods_of(context)
        rows = platform.engine.to_arrow(broken(platform, periods).limit(EXAMPLES)).to_pylist()
        result = AssetCheckResult(
            passed=not rows,
            check_name=name,
            metadata={
                "periods": span(periods),
                "broken_rows": len(rows),
                "to_do": f"{STOPPED} {remedy}" if rows else "Nothing.",
                **({"examples": markdown_table(rows)} if rows else {}),
            },
        )
        remember(platform, "/".join(asset), [result], periods)
        return result

    return check


def remember(
    platform: Platform, table: str, results: Sequence[AssetCheckResult], periods: Sequence[str]
) -> None:
    """Note which blocking checks the rows of ``table`` passed: others have to be made again."""
    if platform.lineage is not None:
        known = platform.lineage.blocking.get(table, ())
        passed = {str(one.check_name): one.passed for one in results if one.check_name in known}
        platform.lineage.passed(table, passed, periods)


def periods_of(context: AssetCheckExecutionContext) -> Sequence[str]:
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
