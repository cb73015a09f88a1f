"""The grammar of random expressions, and the rows that they are computed over."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from tests.unit.expressions.by_hand import (
    BLANKS,
    Part,
    band,
    between,
    both,
    choose,
    compare,
    either,
    extreme,
    first_known,
    is_null,
    like,
    modulo,
    months,
    moved_days,
    moved_months,
    number_text,
    of_floats,
    opposite,
    over,
    plus,
    power,
    quoted,
    round_to,
    signed,
    split_part,
    strict,
    times,
    to_integer,
    unless_equal,
    whole,
    within,
)

#: Letters whose small and capital forms are one to one; f and v are those that Spark once took for blanks.
LETTERS = "aBéfv中😀 %_.-\\'\"7\n"
TEXTS = st.text(LETTERS, max_size=6)
DAYS = st.one_of(
    st.dates(date(1000, 1, 1), date(9999, 12, 31)), st.dates(date(1999, 12, 1), date(2024, 3, 1))
)
MONEY = ("0", "1", "-1.5", "2.5", "0.0001", "-0.005", "12.345", "-17850", "9999999999.9999")
ROW = st.fixed_dictionaries(
    {
        "i": st.none() | st.integers(-4, 4) | st.integers(-4, 4) | st.integers(-30, 30),
        "m": st.none() | st.sampled_from([Decimal(one) for one in MONEY]),
        "f": st.none() | st.sampled_from([0.0, 0.1, -2.5, 1e300, -1e300, 7.25, float("nan"), float("-inf")]),
        "b": st.none() | st.booleans(),
        "t": st.none() | TEXTS,
        "d": st.none() | DAYS,
        "s": st.none() | st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)),
        "q": st.none()
        | st.sampled_from(["3", "-1.50", " 2 ", "1e1", "x", "", "17850.0", ".5", "+4", "1,5", "2,"]),
    }
)


def _fraction(value: Any) -> Any:
    return None if value is None else Fraction(value)


def _float(value: Any) -> Any:
    return None if value is None or value != value or abs(value) == float("inf") else value


def _read(text: str | None) -> Fraction | None:
    try:
        return None if text is None or "_" in text else Fraction(Decimal(text.strip(BLANKS)))
    except ArithmeticError:
        return None


COLUMNS = {
    "number": [
        Part("i", lambda row: _fraction(row["i"]), (18, 0)),
        Part("m", lambda row: _fraction(row["m"]), (14, 4)),
        Part("f", lambda row: _float(row["f"])),
        Part("CAST(q AS number)", lambda row: _read(row["q"]), (19, 10)),
    ],
    "boolean": [Part("b", lambda row: row["b"]), Part("TRUE", lambda row: True)],
    "text": [Part("t", lambda row: row["t"]), Part("CAST(q AS text)", lambda row: row["q"])],
    "date": [
        Part("d", lambda row: row["d"]),
        Part("CAST(s AS date)", lambda row: None if row["s"] is None else row["s"].date()),
    ],
}
#: Text as it was read, beside a number.
Q = Part("q", lambda row: _read(row["q"]), (19, 10))
_PIECES = {"starts_with": str.startswith, "ends_with": str.endswith, "contains": str.__contains__}
COUNTS = [COLUMNS["number"][0], Part("400", lambda row: Fraction(400))]
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])


@st.composite
def literal(draw: st.DrawFn, kind: str) -> Part:
    if kind == "number":
        number = Decimal(draw(st.sampled_from(["0", "1", "2", "10", "0.5", "1.25", "0.001", "100"])))
        after = max(0, -int(number.as_tuple().exponent))
        return Part(str(number), lambda row: Fraction(number), (max(1, number.adjusted() + 1), after))
    if kind == "text":
        text = draw(TEXTS)
        return Part(quoted(text), lambda row: text)
    if kind == "date":
        day = draw(DAYS)
        return Part(f"DATE '{day.isoformat()}'", lambda row: day)
    return Part("FALSE", lambda row: False)


#: NULL of every kind, as it may be written out.
NULLS = {
    "number": Part("CAST(NULL AS integer)", lambda row: None, (18, 0)),
    "boolean": Part("CAST(NULL AS boolean)", lambda row: None),
    "text": Part("CAST(NULL AS text)", lambda row: None),
    "date": Part("CAST(NULL AS date)", lambda row: None),
}


@st.composite
def part(draw: st.DrawFn, kind: str, depth: int) -> Part:
    """An expression of ``kind`` whose parts stand at most ``depth`` within each other."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([*COLUMNS[kind], *COLUMNS[kind], NULLS[kind]]) | literal(kind))
    return draw(shaped(kind, draw(st.sampled_from([one for of, one in SHAPES if of == kind])), depth))


