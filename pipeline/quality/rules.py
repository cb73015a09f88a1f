"""Rules that a table's contract implies, each with its group: one list for every way of checking.

Belongs here: which rules there are, and how a broken one is told. Does not belong here: how rows are looked
at (``suites`` by Great Expectations, ``engine_side`` by queries).

schema: exactly the contract's columns. keys: key columns known and unique together. values:
required columns known, codes, limits, limits that a name's unit implies. plausibility: what is
odd but possible (no rows, endless numbers, times outside 1900 to 2200), a warning only.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

import pyarrow as pa

from pipeline.tables.model import Field, Table
from pipeline.tables.units import implied_limits

Severity = Literal["error", "warn"]
Kind = Literal["columns", "known", "unique", "codes", "limits", "some_rows", "finite", "times"]
#: Every kind of rule: whoever checks must know each.
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Groups of checks and how bad a failure in them is.
GROUPS: dict[str, Severity] = {"schema": "error", "keys": "error", "values": "error", "plausibility": "warn"}
#: Times outside are odd.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rule:
    """What must hold of ``columns``; ``codes``, ``low`` and ``high`` (both inclusive) say it closer."""

    kind: Kind
    group: str
    columns: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def subject(self) -> str:
        """What it is about, for people."""
        return "table" if self.kind in ("columns", "some_rows") else " + ".join(self.columns)

    @property
    def words(self) -> str:
        """What was expected, for people; never a value of a row."""
        if self.kind == "limits":
            bounds = ((self.low, "at least"), (self.high, "at most"))
            return "expected " + " and ".join(f"{word} {one:g}" for one, word in bounds if one is not None)
        if self.kind == "unique":
            return "expected unique together" if len(self.columns) > 1 else "expected unique values"
        return {
            "columns": "expected the columns of the contract",
            "some_rows": "table: there are no rows",
            "known": "expected a value",
            "codes": f"expected one of {', '.join(self.codes)}",
            "finite": "expected a finite number",
            "times": f"expected a time of {EARLIEST:%Y} to {LATEST:%Y}",
        }[self.kind]

    def broken_by(self, count: int, rows: int) -> str:
        """The rule and how many of so many rows break it."""
        return f"{self.subject}: {self.words}: {count} of {rows} rows are not"

    def without(self, missing: Sequence[str]) -> str:
        """The rule, where columns that it is about are not there."""
        return f"{self.subject}: the column {', '.join(missing)} is missing"

    @property
    def unchecked(self) -> str:
        """The rule, where nothing could be found out."""
        return f"{self.subject}: {self.words} could not be checked"


@dataclass(frozen=True)
class Outcome:
    """What one group of checks found in ``rows`` rows. ``failures`` name columns, expectations
    and counts, never a value of a person."""

    group: str
    severity: Severity
    passed: bool
    rows: int
    failures: tuple[str, ...]


def rules(table: Table) -> list[Rule]:
    """Every rule of a table, made from its contract alone."""
    found = [Rule("columns", "schema", tuple(table.columns))]
    found += [Rule("known", "keys", (one,)) for one in table.key if one in table.required]
    found += [Rule("unique", "keys", table.key)] if table.key else []
    for field in table.fields:
        found += _values(field, field.name in table.required and field.name not in table.key)
    found.append(Rule("some_rows", "plausibility"))
    for field in table.fields:
        found += _plausible(field)
    return found


def outcomes(table: Table, rows: int, failures: Iterable[tuple[Rule, str]]) -> list[Outcome]:
    """One outcome for each group that has rules, from broken rules and what is said of them."""
    said: dict[str, list[str]] = {one.group: [] for one in rules(table)}
    for rule, text in failures:
        said[rule.group].append(text)
    return [
        Outcome(group, GROUPS[group], not some, rows, tuple(sorted(some))) for group, some in said.items()
    ]


def differing_columns(found: Sequence[str], table: Table) -> str | None:
    """What is wrong with columns of that name, or none."""
    missing = sorted(set(table.columns) - set(found))
    extra = sorted(set(found) - set(table.columns))
    parts = [f"columns missing: {', '.join(missing)}"] if missing else []
    parts += [f"not in the contract: {', '.join(extra)}"] if extra else []
    return f"table: {'; '.join(parts)}" if parts else None


def _values(field: Field, required: bool) -> Iterator[Rule]:
    if required:
        yield Rule("known", "values", (field.name,))
    if field.values:
        yield Rule("codes", "values", (field.name,), codes=field.values)
    low, high = _limits(field)
    if low is not None or high is not None:
        yield Rule("limits", "values", (field.name,), low=low, high=high)


def _limits(field: Field) -> tuple[float | None, float | None]:
    implied = implied_limits(field.name)
    return (
        implied[0] if field.minimum is None else field.minimum,
        implied[1] if field.maximum is None else field.maximum,
    )


def _plausible(field: Field) -> Iterator[Rule]:
    if pa.types.is_timestamp(field.type):
        yield Rule("times", "plausibility", (field.name,))
    elif pa.types.is_floating(field.type) and _limits(field)[1] is None:
        yield Rule("finite", "plausibility", (field.name,))
