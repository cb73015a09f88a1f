"""Raw values as expressions: text, instants, digests, and how a mapped column is read.

Belongs here: what collection and cleaning must do alike, so that a row is placed in a period by
the same instant that is later stored, and the functions that Ibis itself has no portable word
for. Does not belong here: rules about what a good value is (``clean``).

Reserved names: a source column called like one that collection adds (``period``, ``_row`` …)
carries a trailing underscore in the raw zone, see ``raw_name``.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import dialect
from pipeline.engine.dialect import INSTANT, WALL
from pipeline.engine.mapping import Mapped
from pipeline.engine.protocol import engine_of
from pipeline.errors import InputError
from pipeline.periods import Calendar
from pipeline.tables.zones import RAW_COLUMNS

_RESERVED = frozenset(("period", *RAW_COLUMNS))
_UNIT, _NULL = "\x1f", "\x1e"
#: Printable ASCII words with single blanks between: nothing to normalise.
_PLAIN = "^[!-~]+( [!-~]+)*$"
#: Texts that mean "no value" in exports of spreadsheets and data frames.
NO_VALUE = ("", "nan", "null", "none")
#: Days of spreadsheets count from 1899-12-30, so that those since March 1900 are right.
_EXCEL_EPOCH_DAYS = 25_569
#: Offsets from UTC that a clock can have; wider ones the database takes for a shift of days.
_OFFSET = "(Z|UTC|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)"
_MICROSECONDS = {"epoch": 10**6, "epoch_ms": 10**3}


@dialect.on_arrays
def _normalised(text: str) -> str:
    """NFKC, trimmed, inner whitespace collapsed; each distinct text is worked on once."""
    given: Any = text  # the annotations are for Ibis: what comes is an Arrow array
    encoded = (given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given).dictionary_encode()
    words = [normal(one) if one is not None else None for one in encoded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(encoded.indices)  # type: ignore[no-any-return]


def normal(text: str) -> str:
    """``text`` in Unicode NFKC, trimmed, with runs of whitespace as one blank."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def raw_name(column: str) -> str:
    """Name that a source column bears in the raw zone."""
    return f"{column}_" if column.lower() in _RESERVED else column


def source_columns(raw: ir.Table) -> list[str]:
    """The source's own columns of a raw table, sorted."""
    return sorted(set(raw.columns) - _RESERVED)


def own_values(raw: ir.Table) -> dict[str, ir.Value]:
    """The source's own columns of a raw table under the names that the source gives them; texts normalised,
    and null where they mean that there is no value."""
    found = {}
    for column in source_columns(raw):
        value = raw[column]
        plain = column.removesuffix("_")
        name = plain if raw_name(plain) == column else column
        found[name] = text(value) if value.type().is_string() else value
    return found


def digest(values: Sequence[ir.Value]) -> ir.StringValue:
    """MD5 over the text of ``values``, in their order; null differs from empty text."""
    return dialect.md5(ibis.literal(_UNIT).join([one.cast("string").fill_null(_NULL) for one in values]))


def text(value: ir.Value) -> ir.StringValue:
    """Normalised text; empty and literal nan, null, none (any case) become null.

    Values of other types than text are only cast.
    """
    if not value.type().is_string():
        return value.cast("string")
    clean = ibis.ifelse(value.re_search(_PLAIN), value, _normalised(value))
    return ibis.ifelse(clean.lower().isin(NO_VALUE), ibis.null("string"), clean)


def identifier_text(value: ir.Value) -> ir.StringValue:
    """Text of an id. ``12346`` and ``12346.0`` are the same id ``12346`` (a column of integers
    with gaps often comes as floats)."""
    if value.type().is_integer():
        return value.cast("string")
    return text(value).re_replace(r"^(-?[0-9]+)\.0+$", r"\1")


def json_text(value: ir.Value) -> ir.StringValue:
    """A nested value as JSON text; null stays null."""
    # joined to a text: DuckDB's own JSON type would make other texts beside it JSON, too
    return ibis.ifelse(value.notnull(), ibis.literal("") + dialect.to_json(value), ibis.null("string"))


