"""A small table with a column of every kind, and how expressions over it are run on an engine."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipeline.expressions import Kind, compiled

#: Texts as they were read from a source.
UNTYPED = ("q", "on_day")
NAN, INF = float("nan"), float("inf")
ROWS: dict[str, list[Any]] = {
    "i": [1, -7, None, 0, 5, 12],
    "m": [Decimal("9.99"), Decimal("-2.5"), None, Decimal("0"), Decimal("1234.5678"), Decimal("0.0001")],
    "f": [0.1, NAN, None, INF, -2.675, 1e12],
    "b": [True, False, None, True, False, None],
    "t": ["Straße", "a%b", None, "中国 x", "50.\n", ""],
    "d": [
        date(2024, 2, 29),
        date(1969, 12, 31),
        None,
        date(9999, 12, 31),
        date(2000, 1, 31),
        date(1000, 1, 1),
    ],
    "s": [
        datetime(2024, 2, 29, 13, 5),
        datetime(1960, 1, 1),
        None,
        datetime(2000, 1, 1, 23, 59, 59, 999999),
        datetime(2024, 1, 31),
        datetime(1583, 1, 1, 0, 0, 1),
    ],
    "q": ["3", "-1.50", " x", None, "1e2", "17850.0"],
    "on_day": [
        "2024-01-31",
        "31/12/2023",
        "2024-02-30 10:00",
        "2024-01-31T10:00:00Z",
        "2024-01-31 10:00:00+02:00",
        None,
    ],
}
TYPES = {
    "i": pa.int64(),
    "m": pa.decimal128(18, 4),
    "f": pa.float64(),
    "b": pa.bool_(),
    "t": pa.string(),
    "d": pa.date32(),
    "s": pa.timestamp("us"),
    "q": pa.string(),
    "on_day": pa.string(),
}
TABLE = pa.table({name: pa.array(values, TYPES[name]) for name, values in ROWS.items()})


def run(engine: Any, expressions: Sequence[str | tuple[str, Kind]]) -> list[list[Any]]:
    """Values of each expression, row by row; all in one query. With a kind, what is expected."""
    table = engine.from_arrow(TABLE)
    values = {name: table[name] for name in table.columns}
    made = {}
    for at, one in enumerate(expressions):
        text, expected = (one, None) if isinstance(one, str) else one
        made[f"e{at}"] = compiled(text, values, expected, UNTYPED)
    found = engine.to_arrow(table.select(**made))
    return [found.column(name).to_pylist() for name in made]
