"""How well the values of a column fit a column of a contract.

Belongs here: values against types, codes and kinds of contracts. Does not belong here: names (``words``), or
which column is taken for what (``matching``).
"""

from pipeline.drafting import bands
from pipeline.drafting.profiles import Column
from pipeline.drafting.words import code_of, flag_of
from pipeline.tables.model import AMOUNT, DAY, FLAG, INTEGER, RATE, TIMESTAMP, Field

#: Amounts that may be spread over several columns.
SUMMED = ("discount_amount", "coupon_amount")
_NAMES = frozenset(("full_name", "given_name", "family_name"))
#: What the values alone say: a column that is no other thing is taken for these.
_BY_CONTENT = {"email": 0.85, "phone": 0.7, "currency": 0.8, "country": 0.75, "gender": 0.75, "text": 0.5}


def fits(column: Column, wanted: Field) -> float:
    """How well the values of ``column`` fit a column of a contract: 0 to 1."""
    if column.kind == "empty":
        return 0.4
    if wanted.type in (TIMESTAMP, DAY):
        return _fits_time(column)
    if wanted.type in (AMOUNT, RATE):
        return _fits_amount(column, wanted)
    if wanted.type == FLAG:
        known = bool(column.codes) and len(column.codes) <= 3 and all(map(_is_flag, column.codes))
        return 1.0 if column.kind == "flag" else 0.9 if known else 0.0
    if wanted.type == INTEGER:
        whole = column.kind == "number" and column.numbers is not None and column.numbers.is_whole
        return (
            1.0
            if whole
            else 0.8
            if column.codes in (("0", "1"),) or bands.least_counts(column.codes)
            else 0.0
        )
    if wanted.values:
        known_share = sum(code_of(wanted.name, one) is not None for one in column.codes) / max(
            1, len(column.codes)
        )
        return 1.0 if known_share == 1 else 0.8 if known_share >= 0.5 else 0.0
    return _fits_text(column, wanted.name)


def _is_flag(said: str) -> bool:
    return (
        said.casefold() in ("true", "t", "yes", "y", "1", "是", "false", "f", "no", "n", "0", "否")
        or flag_of(said) is not None
    )


def _fits_time(column: Column) -> float:
    if column.times is None:
        return 0.0
    return 0.9 if column.times.needs_name else 1.0


def _fits_amount(column: Column, wanted: Field) -> float:
    if column.kind == "number" and column.numbers is not None:
        # a discount between 0 and 1 is a share of the price
        is_share = wanted.name in SUMMED and not column.numbers.is_whole
        is_share = is_share and column.numbers.least >= 0 and column.numbers.most <= 1
        return 0.0 if column.numbers.sign or is_share else 1.0
    if column.codes == ("0", "1"):
        return 0.6
    return 0.8 if wanted.name == "income_amount" and bands.amounts(column.codes) else 0.0


def fits_id(column: Column) -> float:
    """How well values could be the numbers of something: short, without fractions."""
    if column.kind in ("time", "email", "long_text"):
        return 0.6 if column.kind == "email" else 0.0
    if column.numbers is not None and not column.looks_like_id:
        return 0.0
    return 1.0 if column.looks_like_id else 0.4


def _fits_text(column: Column, name: str) -> float:
    kind = column.kind
    if name == "email":
        return 1.0 if kind == "email" else 0.0
    if name == "phone":
        return {"phone": 1.0, "number": 0.8, "text": 0.5}.get(kind, 0.0)
    if kind in ("email", "phone") and name not in ("line_key", "national_id"):
        return 0.0
    if name == "line_key":
        return 1.0 if column.is_nearly_unique and fits_id(column) == 1 else 0.0
    if name.endswith("_id"):
        return fits_id(column)
    if kind == "time":
        return 0.0
    if name in ("currency", "rate_currency"):
        return 1.0 if column.is_code_of_currency else 0.0
    if name == "gender":
        return 1.0 if column.is_gender else 0.8 if 0 < len(column.codes) <= 5 else 0.0
    if name == "country":
        # some words that no country is called are in every export
        return 1.0 if column.is_country else 0.9 if column.countries else 0.5 if kind == "text" else 0.0
    if name in _NAMES:
        return 1.0 if kind == "text" else 0.0
    if name == "text":
        return {"long_text": 1.0, "text": 0.65 if column.codes else 0.8}.get(kind, 0.0)
    if name in ("postcode", "age_group", "national_id"):
        return 1.0 if kind in ("text", "number", "flag") else 0.0
    if name == "product_name":
        return 1.0 if kind in ("text", "long_text") else 0.0
    return {"text": 1.0, "long_text": 0.6, "flag": 0.5, "number": 0.5}.get(kind, 0.0)


def by_content(column: Column, wanted: Field) -> float:
    """How surely the values alone say that ``column`` is the one that is wanted; mostly not at all."""
    name = wanted.name
    says = {
        "email": column.kind == "email",
        "phone": column.kind == "phone",
        "currency": column.is_code_of_currency,
        "rate_currency": column.is_code_of_currency,
        "country": column.is_country,
        "gender": column.is_gender,
        "text": column.kind == "long_text" and wanted.pii == "direct",
    }
    return _BY_CONTENT.get(name.removeprefix("rate_"), 0.0) if says.get(name) else 0.0
