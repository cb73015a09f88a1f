"""The words contracts are written in: ``Field``, ``Table``, and the types columns may have.

Belongs here: the shape of a contract and its translation to Arrow. Does not belong here:
any single column or table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa

#: Money and quantities are decimals from cleaning to ledger, so that sums are exact in any order (law L3).
AMOUNT = pa.decimal128(18, 4)
AMOUNT_SQUARED = pa.decimal128(38, 8)
RATE = pa.decimal128(18, 8)
TIMESTAMP = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
INTEGER = pa.int64()
NUMBER = pa.float64()
FLAG = pa.bool_()
DAY = pa.date32()

#: ``direct`` identifies a person by itself and never leaves the restricted zone (law L6);
#: ``quasi`` narrows a person down only together with others.
Pii = Literal["none", "quasi", "direct"]


@dataclass(frozen=True)
class Field:
    """One column: defined once, listed by any number of tables."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pii: Pii = "none"
    null_meaning: str = ""


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its key, its columns.

    ``required`` columns are never null. ``period`` is the hive partition of every table that
    lists it: it stands in the path, not in the file.
    """

    zone: str
    name: str
    row: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    required: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        names = self.columns
        repeated = {name for name in names if names.count(name) > 1}
        unknown = (set(self.key) | self.required) - set(names)
        if repeated or unknown:
            raise ValueError(f"table {self.path}: repeated {sorted(repeated)}, unknown {sorted(unknown)}")

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return [one.name for one in self.fields]

    @property
    def path(self) -> str:
        """Place in the lake, and key of the Dagster asset: ``zone/name``."""
        return f"{self.zone}/{self.name}"

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema with ``period`` and with the meaning of each column as field metadata."""
        return pa.schema(
            [
                pa.field(
                    one.name,
                    one.type,
                    nullable=one.name not in self.required,
                    metadata={"meaning": one.meaning, "unit": one.unit},
                )
                for one in self.fields
            ]
        )

    def renamed(self, zone: str, name: str, row: str | None = None) -> "Table":
        """The same columns published under another zone and name."""
        return replace(self, zone=zone, name=name, row=row or self.row)


def table(
    zone: str, name: str, row: str, key: str, columns: Iterable[Field], optional: str = ""
) -> Table:
    """A ``Table`` in which every column is required except those named in ``optional``.

    ``key`` and ``optional`` are names separated by blanks.
    """
    fields = tuple(columns)
    nullable = set(optional.split())
    unknown = nullable - {one.name for one in fields}
    if unknown:
        raise ValueError(f"table {zone}/{name}: optional names unknown columns {sorted(unknown)}")
    required = frozenset(one.name for one in fields if one.name not in nullable)
    return Table(zone, name, row, tuple(key.split()), fields, required)
