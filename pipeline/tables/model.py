"""The words contracts are written in: ``Field``, ``Table``, and the types columns may have.

Belongs here: the shape of a contract and its translation to Arrow. Does not belong here:
any single column or table.
"""

from collections.abc import Iterable, Mapping
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


#: Zones whose tables readers see: no column, at any nesting, may hold an identifier of any kind.
OPEN_ZONES = ("published", "history")


@dataclass(frozen=True)
class Field:
    """One column: defined once, listed by any number of tables.

    ``nested`` are the fields of the structs in a list of structs, each with a privacy class of its own.
    ``zh`` is the meaning in Chinese, which every column that readers see has.
    ``safe_by`` says why a column that could hold anything (a text, JSON, a nested value) holds no
    quasi-identifier of a single customer.
    ``decimals``, or significant ``digits``: what its values are rounded to on write (``rounded_to`` says so to
    readers as well).
    ``__texts__`` of a declaration are its words for people: they change no value (``pipeline.lineage``).
    """

    __texts__ = ("meaning", "unit", "null_meaning", "zh")

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pii: Pii = "none"
    null_meaning: str = ""
    nested: tuple["Field", ...] = ()
    safe_by: str = ""
    zh: str = ""
    decimals: int | None = None
    digits: int | None = None

    def rounded_to(self, decimals: int | None = None, digits: int | None = None) -> "Field":
        """The column with a stated precision, which its meaning says in both languages."""
        said, zh = ("decimals", "小数") if digits is None else ("significant digits", "有效数字")
        places = decimals if digits is None else digits
        return replace(
            self,
            meaning=f"{self.meaning} Rounded to {places} {said}.",
            zh=f"{self.zh}保留 {places} 位{zh}。" if self.zh else "",
            decimals=decimals,
            digits=digits,
        )

    def made_safe(self, by: str) -> "Field":
        """The column as readers may see it, ``by`` whatever takes quasi-identifiers out of it.

        Raises ``ValueError`` for a direct identifier: nothing makes it safe.
        """
        if self.pii == "direct":
            raise ValueError(f"{self.name} is a direct identifier, which is never published")
        return replace(self, pii="none", safe_by=by)

    def made_plain(self) -> "Field":
        """The column in a type that readers' tools know: exact decimals become the nearest double."""
        return replace(self, type=NUMBER) if pa.types.is_decimal(self.type) else self

    def parts(self) -> list[tuple[str, "Field"]]:
        """The column, or what is nested in it, each with its full name: ``reasons.value``."""
        if not self.nested:
            return [(self.name, self)]
        return [(f"{self.name}.{name}", part) for one in self.nested for name, part in one.parts()]


def _struct_of(type: pa.DataType) -> pa.DataType | None:
    """The struct that a column, or each entry of its lists, is; or none."""
    while pa.types.is_list(type) or pa.types.is_large_list(type):
        type = type.value_type
    return type if pa.types.is_struct(type) else None


def is_plain(type: pa.DataType) -> bool:
    """Whether pandas, DuckDB, Polars, Spark and tools for reports know the type as it is: texts, whole
    numbers, doubles, flags, days, instants in UTC, and lists of such, or of structs of such."""
    if pa.types.is_list(type):
        return is_plain(type.value_type)
    if pa.types.is_struct(type):
        return all(is_plain(one.type) for one in type)
    return type in (TEXT, INTEGER, NUMBER, FLAG, DAY, TIMESTAMP)


def _could_hold_anything(field: Field) -> bool:
    type = field.type
    while pa.types.is_list(type):
        type = type.value_type
    return bool(pa.types.is_string(type)) and not field.values


def privacy_problems(field: Field) -> list[str]:
    """Why readers may not see a column (law L6); none when they may."""
    struct = _struct_of(field.type)
    names = [] if struct is None else [one.name for one in struct]
    if names != [one.name for one in field.nested]:
        return [f"{field.name}: its parts must be declared, each with its privacy class"]
    problems = [
        f"{name} is {part.pii}: an identifier of that kind is not published"
        for name, part in {field.name: field, **dict(field.parts())}.items()
        if part.pii != "none"
    ]
    for name, part in field.parts():
        if (part is not field or _could_hold_anything(part)) and not part.safe_by:
            problems.append(f"{name} could hold anything: say in safe_by why it holds no quasi-identifier")
    return problems


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its key, its columns.

    A table of an open zone with a column that could tell a quasi-identifier cannot be made.
    ``required`` columns are never null. ``period`` is the hive partition of every inner table that
    lists it: it stands in the path, not in the file. In open zones it stands in the file, and every column
    has a type that readers' tools know.
    """

    __texts__ = ("row",)

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
        if self.zone in OPEN_ZONES and (told := [why for one in self.fields for why in privacy_problems(one)]):
            raise ValueError(f"table {self.path} may not be published: {'; '.join(told)}")
        if self.zone in OPEN_ZONES and (odd := [one.name for one in self.fields if not is_plain(one.type)]):
            raise ValueError(f"table {self.path}: types that not every reader knows: {', '.join(odd)}")

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

    def renamed(
        self, zone: str, name: str, row: str | None = None, safe: Mapping[str, str] | None = None
    ) -> "Table":
        """The same columns under another zone and name.

        ``safe`` says of columns by what they are made safe before readers see them.
        """
        how = safe or {}
        if unknown := sorted(set(how) - set(self.columns)):
            raise ValueError(f"table {zone}/{name}: unknown columns are made safe: {', '.join(unknown)}")
        fields = tuple(one.made_safe(how[one.name]) if one.name in how else one for one in self.fields)
        if zone in OPEN_ZONES:
            fields = tuple(one.made_plain() for one in fields)
        return replace(self, zone=zone, name=name, row=row or self.row, fields=fields)


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
