"""Changes through time: slow ones are told, since when, and once; the season of a company is none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.drift.assessment import through_time
from pipeline.drift.measured import Figure, Measured
from pipeline.drift.number_profile import Statistic
from pipeline.drift.told import Open, told_once
from pipeline.drift.verdicts import judged
from pipeline.periods import Calendar
from pipeline.settings import DriftSettings

SETTINGS = DriftSettings()
WEEKS = Calendar("week", "UTC")
ERROR = 0.01
NAMES = [f"f{number}" for number in range(12)]
#: Mean of a feature by its number and the period's.
Path = Callable[[int, int], float]


def keys(count: int, calendar: Calendar = WEEKS) -> list[str]:
    found = ["2021-W01-1" if calendar is WEEKS else "2021-01"]
    while len(found) < count:
        found.append(calendar.next(found[-1]))
    return found


def change(name: str, then: float, here: float) -> Measured:
    """A mean in standard deviations, with the default floors."""

    def say(value: float, before: float, when: str) -> Measured:
        said = f"The mean of {name} is {value:.2f}, {before:.2f} {when}"
        one = Measured("feature", name, "mean_change", said, value=value, compared_value=before)
        return one.reaching(value - before, SETTINGS.min_effect, SETTINGS.major_effect)

    figure = Figure(Statistic(here, ERROR), float, say)
    return figure.compared(Statistic(here, ERROR), Statistic(then, ERROR), "before")


def life(
    path: Path, periods: int, noise: float = 0.003, calendar: Calendar = WEEKS
) -> list[tuple[int, dict[str, Any]]]:
    """Findings of a life that are told, or say what became of a change, by number of the period."""
    random = np.random.default_rng(4)
    names = keys(periods, calendar)
    history: list[dict[str, Any]] = []
    told = []
    before: list[float] = []
    for period in range(periods):
        now = [path(number, period) + noise * random.normal() for number in range(len(NAMES))]
        if before:
            some = [change(name, *pair) for name, *pair in zip(NAMES, before, now, strict=True)]
            measured = through_time(some, history, names[period], calendar, SETTINGS)
            rows = judged(measured, names[period], SETTINGS.false_discovery_rate)
            history += rows
            told += [(period, row) for row in rows if row["change_status"] in ("began", "ended", "settled")]
        before = now
    return told


def test_a_life_in_which_nothing_happens_has_no_finding() -> None:
    assert life(lambda feature, period: 0.0, 70) == []


def test_a_slow_drift_is_told_before_it_is_a_quarter_and_since_when() -> None:
    told = life(lambda feature, period: 0.02 * max(0, period - 11) if feature == 3 else 0.0, 24)
    number, first = told[0]
    assert (first["subject"], first["verdict"], first["comparison"]) == ("f3", "minor", "first_periods")
    assert 0.02 * (number - 11) <= 0.24
    begun = keys(24).index(first["began_period"])
    assert abs(begun - 12) <= 1
    assert first["began_earliest_period"] <= first["began_period"] <= first["began_latest_period"]
    assert "; it began " in first["explanation"]


def test_a_jump_is_told_once_and_then_is_the_new_normal() -> None:
    told = life(lambda feature, period: 0.2 if feature == 3 and period >= 10 else 0.0, 40)
    assert [(number, row["subject"], row["change_status"]) for number, row in told] == [
        (10, "f3", "began"),
        (18, "f3", "settled"),
    ]
    assert told[0][1]["began_period"] == keys(40)[10]
    assert told[1][1]["severity"] == "none"
    assert told[1][1]["explanation"].endswith("has lasted and is the new normal.")


def test_a_change_that_passes_is_told_when_it_begins_and_when_it_is_over() -> None:
    told = life(lambda feature, period: 0.2 if feature == 3 and 10 <= period < 13 else 0.0, 30)
    assert [(number, row["change_status"], row["severity"]) for number, row in told] == [
        (10, "began", "minor"),
        (13, "ended", "none"),
    ]


def test_a_change_that_becomes_major_is_told_again() -> None:
    told = life(lambda feature, period: 0.12 * max(0, period - 9) if feature == 3 else 0.0, 18)
    assert [row["severity"] for _, row in told][:1] == ["minor"]
    assert "major" in [row["severity"] for _, row in told]


@pytest.mark.parametrize("calendar", [WEEKS, Calendar("month", "UTC")])
def test_the_season_of_a_company_is_no_change(calendar: Calendar) -> None:
    def season(feature: int, period: int) -> float:
        return 0.2 * float(np.sin(2 * np.pi * period / calendar.year + feature))

    assert life(season, 2 * calendar.year, calendar=calendar) == []


def test_a_change_beside_a_known_season_is_told() -> None:
    def path(feature: int, period: int) -> float:
        season = 0.2 * float(np.sin(2 * np.pi * period / 52 + feature))
        return season + (0.015 * (period - 70) if feature == 3 and period > 70 else 0.0)

    told = life(path, 86)
    begun = [(row["subject"], row["comparison"]) for _, row in told if row["change_status"] == "began"]
    assert begun == [("f3", "same_season")]
    assert abs(keys(86).index(told[0][1]["began_period"]) - 71) <= 1


def test_a_shock_of_all_features_is_told_once_and_is_over_once() -> None:
    """One week in which every feature is up: one finding, which says so; the week after tells nothing new."""
    told = life(lambda number, period: 0.15 if period == 20 else 0.0, 24)
    severe = [(period, row) for period, row in told if row["severity"] != "none"]
    assert [period for period, _ in severe] == [20]
    (shock,) = (row for _, row in severe)
    assert "11 others changed as much at once" in shock["explanation"]
    others = [row for period, row in told if period == 20 and row is not shock]
    assert {row["verdict"] for row in others} == {"known"}
    assert all(f"which {shock['subject']} tells" in row["explanation"] for row in others)
    assert {row["part_of"] for row in others} == {f"feature:{shock['subject']}"}
    assert shock["part_of"] is None
    assert {row["change_status"] for period, row in told if period == 21} == {"ended"}


def test_a_change_that_stands_out_in_a_shock_is_told_beside_it() -> None:
    def path(number: int, period: int) -> float:
        return (1.5 if number == 3 else 0.15) if period == 20 else 0.0

    severe = [row for period, row in life(path, 21) if row["severity"] != "none"]
    assert {row["subject"] for row in severe} > {"f3"}
    assert len(severe) == 2
    assert "at once" not in next(row["explanation"] for row in severe if row["subject"] == "f3")


@pytest.mark.parametrize(("comparison", "is_over"), [("same_season", False), ("previous_period", True)])
def test_a_change_from_the_year_before_is_over_when_it_is_none_from_then(
    comparison: str, is_over: bool
) -> None:
    """The season carried the figure back to where it was before the change was told: only a change told
    against the period before is over by that."""
    names = keys(60)
    level = {name: Statistic(0.3 if name == names[56] else 0.0, ERROR) for name in names[50:58]}
    now = replace(change("f3", 0.3, 0.0), said="now")
    from_then = replace(now, comparison="same_season")
    opened = {("feature", "f3"): Open("mean_change", names[56], names[56], "minor", comparison)}

    def told(*measured: Measured) -> list[str]:
        known = {("feature", "f3", "mean_change"): level}
        return [one.status for one in told_once(measured, opened, known, names[57], WEEKS, SETTINGS)]

    assert ("ended" in told(now, from_then)) is is_over
    assert "ended" in told(now), "nothing differs from the year before any more"
