"""Planted faults of sources, and what is said of each: levels decide, history never silences them."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from pipeline.drift.assessment import findings
from pipeline.settings import Project
from pipeline.tables.zones import FEATURE_PROFILES, FINDINGS, FLOWS
from tests.unit.drift.tables import row_accounts, rows

VOLUME, QUARANTINE = ("till", "row_count_ratio"), ("till", "quarantined_share_change")
#: Rows of a healthy day.
DAILY = 300
HEALTHY = [1.0] * 4
FIRST = "2020-01"

Found = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def project(write_project: Callable[..., Project]) -> Project:
    return write_project(first_period=FIRST, last_period="2025-12")


def watched(
    project: Project,
    levels: Sequence[float],
    quarantined: float = 0.0,
    daily: int = DAILY,
    entity: str = "orders",
) -> list[Found]:
    """Findings of period after period of one source that gives ``levels`` of its healthy rows a day."""
    periods = project.calendar.between(FIRST, "2025-12")[: len(levels)]
    accounts: list[pa.Table] = []
    history: list[pa.Table] = []
    found: list[Found] = []
    for period, level in zip(periods, levels, strict=True):
        count = round(daily * level * project.calendar.days(period))
        accounts.append(row_accounts(period, entity, till=(count, round(quarantined * count))))
        nothing = rows(FEATURE_PROFILES, []), None, rows(FLOWS, [])
        table = findings(*nothing, pa.concat_tables(accounts[-27:]), _all(history[-26:]), period, project)
        history.append(table)
        found.append({(one["subject"], one["measure"]): one for one in table.to_pylist()})
    return found


def _all(tables: list[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(tables) if tables else None


FAULTS = {
    "30% missing": ([0.7], ["minor"]),
    "50% missing": ([0.5], ["major"]),
    "doubled": ([2.0], ["major"]),
    "a third more": ([1.34], ["minor"]),
    "20% missing": ([0.8], ["below_floor"]),
    "doubled, then whole again": ([2.0, 1.0], ["major", "cannot_tell"]),
    "half of it missing twice, then whole again": ([0.5, 0.5, 1.0], ["major", "major", "cannot_tell"]),
    "dead for 1 period": ([0, 1], ["major", "cannot_tell"]),
    "dead for 2 periods": ([0, 0, 1], ["major", "major", "cannot_tell"]),
    "dead for 5 periods": ([0] * 5 + [1], ["major"] * 5 + ["cannot_tell"]),
    "dead for longer than is looked back": ([0] * 30, ["major"] * 30),
    "dead, then back with half": ([0, 0, 0.5], ["major"] * 3),
    "fading away": ([0.4, 0.01, 0, 0], ["major"] * 4),
    "at a new level for good": ([0.5] * 5, ["major"] * 3 + ["cannot_tell"] * 2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_said_of_a_planted_fault(project: Project, fault: str) -> None:
    levels, verdicts = FAULTS[fault]
    found = watched(project, [*HEALTHY, *levels])[len(HEALTHY) :]
    assert [one[VOLUME]["verdict"] for one in found] == verdicts
    told = [one[VOLUME] for one in found if one[VOLUME]["verdict"] in ("minor", "major")]
    assert all(one["severity"] == one["verdict"] for one in told)
    assert not [one for one in found if "usual, nothing" in one[VOLUME]["explanation"]]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wide_history_silences_no_planted_fault(project: Project, fault: str) -> None:
    levels, verdicts = FAULTS[fault]
    swinging = [1.0, 0.6, 1.4] * 6 + [1.0, 1.0]
    found = watched(project, [*swinging, *levels])[len(swinging) :]
    told = [one for one in verdicts if one in ("minor", "major")]
    assert [one[VOLUME]["verdict"] for one in found][: len(told)] == told
    assert found[0][VOLUME]["history_status"] == "learned"


def test_a_third_in_quarantine_is_told_in_every_period_and_in_the_first(project: Project) -> None:
    found = watched(project, [1.0] * 16, quarantined=0.33)
    assert [one[QUARANTINE]["verdict"] for one in found] == ["major"] * 16
    assert all("33.0%" in one[QUARANTINE]["explanation"] for one in found)
    assert all("level of 10.0%" in one[QUARANTINE]["explanation"] for one in found)


def test_a_tenth_in_quarantine_is_the_level_and_may_be_set(write_project: Callable[..., Project]) -> None:
    at_it = watched(write_project(first_period=FIRST), [1.0] * 2, quarantined=0.10)
    assert at_it[0] == {}
    assert at_it[1][QUARANTINE]["severity"] == "none"
    strict = write_project(first_period=FIRST, drift={"quarantined_share_major": 0.05})
    assert watched(strict, [1.0], quarantined=0.10)[0][QUARANTINE]["severity"] == "major"


def test_half_of_the_rows_of_a_real_shop_gone_is_told(project: Project) -> None:
    """A retailer's November and December, the second cut off after nine days."""
    accounts = pa.concat_tables(
        [row_accounts("2021-11", till=(121_721, 0)), row_accounts("2021-12", till=(64_556, 0))]
    )
    nothing = rows(FEATURE_PROFILES, []), None, rows(FLOWS, [])
    wide = _learned([0.6, -0.7, 0.5, -0.6, 0.8, -0.5, 0.7, -0.8, 0.6, -0.5, 0.5, -0.6])
    for history in (None, wide):
        (one,) = (
            row
            for row in findings(*nothing, accounts, history, "2021-12", project).to_pylist()
            if row["measure"] == VOLUME[1]
        )
        assert one["verdict"] == one["severity"] == "minor"
        assert "64556 rows, 121721 in 2021-11" in one["explanation"]
        assert "usual" not in one["explanation"]


