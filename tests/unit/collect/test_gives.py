"""One source that gives several entities: read once, and states told by its events (law L2)."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.collect import Shared, changes, summary, with_added
from pipeline.engine import Engine
from pipeline.settings import Project
from tests.conftest import shop_settings

WriteProject = Callable[..., Project]
HEADER = "customer,order,at,product,quantity,price,country\n"
PERIODS = ["2024-01", "2024-02", "2024-03"]
NOW = datetime(2024, 6, 1, tzinfo=UTC)
START = datetime(2023, 12, 1)


def gives(**profiles: Any) -> dict[str, Any]:
    """The till of the shop, which also tells the country of its customers."""
    orders = {"columns": shop_settings()["sources"]["till"]["columns"]}
    told = {"latest_by": "at", "columns": {"source_account_id": "customer", "country": "country"}}
    connector = {"kind": "file", "format": "csv", "path": "orders.csv"}
    return {"till": {"connector": connector, "gives": {"orders": orders, "profiles": told | profiles}}}


def write(folder: Path, events: list[tuple[str, str, str]]) -> None:
    """Order lines of (customer, time, country)."""
    lines = (f"{who},A{number},{at},P1,1,9,{land}\n" for number, (who, at, land) in enumerate(events))
    (folder / "orders.csv").write_text(HEADER + "".join(lines))


def countries(rows: Any) -> dict[tuple[str, str], str]:
    """Country by period and customer; every row is one of its own."""
    found = rows.to_pyarrow().to_pylist()
    told = {(one["period"], one["customer"]): one["country"] for one in found}
    assert len(told) == len(found), "one row an account and period"
    return told


def test_each_entity_is_a_source_of_its_own_and_they_share_account_ids(write_project: WriteProject) -> None:
    project = write_project(sources=gives())
    assert {name: one.entity for name, one in project.sources.items()} == {
        "till_orders": "orders",
        "till_profiles": "profiles",
    }
    assert {one.account_space for one in project.sources.values()} == {"till"}


def test_what_the_source_says_holds_for_each_entity_unless_it_says_otherwise(
    write_project: WriteProject,
) -> None:
    sources = gives(time_zone="Asia/Tokyo", entity="profiles")
    sources["till"] |= {"time_zone": "Europe/Paris", "account_space": "shop", "decimal": ","}
    found = write_project(sources=sources).sources
    assert (found["till_orders"].time_zone, found["till_profiles"].time_zone) == (
        "Europe/Paris",
        "Asia/Tokyo",
    )
    assert {one.account_space for one in found.values()} == {"shop"}
    assert found["till_orders"].columns["quantity"].decimal == ","


def test_of_each_account_the_latest_event_before_the_end_of_a_period_counts(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    write(
        tmp_path,
        [
            ("7", "2023-11-30", "FR"),  # before the first period, and known in it
            ("7", "2024-02-10", "DE"),
            ("7", "2024-02-09", "IT"),
            ("7", "2024-04-01", "US"),  # after the last
            ("8", "2024-03-01", "ES"),
            ("8.0", "2024-03-02", "PT"),  # the same account
            ("", "2024-01-05", "XX"),
            ("9", "soon", "XX"),
        ],
    )
    found = changes(engine, write_project(sources=gives()), "till_profiles", PERIODS, None, NOW)
    assert countries(found.added) == {
        ("2024-01", "7"): "FR",
        ("2024-02", "7"): "DE",
        ("2024-03", "7"): "DE",
        ("2024-03", "8.0"): "PT",
    }
    reading = found.reading
    assert (reading.rows_read_count, reading.rows_in_periods_count) == (8, 3)
    assert (reading.rows_after_last_count, reading.rows_not_latest_count) == (1, 4)


def test_only_what_tells_the_state_is_kept(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    write(tmp_path, [("7", "2024-01-05", "FR")])
    found = changes(engine, write_project(sources=gives()), "till_profiles", PERIODS, None, NOW)
    assert set(found.added.columns) - {"period"} == {
        "_collected_at", "_source", "_file", "_row", "_withdraws_at", "customer", "at", "country",
    }  # fmt: skip


event = st.tuples(
    st.sampled_from(["1", "2", "3"]),
    st.integers(0, 150 * 24).map(lambda hours: START + timedelta(hours=hours)),
    st.sampled_from(["FR", "DE", "IT"]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(event, min_size=1, max_size=30, unique_by=lambda one: one[:2]), seed=st.integers())
def test_law_a_state_of_a_period_knows_nothing_of_what_happened_after_it(
    events: list[tuple[str, datetime, str]],
    seed: int,
    engine: Engine,
    write_project: WriteProject,
    tmp_path: Path,
) -> None:
    """L2 in a backfill, and L3: the order of rows does not matter."""
    project = write_project(sources=gives(), time_zone="Europe/Berlin")
    random.Random(seed).shuffle(events)
    write(tmp_path, [(who, f"{at:%Y-%m-%d %H:%M:%S}", land) for who, at, land in events])
    found = changes(engine, project, "till_profiles", PERIODS, None, NOW)
    ends = {"2024-01": datetime(2024, 2, 1), "2024-02": datetime(2024, 3, 1), "2024-03": datetime(2024, 4, 1)}
    expected = {
        (period, who): land
        for period, end in ends.items()
        for who, at, land in sorted(events, key=lambda one: one[1])
        if at < end
    }
    assert countries(found.added) == expected
    reading = found.reading
    chosen = {
        max(at for one, at, _ in events if one == who and at < end)
        for period, end in ends.items()
        for who in "123"
        if (period, who) in expected
    }
    after = sum(at >= ends["2024-03"] for _, at, _ in events)
    assert reading.rows_in_periods_count >= len(chosen)
    assert reading.rows_after_last_count == after
    assert (
        reading.rows_read_count
        == len(events)
        == (reading.rows_in_periods_count + after + reading.rows_not_latest_count)
    )


def test_a_state_goes_on_where_the_source_gives_only_what_is_new(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    project = write_project(sources=gives(), last_period=None)
    write(tmp_path, [("7", "2024-01-05", "FR"), ("8", "2024-01-06", "ES")])
    january = changes(engine, project, "till_profiles", PERIODS[:1], None, datetime(2024, 2, 2, tzinfo=UTC))
    known = engine.hold(with_added(None, january.added, PERIODS[:1]))
    write(tmp_path, [("7", "2024-02-05", "DE"), ("7", "2024-01-31", "IT")])
    later = changes(engine, project, "till_profiles", PERIODS[:2], known, datetime(2024, 3, 2, tzinfo=UTC))
    # January is closed: what came late for it tells nothing of it (law L2)
    assert countries(later.added) == {("2024-02", "7"): "DE", ("2024-02", "8"): "ES"}


def test_a_newer_event_of_the_last_period_takes_the_place_of_the_row_before(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    project = write_project(sources=gives())
    events = [("7", "2024-03-05", "FR"), ("8", "2024-03-06", "ES")]
    write(tmp_path, events)
    first = changes(engine, project, "till_profiles", PERIODS, None, NOW)
    known = engine.hold(with_added(None, first.added, PERIODS))
    write(tmp_path, [*events, ("7", "2024-03-07", "DE"), ("8", "2024-03-01", "PT")])
    again = changes(engine, project, "till_profiles", PERIODS, known, NOW + timedelta(days=1))
    rows = again.added.order_by("_withdraws_at").to_pyarrow().to_pylist()
    assert [(one["customer"], one["country"], one["_withdraws_at"] is None) for one in rows] == [
        ("7", "FR", False),
        ("7", "DE", True),
    ]
    assert not changes(
        engine, project, "till_profiles", PERIODS, engine.hold(with_added(known, again.added, PERIODS)), NOW
    ).periods()


def test_all_entities_of_a_file_are_read_from_one_copy_of_it(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    project = write_project(sources=gives())
    write(tmp_path, [("7", "2024-01-05", "FR")])

    def staged() -> int:
        return len(list(engine.scratch.glob("source-*")))

    before, shared = staged(), Shared()
    orders = changes(engine, project, "till_orders", PERIODS, None, NOW, shared=shared)
    assert staged() == before + 1
    (tmp_path / "orders.csv").unlink()
    profiles = changes(engine, project, "till_profiles", PERIODS, None, NOW, shared=shared)
    assert staged() == before + 1
    assert [one.added.count().execute() for one in (orders, profiles)] == [1, 3]


def test_a_column_that_one_entity_lacks_is_named_though_the_file_was_read_for_another(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    from pipeline.errors import InputError

    project = write_project(sources=gives(columns={"source_account_id": "customer", "city": "town"}))
    write(tmp_path, [("7", "2024-01-05", "FR")])
    shared = Shared()
    assert summary(engine, project, "till_orders", NOW, shared).rows == 1
    with pytest.raises(InputError, match="there is no column town") as caught:
        summary(engine, project, "till_profiles", NOW, shared)
    assert caught.value.where == "orders.csv"


def test_check_counts_the_events_and_calls_no_column_unread_that_another_entity_reads(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    project = write_project(sources=gives())
    write(tmp_path, [("7", "2024-01-05", "FR"), ("7", "2024-01-06", "DE"), ("7", "2024-05-01", "DE")])
    shared = Shared()
    orders, profiles = (
        summary(engine, project, f"till_{one}", NOW, shared) for one in ("orders", "profiles")
    )
    assert (orders.rows, orders.rows_inside, orders.rows_after) == (3, 2, 1)
    assert (profiles.rows, profiles.rows_inside, profiles.rows_after, profiles.rows_not_latest) == (
        3,
        1,
        1,
        1,
    )
    assert not [one for one in (*orders.warnings, *profiles.warnings) if "nothing reads" in one]
