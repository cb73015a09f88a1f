"""A table's rules as queries, for inner tables: one aggregate for all rows, one for the key.

Belongs here: translation of rules into expressions, which run on any engine; none for a rule that the files
prove (``proven``). Does not belong here: the rules (``rules``), or which tables are checked this way
(``assets.definitions``).
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from pipeline.engine.proofs import Footers, proves_key
from pipeline.engine.protocol import engine_of
from pipeline.engine.values import moment
from pipeline.quality.proven import differing_types, is_proven
from pipeline.quality.rules import EARLIEST, LATEST, Kind, Outcome, Rule, differing_columns, outcomes, rules
from pipeline.tables.model import Table, privacy_problems

#: Keys of rows that break a rule, named at most.
EXAMPLES = 3


def _number(value: ir.Value) -> ir.Value:
    return value.cast("float64")


def _known(value: ir.Value) -> ir.BooleanValue:
    """Whether there is a value; what is no number is none, as in a frame."""
    return value.notnull() & ~value.isnan() if value.type().is_floating() else value.notnull()


def _outside(rule: Rule, value: ir.Value) -> ir.BooleanValue:
    bounds = [_number(value) < rule.low] if rule.low is not None else []
    bounds += [_number(value) > rule.high] if rule.high is not None else []
    return ibis.or_(*bounds)


#: For each kind of rule about one column: whether a known value breaks it.
_BROKEN: Mapping[Kind, Callable[[Rule, ir.Value], ir.BooleanValue]] = {
    "codes": lambda rule, value: ~value.isin(rule.codes),
    "limits": _outside,
    "finite": lambda rule, value: value.isinf(),
    "times": lambda rule, value: (value < moment(EARLIEST)) | (value > moment(LATEST)),
}


def _breaks(rule: Rule, rows: ir.Table) -> ir.BooleanValue:
    """Whether a row breaks a rule about one column."""
    value = rows[rule.columns[0]]
    return ~_known(value) if rule.kind == "known" else _known(value) & _BROKEN[rule.kind](rule, value)


def validate_in_engine(table: Table, rows: ir.Table, files: Sequence[Path] = ()) -> list[Outcome]:
    """Check ``rows`` of ``table`` against every group of its contract, without taking them out of the engine.

    ``files``: those that hold the rows, and all of them; what they prove is not asked of the rows.
    ``period`` may stand in the path, not in a file.
    """
    stored, footers = [pq.read_schema(path) for path in files], Footers(files)
    by_row = [one for one in rules(table) if one.kind not in ("columns", "unique", "some_rows")]
    asked = [one for one in by_row if not (files and is_proven(one, table, footers))]
    present = [one for one in asked if one.columns[0] in rows.columns]
    counted = _one(
        rows.aggregate(
            rows=rows.count(),
            **{f"rule_{number}": _breaks(one, rows).sum() for number, one in enumerate(present)},
        )
    )
    size = int(counted["rows"])
    broken = [(one, one.without(one.columns)) for one in asked if one not in present]
    for number, rule in enumerate(present):
        if count := int(counted[f"rule_{number}"] or 0):
            broken.append(
                (rule, rule.broken_by(count, size) + _named(table, rows.filter(_breaks(rule, rows))))
            )
    broken += _of_table(table, rows, size, stored, len(files) == 1 and proves_key(files[0], table))
    return outcomes(table, size, broken)


def _of_table(
    table: Table, rows: ir.Table, size: int, stored: Sequence[pa.Schema], is_unique_anyway: bool
) -> list[tuple[Rule, str]]:
    """Broken rules about columns, key and number of rows."""
    broken = []
    for rule in rules(table):
        said = None
        if rule.kind == "columns":
            said = differing_columns(rows.columns, table) or differing_types(table, stored)
        elif rule.kind == "some_rows" and not size:
            said = rule.words
        elif rule.kind == "unique" and not is_unique_anyway:
            missing = [one for one in rule.columns if one not in rows.columns]
            said = rule.without(missing) if missing else _repeated(rule, table, rows, size)
        if said:
            broken.append((rule, said))
    return broken


def _repeated(rule: Rule, table: Table, rows: ir.Table, size: int) -> str | None:
    """Rows that share their key with another, or none."""
    keys = rows.group_by(list(rule.columns)).aggregate(copies=rows.count())
    repeated = keys.filter(keys.copies > 1)
    count = int(_one(repeated.aggregate(rows=repeated.copies.sum()))["rows"] or 0)
    return rule.broken_by(count, size) + _named(table, repeated) if count else None


def _named(table: Table, rows: ir.Table) -> str:
    """Keys of a few ``rows``; nothing where a key could tell of a person (law L6)."""
    key = [one for one in table.fields if one.name in table.key]
    if any(map(privacy_problems, key)) or not set(table.key) <= set(rows.columns):
        return ""
    names = list(table.key)
    found = engine_of(rows).to_arrow(rows.select(names).order_by(names).limit(EXAMPLES)).to_pylist()
    told = ["/".join("none" if value is None else str(value) for value in one.values()) for one in found]
    return f" (such as {', '.join(told)})"


def _one(rows: ir.Table) -> dict[str, Any]:
    found: dict[str, Any] = engine_of(rows).to_arrow(rows).to_pylist()[0]
    return found
