"""Raw values to the types of the contract, never raising.

Belongs here: how a number, flag, time or text is read. Does not belong here: whether the value
is allowed (``rules``), or values derived from others (``orders``).

Numbers in text are plain: sign, digits, a point, an exponent; no currency signs; thousands separators
and a decimal comma only as the mapping states them (``numbers``). Flags: true, t, yes, y, 1, 是 and
false, f, no, n, 0, 否, any case. Text, ids and times: ``engine.values``. A birth date with a two-digit
year never lies after the row's collection: it is then one of the century before.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import ibis
import pyarrow as pa
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from pipeline.clean.numbers import plain_number
from pipeline.engine.values import identifier_text, instant, normal, origin, raw_name, text, wall_time
from pipeline.engine.words import FALSE_WORDS, TRUE_WORDS
from pipeline.settings import ColumnMap
from pipeline.tables.model import AMOUNT, DAY, FLAG, INTEGER, TIMESTAMP, Field

_WIDE = "decimal(38, 10)"
_MONEY = "decimal(18, 4)"
#: Amounts have at most 14 digits before the point; decimals have 18 digits in all.
LARGEST = 10**14
_DIGITS = 18
#: Columns under way bear a letter of their step: o(rigin), k(nown code), z(one of the row), w(ritten),
#: n(umber in plain text), x (exact number), r(ead); then v(alue) of the contract's type, p(resent) and
#: u(nread). Each step reads columns, never the expressions behind them: nested expressions would be
#: computed, and planned, many times over.


def missing(field: Field) -> ir.Value:
    """Null of the field's type."""
    return ibis.null(dt.DataType.from_pyarrow(field.type))


def origins(raw: ir.Table, field: Field, mapping: ColumnMap) -> dict[str, ir.Value]:
    """Columns that a field is read from: ``o:name``, or ``o:name:0`` … for a sum; ``s:name`` is
    the value before recoding, for strict codes; ``k:name`` whether a number that is not plain was
    recoded; ``z:name`` the row's own time zone."""
    if mapping.sum_of is not None and field.type == AMOUNT:
        return {f"o:{field.name}:{at}": raw[raw_name(one)] for at, one in enumerate(mapping.sum_of)}
    if mapping.has_number_form and mapping.values and mapping.column:
        return _recoded(raw, field, mapping)
    found = {f"o:{field.name}": origin(raw, mapping)}
    if mapping.strict and mapping.values and mapping.column:
        found[f"s:{field.name}"] = identifier_text(raw[raw_name(mapping.column)])
    if mapping.time_zone_column is not None:
        found[f"z:{field.name}"] = text(raw[raw_name(mapping.time_zone_column)])
    return found


def _recoded(raw: ir.Table, field: Field, mapping: ColumnMap) -> dict[str, ir.Value]:
    """As ``engine.values.origin``, but for texts as they stand there: 1.000 may be a thousand."""
    value = raw[raw_name(str(mapping.column))]
    found = text(value) if value.type().is_string() else identifier_text(value)
    codes = {normal(one): to for one, to in (mapping.values or {}).items()}
    pairs = [(one, ibis.null("string") if to is None else ibis.literal(str(to))) for one, to in codes.items()]
    columns = {
        f"o:{field.name}": found.cases(*pairs, else_=found),
        f"k:{field.name}": found.isin(list(codes)).fill_null(False) | (not value.type().is_string()),
    }
    return columns | ({f"s:{field.name}": found} if mapping.strict else {})


def written(value: ir.Value) -> ir.Value:
    """The value, null where it says that there is none."""
    kind = value.type()
    if kind.is_floating():
        return ibis.ifelse(value.isnan(), ibis.null(kind), value)
    return text(value) if kind.is_string() else value