def origin(raw: ir.Table, mapping: Mapped) -> ir.Value:
    """What ``mapping`` reads from a raw row, recoded by its ``values``, not yet typed.

    Raises ``InputError`` for ``sum_of``, which only amounts have.
    """
    if mapping.sum_of is not None:
        raise InputError(
            f"columns {', '.join(mapping.sum_of)}",
            "sum_of is mapped to a column that is no amount",
            "sum_of for amounts and quantities only",
            "Map one column.",
        )
    value = ibis.literal(mapping.constant) if mapping.column is None else raw[raw_name(mapping.column)]
    if mapping.values is None:
        return value
    found = identifier_text(value)
    pairs = [
        (normal(key), ibis.null("string") if one is None else ibis.literal(str(one)))
        for key, one in mapping.values.items()
    ]
    return found.cases(*pairs, else_=found) if pairs else found


def origin_text(raw: ir.Table, mapping: Mapped) -> ir.StringValue:
    """What ``mapping`` reads from a raw row as it came, as text, before any recoding."""
    if mapping.column is None and mapping.sum_of is None:
        return ibis.literal(mapping.constant)
    parts = [raw[raw_name(one)].cast("string") for one in mapping.value_columns]
    if len(parts) == 1:
        return parts[0]
    return ibis.literal(" + ").join([one.fill_null("") for one in parts])


def row_zone(raw: ir.Table, mapping: Mapped, zone: str) -> "str | ir.StringValue":
    """Zone of the wall times of a mapped column: the row's own where the settings name a column
    for it and the row has one, else ``zone``."""
    if mapping.time_zone_column is None:
        return zone
    return text(raw[raw_name(mapping.time_zone_column)]).fill_null(zone)


def instant(value: ir.Value, formats: Sequence[str], zone: "str | ir.StringValue") -> ir.TimestampValue:
    """The instant (UTC) that ``value`` means; null where it cannot be read.

    Timestamps and dates without a zone are wall time of ``zone`` (an IANA name, or a column of
    them; an unknown name gives null). Other values are read by the first of ``formats`` that fits:
    ``iso`` (ISO 8601 with or without time, fraction, offset; the only one when there are none),
    ``excel`` (days of a spreadsheet, wall time), ``epoch`` (seconds), ``epoch_ms`` (milliseconds
    since 1970), else strptime's words. Years 1 to 9999; four digits where the format says ``%Y``.
    """
    kind = value.type()
    if kind.is_timestamp() and kind.timezone:
        return value.cast(INSTANT)
    if kind.is_timestamp() or kind.is_date():
        return _placed(value.cast(WALL), zone)
    if not formats and not kind.is_string():
        return ibis.null(INSTANT)
    written = value.strip() if kind.is_string() else identifier_text(value)
    read = [_by_format(written, one, zone) for one in formats or ("iso",)]
    return read[0] if len(read) == 1 else ibis.coalesce(*read)


def _by_format(written: ir.StringValue, pattern: str, zone: "str | ir.StringValue") -> ir.TimestampValue:
    if pattern == "iso":
        return _iso(written, zone)
    if pattern in ("excel", *_MICROSECONDS):
        number = written.try_cast("decimal(38, 10)")
        if pattern == "excel":
            # a day of a spreadsheet has ten digits after the point at most: milliseconds are sure
            number = ((number - _EXCEL_EPOCH_DAYS).cast("decimal(38, 10)") * 86_400_000).round(0)
            return _placed(_since_1970(number, 1_000), zone)
        return _placed(_since_1970(number, _MICROSECONDS[pattern]), "UTC")
    # DuckDB takes words like 'epoch' and 'infinity' under any pattern
    plausible = written.re_search(_with_offset(pattern) if "%z" in pattern else "[0-9]")
    wall = dialect.try_strptime(ibis.ifelse(plausible, written, ibis.null("string")), pattern)
    if "%Y" in pattern:
        # it takes '85' for the year 85, too, so that a later %y would never be tried
        wall = ibis.ifelse(wall >= ibis.timestamp("1000-01-01"), wall, ibis.null(WALL))
    return _placed(wall, "UTC" if "%z" in pattern else zone)


