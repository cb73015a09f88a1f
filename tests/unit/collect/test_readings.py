"""Law L1: rows that lie in no period are counted, by source and reading."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.collect import changes
from pipeline.engine import Engine
from pipeline.errors import InputError
from tests.conftest import shop_settings

HEADER = "customer,order,at,product,quantity,price\n"
PERIODS = ["2024-01", "2024-02", "2024-03"]
NOW = datetime(2024, 4, 20, tzinfo=UTC)
#: Two before the first period, three in periods, two with no usable time, one after the last.
TIMES = (
    "2023-12-31 22:59:59", "1999-05-01", "2023-12-31 23:00:00", "2024-02-11", "2024-03-31 21:59:59", "soon",
    "9999-12-31", "2024-03-31 22:00:00",
)  # fmt: skip


def write(folder: Path, times: tuple[str, ...]) -> None:
    rows = (f"7,A{number},{at},P1,1,9\n" for number, at in enumerate(times))
    (folder / "orders.csv").write_text(HEADER + "".join(rows))


def counts(reading: Any) -> tuple[int, ...]:
    return (
        reading.rows_read_count,
        reading.rows_in_periods_count,
        reading.rows_before_first_count,
        reading.rows_after_last_count,
        reading.rows_without_time_count,
    )


@pytest.mark.parametrize("keyed", [False, True])
def test_events_outside_of_every_period_are_counted(
    keyed: bool, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    write(tmp_path, TIMES)
    given_sources = shop_settings()["sources"]
    given_sources["till"]["row_key"] = ["order"] if keyed else []
    # wall time of Berlin, so that the borders are told in the project's zone
    given_sources["till"]["time_zone"] = "UTC"
    project = write_project(sources=given_sources, time_zone="Europe/Berlin")

    found = changes(engine, project, "till", PERIODS, None, NOW)

    assert counts(found.reading) == (8, 5, 2, 1, 2)
    assert found.added.count().execute() == 5


def test_periods_collected_before_count_as_periods(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    write(tmp_path, TIMES)
    project = write_project()
    january = changes(engine, project, "till", PERIODS[:1], None, NOW)
    again = changes(engine, project, "till", PERIODS[:1], None, NOW, collected=PERIODS)
    assert january.reading.rows_after_last_count == 3
    assert (
        again.reading.rows_after_last_count
        == changes(engine, project, "till", PERIODS, None, NOW).reading.rows_after_last_count
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(st.datetimes(datetime(2023, 12, 28), datetime(2024, 4, 4)), min_size=1, max_size=20),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/New_York"]),
    offset=st.sampled_from(["", "+14:00", "-11:00", "Z"]),
)
def test_law_what_is_in_no_period_is_counted_outside(
    times: list[datetime], zone: str, offset: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    write(tmp_path, tuple(f"{one:%Y-%m-%d %H:%M:%S}{offset}" for one in times))
    found = changes(engine, write_project(time_zone=zone), "till", PERIODS, None, NOW)
    placed = found.added.count().execute()
    reading = found.reading
    assert (reading.rows_read_count, reading.rows_in_periods_count) == (len(times), placed)
    assert len(times) == placed + reading.rows_before_first_count + reading.rows_after_last_count


def test_a_state_counts_what_was_not_there_yet(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text("id,made\n1,2020-01-01\n2,2024-03-31\n3,2024-04-05\n4,\n")
    write(tmp_path, TIMES)
    crm = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": {"source_account_id": "id", "created_at": "made"},
    }
    project = write_project(sources=shop_settings()["sources"] | {"crm": crm})
    found = changes(engine, project, "crm", PERIODS, None, NOW)
    assert counts(found.reading) == (4, 3, 0, 1, 0)


def test_a_state_without_times_is_in_every_period(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text("id\n1\n2\n")
    crm = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": {"source_account_id": "id"},
    }
    project = write_project(sources=shop_settings()["sources"] | {"crm": crm})
    assert counts(changes(engine, project, "crm", PERIODS, None, NOW).reading) == (2, 2, 0, 0, 0)


def test_a_row_that_is_neither_in_a_period_nor_outside_is_refused(
    engine: Engine, write_project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.collect import parts

    write(tmp_path, TIMES)
    honest = parts.timed_events
    monkeypatch.setattr(parts, "timed_events", lambda *of: honest(*of).filter(~ibis._["before"]))
    with pytest.raises(InputError) as caught:
        changes(engine, write_project(), "till", PERIODS, None, NOW)
    assert caught.value.where == "source till"
    assert caught.value.found == "8 rows stand there, and 5 were read"
