"""Sources tried out for a look: what a run would make of them, not what stands in their files."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.cli.trying import Trial
from pipeline.engine import Engine
from pipeline.settings import Project
from tests.unit.collect.test_gives import gives, write

NOW = datetime(2024, 4, 10, tzinfo=UTC)


def test_of_events_that_tell_a_state_the_newest_states_are_tried(
    engine: Engine, write_project: Callable[..., Project], tmp_path: Path
) -> None:
    write(
        tmp_path,
        [
            ("7", "2024-01-10", "nowhere"),  # wrong, and corrected since: no run would set it aside today
            ("7", "2024-02-10", "DE"),
            ("8", "2024-02-11", "nowhere"),
            ("9", "2024-02-12", "FR"),
        ],
    )
    tried = Trial(engine, write_project(sources=gives()), NOW)
    found = {name: tried.source(name).sample for name in tried.order}
    assert {name: one.rows for name, one in found.items()} == {"till_orders": 4, "till_profiles": 3}
    assert sorted(found["till_profiles"].texts["country"]) == ["DE", "FR", "nowhere"]