@st.composite
def shaped(draw: st.DrawFn, kind: str, shape: int | str, depth: int) -> Part:
    """An expression of ``kind`` whose outermost operator or function is the one of that ``shape``."""

    def inner(of: str = kind) -> Part:
        return draw(part(of, depth - 1))

    if shape == "coalesce":
        return first_known([inner(), inner()])
    if shape == "case":
        return choose(inner("boolean"), inner(), draw(st.sampled_from([inner(), None])))
    if shape == "nullif":
        return unless_equal(inner(), inner(), kind == "number")
    if isinstance(shape, str):
        return extreme(shape, [inner(), inner(), inner()])
    made = {"number": _number, "boolean": _boolean, "text": _text, "date": _date}[kind]
    return made(draw, inner, shape)


#: All outermost operators and functions: what has several kinds, and numbers of branches of one kind.
SHAPES: list[tuple[str, int | str]] = [
    *((kind, shape) for kind in COLUMNS for shape in ("coalesce", "case", "nullif")),
    *((kind, shape) for kind in COLUMNS if kind != "boolean" for shape in ("least", "greatest")),
    *(("number", at) for at in range(17)),
    *(("boolean", at) for at in range(12)),
    *(("text", at) for at in range(10)),
    *(("date", at) for at in range(4)),
]


@st.composite
def one_of_each(draw: st.DrawFn, depth: int) -> list[Part]:
    """An expression for every shape."""
    return [draw(shaped(kind, shape, depth)) for kind, shape in SHAPES]