def _learned(effects: Sequence[float]) -> pa.Table:
    return rows(
        FINDINGS,
        (
            {
                "period": f"2020-{month:02}",
                "level": "source",
                "subject": VOLUME[0],
                "measure": VOLUME[1],
                "value": 1.0,
                "effect": effect,
                "history_status": "learned",
            }
            for month, effect in enumerate(effects, 1)
        ),
    )


def test_the_first_period_of_a_whole_source_says_nothing_of_it(project: Project) -> None:
    assert watched(project, [1.0]) == [{}]


def test_rows_are_as_usual_only_after_so_many_periods(project: Project) -> None:
    found = watched(project, [1.0] * 15)
    verdicts = [one[VOLUME]["verdict"] for one in found[1:]]
    assert verdicts == ["cannot_tell"] * 12 + ["usual"] * 2
    assert "0 earlier periods" in found[1][VOLUME]["explanation"]
    assert "12 are needed" in found[1][VOLUME]["explanation"]
    assert found[-1][VOLUME]["explanation"].endswith("no more than usual.")
    assert [one[QUARANTINE]["verdict"] for one in found[1:]] == verdicts


def test_a_dead_source_says_when_it_last_lived(project: Project) -> None:
    found = watched(project, [*HEALTHY, 0, 0, 0])
    text = found[-1][VOLUME]["explanation"]
    assert text.startswith("Source till gave 0 rows, 9000 in 2020-04")
    assert found[-1][VOLUME]["comparison"] == "last_healthy_period"
    assert (found[-1][VOLUME]["value"], found[-1][QUARANTINE]["verdict"]) == (0, "cannot_tell")
    long_dead = watched(project, [*HEALTHY, *[0] * 30])[-1][VOLUME]["explanation"]
    assert "gave 0 rows, as in the 26 periods before" in long_dead


def test_a_source_that_never_gave_rows_is_not_called_dead(project: Project) -> None:
    found = watched(project, [0, 0, 0])
    assert [one[VOLUME]["verdict"] for one in found[1:]] == ["cannot_tell"] * 2
    assert "nothing to compare with" in found[1][VOLUME]["explanation"]


def test_a_small_source_that_swings_is_not_told(project: Project) -> None:
    """Four rows a day, then three: chance, and that is said."""
    found = watched(project, [1.0, 0.7, 1.0, 0.7], daily=4)
    assert [one[VOLUME]["verdict"] for one in found[1:]] == ["cannot_tell"] * 3
    assert "chance" in found[1][VOLUME]["explanation"]


def test_a_snapshot_is_compared_by_rows_not_by_rows_a_day(project: Project) -> None:
    """As many accounts in the 28 days of February as in the 31 of January: nothing happened to them."""
    january, february = (
        row_accounts(period, "profiles", till=(900_000, 0)) for period in ("2021-01", "2021-02")
    )
    nothing = rows(FEATURE_PROFILES, []), None, rows(FLOWS, [])
    table = findings(*nothing, pa.concat_tables([january, february]), None, "2021-02", project)
    (one,) = (row for row in table.to_pylist() if row["measure"] == VOLUME[1])
    assert (one["value"], one["verdict"]) == (1, "cannot_tell")
