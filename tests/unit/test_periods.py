from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.periods import Calendar

MONTHS = Calendar("month", "America/New_York")
WEEKS = Calendar("week", "Asia/Shanghai")
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


def test_a_month_begins_and_ends_at_local_midnight() -> None:
    assert MONTHS.starts_at("2017-01") == datetime(2017, 1, 1, 5, tzinfo=UTC)
    assert MONTHS.as_of("2017-12") == datetime(2018, 1, 1, 5, tzinfo=UTC)


def test_a_month_of_a_clock_change_is_an_hour_short() -> None:
    assert MONTHS.days("2017-03") == pytest.approx(31 - 1 / 24)


def test_weeks_are_iso_weeks_from_monday_to_monday() -> None:
    assert WEEKS.key(date(2021, 1, 3)) == "2020-W53-1"
    assert WEEKS.key(date(2021, 1, 4)) == "2021-W01-1"
    assert WEEKS.start_date("2021-W01-1") == date(2021, 1, 4)


@pytest.mark.parametrize("calendar", [MONTHS, WEEKS])
@given(day=days)
def test_every_day_lies_in_exactly_its_period(calendar: Calendar, day: date) -> None:
    key = calendar.key(day)
    assert calendar.start_date(key) <= day < calendar.start_date(calendar.next(key))
    assert calendar.previous(calendar.next(key)) == key


@pytest.mark.parametrize("calendar", [MONTHS, WEEKS])
@given(day=days, count=st.integers(1, 30))
def test_looking_back_is_walking_forward(calendar: Calendar, day: date, count: int) -> None:
    key = calendar.key(day)
    back = calendar.back(key, count)
    assert len(back) == count
    assert back == calendar.between(back[0], key)


def test_between_is_empty_when_the_end_comes_first() -> None:
    assert MONTHS.between("2017-02", "2017-01") == []


@pytest.mark.parametrize("key", ["2017", "2017-13", "2017-W01-1", "march"])
def test_keys_of_another_form_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"match|unconverted|key of"):
        MONTHS.start_date(key)


def test_a_week_key_must_be_its_monday() -> None:
    with pytest.raises(ValueError, match="not the key"):
        WEEKS.start_date("2021-W01-3")


def test_periods_touch() -> None:
    for calendar, key in ((MONTHS, "2017-10"), (WEEKS, "2017-W43-1")):
        assert calendar.as_of(key) == calendar.starts_at(calendar.next(key))
        assert calendar.as_of(key) - calendar.starts_at(key) == timedelta(days=calendar.days(key))
