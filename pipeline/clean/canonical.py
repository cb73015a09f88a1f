"""Canonical values: which columns are normalised by which rule, on distinct values.

Belongs here: the choice of rule for a column, and its run over Arrow batches. Does not belong here:
how one value is read (``names``, ``codes``, ``reach``), or what happens to rows (``rules``).

A value of a column in ``BLANKED`` that cannot be read becomes null and the row stays: a profile is
worth more than its e-mail. Python works on the distinct values of a batch only.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.clean import codes, reach
from pipeline.clean.names import named
from pipeline.engine.dialect import on_arrays
from pipeline.engine.values import moment
from pipeline.periods import EARLIEST
from pipeline.tables.model import Field

#: Columns whose unreadable values are left out, and counted in the row accounts.
BLANKED = ("email", "phone", "birth_date", "country", "language")
_NAMES = ("full_name", "given_name", "family_name")
_UNIT = "\x1f"


def canonical(row: ir.Table, mapped: Collection[Field], default_country: str | None) -> ir.Table:
    """``row`` with the values ``v:name`` of mapped columns in their canonical form.

    Codes that a contract lists are compared in small letters with underscores for blanks and
    hyphens. Phone numbers in national form belong to the row's country, else to ``default_country``.
    Full, given and family name complete one another. Birth dates lie between 1900 and the row's
    collection.
    """
    there = {field.name for field in mapped}
    single = {name: _RULES[name](row[f"v:{name}"]).nullif("") for name in _RULES if name in there}
    single |= {field.name: _code(row[f"v:{field.name}"]) for field in mapped if field.values}
    if "birth_date" in there:
        single["birth_date"] = _birth_date(row)
    table = _changed(row, single)
    if "phone" in there:
        table = _changed(table, {"phone": _phone(table, "country" in there, default_country or "")})
    return _with_names(table, there & set(_NAMES)) if there & set(_NAMES) else table


def _changed(row: ir.Table, values: dict[str, ir.Value]) -> ir.Table:
    return row.mutate(**{f"v:{name}": value for name, value in values.items()}) if values else row


def _code(value: ir.StringValue) -> ir.StringValue:
    return value.lower().re_replace(r"[\s-]+", "_")


def _birth_date(row: ir.Table) -> ir.DateValue:
    born = row["v:birth_date"]
    sane = (born >= moment(EARLIEST).date()) & (born <= row["collected_at"].date())
    return ibis.ifelse(sane, born, ibis.null("date"))


def _phone(row: ir.Table, has_country: bool, default: str) -> ir.StringValue:
    country = row["v:country"].fill_null(default) if has_country else ibis.literal(default)
    return _phones(row["v:phone"], country).nullif("")


def _with_names(row: ir.Table, there: set[str]) -> ir.Table:
    given = [row[f"v:{one}"].fill_null("") if one in there else ibis.literal("") for one in _NAMES]
    table = row.mutate(_name=_named(*given))
    # the parts are columns of their own before they are read: else the names would be worked thrice
    split = table.mutate(_parts=table["_name"].split(_UNIT))
    return split.mutate(**{f"v:{one}": split["_parts"][at].nullif("") for at, one in enumerate(_NAMES)}).drop(
        "_name", "_parts"
    )


def _each(arrays: Iterable[Any], worked: Callable[..., str | None]) -> pa.Array:
    """``worked`` over rows of Arrow arrays of text, each distinct row once; none becomes ``""``,
    because a function of the engine may not answer with null."""
    rows = list(zip(*(one.to_pylist() for one in arrays), strict=True))
    known = {row: worked(*row) or "" for row in set(rows)}
    return pa.array([known[row] for row in rows], pa.string())


# The annotations are for Ibis: what comes are Arrow arrays.
@on_arrays
def _emails(text: str) -> str:
    return _each([text], reach.email_address)  # type: ignore[no-any-return]


@on_arrays
def _phones(text: str, country: str) -> str:
    return _each([text, country], reach.phone_number)  # type: ignore[no-any-return]


@on_arrays
def _postcodes(text: str) -> str:
    return _each([text], reach.postcode)  # type: ignore[no-any-return]


@on_arrays
def _national_numbers(text: str) -> str:
    return _each([text], reach.national_number)  # type: ignore[no-any-return]


@on_arrays
def _countries(text: str) -> str:
    return _each([text], codes.country_code)  # type: ignore[no-any-return]


@on_arrays
def _currencies(text: str) -> str:
    return _each([text], codes.currency_code)  # type: ignore[no-any-return]


@on_arrays
def _languages(text: str) -> str:
    return _each([text], codes.language_code)  # type: ignore[no-any-return]


@on_arrays
def _genders(text: str) -> str:
    return _each([text], codes.gender_code)  # type: ignore[no-any-return]


@on_arrays
def _themes(text: str) -> str:
    return _each([text], codes.themes)  # type: ignore[no-any-return]


@on_arrays
def _named(full: str, given: str, family: str) -> str:
    return _each([full, given, family], lambda *name: _UNIT.join(named(*name)))  # type: ignore[no-any-return]


_RULES: dict[str, Callable[[ir.StringValue], ir.StringValue]] = {
    "email": _emails,
    "postcode": _postcodes,
    "national_id": _national_numbers,
    "country": _countries,
    "language": _languages,
    "gender": _genders,
    "currency": _currencies,
    "rate_currency": _currencies,
    "themes": _themes,
}
