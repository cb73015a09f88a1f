"""Raw values to the types of the contract, never raising.

Belongs here: how a number, flag, time or text is read. Does not belong here: whether the value
is allowed (``rules``), or values derived from others (``orders``).

Numbers in text are plain: sign, digits, a point, an exponent; no thousands separators, no
currency signs, no decimal comma. Flags: true, t, yes, y, 1 and false, f, no, n, 0, any case.
Text, ids and times: ``engine.values``.
"""

from collections.abc import Iterable

import ibis
import pyarrow as pa
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from pipeline.engine.values import identifier_text, instant, origin, raw_name, text, wall_time
from pipeline.settings import ColumnMap
from pipeline.tables.model import AMOUNT, DAY, FLAG, INTEGER, TIMESTAMP, Field

_WIDE = "decimal(38, 10)"
_MONEY = "decimal(18, 4)"
#: Amounts have at most 14 digits before the point.
LARGEST = 10**14
_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
#: Columns under way bear a letter of their step: o(rigin), w(ritten), x (exact number), r(ead);
#: then v(alue) of the contract's type, p(resent) and u(nread). Each step reads columns, never the
#: expressions behind them: nested expressions would be computed, and planned, many times over.


def missing(field: Field) -> ir.Value:
    """Null of the field's type."""
    return ibis.null(dt.DataType.from_pyarrow(field.type))


def origins(raw: ir.Table, field: Field, mapping: ColumnMap) -> dict[str, ir.Value]:
    """Columns that a field is read from: ``o:name``, or ``o:name:0`` … for a sum; ``s:name`` is
    the value before recoding, for strict codes."""
    if mapping.sum_of is not None and field.type == AMOUNT:
        return {f"o:{field.name}:{at}": raw[raw_name(one)] for at, one in enumerate(mapping.sum_of)}
    found = {f"o:{field.name}": origin(raw, mapping)}
    if mapping.strict and mapping.values and mapping.column:
        found[f"s:{field.name}"] = identifier_text(raw[raw_name(mapping.column)])
    return found


def typed(table: ir.Table, fields: Iterable[tuple[Field, ColumnMap]], zone: str) -> ir.Table:
    """``table`` with, for every mapped field, ``v:name`` (the typed value), ``p:name`` (the source
    gave a value) and ``u:name`` (it gave one that cannot be read).

    ``table`` holds the columns of ``origins``; ``zone`` is that of timestamps without one.
    """
    some = list(fields)
    parts = {
        field.name: [
            one.removeprefix("o:")
            for one in table.columns
            if one == f"o:{field.name}" or one.startswith(f"o:{field.name}:")
        ]
        for field, _ in some
    }
    written = table.mutate(
        **{f"w:{part}": _written(table[f"o:{part}"]) for names in parts.values() for part in names}
    )
    wide = written.mutate(
        **{
            f"x:{part}": _exact(written[f"w:{part}"], mapping.scale)
            for field, mapping in some
            if field.type == AMOUNT
            for part in parts[field.name]
        }
    )
    read = wide.mutate(
        **{
            f"r:{part}": _read(wide, part, field, mapping, zone)
            for field, mapping in some
            for part in parts[field.name]
        }
    )
    valued = read.mutate(**{f"v:{field.name}": _value(read, parts[field.name], field) for field, _ in some})
    flags: dict[str, ir.Value] = {}
    for field, _ in some:
        there = ibis.or_(*(valued[f"w:{part}"].notnull() for part in parts[field.name]))
        lost = [valued[f"w:{part}"].notnull() & valued[f"r:{part}"].isnull() for part in parts[field.name]]
        flags[f"p:{field.name}"] = there
        flags[f"u:{field.name}"] = ibis.or_(*lost) | (there & valued[f"v:{field.name}"].isnull())
    return valued.mutate(**flags)


