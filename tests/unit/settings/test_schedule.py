"""The schedule as a setting: what can be said, and that Dagster's scheduler runs all that is taken."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._utils.schedules import is_valid_cron_schedule, schedule_execution_time_iterator
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.settings import load_project
from pipeline.settings.schedule import Schedule
from tests.conftest import shop_settings


def of(folder: Path, schedule: Any) -> Any:
    (folder / "project.yaml").write_text(yaml.safe_dump(shop_settings(schedule=schedule), sort_keys=False))
    return load_project(folder).schedule


@pytest.mark.parametrize(
    ("given", "expression", "zone"),
    [
        ({}, "0 6 * * *", None),
        ({"hour": 0}, "0 0 * * *", None),
        ({"hour": 22, "time_zone": "Asia/Tokyo"}, "0 22 * * *", "Asia/Tokyo"),
        ({"cron": "30 6 * * mon-fri"}, "30 6 * * mon-fri", None),
        ({"cron": "*/15 7-19 * * 1,3,5"}, "*/15 7-19 * * 1,3,5", None),
        ({"cron": "0 5 29 2 *"}, "0 5 29 2 *", None),
        ({"cron": "0 5 31 2,3 *"}, "0 5 31 2,3 *", None),
    ],
)
def test_a_schedule_is_an_hour_or_a_cron_expression(
    given: dict[str, Any], expression: str, zone: str | None, tmp_path: Path
) -> None:
    found = of(tmp_path, given)
    assert (found.expression, found.time_zone) == (expression, zone)
    assert is_valid_cron_schedule(found.expression)


def test_a_project_without_a_schedule_runs_at_six_and_none_is_none(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(shop_settings(), sort_keys=False))
    usual = load_project(tmp_path)
    assert usual.schedule == Schedule()
    assert of(tmp_path, "none") is None
    assert load_project(tmp_path).digest() == usual.digest(), "no value depends on when a run starts"


@pytest.mark.parametrize(
    ("given", "key", "said"),
    [
        ({"hour": 24}, "schedule.hour", "23"),
        ({"hour": 6, "cron": "0 6 * * *"}, "schedule.cron", "give one of cron, hour"),
        ({"cron": "0 6 * *"}, "schedule.cron", "five fields, not 4"),
        ({"cron": "@daily"}, "schedule.cron", "five fields, not 1"),
        ({"cron": "0 0 6 * * *"}, "schedule.cron", "five fields, not 6"),
        ({"cron": "60 6 * * *"}, "schedule.cron", "'60' is no minute: write *, numbers from 0 to 59"),
        ({"cron": "0 25 * * *"}, "schedule.cron", "'25' is no hour"),
        ({"cron": "0 6 * * xyz"}, "schedule.cron", "is no day of the week"),
        ({"cron": "0 6 L * *"}, "schedule.cron", "is no day of the month"),
        ({"cron": "0 6 30 2 *"}, "schedule.cron", "never run"),
        ({"cron": "0 6 31 4,6 *"}, "schedule.cron", "never run"),
        ({"cron": "0 19-7 * * *"}, "schedule.cron", "is no hour"),
        ({"cron": "*/0 * * * *"}, "schedule.cron", "is no minute"),
        ({"cron": "0 6 * * *", "time_zone": "Paris"}, "schedule.time_zone", "'Paris' is not a time zone"),
        ({"crom": "0 6 * * *"}, "schedule.crom", "did you mean cron?"),
        ("never", "schedule", "write none, or when: {hour: 6}"),
        (None, "schedule", "write none"),
        (6, "schedule", "a mapping belongs here"),
    ],
)
def test_a_schedule_that_cannot_run_is_refused_with_its_key_and_line(
    given: Any, key: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        of(tmp_path, given)
    text = (tmp_path / "project.yaml").read_text()
    at = text.index(key.rpartition(".")[2], text.index("schedule"))
    line = text[:at].count("\n") + 1
    assert f"line {line}, key {key}" in caught.value.where
    assert said in caught.value.found


FIELDS = (
    "*",
    "0",
    "5",
    "*/7",
    "1-5",
    "1,2",
    "3-9/2",
    "mon",
    "feb",
    "31",
    "30",
    "2",
    "60",
    "L",
    "7",
    "5-1",
    "?",
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(FIELDS), min_size=5, max_size=5).map(" ".join))
def test_what_is_taken_dagster_runs(cron: str) -> None:
    try:
        Schedule(cron=cron)
    except ValidationError:
        return
    assert is_valid_cron_schedule(cron)
    assert next(schedule_execution_time_iterator(1.7e9, cron, "Europe/Paris", True)) is not None
