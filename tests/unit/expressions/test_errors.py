"""Wrong expressions: each is told what is wrong, where, and what is possible."""

import ibis
import pytest

from pipeline.expressions import FUNCTIONS, Expression, ExpressionError, Kind, parse, type_of
from pipeline.expressions.tokens import DEEPEST, LONGEST, MOST_OPERATORS

TYPES = {
    name: ibis.dtype(kind)
    for name, kind in {
        "quantity": "int64",
        "price": "decimal(18, 4)",
        "share": "float64",
        "city": "string",
        "country": "string",
        "raw": "string",
        "other_raw": "string",
        "is_new": "boolean",
        "born": "date",
        "seen": "timestamp('UTC')",
        "tags": "array<string>",
        "orders.lines_count": "int64",
        "Datum der Bestellung": "string",
        "国家": "string",
    }.items()
}
UNTYPED = ("raw", "other_raw")

#: The expression; the character (from 1) that the message names, if any; what else it says.
SYNTAX = [
    ("", None, "is empty"),
    ("   ", None, "is empty"),
    ("quantity >", 10, "ends where a value should follow"),
    ("quantity > 0 AND", 14, "ends where a value should follow"),
    ("(quantity > 0", 1, ") is missing"),
    ("quantity > 0)", 13, "closes what was never opened"),
    ("CASE WHEN quantity > 0 THEN 1", 1, "END is missing"),
    ("quantity = = 1", 12, "not understood"),
    ("AND quantity", None, "not understood"),
    ("quantity + * 2", None, "not understood"),
    ("country = United Kingdom", 18, "'single' around texts"),
    ("quantity price", 10, "belongs an operator"),
    ("quantity AS q", 13, "belongs an operator"),
    ("when > 3", 1, "a word of the language"),
    ("'abc", 1, "a quote (') is opened and never closed"),
    ("city = 'it's'", 13, "write it twice"),
    ('"abc', 1, "never closed"),
    ("'a' 'b'", 1, "write ||"),
    ("`city` = 'a'", 1, "double quotes"),
    ("[1, 2]", 1, "there are no lists"),
    ("{'a': 1}", 1, "no structures"),
    ("(1, 2)", 2, "behind IN only"),
    ("quantity IN ()", 1, "IN needs a list"),
    ("quantity IN city", 1, "IN needs a list"),
    ("quantity IS TRUE", 1, "write x = TRUE"),
    ("quantity IS DISTINCT FROM 1", 1, "write x <> y"),
    ("quantity == 1", 10, "write one ="),
    ("quantity ** 2", 10, "power(x, y)"),
    ("quantity // 2", 10, "floor(x / y)"),
    ("quantity ^ 2", 10, "power(x, y)"),
    ("city ~ 'a'", 6, "LIKE"),
    ("city LIKE 'a' ESCAPE 'b'", 15, "LIKE knows % and _ alone"),
    ("1_000", 2, "belongs an operator"),
    ("0x1F", 2, "belongs an operator"),
    ("#x", 1, "no meaning here"),
    ("a\0b", 2, "a character that no text has"),
    ("quantity\n  > 0 price", 16, "belongs an operator"),
]
NOT_POSSIBLE = [
    ("SELECT quantity", 1, "has no queries"),
    ("(SELECT 1)", 2, "has no queries"),
    ("quantity IN (SELECT 1)", 14, "has no queries"),
    ("EXISTS (SELECT 1)", 1, "has no queries"),
    ("quantity; price", 9, "not several statements"),
    ("quantity;", 9, "not several statements"),
    ("DROP TABLE x", 1, "does nothing else"),
    ("COPY t TO 'x'", 1, "does nothing else"),
    ("ATTACH 'x'", 1, "does nothing else"),
    ("PRAGMA version", 1, "does nothing else"),
    ("quantity -- comment", 10, "write a - (-b)"),
    ("quantity /* comment */", 10, "begin a comment"),
    ("?", 1, "no parameters"),
    (":p", 1, "no parameters"),
    ("@p", 1, "no parameters"),
    ("quantity::text", 9, "CAST(x AS number)"),
    ("*", 1, "name a column"),
    ("t.*", 1, "does not end in a number or *"),
    ("city -> 'a'", 6, "JSON"),
    ("lower(x -> x)", 9, "JSON"),
    ("lower(t => city)", 9, "no named arguments"),
    ("INTERVAL 1 DAY", 1, "add_days(d, 30)"),
    ("born + INTERVAL '1 day'", 8, "add_days(d, 30)"),
    ("row_number() OVER (PARTITION BY city)", 14, "no window functions"),
    ("sum(price)", 1, "greatest(x, y)"),
    ("MAX(price)", 1, "at one"),
    ("count(*)", 7, "name a column"),
    ("city.lower()", 1, "without a point"),
    ("lower(DISTINCT city)", 7, "no DISTINCT"),
    ("lowr(city)", 1, "did you mean lower?"),
    ("read_csv('/etc/passwd')", 1, "there is no function read_csv, there are coalesce"),
    ("getenv('HOME')", 1, "there is no function getenv"),
    ("now()", 1, "write the date, as DATE"),
    ("concat(city, country)", 1, "write x || y"),
    ("if(is_new, 1, 2)", 1, "CASE WHEN"),
    ("regexp_matches(city, 'a')", 1, "write LIKE"),
    ("CAST(city AS varchar)", 6, "unknown type varchar; there are number, integer"),
    ("CAST(city AS decimal(10, 2))", 22, "types have no digits"),
    ("CAST(city AS number(10, 2))", 21, "types have no digits"),
    ("lower()", 1, "takes 1 argument, not 0"),
    ("lower(city, country)", 1, "lower(t) takes 1 argument, not 2"),
    ("round(price, 1, 2)", 1, "takes 1 to 2 arguments, not 3"),
    ("1e99", 1, "at most 28 digits"),
    ("12345678901234567890123456789", 1, "at most 28 digits"),
    ("1" * (LONGEST + 1), None, f"at most {LONGEST:,}"),
    ("NOT " * 40 + "is_new", 4 * DEEPEST + 1, "stand within each other"),
    ("(" * 40 + "1" + ")" * 40, DEEPEST + 1, "stand within each other"),
    ("CASE WHEN " * 40, 10 * DEEPEST + 1, "stand within each other"),
    ("1+" * 200 + "1", 2 * MOST_OPERATORS + 2, f"more than {MOST_OPERATORS} operators"),
]
TYPED = [
    ("quantty > 0", 1, "unknown name quantty, did you mean quantity?"),
    ("QUANTITY > 0", 1, "did you mean quantity?"),
    ("order.lines_count > 0", 1, "did you mean orders.lines_count?"),
    ('city = "Paris"', 8, "texts stand in 'single quotes'"),
    ("1 + x", 5, "unknown name x, there are Datum der Bestellung, born"),
    ("$1", 1, "unknown name"),
    ("quantity > '0'", 12, "write numbers without quotes"),
    ("city > 0", 1, "write CAST(… AS number)"),
    ("born > '2024-01-31'", 8, "write DATE '2024-01-31'"),
    ("seen > '2024-01-31'", 8, "write TIMESTAMP"),
    ("born = quantity", 8, "a number and a date (born) do not go together"),
    ("quantity <> NULL", None, "write x IS NULL"),
    ("born + 30", 1, "add_days(d, 30)"),
    ("born - born", 1, "days_between(a, b)"),
    ("city + country", 1, "joined by ||"),
    ("price * city", 9, "* needs a number, and this is text"),
    ("-city", 2, "- needs a number"),
    ("city || quantity", 9, "CAST(… AS text)"),
    ("quantity AND is_new", 1, "compare it, as x > 0"),
    ("NOT quantity", 5, "NOT needs true or false"),
    ("is_new > FALSE", 1, "have no order"),
    ("raw > other_raw", 1, "CAST(raw AS number)"),
    ("least(raw, other_raw)", 7, "CAST(raw AS number)"),
    ("lower(quantity)", 7, "lower needs text, and this is a number"),
    ("round(price, quantity)", 14, "written out, from 0 to 10"),
    ("round(price, 11)", 14, "from 0 to 10"),
    ("substring(city, 0)", 17, "from 1 to"),
    ("left(city, -1)", 13, "from 0 to"),
    ("split_part(city, '', 1)", 18, "not empty"),
    ("city LIKE country", 11, "a pattern that is written out"),
    ("to_date(city, country)", 15, "written out in quotes"),
    ("to_date(city, '%Y-%m')", 15, "says no day (%d)"),
    ("to_date(city, '%Q-%m-%d')", 15, "the directive %Q is not known here; there are %Y"),
    ("to_date(city, '%d.%d.%Y')", 15, "%d stands twice"),
    ("to_timestamp(city, '%Y-%m-%d %I')", 20, "%I and %p (am or pm) belong together"),
    ("band(quantity, 25, 18)", 20, "18 follows 25"),
    ("band(quantity, 1.5)", 16, "whole number"),
    ("DATE '2024-13-01'", 6, "this is no date; write DATE '2024-01-31'"),
    ("TIMESTAMP 'now'", 11, "this is no timestamp"),
    ("years_between(born, quantity)", 21, "needs a date"),
    ("add_days(born, 'x')", 16, "needs a number"),
    ("CASE WHEN quantity THEN 1 END", 11, "WHEN needs true or false"),
    ("CASE WHEN is_new THEN 1 ELSE 'a' END", 30, "text and a number (1) do not go together"),
    ("coalesce(quantity, city)", 20, "text and a number (quantity)"),
    ("CAST(share AS text)", 6, "CAST(round(share, 2) AS text)"),
    ("CAST(born AS number)", 6, "year(d)"),
    ("tags", 1, "array<string>, which no expression reads"),
    ("NULL", None, "always NULL"),
    ("1/(" * 16 + "share" + ")" * 16, None, "compute a part of it apart"),
]


