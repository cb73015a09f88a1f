"""A state that did not change is carried: the rows of a new period are those of the last one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.collect import collect
from pipeline.engine import Engine
from pipeline.engine.values import held
from tests.conftest import shop_settings

DAYS = [datetime(2024, month, 2, tzinfo=UTC) for month in (3, 4, 5)]


def crm(write_project: Any, **more: Any) -> Any:
    settings = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": {"source_account_id": "id", "city": "city", "created_at": "made"},
    }
    sources = shop_settings()["sources"] | {"crm": settings | more}
    return write_project(sources=sources, last_period="2024-05")


def write(folder: Path, *rows: str) -> None:
    (folder / "crm.csv").write_text("id,city,made\n" + "".join(f"{one}\n" for one in rows))


def states(table: Any) -> dict[str, list[tuple[Any, ...]]]:
    rows = table.select("period", "_collected_at", "_row", "id", "city").to_pyarrow().to_pylist()
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        period, *rest = row.values()
        found.setdefault(period, []).append(tuple(rest))
    return {period: sorted(some) for period, some in found.items()}


def collected(engine: Engine, project: Any, existing: Any, periods: list[str], now: datetime) -> Any:
    found = collect(
        engine, project, "crm", periods, existing, now, collected=periods[:-1] if existing is not None else []
    )
    return held(found)


@pytest.mark.parametrize("more", [{}, {"row_key": ["id"]}])
def test_an_unchanged_state_is_the_one_of_the_period_before(
    more: Any, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    project = crm(write_project, **more)
    write(tmp_path, "1,Graz,2024-01-05", "2,Linz,2024-01-06", "2,Linz,2024-01-06")
    first = collected(engine, project, None, ["2024-02"], DAYS[0])
    write(tmp_path, "2,Linz,2024-01-06", "1,Graz,2024-01-05", "2,Linz,2024-01-06")
    second = collected(engine, project, first, ["2024-02", "2024-03"], DAYS[1])
    found = states(second)
    assert found["2024-03"] == found["2024-02"]
    assert {at for at, *_ in found["2024-03"]} == {DAYS[0]}


@pytest.mark.parametrize(
    "rows",
    [
        ("1,Wien,2024-01-05", "2,Linz,2024-01-06"),
        ("1,Graz,2024-01-05",),
        ("1,Graz,2024-01-05", "2,Linz,2024-01-06", "2,Linz,2024-01-06"),
        ("1,Graz,2024-01-05", "2,Linz,2024-01-06", "3,Enns,2024-03-05"),
    ],
)
def test_a_state_that_changed_is_the_new_one(
    rows: tuple[str, ...], engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    project = crm(write_project)
    write(tmp_path, "1,Graz,2024-01-05", "2,Linz,2024-01-06")
    first = collected(engine, project, None, ["2024-02"], DAYS[0])
    write(tmp_path, *rows)
    found = states(collected(engine, project, first, ["2024-02", "2024-03"], DAYS[1]))
    assert [row[2:] for row in sorted(found["2024-03"], key=lambda one: one[2:])] == sorted(
        tuple(row.split(",")[:2]) for row in rows
    )
    assert {at for at, *_ in found["2024-03"]} == {DAYS[1]}
    assert {at for at, *_ in found["2024-02"]} == {DAYS[0]}