def _with_offset(pattern: str) -> str:
    """Text of a strptime pattern whose offset (``%z``) is one that a clock can have."""
    parts = re.split("(%-?.)", pattern)
    words = [_OFFSET if one == "%z" else ".+" if one.startswith("%") else re.escape(one) for one in parts]
    return f"^{''.join(words)}$"


def _since_1970(number: ir.DecimalValue, microseconds: int) -> ir.TimestampValue:
    """Wall time so many units of ``microseconds`` after the beginning of 1970; null beyond 1-9999."""
    largest = 253_402_300_799 * 10**6 // microseconds
    inside = (number <= largest) & (number >= -62_135_510_400 * 10**6 // microseconds)
    sane = ibis.ifelse(inside, number, ibis.null("decimal(38, 10)"))
    steps = (sane * microseconds).round(0).cast("int64")
    return ibis.timestamp("1970-01-01").cast(WALL) + steps.as_interval("us")


def _iso(written: ir.StringValue, zone: "str | ir.StringValue") -> ir.TimestampValue:
    iso = written.re_search(rf"^[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}([ T][0-9:.]+ ?{_OFFSET}?)?$")
    has_offset = written.re_search(rf":[0-9.]+ ?{_OFFSET}$")
    # on these days an offset may lead out of the years 1 to 9999
    is_edge = (written.startswith("0001-01-01") | written.startswith("9999-12-31")) & has_offset
    read = ibis.ifelse(iso & ~is_edge, written, ibis.null("string")).try_cast(INSTANT)
    if isinstance(zone, str) and zone == "UTC":
        return read
    return ibis.ifelse(has_offset, read, _placed(read.cast(WALL), zone))


@cache
def _zones() -> tuple[str, ...]:
    """Names of time zones that every engine knows."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))


def _placed(wall: ir.TimestampValue, zone: "str | ir.StringValue") -> ir.TimestampValue:
    """Wall time of ``zone`` as an instant; out-of-range years and unknown zones become null instead
    of an error."""
    low, high = ibis.timestamp("0001-01-02"), ibis.timestamp("9999-12-31 23:59:59.999999")
    sane = ibis.ifelse((wall >= low) & (wall <= high), wall, ibis.null(WALL))
    if isinstance(zone, str):
        return sane.cast(INSTANT) if zone == "UTC" else dialect.to_utc(zone, sane)
    known = zone.isin(_zones())
    return dialect.to_utc(ibis.ifelse(known, zone, "UTC"), ibis.ifelse(known, sane, ibis.null(WALL)))


def wall_time(at: ir.TimestampValue, zone: str) -> ir.TimestampValue:
    """An instant as wall time of ``zone``, without zone."""
    return at.cast(WALL) if zone == "UTC" else dialect.to_wall(zone, at)


def moment(at: datetime) -> ir.TimestampScalar:
    """A Python instant as a literal."""
    return ibis.literal(at.astimezone(UTC), INSTANT)


def period_of(at: ir.TimestampValue, calendar: Calendar, first: str, last: str) -> ir.StringValue:
    """Key of the period that holds the instant ``at``; null before ``first`` and after ``last``.

    A balanced tree of comparisons: a row costs the logarithm of the number of periods.
    """
    keys = calendar.between(first, last)
    inside = (at >= moment(calendar.starts_at(first))) & (at < moment(calendar.as_of(last)))

    def branch(some: list[str]) -> ir.StringValue:
        if len(some) == 1:
            return ibis.literal(some[0])
        middle = len(some) // 2
        return ibis.ifelse(
            at < moment(calendar.starts_at(some[middle])), branch(some[:middle]), branch(some[middle:])
        )

    return ibis.ifelse(inside, branch(keys), ibis.null("string"))


def held(table: ir.Table) -> ir.Table:
    """``table`` computed now and held by its engine, which spills what exceeds its memory.

    Selects are not fused: steps that read each other's columns would be written into each other,
    and so planned and worked many times over.
    """
    fused = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        return engine_of(table).hold(table)
    finally:
        ibis.options.sql.fuse_selects = fused
