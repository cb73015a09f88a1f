"""What each construct means, row by row over the table of ``rows``; every case on every engine."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pipeline.expressions import FUNCTIONS
from tests.engines import each_engine
from tests.unit.expressions.rows import run

engine = pytest.fixture(scope="module", params=["duckdb", "spark"])(each_engine)
N, D = None, Decimal


def days(written: str) -> list[date | None]:
    """Days in ISO form, - for null."""
    return [None if one == "-" else date.fromisoformat(one) for one in written.split()]


CASES: dict[str, dict[str, list[Any]]] = {
    "arithmetic is exact": {
        "m * 3": [D("29.97"), D("-7.5"), N, 0, D("3703.7034"), D("0.0003")],
        "m + 0.1 + 0.2": [D("10.29"), D("-2.2"), N, D("0.3"), D("1234.8678"), D("0.3001")],
        "m * m": [D("99.8001"), D("6.25"), N, 0, D("1524157.65279684"), D("0.00000001")],
        "1.1 * 3 = 3.3": [True] * 6,
        "i * i - 1": [0, 48, N, -1, 24, 143],
        "-i": [-1, 7, N, 0, -5, -12],
        "i % 3": [1, -1, N, 0, 2, 0],
        "m % 2": [D("1.99"), D("-0.5"), N, 0, D("0.5678"), D("0.0001")],
        "2 + 3 * 4 - 6 / 3": [12.0] * 6,
    },
    "division is true division": {
        "i / 2": [0.5, -3.5, N, 0.0, 2.5, 6.0],
        "1 / i": [1.0, -1 / 7, N, N, 0.2, 1 / 12],
        "i % 0": [N] * 6,
        "m % 0.0": [N] * 6,
    },
    "nothing infinite, and no NaN": {
        "f": [0.1, N, N, N, -2.675, 1e12],
        "f IS NULL": [False, True, True, True, False, False],
        "f > 0": [True, N, N, N, False, True],
        "1 / f": [10.0, N, N, N, 1 / -2.675, 1e-12],
        "coalesce(exp(i * 1000), -1)": [-1, 0.0, -1, 1.0, -1, -1],
        "1 / exp(1000)": [N] * 6,
        "exp(1000) - exp(1000)": [N] * 6,
        "exp(1000) * 0 IS NULL": [True] * 6,
        "sqrt(i)": [1.0, N, N, 0.0, 5**0.5, 12**0.5],
        "ln(i)": [0.0, N, N, N, 1.6094379124341003, 2.4849066497880004],
        "power(i, 0.5)": [1.0, N, N, 0.0, 5**0.5, 12**0.5],
        "power(0, -1)": [N] * 6,
    },
    "whole numbers": {
        "9223372036854775807 + 1": [N] * 6,
        "CAST(9223372036854775807 AS text)": ["9223372036854775807"] * 6,
        "CAST(f AS integer)": [N, N, N, N, N, 10**12],
        "CAST(m AS integer)": [N, N, N, 0, N, N],
        "CAST(q AS integer)": [3, N, N, N, 100, 17850],
        "CAST('17850.0' AS integer)": [17850] * 6,
        "CAST(b AS integer)": [1, 0, N, 1, 0, N],
        "floor(m)": [9, -3, N, 0, 1234, 0],
        "ceil(m)": [10, -2, N, 0, 1235, 1],
        "floor(f)": [0, N, N, N, -3, 10**12],
        "abs(i)": [1, 7, N, 0, 5, 12],
    },
    "rounding": {
        "round(m, 1)": [D("10.0"), D("-2.5"), N, 0, D("1234.6"), 0],
        "round(m)": [10, -3, N, 0, 1235, 0],
        "round(-0.125, 2)": [D("-0.13")] * 6,
        "round(i / 3, 2)": [D("0.33"), D("-2.33"), N, 0, D("1.67"), 4],
        "round(f, 2)": [D("0.1"), N, N, N, D("-2.68"), 10**12],
        "round(f * 1000000, 2)": [100_000, N, N, N, -2_675_000, N],
        "round(1 / 3, 10)": [D("0.3333333333")] * 6,
    },
    "texts as they were read": {
        "q > 0": [True, False, N, N, True, True],
        "q = 17850": [False, False, N, N, False, True],
        "q = '3'": [True, False, False, N, False, False],
        "q IN (3, 100)": [True, False, N, N, True, False],
        "q + 1": [4, D("-0.5"), N, N, 101, 17851],
        "q BETWEEN -2 AND 3": [True, True, N, N, False, False],
        "coalesce(q, 0)": [3, D("-1.5"), 0, 0, 100, 17850],
        "coalesce(q, t)": ["3", "-1.50", " x", "中国 x", "1e2", "17850.0"],
        "on_day > DATE '2024-01-30'": [True, N, N, True, True, N],
        "CAST(on_day AS timestamp)": [
            datetime(2024, 1, 31), N, N, datetime(2024, 1, 31, 10), datetime(2024, 1, 31, 8), N,
        ],
        "days_between(on_day, DATE '2024-02-01')": [1, N, N, 1, 1, N],
        "CASE WHEN i > 0 THEN q ELSE 0 END": [3, 0, 0, 0, 100, 17850],
    },
    "texts": {
        "t || '-' || q": ["Straße-3", "a%b--1.50", N, N, "50.\n-1e2", "-17850.0"],
        "upper(t)": ["STRASSE", "A%B", N, "中国 X", "50.\n", ""],
        "lower(t)": ["straße", "a%b", N, "中国 x", "50.\n", ""],
        "length(t)": [6, 3, N, 4, 4, 0],
        "left(t, 2)": ["St", "a%", N, "中国", "50", ""],
        "right(t, 2)": ["ße", "%b", N, " x", ".\n", ""],
        "substring(t, 2, 3)": ["tra", "%b", N, "国 x", "0.\n", ""],
        "substring(t, 3)": ["raße", "b", N, " x", ".\n", ""],
        "trim(t)": ["Straße", "a%b", N, "中国 x", "50.", ""],
        "replace(t, 'a', '')": ["Strße", "%b", N, "中国 x", "50.\n", ""],
        "split_part(t, ' ', 2)": [N, N, N, "x", N, N],
        "split_part(t, '.', 1)": ["Straße", "a%b", N, "中国 x", "50", N],
        "starts_with(t, 'a%')": [False, True, N, False, False, False],
        "ends_with(t, 'x')": [False, False, N, True, False, False],
        "contains(t, '国')": [False, False, N, True, False, False],
        "t < 'a'": [True, False, N, False, True, True],
        "'it''s -- no comment; \\n'": ["it's -- no comment; \\n"] * 6,
    },
    "patterns": {
        "t LIKE '%a%'": [True, True, N, False, False, False],
        "t LIKE '50._'": [False, False, N, False, True, False],
        "t LIKE '50.'": [False] * 2 + [N] + [False] * 3,
        "t LIKE 'a\\%b'": [False] * 2 + [N] + [False] * 3,
        "t LIKE '50%'": [False, False, N, False, True, False],
        "t LIKE '__ x'": [False, False, N, True, False, False],
        "t NOT LIKE '%a%'": [False, False, N, True, True, True],
        "t ILIKE 'STRASSE'": [False, False, N, False, False, False],
        "t ILIKE 'STRAß_'": [True, False, N, False, False, False],
        "'.*' LIKE '.*' AND NOT 'xx' LIKE '.*'": [True] * 6,
    },
    "three values of logic": {
        "b AND i > 0": [True, False, N, False, False, N],
        "b OR i > 0": [True, False, N, True, True, True],
        "NOT b": [False, True, N, False, True, N],
        "b = FALSE": [False, True, N, False, True, N],
        "i IN (1, NULL)": [True, N, N, N, N, N],
        "i NOT IN (1, 5)": [False, True, N, True, False, True],
        "i NOT BETWEEN 0 AND 4": [False, True, N, False, True, True],
        "(i IS NULL) IS NULL OR (i > 0) IN (b, NULL)": [True, True, N, N, N, N],
        "i = CAST(NULL AS integer) OR t <> CAST(NULL AS text)": [N] * 6,
        "(t LIKE 'a%') IS NULL = (b IS NULL)": [True, True, True, True, True, False],
        "t IS NOT NULL": [True, True, False, True, True, True],
        "q AND TRUE": [N, N, N, N, N, N],
        "CAST('Yes' AS boolean)": [True] * 6,
        "CAST(b AS text)": ["true", "false", N, "true", "false", N],
    },
    "cases": {
        "CASE WHEN i > 0 THEN 'a' WHEN i < 0 THEN 'b' END": ["a", "b", N, N, "a", "a"],
        "CASE i WHEN 1 THEN 10 WHEN 5 THEN 2.5 ELSE 0 END": [10, 0, 0, 0, D("2.5"), 0],
        "CASE WHEN NULL THEN 1 ELSE 2 END": [2] * 6,
        "CASE i WHEN NULL THEN 1 WHEN 0 THEN 3 ELSE 2 END": [2, 2, 2, 3, 2, 2],
        "nullif(i, NULL)": [1, -7, N, 0, 5, 12],
    },
    "nulls": {
        "coalesce(i, m, 7)": [1, -7, 7, 0, 5, 12],
        "nullif(i, 0)": [1, -7, N, N, 5, 12],
        "least(i, m)": [1, -7, N, 0, 5, D("0.0001")],
        "greatest(i, 2)": [2, 2, 2, 2, 5, 12],
        "least(d, DATE '2000-01-01')": days(
            "2000-01-01 1969-12-31 2000-01-01 2000-01-01 2000-01-01 1000-01-01"
        ),
        "greatest(f, -5)": [0.1, -5, -5, -5, -2.675, 1e12],
    },
    "numbers as text": {
        "CAST(i AS text)": ["1", "-7", N, "0", "5", "12"],
        "CAST(m AS text)": ["9.99", "-2.5", N, "0", "1234.5678", "0.0001"],
        "CAST(m * 0.001 AS text)": ["0.00999", "-0.0025", N, "0", "1.2345678", "0.0000001"],
        "CAST(q + 0 AS text)": ["3", "-1.5", N, N, "100", "17850"],
        "CAST(round(i / 3, 2) AS text)": ["0.33", "-2.33", N, "0", "1.67", "4"],
    },
    "dates": {
        "year(d) * 100 + month(d)": [202402, 196912, N, 999912, 200001, 100001],
        "day(d)": [29, 31, N, 31, 31, 1],
        "weekday(d)": [4, 3, N, 5, 1, 3],
        "month_start(d)": days("2024-02-01 1969-12-01 - 9999-12-01 2000-01-01 1000-01-01"),
        "days_between(d, DATE '2024-03-01')": [1, 19784, N, -2913113, 8796, 374068],
        "months_between(d, DATE '2024-03-28')": [0, 650, N, -95710, 289, 12290],
        "years_between(d, DATE '2024-02-28')": [-1, 54, N, -7976, 24, 1024],
        "add_days(d, i)": days("2024-03-01 1969-12-24 - 9999-12-31 2000-02-05 1000-01-13"),
        "add_days(d, 1)": days("2024-03-01 1970-01-01 - - 2000-02-01 1000-01-02"),
        "add_days(d, 99999999999)": [N] * 6,
        "add_months(d, 1)": days("2024-03-29 1970-01-31 - - 2000-02-29 1000-02-01"),
        "add_months(d, -1)": days("2024-01-29 1969-11-30 - 9999-11-30 1999-12-31 -"),
        "add_months(d, 0.5)": [N] * 6,
        "d > s": [False, True, N, True, False, False],
        "CAST(s AS date) = d": [True, False, N, False, False, False],
        "CAST(s AS text)": [
            "2024-02-29 13:05:00", "1960-01-01 00:00:00", N, "2000-01-01 23:59:59", "2024-01-31 00:00:00",
            "1583-01-01 00:00:01",
        ],
        "CAST(d AS text)": ["2024-02-29", "1969-12-31", N, "9999-12-31", "2000-01-31", "1000-01-01"],
        "s >= TIMESTAMP '2024-01-31 00:00:00'": [True, False, N, False, True, False],
        "to_date(on_day, '%d/%m/%Y')": days("- 2023-12-31 - - - -"),
        "to_date('31.2.2024', '%d.%m.%Y')": [N] * 6,
        "to_date('1 Feb 68', '%d %b %y')": [date(2068, 2, 1)] * 6,
        "to_date('1 FEBRUARY 69', '%d %B %y')": [date(1969, 2, 1)] * 6,
        "to_date('(1/2)2024', '(%d/%m)%Y')": [date(2024, 2, 1)] * 6,
        "to_timestamp('2/1/2024 12:05 am', '%m/%d/%Y %I:%M %p')": [datetime(2024, 2, 1, 0, 5)] * 6,
        "to_timestamp('20240201 2359.25', '%Y%m%d %H%M.%f')": [datetime(2024, 2, 1, 23, 59, 0, 250000)] * 6,
        "CAST('9999-12-31 23:00:00' || '-02:00' AS timestamp)": [N] * 6,
        "CAST('2024-01-31 ' || '25:00:00' AS timestamp)": [N] * 6,
        "to_timestamp('2024-02-01 24:00', '%Y-%m-%d %H:%M')": [N] * 6,
    },
    "bands": {
        "band(i, 0, 1, 5, 10)": ["1-4", "under 0", N, "0", "5-9", "10+"],
        "band(q, 18, 25)": ["under 18", "under 18", N, N, "25+", "25+"],
        "band(24.999, 18, 25)": ["18-24"] * 6,
    },
}  # fmt: skip
ALL = [expression for cases in CASES.values() for expression in cases]


@pytest.mark.parametrize("what", CASES)
def test_it_means(what: str, engine: Any) -> None:
    cases = CASES[what]
    for (expression, expected), found in zip(cases.items(), run(engine, list(cases)), strict=True):
        values = [pytest.approx(one, rel=1e-12) if isinstance(one, float) else one for one in expected]
        assert found == values, expression


def test_every_function_has_a_case() -> None:
    text = " ".join(ALL)
    assert not [name for name in FUNCTIONS if f"{name}(" not in text]
