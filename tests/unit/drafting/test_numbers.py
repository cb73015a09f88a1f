"""How numbers and times are written, by their texts alone."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.drafting.numbers import numbers, times


@pytest.mark.parametrize(
    ("values", "decimal", "thousands"),
    [
        (["1", "20", "-3"], None, None),
        (["1.5", "20", "0.125"], None, None),
        (["1,5", "20,25", "0,125"], ",", None),
        (["1.234,50", "12,00"], ",", "."),
        (["1,234.50", "12.00"], None, ","),
        (["1'234.50", "12.00"], None, "'"),
        (["1 234,50", "12,00"], ",", " "),
        (["1,234,567", "1,000"], None, ","),
    ],
)
def test_the_form_of_numbers_is_that_which_reads_them_all(
    values: list[str], decimal: str | None, thousands: str | None
) -> None:
    found = numbers(values)
    assert found is not None
    assert (found.decimal, found.thousands, found.is_unsure) == (decimal, thousands, False)


def test_a_comma_that_may_be_either_is_said_to_be_unsure() -> None:
    found = numbers(["1,234", "2,500"])
    assert found is not None
    assert found.is_unsure


@pytest.mark.parametrize("values", [["a"], ["12", "x", "y"], ["2024-01-01"], ["1.2.3"]])
def test_other_texts_are_no_numbers(values: list[str]) -> None:
    assert numbers(values) is None


def test_a_currency_sign_is_told() -> None:
    found = numbers(["€ 12.50", "€ 3.00"])
    assert found is not None
    assert found.sign == "€"


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1))
def test_whole_numbers_keep_their_bounds(values: list[int]) -> None:
    found = numbers([str(one) for one in values])
    assert found is not None
    assert found.is_whole
    assert (found.least, found.most) == (min(values), max(values))


DAYS = [datetime(2024, 1, 1) + timedelta(days=at, hours=at % 24, minutes=7) for at in range(0, 400, 3)]


@pytest.mark.parametrize(
    "form",
    [
        "%d.%m.%Y",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y",
        "%Y/%m/%d %H:%M:%S",
        "%d.%m.%y",
        "%Y%m%d",
        "%d-%b-%Y",
        "%Y年%m月%d日",
        "%m/%d/%Y %I:%M %p",
    ],
)
def test_the_format_of_times_is_found(form: str) -> None:
    found = times([one.strftime(form) for one in DAYS])
    assert found is not None
    assert (found.format, found.swapped) == (form, None)
    assert (found.first.date(), found.last.date()) == (DAYS[0].date(), DAYS[-1].date())


def test_iso_needs_no_format() -> None:
    found = times([one.isoformat(" ") for one in DAYS])
    assert found is not None
    assert found.format is None
    zoned = times(["2024-01-04T14:27:58+0100", "2024-06-04T14:27:58Z"])
    assert zoned is not None
    assert zoned.has_zone


def test_day_and_month_that_could_be_either_are_said_to_be_so() -> None:
    first_days = [f"01/{day:02}/2024" for day in range(1, 13)]
    found = times(first_days)
    assert found is not None
    # twelve days of January are likelier than the first of twelve months
    assert (found.format, found.swapped) == ("%m/%d/%Y", "%d/%m/%Y")
    told = times(first_days, order="dm")
    assert told is not None
    assert told.format == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["1704794952", "1705676307"], "epoch"),
        (["1704794952000"], "epoch_ms"),
        (["45292", "45300.5"], "excel"),
    ],
)
def test_counted_times_are_times_only_with_a_name(values: list[str], form: str) -> None:
    found = times(values)
    assert found is not None
    assert (found.format, found.needs_name) == (form, True)


@pytest.mark.parametrize("values", [["a"], ["17850", "13047"], ["99/99/2024"], ["1.5"], ["536365"]])
def test_other_texts_are_no_times(values: list[str]) -> None:
    assert times(values) is None
