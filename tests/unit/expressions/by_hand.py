"""Random expressions with their meaning written a second time, in plain Python on single values.

Each ``Part`` is a text of the language, and a function from a row to the value that it has: fractions
where numbers are exact, floats where they are not. Where rounding noise of floats would decide (a
comparison of nearly equal ones, a floor just below a whole number), it raises ``UnsureError``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Digits: TypeAlias = tuple[int, int] | None
BLANKS = " \t\n\r\v\f"


class UnsureError(Exception):
    """Noise decides."""


@dataclass(frozen=True)
class Part:
    """An expression, and its value in a row. ``digits`` are those of an exact number."""

    text: str
    of: Callable[[Row], Any]
    digits: Digits = None


def strict(compute: Callable[..., Any]) -> Callable[..., Callable[[Row], Any]]:
    """A function of the values of parts, null as soon as one of them is."""

    def over(*parts: Part) -> Callable[[Row], Any]:
        def value(row: Row) -> Any:
            given = [one.of(row) for one in parts]
            return None if any(one is None for one in given) else compute(*given)

        return value

    return over


def finite(compute: Callable[..., float]) -> Callable[..., float | None]:
    def value(*given: Any) -> float | None:
        try:
            found = compute(*map(float, given))
        except (OverflowError, ZeroDivisionError, ValueError):
            return None
        return found if isinstance(found, float) and math.isfinite(found) else None

    return value


def near(left: Any, right: Any) -> bool:
    return abs(float(left) - float(right)) <= 1e-9 * max(abs(float(left)), abs(float(right)), 1e-300)


def shared(parts: Sequence[Part]) -> Digits:
    known = [one.digits for one in parts if one.digits]
    before, after = max((a for a, _ in known), default=0), max((b for _, b in known), default=0)
    return (before, after) if len(known) == len(parts) and before + after <= 37 else None


# --------------------------------------------------------------------------------------- numbers


def plus(left: Part, right: Part, sign: str) -> Part:
    digits = shared([left, right])
    text = f"({left.text} {sign} {right.text})"
    if digits and sum(digits) < 37:
        exact = strict(lambda a, b: a + b if sign == "+" else a - b)
        return Part(text, exact(left, right), (digits[0] + 1, digits[1]))

    def rough(a: Any, b: Any) -> float | None:
        if near(a, b if sign == "-" else -b) and (a or b):
            raise UnsureError
        return finite(lambda x, y: x + y if sign == "+" else x - y)(a, b)

    return Part(text, strict(rough)(left, right))


def times(left: Part, right: Part) -> Part:
    text = f"({left.text} * {right.text})"
    if left.digits and right.digits:
        (a, x), (b, y) = left.digits, right.digits
        if max(a + x, b + y) <= 18 or a + b + x + y + max(x, y) <= 37:
            return Part(text, strict(lambda p, q: p * q)(left, right), (a + b, x + y))
    return Part(text, strict(finite(lambda p, q: p * q))(left, right))


def over(left: Part, right: Part) -> Part:
    return Part(f"({left.text} / {right.text})", strict(finite(lambda a, b: a / b))(left, right))


def modulo(left: Part, right: Part) -> Part:
    digits = shared([left, right])

    def rest(a: Any, b: Any) -> Any:
        if b == 0:
            return None
        if digits:
            return a - b * int(a / b)
        quotient = float(a) / float(b)
        if not math.isfinite(quotient) or abs(quotient) > 1e9 or near(quotient, round(quotient)):
            raise UnsureError
        return math.fmod(a, b)

    return Part(f"({left.text} % {right.text})", strict(rest)(left, right), digits)


def whole(part: Part, name: str) -> Part:
    operator = math.floor if name == "floor" else math.ceil

    def found(a: Any) -> Any:
        if part.digits:
            return Fraction(operator(a))
        if abs(a) >= 1e18:
            return None
        if near(a, round(a)) or abs(a) < 1e-9:
            raise UnsureError
        return Fraction(operator(a))

    before, after = part.digits or (17, 1)
    return Part(f"{name}({part.text})", strict(found)(part), (before + (after > 0), 0))


def round_to(part: Part, places: int) -> Part:
    def found(a: Any) -> Any:
        moved = abs(a) * 10**places
        if not part.digits:
            if moved >= 1e15:
                return None
            if near(moved + 0.5, round(moved + 0.5)) or moved < 1e-9:
                raise UnsureError
        size = Fraction(math.floor(moved + Fraction(1, 2) if part.digits else moved + 0.5), 10**places)
        return size if a >= 0 else -size

    before, after = part.digits or (15 - places, 99)
    digits = (before, after) if after <= places else (before + 1, places)
    return Part(f"round({part.text}, {places})", strict(found)(part), digits)


def to_integer(part: Part) -> Part:
    def found(a: Any) -> Any:
        if not part.digits and (near(a, round(a)) or abs(a) < 1e-9):
            raise UnsureError
        return a if abs(a) < 10**18 and a == int(a) else None

    return Part(f"CAST({part.text} AS integer)", strict(found)(part), (18, 0))


def of_floats(part: Part, name: str) -> Part:
    def found(a: Any) -> Any:
        if not part.digits and abs(a) < 1e-9 and name != "exp":
            raise UnsureError
        if (name == "sqrt" and a < 0) or (name == "ln" and a <= 0):
            return None
        return finite({"sqrt": math.sqrt, "ln": math.log, "exp": math.exp}[name])(a)

    return Part(f"{name}({part.text})", strict(found)(part))


def power(base: Part, exponent: Part) -> Part:
    def found(a: Any, b: Any) -> Any:
        x, y = float(a), float(b)
        unsure = not (base.digits and exponent.digits) and (x <= 0 or abs(y * math.log(x)) > 300)
        if unsure or (x < 0 and abs(y) > 1e6):
            raise UnsureError
        try:
            result = x**y
        except (OverflowError, ZeroDivisionError):
            return None
        return result if isinstance(result, float) and math.isfinite(result) else None

    return Part(f"power({base.text}, {exponent.text})", strict(found)(base, exponent))


def signed(part: Part, name: str) -> Part:
    text = f"(- {part.text})" if name == "-" else f"abs({part.text})"
    return Part(text, strict(lambda a: -a if name == "-" else abs(a))(part), part.digits)


def number_text(part: Part) -> Part:
    """Of exact numbers alone."""

    def written(a: Fraction) -> str:
        found = f"{Decimal(a.numerator) / Decimal(a.denominator):f}"
        return found.rstrip("0").rstrip(".") if "." in found else found

    return Part(f"CAST({part.text} AS text)", strict(written)(part))


def band(part: Part, borders: Sequence[int]) -> Part:
    floor = whole(part, "floor")

    def label(a: Fraction) -> str:
        below = [one for one in borders if one <= a]
        if not below:
            return f"under {borders[0]}"
        if len(below) == len(borders):
            return f"{borders[-1]}+"
        low, high = below[-1], borders[len(below)] - 1
        return str(low) if low == high else f"{low}-{high}"

    return Part(f"band({part.text}, {', '.join(map(str, borders))})", strict(label)(floor))


# ------------------------------------------------------------------------- choices and conditions


def first_known(parts: Sequence[Part]) -> Part:
    def found(row: Row) -> Any:
        return next((value for value in [one.of(row) for one in parts] if value is not None), None)

    return Part(f"coalesce({', '.join(one.text for one in parts)})", found, shared(parts))


def extreme(name: str, parts: Sequence[Part]) -> Part:
    def found(row: Row) -> Any:
        known = [value for value in [one.of(row) for one in parts] if value is not None]
        return (min if name == "least" else max)(known, default=None)

    return Part(f"{name}({', '.join(one.text for one in parts)})", found, shared(parts))


def unless_equal(left: Part, right: Part, is_number: bool) -> Part:
    equal = compare(left, right, "=", is_number)
    digits = shared([left, right]) if is_number else None
    return Part(
        f"nullif({left.text}, {right.text})", lambda row: None if equal.of(row) else left.of(row), digits
    )


def choose(condition: Part, yes: Part, no: Part | None) -> Part:
    def found(row: Row) -> Any:
        values = yes.of(row), no.of(row) if no else None
        return values[0] if condition.of(row) else values[1]

    other = f" ELSE {no.text}" if no else ""
    text = f"CASE WHEN {condition.text} THEN {yes.text}{other} END"
    return Part(text, found, shared([yes, no] if no else [yes]))


def compare(left: Part, right: Part, sign: str, is_number: bool) -> Part:
    signs: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: a == b,
        "<>": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
    exact = not is_number or shared([left, right])

    def found(a: Any, b: Any) -> bool:
        if not exact and near(a, b):
            raise UnsureError
        return signs[sign](a, b)

    return Part(f"({left.text} {sign} {right.text})", strict(found)(left, right))


def both(left: Part, right: Part) -> Part:
    def found(row: Row) -> Any:
        values = left.of(row), right.of(row)
        return False if False in values else None if None in values else True

    return Part(f"({left.text} AND {right.text})", found)


def either(left: Part, right: Part) -> Part:
    def found(row: Row) -> Any:
        values = left.of(row), right.of(row)
        return True if True in values else None if None in values else False

    return Part(f"({left.text} OR {right.text})", found)


def opposite(part: Part) -> Part:
    return Part(f"(NOT {part.text})", strict(lambda a: not a)(part))


def within(part: Part, others: Sequence[Part], is_number: bool) -> Part:
    """IN: as ORs of equals."""
    parts = [compare(part, one, "=", is_number) for one in others]
    found = parts[0]
    for one in parts[1:]:
        found = either(found, one)
    if is_number and not shared([part, *others]):
        values = [strict(_unsure_if_near)(part, one) for one in others]
        return Part(_in(part, others), lambda row: ([one(row) for one in values], found.of(row))[1])
    return Part(_in(part, others), found.of)


def _in(part: Part, others: Sequence[Part]) -> str:
    return f"({part.text} IN ({', '.join(one.text for one in others)}))"


def _unsure_if_near(a: Any, b: Any) -> None:
    if near(a, b):
        raise UnsureError


def between(part: Part, low: Part, high: Part, is_number: bool) -> Part:
    found = both(compare(part, low, ">=", is_number), compare(part, high, "<=", is_number))
    if is_number and not shared([part, low, high]):
        values = [strict(_unsure_if_near)(part, one) for one in (low, high)]
        return Part(
            f"({part.text} BETWEEN {low.text} AND {high.text})",
            lambda row: ([one(row) for one in values], found.of(row))[1],
        )
    return Part(f"({part.text} BETWEEN {low.text} AND {high.text})", found.of)


def is_null(part: Part, sign: str) -> Part:
    return Part(f"({part.text} {sign})", lambda row: (part.of(row) is None) == (sign == "IS NULL"))


def like(part: Part, pattern: str) -> Part:
    """By hand: what is left of the text against what is left of the pattern."""

    def fits(text: str, rest: str) -> bool:
        if not rest:
            return not text
        if rest[0] == "%":
            return any(fits(text[at:], rest[1:]) for at in range(len(text) + 1))
        return bool(text) and rest[0] in ("_", text[0]) and fits(text[1:], rest[1:])

    return Part(f"({part.text} LIKE {quoted(pattern)})", strict(lambda t: fits(t, pattern))(part))


# ------------------------------------------------------------------------------- texts and dates


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def split_part(text: str, sign: str, number: int) -> str | None:
    parts = text.split(sign)
    return (parts[number - 1] if number <= len(parts) else "") or None


def months(first: date, second: date) -> Fraction:
    found = (second.year - first.year) * 12 + second.month - first.month - (second.day < first.day)
    return Fraction(found)


def moved_days(day: date, count: Fraction) -> date | None:
    if count != int(count):
        return None
    try:
        found = day + timedelta(days=int(count))
    except OverflowError:
        return None
    return found if found.year >= 1000 else None


def moved_months(day: date, count: Fraction) -> date | None:
    if count != int(count):
        return None
    at = day.year * 12 + day.month - 1 + int(count)
    year, month = divmod(at, 12)
    if not 1000 <= year <= 9999:
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return date(year, month + 1, min(day.day, lengths[month]))