def rounded(number: ir.NumericValue) -> ir.DecimalValue:
    """A float, or a decimal of ten places, to four places, ties to the even digit; null beyond
    the largest amount. ``number`` should be a column: it is repeated."""
    fits = number.abs() < LARGEST
    if number.type().is_floating():
        # floats carry 15 digits: a tie is one of the float times 10,000
        low = (number * 10_000).floor()
        tie = number * 10_000 - low == 0.5
        even = ibis.ifelse(low % 2 == 0, low, low + 1) / 10_000
        return ibis.ifelse(fits, ibis.ifelse(tie, even, number), ibis.null("float64")).try_cast(_MONEY)
    narrow = ibis.ifelse(fits, number, ibis.null(_WIDE)).round(4).cast("decimal(38, 4)")
    tie = (narrow.cast(_WIDE) - number).abs() == ibis.literal("0.00005").cast(_WIDE)
    odd = narrow.cast("string").right(1).isin(("1", "3", "5", "7", "9"))
    step = ibis.ifelse(number > 0, ibis.literal("0.0001"), ibis.literal("-0.0001")).cast("decimal(38, 4)")
    return ibis.ifelse(tie, ibis.ifelse(odd, narrow - step, narrow), narrow).try_cast(_MONEY)


def _written(value: ir.Value) -> ir.Value:
    """The value, null where it says that there is none."""
    kind = value.type()
    if kind.is_floating():
        return ibis.ifelse(value.isnan(), ibis.null(kind), value)
    return text(value) if kind.is_string() else value


def _read(table: ir.Table, part: str, field: Field, mapping: ColumnMap, zone: str) -> ir.Value:
    value = table[f"w:{part}"]
    if field.type == AMOUNT:
        exact = table[f"x:{part}"]
        return exact.try_cast(_MONEY) if exact.type().is_integer() else rounded(exact)
    if field.type == INTEGER:
        return _integer(value)
    if field.type == FLAG:
        return _flag(value)
    if field.type == TIMESTAMP:
        return instant(table[f"o:{part}"], mapping.format, zone)
    if field.type == DAY:
        return _day(table[f"o:{part}"], mapping.format, zone)
    if not pa.types.is_string(field.type):
        raise ValueError(f"no rule to read {field.name} as {field.type}")
    return _key(value) if field.name.endswith(("_id", "_key")) else value.cast("string")


def _key(value: ir.Value) -> ir.StringValue:
    if value.type().is_string():
        return value.re_replace(r"^(-?[0-9]+)\.0+$", r"\1")
    return identifier_text(value)


def _value(table: ir.Table, parts: list[str], field: Field) -> ir.Value:
    first = table[f"r:{parts[0]}"]
    if field.type != AMOUNT or len(parts) == 1:
        return first
    given = ibis.or_(*(table[f"r:{part}"].notnull() for part in parts))
    readable = ibis.and_(*(table[f"w:{part}"].isnull() | table[f"r:{part}"].notnull() for part in parts))
    total = first.fill_null(0).cast("decimal(38, 4)")
    for part in parts[1:]:
        total = (total + table[f"r:{part}"].fill_null(0)).cast("decimal(38, 4)")
    return ibis.ifelse(given & readable, total, ibis.null("decimal(38, 4)")).try_cast(_MONEY)


def _exact(value: ir.Value, scale: float | None) -> ir.NumericValue:
    """A number: integers and floats as they are, decimals and plain text with ten places, times
    ``scale`` as floats; null if it is no number."""
    kind = value.type()
    if kind.is_integer() or kind.is_floating():
        number = value if kind.is_integer() else value.cast("float64")
    else:
        number = _decimal(value)
    return number if scale is None else number.cast("float64") * ibis.literal(scale, "float64")


def _decimal(value: ir.Value) -> ir.DecimalValue:
    kind = value.type()
    return value.try_cast(_WIDE) if kind.is_string() or kind.is_numeric() else ibis.null(_WIDE)


def _integer(value: ir.Value) -> ir.IntegerValue:
    if value.type().is_integer():
        return value.try_cast("int64")
    wide = _decimal(value)
    return ibis.ifelse(wide == wide.round(0), wide, ibis.null(_WIDE)).try_cast("int64")


def _flag(value: ir.Value) -> ir.BooleanValue:
    if value.type().is_boolean():
        return value
    word = identifier_text(value).lower()
    return word.cases(
        *((one, True) for one in _TRUE), *((one, False) for one in _FALSE), else_=ibis.null("boolean")
    )


def _day(value: ir.Value, pattern: str | None, zone: str) -> ir.DateValue:
    """A day as it is written: a zone never moves it, unless the value has one of its own."""
    kind = value.type()
    if kind.is_timestamp() and kind.timezone:
        return wall_time(instant(value, pattern, zone), zone).date()
    return instant(value, pattern, "UTC").cast("timestamp(6)").date()
