"""The window: which periods features look at."""

import ibis
import pytest

from pipeline.features.sums import periods_since
from tests.unit.features.chain import window_of
from tests.unit.ledgers.lines import at


def test_the_window_is_the_last_twelve_periods(write_project):
    window = window_of(write_project(first_period="2022-05"), "2024-02")
    assert (window.periods[0], window.periods[-1], len(window.periods)) == ("2023-03", "2024-02", 12)
    assert window.span(3) == ["2023-12", "2024-01", "2024-02"]
    assert window.span(3, before=3) == ["2023-09", "2023-10", "2023-11"]


def test_a_young_project_has_a_window_of_its_own_length(write_project):
    window = window_of(write_project(first_period="2023-12"), "2024-02")
    assert window.periods == window.span(3) == ["2023-12", "2024-01", "2024-02"]
    assert window.span(3, before=3) == []
    assert window.days(window.periods) == 31 + 31 + 29


def test_a_period_before_the_project_is_refused(write_project):
    with pytest.raises(ValueError, match="before 2024-01"):
        window_of(write_project(first_period="2024-01"), "2023-12")


def test_periods_since_an_event_count_its_own_period(engine, write_project):
    expected = {
        "2019-06-01 00:00": 26,
        "2022-01-31 23:59": 26,
        "2022-02-01 00:00": 25,
        "2023-12-31 23:59": 3,
        "2024-01-31 23:59": 2,
        "2024-02-01 00:00": 1,
        "2024-02-29 23:59": 1,
    }
    window = window_of(write_project(first_period="2022-01"), "2024-02")
    events = ibis.memtable(
        {"at": [at(first) for first in expected]}, schema={"at": "timestamp('UTC')"}
    ).to_pyarrow()
    table = engine.from_arrow(events)
    counted = table.select("at", n=periods_since(table.at, window.history, window))
    found = {f"{row['at']:%Y-%m-%d %H:%M}": row["n"] for row in engine.to_arrow(counted).to_pylist()}
    assert found == expected
