"""Text read as a number, flag, date or timestamp: null where it cannot be, the same on every engine.

Belongs here: what is plain enough to be read without settings. Does not belong here: formats
(``dates``), or the forms of a source (``clean``), whose reading needs settings.
"""

from datetime import datetime

import ibis
from ibis.expr import types as ir

from pipeline.engine.words import FALSE_WORDS, TRUE_WORDS

_WALL = "timestamp(6)"
_INSTANT = "timestamp('UTC')"
_FIRST, _LAST = datetime(1000, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)
NUMBER = "decimal(29, 10)"
_NUMBER = r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$"
_YEAR = "[1-9][0-9]{3}"
_SIXTY = "[0-5][0-9]"
_CLOCK = (
    rf"[ T](2[0-3]|[01]?[0-9]):{_SIXTY}(:{_SIXTY}([.][0-9]{{1,6}})?)?( ?(Z|[+-](0[0-9]|1[0-5]):{_SIXTY}))?"
)
_DAY = rf"^({_YEAR}-[0-9]{{1,2}}-[0-9]{{1,2}})({_CLOCK})?$"


def number(text: ir.StringValue) -> ir.DecimalValue:
    """A plain number (sign, digits, a point, an exponent), to ten places."""
    plain = text.strip()
    return _where(plain.re_search(_NUMBER), plain).try_cast(NUMBER)


def boolean(text: ir.StringValue) -> ir.BooleanValue:
    """A flag by the words of ``engine.words``."""
    word = text.strip().lower()
    return word.cases(
        *((one, True) for one in TRUE_WORDS),
        *((one, False) for one in FALSE_WORDS),
        else_=ibis.null("boolean"),
    )


def date(text: ir.StringValue) -> ir.DateValue:
    """The day of an ISO date, with or without a time; years 1000 to 9999."""
    plain = text.strip()
    return _where(plain.re_search(_DAY), plain.re_extract(_DAY, 1)).try_cast("date")


def timestamp(text: ir.StringValue) -> ir.TimestampValue:
    """An ISO date with or without a time; with an offset from UTC, the time in UTC. Years 1000 to 9999."""
    plain = text.strip()
    found = _where(plain.re_search(_DAY), plain).try_cast(_INSTANT).cast(_WALL)
    inside = found.between(ibis.literal(_FIRST, _WALL), ibis.literal(_LAST, _WALL))  # an offset may lead out
    return ibis.ifelse(inside, found, ibis.null(_WALL))


def _where(fits: ir.BooleanValue, text: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(fits, text, ibis.null("string"))
