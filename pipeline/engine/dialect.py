"""The few words that Ibis has none for, or that engines write in their own way.

Belongs here: functions of the database under the names that DuckDB gives them; how another engine writes one
is said by its own compiler. Functions in Python over Arrow arrays, which run on every engine. Does not belong
here: what is built of these words.
"""

from collections.abc import Callable
from typing import Any

import ibis
from ibis.expr import types as ir

#: An instant, and a wall time without zone.
INSTANT = "timestamp('UTC')"
WALL = "timestamp(6)"


def on_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function in Python over Arrow arrays, usable in expressions; it answers with an array without nulls.

    The annotations of ``function`` are types of values, for Ibis; what comes are arrays, or chunked arrays.
    """
    made: Callable[..., Any] = ibis.udf.scalar.pyarrow(function)
    return made


@ibis.udf.scalar.builtin(name="md5")  # type: ignore[untyped-decorator]
def md5(text: str) -> str:  # type: ignore[empty-body]
    """MD5 of the text's UTF-8 bytes, as 32 hexadecimal digits."""


@ibis.udf.scalar.builtin(name="sha256", signature=(("binary",), "string"))  # type: ignore[untyped-decorator]
def sha256(value: ir.BinaryValue) -> ir.StringValue:
    """SHA-256 of bytes, as 64 hexadecimal digits."""
    ...


@ibis.udf.scalar.builtin(name="encode", signature=(("string",), "binary"))  # type: ignore[untyped-decorator]
def utf8(text: ir.StringValue) -> ir.BinaryValue:
    """The text's UTF-8 bytes."""
    ...


@ibis.udf.scalar.builtin(name="unhex", signature=(("string",), "binary"))  # type: ignore[untyped-decorator]
def bytes_of(digits: ir.StringValue) -> ir.BinaryValue:
    """Bytes that hexadecimal digits stand for."""
    ...


@ibis.udf.scalar.builtin(name="||", signature=(("binary", "binary"), "binary"))  # type: ignore[untyped-decorator]
def joined(left: ir.BinaryValue, right: ir.BinaryValue) -> ir.BinaryValue:
    """Bytes, one after the other."""
    ...


@ibis.udf.scalar.builtin(name="to_json")  # type: ignore[untyped-decorator]
def to_json(value) -> str:  # type: ignore[no-untyped-def, empty-body]
    """A value as JSON."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", WALL), INSTANT))  # type: ignore[untyped-decorator]
def to_utc(zone: ir.StringValue, wall: ir.TimestampValue) -> ir.TimestampValue:
    """The instant of a wall time of ``zone``, an IANA name that the engine knows."""
    ...


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", INSTANT), WALL))  # type: ignore[untyped-decorator]
def to_wall(zone: ir.StringValue, instant: ir.TimestampValue) -> ir.TimestampValue:
    """The wall time of ``zone`` at an instant."""
    ...


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), WALL))  # type: ignore[untyped-decorator]
def try_strptime(text: ir.StringValue, pattern: str) -> ir.TimestampValue:
    """Wall time read by a pattern in strptime's words; null where it does not fit."""
    ...


@ibis.udf.scalar.builtin(name="split_part", signature=(("string", "string", "int64"), "string"))  # type: ignore[untyped-decorator]
def split_part(text: ir.StringValue, sign: str, number: int) -> ir.StringValue:
    """The so-manieth part of a text between signs, from 1; empty where there is none."""
    ...


@ibis.udf.scalar.builtin(name="list_distinct")  # type: ignore[untyped-decorator]
def distinct(words: list[str]) -> list[str]:  # type: ignore[empty-body]
    """Each word once. (Ibis's ``unique`` looks for nulls, which takes several times as long.)"""


@ibis.udf.scalar.builtin(name="damerau_levenshtein")  # type: ignore[untyped-decorator]
def edits(one: str, other: str) -> int:  # type: ignore[empty-body]
    """Insertions, deletions, substitutions and swaps from one text to the other."""