def _number(draw: st.DrawFn, inner: Any, which: int) -> Part:
    match which:
        case 0 | 1:
            return plus(inner(), inner(), "+-"[which])
        case 2 | 3:
            return times(inner(), inner())
        case 4:
            return over(inner(), inner())
        case 5:
            return modulo(inner(), inner())
        case 6:
            return signed(inner(), draw(st.sampled_from(["-", "abs"])))
        case 7:
            return round_to(inner(), draw(st.integers(0, 6)))
        case 8:
            return whole(inner(), draw(st.sampled_from(["floor", "ceil"])))
        case 9:
            return to_integer(inner())
        case 10:
            return of_floats(inner(), draw(st.sampled_from(["sqrt", "ln", "exp"])))
        case 11:
            return power(inner(), inner())
        case 12:
            text = inner("text")
            return Part(f"length({text.text})", strict(lambda t: Fraction(len(t)))(text), (9, 0))
        case 13:
            day, name = inner("date"), draw(st.sampled_from(["year", "month", "day", "weekday"]))
            of = strict(lambda d: Fraction(d.isoweekday() if name == "weekday" else getattr(d, name)))
            return Part(f"{name}({day.text})", of(day), (4 if name == "year" else 2, 0))
        case 14:
            first, second = inner("date"), inner("date")
            days = strict(lambda a, b: Fraction((b - a).days))
            return Part(f"days_between({first.text}, {second.text})", days(first, second), (7, 0))
        case _:
            first, second = inner("date"), inner("date")
            if which == 15:
                text = f"months_between({first.text}, {second.text})"
                return Part(text, strict(months)(first, second), (6, 0))
            years = strict(lambda a, b: Fraction(months(a, b) // 12))
            return Part(f"years_between({first.text}, {second.text})", years(first, second), (5, 0))


def _boolean(draw: st.DrawFn, inner: Any, which: int) -> Part:
    match which:
        case 0:
            return both(inner(), inner())
        case 1:
            return either(inner(), inner())
        case 2:
            return opposite(inner())
        case 3:
            return compare(inner(), inner(), draw(st.sampled_from(["=", "<>"])), False)
        case 4:
            return compare(inner("number"), inner("number"), draw(SIGNS), True)
        case 5:
            return compare(Q, inner("number"), draw(SIGNS), True)
        case 6:
            kind = draw(st.sampled_from(["text", "date"]))
            return compare(inner(kind), inner(kind), draw(SIGNS), False)
        case 7:
            kind = draw(st.sampled_from(["number", "boolean", "text", "date"]))
            return within(inner(kind), [inner(kind), inner(kind)], kind == "number")
        case 8:
            kind = draw(st.sampled_from(["number", "date"]))
            return between(inner(kind), inner(kind), inner(kind), kind == "number")
        case 9:
            kind = draw(st.sampled_from(["number", "boolean", "text", "date"]))
            return is_null(inner(kind), draw(st.sampled_from(["IS NULL", "IS NOT NULL"])))
        case 10:
            return like(inner("text"), draw(st.text("aB中%%__.\\", max_size=5)))
        case _:
            text, piece = inner("text"), draw(st.text(LETTERS, min_size=1, max_size=2))
            name = draw(st.sampled_from(["starts_with", "ends_with", "contains"]))
            of = {"starts_with": str.startswith, "ends_with": str.endswith, "contains": str.__contains__}[
                name
            ]
            return Part(f"{name}({text.text}, {quoted(piece)})", strict(lambda t: of(t, piece))(text))


def _text(draw: st.DrawFn, inner: Any, which: int) -> Part:
    at, count = draw(st.integers(1, 4)), draw(st.integers(0, 4))
    match which:
        case 0:
            left, right = inner(), inner()
            return Part(f"({left.text} || {right.text})", strict(lambda a, b: a + b)(left, right))
        case 1:
            text, name = inner(), draw(st.sampled_from(["lower", "upper"]))
            return Part(f"{name}({text.text})", strict(getattr(str, name))(text))
        case 2:
            text = inner()
            return Part(f"left({text.text}, {count})", strict(lambda t: t[:count])(text))
        case 3:
            text = inner()
            of = strict(lambda t: t[len(t) - min(count, len(t)) :])
            return Part(f"right({text.text}, {count})", of(text))
        case 4:
            text = inner()
            of = strict(lambda t: t[at - 1 : at - 1 + count])
            return Part(f"substring({text.text}, {at}, {count})", of(text))
        case 5:
            text = inner()
            return Part(f"trim({text.text})", strict(lambda t: t.strip(BLANKS))(text))
        case 6:
            text, this, that = inner(), draw(st.text(LETTERS, min_size=1, max_size=2)), draw(TEXTS)
            of = strict(lambda t: t.replace(this, that))
            return Part(f"replace({text.text}, {quoted(this)}, {quoted(that)})", of(text))
        case 7:
            text, sign = inner(), draw(st.sampled_from([" ", ".", "-", "%_", "\\"]))
            of = strict(lambda t: split_part(t, sign, at))
            return Part(f"split_part({text.text}, {quoted(sign)}, {at})", of(text))
        case 8:
            number = inner("number")
            if number.digits is None or draw(st.booleans()):
                return band(number, draw(st.sampled_from([[18, 25, 65], [0], [1, 2, 10]])))
            return number_text(number)
        case _:
            day = inner("date")
            return Part(f"CAST({day.text} AS text)", strict(lambda d: d.isoformat())(day))


def _date(draw: st.DrawFn, inner: Any, which: int) -> Part:
    match which:
        case 0 | 1:
            day, count = inner(), draw(st.sampled_from(COUNTS))
            name, of = draw(st.sampled_from([("add_days", moved_days), ("add_months", moved_months)]))
            return Part(f"{name}({day.text}, {count.text})", strict(of)(day, count))
        case 2:
            day = inner()
            return Part(f"month_start({day.text})", strict(lambda d: d.replace(day=1))(day))
        case _:
            day = draw(st.sampled_from(COLUMNS["date"]))
            text = f"to_date(substring(CAST({day.text} AS text), 1, 10), '%Y-%m-%d')"
            return Part(text, day.of)