def typed(table: ir.Table, fields: Iterable[tuple[Field, ColumnMap]], zone: str) -> ir.Table:
    """``table`` with, for every mapped field, ``v:name`` (the typed value), ``p:name`` (the source
    gave a value) and ``u:name`` (it gave one that cannot be read).

    ``table`` holds the columns of ``origins``, and ``collected_at`` where birth dates are mapped;
    ``zone`` is that of timestamps without one.
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
    plain = table.mutate(
        **{f"w:{part}": written(table[f"o:{part}"]) for names in parts.values() for part in names}
    )
    plain = _with_plain_numbers(
        plain, [(part, field, one) for field, one in some for part in parts[field.name]]
    )
    wide = plain.mutate(
        **{
            f"x:{part}": _exact(_number(plain, part), field, mapping.scale)
            for field, mapping in some
            if pa.types.is_decimal(field.type)
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


def rounded(number: ir.NumericValue, places: int = 4) -> ir.DecimalValue:
    """A float, or a decimal of more places, to ``places``, ties to the even digit; null where more
    than 18 digits would be needed. ``number`` should be a column: it is repeated."""
    narrowest = f"decimal({_DIGITS}, {places})"
    fits = number.abs() < 10 ** (_DIGITS - places)
    if number.type().is_floating():
        # floats carry 15 digits: a tie is one of the float times 10,000
        low = (number * 10**places).floor()
        tie = number * 10**places - low == 0.5
        even = ibis.ifelse(low % 2 == 0, low, low + 1) / 10**places
        return ibis.ifelse(fits, ibis.ifelse(tie, even, number), ibis.null("float64")).try_cast(narrowest)
    # no wider than what fits, so that differences have all their places: Spark gives up some beyond 38 digits
    scale = number.type().scale
    wide, narrower = f"decimal({_DIGITS + 1 - places + scale}, {scale})", f"decimal({_DIGITS + 1}, {places})"
    kept = ibis.ifelse(fits, number, ibis.null(number.type())).cast(wide)
    narrow = kept.round(places).cast(narrower)
    tie = (narrow.cast(wide) - kept).abs() == _literal(Decimal(5).scaleb(-places - 1)).cast(wide)
    odd = narrow.cast("string").right(1).isin(("1", "3", "5", "7", "9"))
    step = _literal(Decimal(1).scaleb(-places)).cast(narrower)
    even = ibis.ifelse(number > 0, narrow - step, narrow + step)
    return ibis.ifelse(tie, ibis.ifelse(odd, even, narrow), narrow).try_cast(narrowest)


def _with_plain_numbers(table: ir.Table, parts: list[tuple[str, Field, ColumnMap]]) -> ir.Table:
    """``table`` with ``n:part`` for numbers whose text has a stated form."""
    found: dict[str, ir.Value] = {}
    for part, field, mapping in parts:
        value = table[f"w:{part}"]
        if mapping.has_number_form and value.type().is_string():
            number = plain_number(value, mapping)
            known = f"k:{field.name}"
            found[f"n:{part}"] = (
                ibis.ifelse(table[known], value, number) if known in table.columns else number
            )
    return table.mutate(**found) if found else table


def _number(table: ir.Table, part: str) -> ir.Value:
    return table[f"n:{part}" if f"n:{part}" in table.columns else f"w:{part}"]


def _literal(number: Decimal) -> ir.StringValue:
    return ibis.literal(f"{number:f}")


def _read(table: ir.Table, part: str, field: Field, mapping: ColumnMap, zone: str) -> ir.Value:
    value = table[f"w:{part}"]
    if pa.types.is_decimal(field.type):
        exact = table[f"x:{part}"]
        places = field.type.scale
        return (
            exact.try_cast(f"decimal({_DIGITS}, {places})")
            if exact.type().is_integer() or _is_short(exact.type(), field)
            else rounded(exact, places)
        )
    if field.type == INTEGER:
        return _integer(_number(table, part))
    if field.type == FLAG:
        return _flag(value)
    if field.type == TIMESTAMP:
        named = f"z:{field.name}"
        return instant(
            table[f"o:{part}"],
            mapping.formats,
            table[named].fill_null(zone) if named in table.columns else zone,
        )
    if field.type == DAY:
        return _days(table, part, field, mapping.formats, zone)
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


def _is_short(kind: dt.DataType, field: Field) -> bool:
    """Whether decimals of a type need no rounding to the places of ``field``: two amounts that are rounded
    take a fourth of the time of typing an order line."""
    return bool(kind.is_decimal() and kind.scale is not None and kind.scale <= field.type.scale)


def _exact(value: ir.Value, field: Field, scale: float | None) -> ir.NumericValue:
    """A number: integers, floats and decimals of no more places than ``field`` as they are, other decimals
    and plain text with ten places, times ``scale`` as floats; null if it is no number."""
    kind = value.type()
    if kind.is_integer() or (scale is None and _is_short(kind, field)):
        number = value
    elif kind.is_floating():
        number = value.cast("float64")
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
    # of one type: Spark compares those of many digits by the fewer of their places
    whole = wide == wide.round(0).try_cast(_WIDE)
    return ibis.ifelse(whole, wide, ibis.null(_WIDE)).try_cast("int64")


def _flag(value: ir.Value) -> ir.BooleanValue:
    if value.type().is_boolean():
        return value
    word = identifier_text(value).lower()
    return word.cases(
        *((one, True) for one in TRUE_WORDS),
        *((one, False) for one in FALSE_WORDS),
        else_=ibis.null("boolean"),
    )


def _days(table: ir.Table, part: str, field: Field, formats: Sequence[str], zone: str) -> ir.DateValue:
    """Days as they are written, by the first format that fits."""
    value = table[f"o:{part}"]
    if field.name != "birth_date" or not any("%y" in one for one in formats):
        return _day(value, formats, zone)
    latest = table["collected_at"].date()
    found = []
    for one in formats:
        day = _day(value, [one], zone)
        before = (day.cast("timestamp(6)") - ibis.interval(years=100)).date()
        found.append(ibis.ifelse(day > latest, before, day) if "%y" in one else day)
    return ibis.coalesce(*found)


def _day(value: ir.Value, formats: Sequence[str], zone: str) -> ir.DateValue:
    """A day as it is written: a zone never moves it, unless the value has one of its own."""
    kind = value.type()
    if kind.is_timestamp() and kind.timezone:
        return wall_time(instant(value, formats, zone), zone).date()
    return instant(value, formats, "UTC").cast("timestamp(6)").date()
