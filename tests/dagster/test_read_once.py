"""A source that gives several entities is asked once a collection, and goes on from its cursor."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.lib.collected_state import COLLECTED_FROM, remember
from assets.lib.collections import planned, rows
from assets.lib.platform import Platform
from pipeline.engine.writing import write_partitions
from tests.conftest import shop_settings
from tests.unit.collect.http_shop import Asked, Reply, Shop, shop

PERIODS = ["2024-01", "2024-02", "2024-03"]
MAPPED = shop_settings()["sources"]["till"]["columns"]


def gives(connector: dict[str, Any]) -> dict[str, Any]:
    told = {"latest_by": "at", "columns": {"source_account_id": "customer", "country": "land"}}
    return {"till": {"connector": connector, "gives": {"orders": {"columns": MAPPED}, "profiles": told}}}


def record(number: int, at: str, customer: str = "7", land: str = "FR") -> dict[str, Any]:
    names = ("customer", "order", "at", "product", "quantity", "price", "land", "number")
    return dict(zip(names, (customer, f"A{number}", at, "P1", 1, 9, land, number), strict=True))


def test_a_web_shop_is_asked_once_for_its_state_and_once_for_its_rows(
    write_project: Any, tmp_path: Path
) -> None:
    def answer(_: Shop, asked: Asked) -> Reply:
        return Reply([record(1, "2024-01-05"), record(2, "2024-02-05", land="DE")])

    with shop(answer) as web:
        project = write_project(sources=gives({"kind": "http", "url": f"{web.url}/lines"}))
        platform = Platform(project, now=lambda: datetime(2024, 6, 1, tzinfo=UTC))
        found = planned(platform, PERIODS)
        assert len(web.asked) == 2
    assert set(found) == {"till_orders", "till_profiles"}
    told = found["till_profiles"].changes.added.to_pyarrow().to_pylist()
    assert {one["period"]: one["land"] for one in told} == dict(zip(PERIODS, ("FR", "DE", "DE"), strict=True))
    platform.close()


def test_a_state_goes_on_from_the_cursor_of_its_events(write_project: Any, tmp_path: Path) -> None:
    connector = {
        "kind": "sql", "url": "sqlite:///till.db", "query": "SELECT * FROM lines", "cursor": "number",
    }  # fmt: skip
    project = write_project(sources=gives(connector), last_period=None)
    database = sqlite3.connect(tmp_path / "till.db")
    database.execute("CREATE TABLE lines (customer, [order], at, product, quantity, price, land, number)")

    def collected(now: datetime, *new: dict[str, Any]) -> dict[str, Any]:
        with database:
            for one in new:
                database.execute("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)", tuple(one.values()))
        platform = Platform(project, now=lambda: now)
        found = planned(platform, project.periods(now))
        for name, one in found.items():
            table = rows(platform, name, one, one.periods).order_by("period")
            schema = pa.schema([field for field in table.schema().to_pyarrow() if field.name != "period"])
            paths = {period: platform.lake.file(f"raw/{name}", period) for period in one.periods}
            footers = {period: {COLLECTED_FROM: one.state.origin} for period in one.periods}
            write_partitions(platform.engine.batches(table), schema, paths, footers)
            remember(platform.lake, name, one.state)
        reading = found["till_profiles"].changes.reading
        state = platform.read_raw("till_profiles", project.periods(now))
        assert state is not None
        told = state.to_pyarrow().to_pylist()
        platform.close()
        return {
            "read": reading.rows_read_count,
            "state": {(one["period"], one["customer"]): one["land"] for one in told},
        }

    first = collected(
        datetime(2024, 2, 2, tzinfo=UTC), record(1, "2024-01-05"), record(2, "2024-01-06", "8", "ES")
    )
    assert first == {"read": 2, "state": {("2024-01", "7"): "FR", ("2024-01", "8"): "ES"}}
    # what lies after the last period is read again when its period is due
    ahead = collected(
        datetime(2024, 3, 2, tzinfo=UTC),
        record(3, "2024-02-05", land="DE"),
        record(4, "2024-03-01", "8", "PT"),
    )
    assert ahead["read"] == 3
    assert ahead["state"] == first["state"] | {("2024-02", "7"): "DE", ("2024-02", "8"): "ES"}
    last = collected(datetime(2024, 4, 2, tzinfo=UTC))
    assert last["read"] == 1
    assert last["state"] == ahead["state"] | {("2024-03", "7"): "DE", ("2024-03", "8"): "PT"}
    database.close()
