"""What a source gave is remembered with the collection: the last whole reading, and the last since."""

from datetime import UTC, datetime
from typing import Any

from assets.lib.collected_state import Due, State, readings, remember, remembered, with_reading
from pipeline.collect import Reading
from pipeline.engine import Lake

STATE = State("mapping", "source", "lookups", "2024-03")


def due(since: str | None) -> Due:
    return Due(STATE, [], ["2024-03"], since)


def test_a_reading_from_the_cursor_stands_beside_the_whole_one(write_project: Any) -> None:
    project = write_project()
    lake = Lake(project.lake_path)
    for day, since, reading in (
        (1, None, Reading(10, 7, 2, 1, 0)),
        (2, "2024-03-30", Reading(3, 2, 0, 1, 1)),
        (3, "2024-03-31", Reading(1, 1, 0, 0, 0)),
    ):
        state = with_reading(lake, "till", due(since), reading, datetime(2024, 4, day, tzinfo=UTC))
        remember(lake, "till", state)

    found = {one["reading"]: one for one in readings(project, lake)}
    assert found["whole"]["rows_before_first_count"] == 2
    assert found["from_cursor"]["rows_read_count"] == 1
    assert found["whole"]["collected_at"] < found["from_cursor"]["collected_at"]

    again = with_reading(lake, "till", due(None), Reading(4, 4, 0, 0, 0), datetime(2024, 4, 4, tzinfo=UTC))
    remember(lake, "till", again)
    assert [(one["reading"], one["rows_read_count"]) for one in readings(project, lake)] == [("whole", 4)]


def test_a_state_of_an_earlier_version_has_no_readings(write_project: Any) -> None:
    project = write_project()
    lake = Lake(project.lake_path)
    remember(lake, "till", STATE)
    assert remembered(lake, "till") == STATE
    assert readings(project, lake) == []
