"""What is told: once when it begins, once when it becomes worse, once when it is over."""

from pipeline.notify.alarms import Alarm
from pipeline.notify.news import Known, News, news

KEY = "feature:net_amount_12p"


def of(
    *alarms: Alarm,
    known: dict[str, Known] | None = None,
    seen: str | None = "2024-02",
    wanted: bool = True,
    muted: bool = False,
) -> tuple[list[tuple[str, str]], dict[str, Known]]:
    found, goes_on = news(alarms, known or {}, seen, lambda one: wanted, lambda key: muted)
    assert all(isinstance(one, News) for one in found)
    return [(one.kind, one.alarm.end) for one in found], goes_on


def test_it_is_told_when_it_begins_and_never_again() -> None:
    alarm = Alarm(KEY, "major", "2024-03")
    told, known = of(alarm)
    assert told == [("began", "")]
    assert of(alarm, known=known) == ([], known)


def test_it_is_told_when_it_becomes_worse() -> None:
    known = {KEY: Known("minor", "2024-02")}
    told, then = of(Alarm(KEY, "major", "2024-03"), known=known)
    assert told == [("worse", "")]
    assert then == {KEY: Known("major", "2024-03")}


def test_it_is_told_when_it_is_over_and_when_it_was_restated_away() -> None:
    known = {KEY: Known("major", "2024-02")}
    assert of(Alarm(KEY, "major", "2024-02", end="ended", ended_in="2024-03"), known=known) == (
        [("ended", "ended")],
        {},
    )
    assert of(known=known) == ([("ended", "withdrawn")], {})
    earlier = Alarm(KEY, "major", "2023-05", end="ended", ended_in="2023-07")
    assert of(earlier, known=known) == ([("ended", "withdrawn")], {})


def test_what_began_and_ended_meanwhile_is_told_as_one() -> None:
    passed = Alarm(KEY, "major", "2024-03", end="quiet", ended_in="2024-04")
    assert of(passed)[0] == [("passed", "quiet")]
    assert of(passed, seen="2024-03")[0] == []
    assert of(passed, seen=None)[0] == [], "history from before anybody was told is no news"


def test_what_is_not_wanted_is_told_when_it_becomes_so() -> None:
    alarm = Alarm(KEY, "minor", "2024-01")
    told, known = of(alarm, wanted=False)
    assert (told, known) == ([], {})
    assert of(alarm)[0] == [("began", "")]


def test_nothing_is_told_of_what_is_muted_and_what_goes_on_is_told_later() -> None:
    alarm = Alarm(KEY, "major", "2024-03")
    told, known = of(alarm, muted=True)
    assert told == []
    assert of(alarm, known=known)[0] == [("began", "")]
    over = Alarm(KEY, "major", "2024-02", end="ended", ended_in="2024-03")
    assert of(over, known={KEY: Known("major", "2024-02")}, muted=True) == ([], {})


def test_a_run_that_fails_otherwise_is_told_anew() -> None:
    known = {"run": Known("major", "2024-03-01 06:00")}
    assert of(Alarm("run", "major", "2024-03-01 06:00"), known=known)[0] == []
    assert of(Alarm("run", "major", "2024-03-02 06:00"), known=known)[0] == [("began", "")]
    assert of(known=known)[0] == [("ended", "works")]
