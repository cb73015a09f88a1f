"""Steps at the border of a period: growth and seasons go on through it, a faulty delivery begins there."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from pipeline.health.profile import Known, Profile
from pipeline.health.steps import Step, step_at_border
from pipeline.health.volume import PRIOR_LINES, PRIOR_ROWS
from pipeline.periods import Cadence, Calendar
from pipeline.settings.health import HealthSettings
from pipeline.tables.entities import ORDERS

#: Rows a day by the day and the place of its period, counted from the first of each.
Level = Callable[[int, int], float]
WEEKDAYS = (1.0, 1.0, 1.0, 1.1, 1.2, 1.3, 0.8)
EIGHT_MONTHS, LAST_BORDER = 8, 212


def at_end(
    level: Level,
    lost: float = 0.0,
    periods: int = EIGHT_MONTHS,
    cadence: Cadence = "month",
    seed: int = 3,
    prior: float = PRIOR_ROWS,
) -> Step:
    """The step of rows a day at the last border of so many periods of a source with that ``level``; of the
    last period the share ``lost`` is missing. Days differ by 8% by themselves, beyond counting."""
    calendar, rng = Calendar(cadence, "UTC"), np.random.default_rng(seed)
    first = date(2023, 1, 2) if cadence == "week" else date(2023, 1, 1)
    keys = [calendar.key(first)]
    while len(keys) < periods:
        keys.append(calendar.next(keys[-1]))
    empty = Known("till", ORDERS, Profile(""), [], calendar, HealthSettings())
    profiles = []
    for place, key in enumerate(keys):
        left = 1 - lost if key == keys[-1] else 1.0
        rows = {
            day.isoformat(): float(
                rng.poisson(
                    left
                    * level((day - first).days, place)
                    * WEEKDAYS[day.weekday()]
                    * np.exp(rng.normal(0, 0.08))
                )
            )
            for day in empty.days(key)
        }
        profiles.append(
            Profile(key, {("rows_by_day", ""): rows, ("rows", ""): {"rows_kept": sum(rows.values())}})
        )
    known = Known("till", ORDERS, profiles[-1], profiles[:-1], calendar, HealthSettings())
    step = step_at_border(known, "rows_by_day", None, prior)
    assert step is not None
    return step


def is_told(step: Step) -> bool:
    """Whether this is a signal, as the settings have it."""
    return step.chance < 0.005 and step.lost >= 0.1


def steady(day: int, place: int) -> float:
    return 200.0


def growing(day: int, place: int) -> float:
    """By a quarter each month."""
    return float(60 * 1.25 ** (day / 30))


def falling_at_last(day: int, place: int) -> float:
    """By a quarter a month in the last two, after months without any trend."""
    return float(400 * 0.75 ** (max(day - LAST_BORDER + 30, 0) / 30))


def in_season(day: int, place: int) -> float:
    """Higher by 60% in December, lower in June."""
    return float(200 * (1 + 0.6 * np.cos(2 * np.pi * (day - 350) / 365)))


def by_the_calendar(day: int, place: int) -> float:
    """Every month at a level of its own, from its first day on: prices, budgets, campaigns."""
    return (150.0, 200.0, 270.0, 190.0)[place % 4]


@pytest.mark.parametrize("level", [steady, growing, falling_at_last, in_season, by_the_calendar])
def test_a_whole_delivery_is_no_step(level: Level) -> None:
    assert not is_told(at_end(level))


@pytest.mark.parametrize(
    ("level", "lost"), [(steady, 0.2), (growing, 0.3), (in_season, 0.3), (falling_at_last, 0.4)]
)
def test_what_is_missing_from_the_first_day_on_is_a_step(level: Level, lost: float) -> None:
    step = at_end(level, lost)
    assert is_told(step)
    assert step.lost == pytest.approx(lost, abs=0.1)


def test_steps_at_the_start_of_months_are_usual_where_business_changes_with_the_calendar() -> None:
    """So a fall by a third says nothing there; where levels are steady it does."""
    assert at_end(by_the_calendar).usual.size > 2 * at_end(steady).usual.size
    assert not is_told(at_end(by_the_calendar, 0.3))


@pytest.mark.parametrize("periods", [6, 12, 26])
def test_weeks_of_a_company_that_grows_fast_are_no_steps(periods: int) -> None:
    assert not is_told(at_end(growing, periods=periods, cadence="week"))
    assert is_told(at_end(growing, 0.5, periods, "week"))


def test_two_weeks_of_few_rows_say_little() -> None:
    """Every day of the week is there once on both sides, so they tell of each other how much is by chance."""
    told = [is_told(at_end(lambda day, place: 4.0, 0.0, 2, "week", seed, PRIOR_LINES)) for seed in range(60)]
    assert sum(told) <= 1
