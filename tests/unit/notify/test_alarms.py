"""Alarms replayed from findings and states of sources: when they begin, go on, and are over."""

from pipeline.notify.alarms import Alarm, of_findings, of_health
from tests.unit.notify.lake import FEATURE, finding, state

KEY = f"feature:{FEATURE}"
PERIODS = ["2024-01", "2024-02", "2024-03", "2024-04"]


def told(alarms: list[Alarm]) -> list[tuple[str, str, str, str, str]]:
    return [(one.key, one.severity, one.period, one.end, one.ended_in) for one in alarms]


def test_a_change_is_one_alarm_from_its_beginning_to_its_end() -> None:
    rows = [finding("2024-02"), finding("2024-04", "none", "ended")]
    assert told(of_findings(rows, PERIODS[:3], {KEY})) == [(KEY, "major", "2024-02", "", "")]
    assert told(of_findings(rows, PERIODS, {KEY})) == [(KEY, "major", "2024-02", "ended", "2024-04")]
    rows[1]["change_status"] = "settled"
    assert of_findings(rows, PERIODS, {KEY})[0].end == "settled"


def test_it_becomes_worse_and_is_not_two() -> None:
    rows = [finding("2024-02", "minor"), finding("2024-03"), finding("2024-04", "minor")]
    assert told(of_findings(rows, PERIODS, {KEY})) == [(KEY, "major", "2024-03", "", "")]


def test_another_change_after_its_end_is_another_alarm() -> None:
    rows = [finding("2024-01"), finding("2024-02", "none", "ended"), finding("2024-04")]
    found = told(of_findings(rows, PERIODS, {KEY}))
    assert found == [(KEY, "major", "2024-01", "ended", "2024-02"), (KEY, "major", "2024-04", "", "")]


def test_movement_is_of_one_period() -> None:
    rows = [finding("2024-02", level="movement", subject="rfm", measure="shorrocks_index")]
    key = "movement:rfm"
    assert told(of_findings(rows, PERIODS[:2], {key})) == [(key, "major", "2024-02", "", "")]
    assert told(of_findings(rows, PERIODS, {key})) == [(key, "major", "2024-02", "quiet", "2024-03")]


def test_what_is_measured_no_more_is_over() -> None:
    assert told(of_findings([finding("2024-02")], PERIODS, set())) == [
        (KEY, "major", "2024-02", "gone", "2024-04")
    ]


def test_a_source_is_ill_until_it_is_known_to_be_whole() -> None:
    rows = [state("2024-01"), state("2024-02", "suspect"), state("2024-03", "cannot_tell")]
    key = "source:till"
    assert told(of_health(rows, ["till"])) == [(key, "minor", "2024-02", "", "")]
    rows.append(state("2024-04", "broken"))
    assert told(of_health(rows, ["till"])) == [(key, "major", "2024-04", "", "")]
    whole = [*rows[:3], state("2024-04")]
    assert told(of_health(whole, ["till"])) == [(key, "minor", "2024-02", "whole", "2024-04")]
    accepted = [*rows[:3], state("2024-04", "broken", is_accepted=True)]
    assert told(of_health(accepted, ["till"])) == [(key, "minor", "2024-02", "accepted", "2024-04")]
    assert told(of_health(rows, ["other"]))[0][3] == "gone"
