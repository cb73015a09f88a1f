"""Faults of a delivery, and what is said of the source: which state, since when, and in which words."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.settings import Project
from tests.unit.health.deliveries import Fault, Frame, profile, watched

LAST = 7


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    return write_project(first_period="2023-01", last_period="2025-12")


def some(share: float) -> Fault:
    return lambda rows: rows[np.random.default_rng(1).random(len(rows)) >= share]


def without(column: str, share: float) -> Fault:
    def cut(rows: Frame) -> Frame:
        every = np.sort(rows[column].unique())
        gone = np.random.default_rng(2).choice(every, int(len(every) * share), replace=False)
        return rows[~rows[column].isin(gone)]

    return cut


def days(first: int, last: int) -> Fault:
    return lambda rows: rows[~rows["at"].dt.day.between(first, last)]


def at(hours: int) -> Fault:
    return lambda rows: rows.assign(at=rows["at"] + pd.Timedelta(hours=hours))


def times(factor: float) -> Fault:
    return lambda rows: rows.assign(price=rows["price"] * factor)


def renamed(rows: Frame) -> Frame:
    return rows.assign(store="new " + rows["store"])


def nulled(rows: Frame) -> Frame:
    return rows.assign(product=rows["product"].where(np.random.default_rng(3).random(len(rows)) > 0.3))


def again(rows: Frame) -> Frame:
    return pd.concat([rows, rows.assign(order=rows["order"] + "x")])


#: What is done to the last delivery, the state, a signal that names it, and a word of the sentence.
FAULTS: dict[str, tuple[Fault, str, str, str]] = {
    "a fifth of the rows": (some(0.2), "suspect", "lines", "fewer lines"),
    "30% of the rows": (some(0.3), "suspect", "volume", "on every day"),
    "half of the rows": (some(0.5), "broken", "volume", "rows are missing"),
    "30% of the orders": (without("order", 0.3), "suspect", "volume", "rows are missing"),
    "a fifth of the accounts": (without("account", 0.2), "suspect", "accounts", "accounts"),
    "half of the accounts": (without("account", 0.5), "broken", "accounts", "accounts"),
    "a quarter of the stores": (without("store", 0.25), "suspect", "values", "store_id are gone"),
    "cut on the 20th": (days(21, 31), "suspect", "days", "no rows from"),
    "a week in the middle": (days(10, 17), "suspect", "days", "no rows from"),
    "the first ten days": (days(1, 10), "suspect", "days", "no rows from"),
    "nothing": (lambda rows: rows[:0], "broken", "dead", "no rows any more"),
    "times 100": (times(100), "broken", "prices", "100 times"),
    "dollars for cents": (times(0.01), "broken", "prices", "0.01 times"),
    "times 1.25": (times(1.25), "suspect", "prices", "1.25 times"),
    "another sign": (times(-1), "broken", "signs", "negative"),
    "loaded twice": (again, "broken", "repeated", "loaded twice"),
    "other names of stores": (renamed, "broken", "renamed", "new ones"),
    "five hours late": (at(5), "suspect", "hours", "+5 hours"),
    "products null in 30%": (nulled, "suspect", "lacking", "product_id has no value"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_at_the_source(project: Project, name: str) -> None:
    fault, state, signal, words = FAULTS[name]
    (now,) = watched(project, LAST + 1, {LAST: fault}, since=LAST)
    assert (now["source_state"], now["since_period"]) == (state, now["period"])
    assert signal in str(now["signals"]).split()
    assert words in str(now["explanation"]).lower() or words in str(now["explanation"])
    assert "--accept till:2023-08" in str(now["to_do"])


def test_a_source_is_called_healthy_where_it_would_be_seen_to_be_broken(project: Project) -> None:
    """With two months before, not where a third of the orders is missing: then it might be half."""
    for seed in range(3):
        told = watched(project, 10, {}, seed)
        assert [row["source_state"] for row in told] == ["cannot_tell"] * 2 + ["healthy"] * 8
    (now,) = watched(project, 3, {2: without("order", 0.3)}, since=2)
    assert now["source_state"] == "cannot_tell"
    assert "of the orders could be missing on all days alike unseen" in str(now["explanation"])
    assert str(now["explanation_zh"]).startswith("无法判断")


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_a_healthy_source_is_told_with_what_might_be_missing_unseen(project: Project, share: float) -> None:
    """What is missing is no more than that; and a longer history leaves less unseen."""
    words = [
        str(watched(project, place + 1, {place: without("order", share)}, since=place)[0]["explanation"])
        for place in (2, 3)
    ]
    unseen = [int(one.split("% of the orders")[0].split()[-1]) for one in words]
    assert all(100 * share < one < 40 for one in unseen)
    healthy = [str(row["explanation"]) for row in watched(project, 10, {})]
    rows = [int(one.split("% of single rows")[0].split()[-1]) for one in healthy[2:]]
    assert sum(rows[-3:]) / 3 < rows[0] < 25


def test_a_dead_source_is_told_of_until_it_lives_again(project: Project) -> None:
    nothing: Fault = lambda rows: rows[:0]  # noqa: E731
    told = watched(project, 9, dict.fromkeys((5, 6, 7), nothing))
    assert [row["source_state"] for row in told[4:]] == ["healthy", "broken", "broken", "broken", "healthy"]
    assert [row["since_period"] for row in told[4:]] == [None, "2023-06", "2023-06", "2023-06", None]


def test_a_state_lasts_until_the_rows_are_whole(project: Project) -> None:
    told = watched(project, 10, dict.fromkeys((5, 6, 7, 8), some(0.3)))
    assert [row["source_state"] for row in told[4:]] == ["healthy", *["suspect"] * 4, "healthy"]


def test_what_is_accepted_by_name_is_usual_from_then_on(write_project: Callable[..., Project]) -> None:
    accepted = {"accepted": ["till:2023-06"]}
    project = write_project(first_period="2023-01", last_period="2025-12", health=accepted)
    told = watched(project, 9, dict.fromkeys((5, 6, 7, 8), some(0.5)))
    assert [(row["source_state"], row["is_accepted"]) for row in told[5:7]] == [
        ("broken", True),
        ("healthy", False),
    ], "not told of any more: it is judged against what was accepted"


def test_rows_that_cannot_be_read_are_told_of_in_every_period(project: Project) -> None:
    told = watched(
        project, 5, {}, measured=lambda rows, period: profile(rows, period, quarantined=len(rows) // 2)
    )
    assert [row["source_state"] for row in told] == ["suspect"] * 5
    assert all("quantity" in str(row["explanation"]) for row in told)


def test_rows_that_came_twice_and_were_dropped_are_noted(project: Project) -> None:
    def measured(rows: Frame, period: str) -> object:
        return profile(rows, period, dropped=len(rows) if period == "2023-06" else 0)

    now = watched(project, 6, {}, measured=measured)[-1]  # type: ignore[arg-type]
    assert (now["source_state"], now["signals"]) == ("healthy", "duplicates")
    assert "nothing is missing" in str(now["explanation"])


@pytest.mark.parametrize(
    ("since", "state", "signal"), [("2023-04", "healthy", "clocks"), ("2023-06", "suspect", "hours")]
)
def test_times_that_do_not_follow_the_clocks_are_noted(
    write_project: Callable[..., Project], since: str, state: str, signal: str
) -> None:
    """What keeps to UTC comes an hour later by local time once summer time has begun; in June something did
    happen."""
    project = write_project(first_period="2023-01", last_period="2025-12", time_zone="Europe/Berlin")

    def measured(rows: Frame, period: str) -> object:
        hour = 8 + (rows["at"].dt.hour - 8) / 1.7 + (period >= since)
        return profile(rows.assign(at=rows["at"].dt.normalize() + pd.to_timedelta(hour, "h")), period)

    last = int(since[-2:]) - 1
    told = watched(project, last + 1, {}, measured=measured)  # type: ignore[arg-type]
    assert (told[last]["source_state"], told[last]["signals"]) == (state, signal)
    assert "+1 hours" in str(told[last]["explanation"])


def test_a_source_that_comes_in_lumps_is_judged_by_its_own_rhythm(project: Project) -> None:
    """Campaigns on one day of a month, to others every time, and none in some months."""

    def lump(account: int) -> Fault:
        return lambda rows: rows[(rows["at"].dt.day == 3) & (rows["account"] % 3 == account)]

    faults = {place: lump(place % 3) if place % 3 else lambda rows: rows[:0] for place in range(10)}
    assert not {row["source_state"] for row in watched(project, 10, faults)} & {"suspect", "broken"}


@pytest.mark.parametrize(("by", "periods"), [(0.12, 9), (0.25, 8)])
def test_a_season_is_behaviour(project: Project, by: float, periods: int) -> None:
    """Customers who come less and less, by a third over three months, or by three quarters: not a step at a
    border, nor are accounts lost that do not come again for long."""

    def fewer(level: float, by: float) -> Fault:
        def cut(rows: Frame) -> Frame:
            day = rows["at"].dt.day / 31
            orders = pd.factorize(rows["order"])[0]
            return rows[np.random.default_rng(5).random(orders.max() + 1)[orders] < level - by * day]

        return cut

    seasons = {place: fewer(1 - by * number, by) for number, place in enumerate((5, 6, 7))}
    assert {row["source_state"] for row in watched(project, periods, seasons)[2:]} <= {
        "healthy",
        "cannot_tell",
    }