@pytest.mark.parametrize(("text", "at", "says"), SYNTAX + NOT_POSSIBLE, ids=lambda one: str(one)[:40])
def test_what_cannot_be_parsed_is_told(text: str, at: int | None, says: str) -> None:
    with pytest.raises(ExpressionError) as found:
        parse(text)
    _check(found.value, at, says)


@pytest.mark.parametrize(("text", "at", "says"), TYPED, ids=lambda one: str(one)[:40])
def test_what_does_not_fit_what_exists_is_told(text: str, at: int | None, says: str) -> None:
    expression = parse(text)

    with pytest.raises(ExpressionError) as found:
        type_of(expression, TYPES, untyped=UNTYPED)

    _check(found.value, at, says)


def _check(error: ExpressionError, at: int | None, says: str) -> None:
    message = str(error)
    assert says in message
    if at is not None:
        assert message.startswith(f"at character {at}")
    assert "\n" not in message
    assert "sqlglot" not in message
    assert "[4m" not in message


@pytest.mark.parametrize(
    ("text", "expected", "says"),
    [
        ("quantity", "boolean", "gives a number, and true or false belongs here; compare it, as x > 0"),
        ("city", "number", "gives text, and a number belongs here; write CAST(… AS number)"),
        ("quantity > 0", "text", "gives true or false, and text belongs here"),
        ("price", "date", "gives a number, and a date belongs here"),
    ],
)
def test_another_kind_than_expected_is_told(text: str, expected: Kind, says: str) -> None:
    with pytest.raises(ExpressionError, match=says.replace("(", r"\(").replace(")", r"\)")):
        type_of(text, TYPES, expected)


def test_an_unknown_function_gets_the_list_of_those_there_are() -> None:
    with pytest.raises(ExpressionError) as found:
        parse("frobnicate(quantity)")
    assert all(name in str(found.value) for name in FUNCTIONS)


def test_nothing_nested_ends_in_a_recursion_error() -> None:
    def deeper(frames: int, text: str) -> Expression:
        return parse(text) if frames == 0 else deeper(frames - 1, text)

    for opening, closing in (("(", ")"), ("abs(", ")"), ("CASE WHEN 1 = 1 THEN ", " END"), ("- ", "")):
        assert deeper(200, opening * DEEPEST + "1" + closing * DEEPEST)
        for depth in (DEEPEST + 1, 80):
            with pytest.raises(ExpressionError, match=f"more than {DEEPEST} parts"):
                deeper(200, opening * depth + "1" + closing * depth)
