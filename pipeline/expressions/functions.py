"""Functions that an expression may call: each with its signature, its meaning, and how it is computed.

Belongs here: the one list of them, from which messages and docs/expressions.md follow. Does not belong
here: operators (``compiling``), or how it is done (``numbers``, ``texts``, ``dates``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import ibis

from pipeline.expressions import dates, numbers, texts
from pipeline.expressions.terms import Term, one_kind, typed

#: Texts longer than this are not made: places, lengths and numbers of parts.
_LONGEST_TEXT = 100_000
_MOST_PLACES = 10
#: Each band is a branch of a CASE.
_MOST_BANDS = 50
_Build = Callable[[Sequence[Term]], Term]


@dataclass(frozen=True)
class Function:
    """What may be called. It takes from ``least`` to ``most`` arguments."""

    __texts__ = ("meaning", "example")

    signature: str
    meaning: str
    example: str
    build: _Build
    least: int
    most: int

    @property
    def name(self) -> str:
        """Name in lower case."""
        return self.signature.partition("(")[0]


def _number(term: Term, name: str) -> Term:
    return typed(term, "number", name)


def _of_number(name: str, made: Callable[[Term], Term]) -> _Build:
    return lambda given: made(_number(given[0], name))


def _of_text(name: str, made: Callable[..., ibis.Value], kind: str = "text") -> _Build:
    """A function of texts; those behind the first are written out."""

    def build(given: Sequence[Term]) -> Term:
        text = typed(given[0], "text", name)
        rest = [_written(one, name) for one in given[1:]]
        return text.become(made(text.value, *rest), kind, (9, 0) if kind == "number" else None)

    return build


def _of_text_and_numbers(name: str, made: Callable[..., ibis.Value], leasts: Sequence[int]) -> _Build:
    """A function of a text and whole numbers that are written out."""

    def build(given: Sequence[Term]) -> Term:
        text = typed(given[0], "text", name)
        rest = [_whole(one, name, least) for one, least in zip(given[1:], leasts, strict=False)]
        return text.become(made(text.value, *rest), "text")

    return build


def _of_dates(name: str, made: Callable[..., Term]) -> _Build:
    return lambda given: made(*(_date(one, name) for one in given))


def _date(term: Term, name: str) -> Term:
    if term.kind == "timestamp":
        return term.become(term.value.date(), "date")
    return typed(term, "date", name)


def _written(term: Term, name: str) -> str:
    if not isinstance(term.constant, str) or not term.constant:
        raise term.error(f"{name} needs a text here that is written out in quotes, and not empty")
    return term.constant


def _whole(term: Term, name: str, least: int, most: int = _LONGEST_TEXT) -> int:
    number = term.constant
    if (
        isinstance(number, bool | str)
        or number is None
        or number != int(number)
        or not least <= number <= most
    ):
        raise term.error(f"{name} needs a whole number here, written out, from {least} to {most:,}")
    return int(number)


def _split_part(given: Sequence[Term]) -> Term:
    text = typed(given[0], "text", "split_part")
    sign, number = _written(given[1], "split_part"), _whole(given[2], "split_part", 1, 1_000)
    return text.become(texts.part(text.value, sign, number), "text")


def _replace(given: Sequence[Term]) -> Term:
    text = typed(given[0], "text", "replace")
    if not isinstance(given[2].constant, str):
        raise given[2].error("replace needs a text here that is written out in quotes")
    return text.become(text.value.replace(_written(given[1], "replace"), given[2].constant), "text")


def _round(given: Sequence[Term]) -> Term:
    places = _whole(given[1], "round", 0, _MOST_PLACES) if len(given) > 1 else 0
    return numbers.rounded(_number(given[0], "round"), places)


def _coalesce(given: Sequence[Term]) -> Term:
    same = one_kind(given, "coalesce")
    return _chosen(same, ibis.coalesce(*(one.value for one in same)))


def _extreme(name: str, made: Callable[..., ibis.Value]) -> _Build:
    def build(given: Sequence[Term]) -> Term:
        same = one_kind(given, name, ordered=True)
        return _chosen(same, made(*(one.value for one in same)))

    return build


def _nullif(given: Sequence[Term]) -> Term:
    same = one_kind(given, "nullif")
    return _chosen(same, same[0].value.nullif(same[1].value))


def _chosen(same: Sequence[Term], value: ibis.Value) -> Term:
    return same[0].become(value, same[0].kind, same[0].digits)


def _add(name: str, made: Callable[[Term, Term], Term]) -> _Build:
    def build(given: Sequence[Term]) -> Term:
        count = numbers.integer(_number(given[1], name))
        return made(_date(given[0], name), count.become(count.value.cast("int64"), "number", (18, 0)))

    return build


def _by_format(name: str, made: Callable[[Term, dates.Format], Term]) -> _Build:
    def build(given: Sequence[Term]) -> Term:
        text = typed(given[0], "text", name)
        try:
            form = dates.format_of(_written(given[1], name))
        except ValueError as error:
            raise given[1].error(str(error)) if given[1].constant else error from None
        return made(text, form)

    return build


def _band(given: Sequence[Term]) -> Term:
    number = numbers.floor(_number(given[0], "band"))
    borders = [_whole(one, "band", 0, 10**12) for one in given[1:]]
    for at, (low, high) in enumerate(pairwise(borders)):
        if high <= low:
            raise given[at + 2].error(f"borders of bands rise, and {high} follows {low}")
    labels = [f"under {borders[0]}"]
    for low, high in pairwise(borders):
        labels.append(str(low) if high - low == 1 else f"{low}-{high - 1}")
    branches = [(number.value < one, label) for one, label in zip(borders, labels, strict=False)]
    branches.append((number.value >= borders[-1], f"{borders[-1]}+"))
    return number.become(ibis.cases(*branches, else_=ibis.null("string")), "text")


def _part(name: str) -> _Build:
    return lambda given: dates.date_part(_date(given[0], name), name)


_ALL = (
    Function("coalesce(x, y, …)", "The first that is not null.", "coalesce(city, 'unknown')", _coalesce, 2, 20),
    Function("nullif(x, y)", "x, or null where it equals y.", "nullif(quantity, 0)", _nullif, 2, 2),
    Function("least(x, y, …)", "The least; nulls are left out, and all null gives null.", "least(price, list_price)",
             _extreme("least", ibis.least), 2, 20),
    Function("greatest(x, y, …)", "The greatest; nulls are left out, and all null gives null.",
             "greatest(quantity, 0)", _extreme("greatest", ibis.greatest), 2, 20),
    Function("abs(x)", "The number without its sign.", "abs(quantity)", _of_number("abs", numbers.absolute), 1, 1),
    Function("round(x, places)", "To so many places (0 to 10; none given: 0), exact; halves away from zero. Of a "
             "number with a fraction of any length null beyond 15 digits.", "round(price * quantity, 2)", _round, 1, 2),
    Function("floor(x)", "The greatest whole number that is not greater.", "floor(price)",
             _of_number("floor", numbers.floor), 1, 1),
    Function("ceil(x)", "The least whole number that is not less.", "ceil(price)",
             _of_number("ceil", numbers.ceil), 1, 1),
    Function("sqrt(x)", "Square root; null below zero.", "sqrt(quantity)",
             _of_number("sqrt", numbers.square_root), 1, 1),
    Function("ln(x)", "Natural logarithm; null for zero and below.", "ln(price)",
             _of_number("ln", numbers.logarithm), 1, 1),
    Function("exp(x)", "e to the power of x; null where it is too large.", "exp(-quantity / 10)",
             _of_number("exp", numbers.exponential), 1, 1),
    Function("power(x, y)", "x to the power of y; null where that is not defined.", "power(price, 2)",
             lambda given: numbers.power(_number(given[0], "power"), _number(given[1], "power")), 2, 2),
    Function("band(x, border, …)", "A label: under the first border, from one border to below the next, from the last "
             "on: 'under 18', '18-24', '25+'. Borders are whole numbers that rise; x is rounded down.",
             "band(years_between(birth_date, DATE '2024-12-31'), 18, 25, 35, 65)", _band, 2, _MOST_BANDS + 1),
    Function("lower(t)", "In small letters.", "lower(country)", _of_text("lower", lambda t: t.lower()), 1, 1),
    Function("upper(t)", "In capital letters; ß becomes SS.", "upper(country)", _of_text("upper", texts.upper), 1, 1),
    Function("trim(t)", "Without blanks at both ends.", "trim(city)", _of_text("trim", lambda t: t.strip()), 1, 1),
    Function("length(t)", "Number of characters.", "length(city)",
             _of_text("length", lambda t: t.length().cast("int64"), "number"), 1, 1),
    Function("substring(t, start, length)", "From the character start (the first is 1), so many characters; without a "
             "length to the end.", "substring(city, 1, 3)",
             _of_text_and_numbers("substring", lambda t, start, length=None: t.substr(start - 1, length), (1, 0)), 2, 3),
    Function("left(t, n)", "The first n characters.", "left(city, 2)",
             _of_text_and_numbers("left", lambda t, n: t.left(n), (0,)), 2, 2),
    Function("right(t, n)", "The last n characters.", "right(city, 2)",
             _of_text_and_numbers("right", lambda t, n: t.right(n), (0,)), 2, 2),
    Function("replace(t, 'this', 'that')", "With that wherever this stood.", "replace(city, 'St.', 'Saint')",
             _replace, 3, 3),
    Function("split_part(t, 'sign', n)", "The nth part between signs; null where there is none or it is empty.",
             "split_part(email_domain, '.', 1)", _split_part, 3, 3),
    Function("starts_with(t, 'this')", "Whether it begins so.", "starts_with(city, 'Par')",
             _of_text("starts_with", lambda t, this: t.startswith(this), "boolean"), 2, 2),
    Function("ends_with(t, 'this')", "Whether it ends so.", "ends_with(city, 'ris')",
             _of_text("ends_with", lambda t, this: t.endswith(this), "boolean"), 2, 2),
    Function("contains(t, 'this')", "Whether this stands in it.", "contains(city, 'ari')",
             _of_text("contains", lambda t, this: t.contains(this), "boolean"), 2, 2),
    Function("to_date(t, 'format')", "The day that a text says by a format of strptime; null where it does not fit.",
             "to_date(signed_on, '%d/%m/%Y')", _by_format("to_date", dates.to_date), 2, 2),
    Function("to_timestamp(t, 'format')", "The wall time that a text says by a format of strptime; null where it does "
             "not fit.", "to_timestamp(signed_on, '%d/%m/%Y')", _by_format("to_timestamp", dates.to_timestamp), 2, 2),
    Function("year(d)", "Year of a date or timestamp.", "year(birth_date)", _part("year"), 1, 1),
    Function("month(d)", "Month, 1 to 12.", "month(birth_date)", _part("month"), 1, 1),
    Function("day(d)", "Day of the month, 1 to 31.", "day(birth_date)", _part("day"), 1, 1),
    Function("weekday(d)", "Day of the week: Monday is 1, Sunday 7.", "weekday(birth_date) >= 6", _part("weekday"), 1, 1),
    Function("month_start(d)", "The first day of the month.", "month_start(birth_date)",
             _of_dates("month_start", dates.month_start), 1, 1),
    Function("days_between(a, b)", "Days from a to b, below zero where b is earlier; times of day are left out.",
             "days_between(birth_date, DATE '2024-12-31')", _of_dates("days_between", dates.days_between), 2, 2),
    Function("months_between(a, b)", "Whole months from a to b, rounded down: a month is over on the day of the same "
             "number.", "months_between(birth_date, DATE '2024-12-31')",
             _of_dates("months_between", dates.months_between), 2, 2),
    Function("years_between(a, b)", "Whole years from a to b, rounded down: an age.",
             "years_between(birth_date, DATE '2024-12-31')", _of_dates("years_between", dates.years_between), 2, 2),
    Function("add_days(d, n)", "The day n days later; n may be below zero.", "add_days(birth_date, 30)",
             _add("add_days", dates.add_days), 2, 2),
    Function("add_months(d, n)", "The same day n months later, or the last of a month that is shorter.",
             "add_months(birth_date, -12)", _add("add_months", dates.add_months), 2, 2),
)  # fmt: skip
#: All that may be called, by name.
FUNCTIONS = {one.name: one for one in _ALL}
