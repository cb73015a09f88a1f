"""Rules that the files of a table prove by themselves, whichever way the others are checked.

Belongs here: which rules footers, schemas and the order of rows prove. Does not belong here: how a file
proves anything (``engine.proofs``), or looking at rows (``suites``, ``engine_side``).
"""

import math
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine.proofs import Footers, proves_key
from pipeline.quality.rules import EARLIEST, LATEST, Rule, rules
from pipeline.tables.model import Table


def unproven(table: Table, files: Sequence[Path]) -> list[Rule]:
    """Rules of ``table`` that have to be asked of rows: those that ``files``, which hold all of them, do not
    prove. Nothing is proven without files. ``period`` may stand in the path, not in a file."""
    if not files:
        return rules(table)
    footers, stored = Footers(files), [pq.read_schema(path) for path in files]
    types_hold = differing_types(table, stored) is None
    is_in_path = all("period" not in schema.names for schema in stored)

    def is_asked(rule: Rule) -> bool:
        match rule.kind:
            case "columns":
                return not types_hold
            case "some_rows":
                return footers.rows == 0
            case "unique":
                of_one = len(files) == 1 or ("period" in table.key and is_in_path)
                return not (types_hold and of_one and all(proves_key(one, table) for one in files))
            case "known" if rule.columns == ("period",) and is_in_path:
                return False
            case _:
                return not is_proven(rule, table, footers)

    return [one for one in rules(table) if is_asked(one)]


def is_proven(rule: Rule, table: Table, footers: Footers) -> bool:
    """Whether footers say that no row breaks a rule about one column. Of a floating number they do not say
    that it is one."""
    column = rule.columns[0]
    kind = next(one.type for one in table.fields if one.name == column)
    if rule.kind == "known":
        return not pa.types.is_floating(kind) and footers.nulls(column) == 0
    if footers.are_all_null(column):
        return True
    if rule.kind == "times":
        moments = footers.moments(column)
        return moments is not None and moments[0] >= EARLIEST and moments[1] <= LATEST
    if rule.kind not in ("limits", "finite"):
        return False
    if (found := footers.extremes(column)) is None:
        return False
    low = -math.inf if rule.low is None else rule.low
    high = math.inf if rule.high is None else rule.high
    within = low <= found[0] and found[1] <= high
    return within and (rule.kind == "limits" or all(map(math.isfinite, found)))


def differing_types(table: Table, stored: Sequence[pa.Schema]) -> str | None:
    """Columns that a file does not hold with the contract's type, or none."""
    wanted = {one.name: one.type for one in table.schema if one.name != "period"}
    wrong = {name for schema in stored for name, kind in _types(schema).items() if wanted.get(name) != kind}
    wrong |= {name for schema in stored for name in wanted if name not in schema.names}
    return (
        f"table: columns of another type than the contract's: {', '.join(sorted(wrong))}" if wrong else None
    )


def _types(schema: pa.Schema) -> dict[str, pa.DataType]:
    return {one.name: one.type for one in schema if one.name != "period"}
