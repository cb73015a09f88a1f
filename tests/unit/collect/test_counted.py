"""Law L1 at the door: rows are counted where they stand, and every one of them arrives or none does."""

import json
import sqlite3
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from pipeline.collect import read_source
from pipeline.collect.csvfiles import columns, stage
from pipeline.collect.files import Source
from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector
from tests.conftest import shop_settings
from tests.unit.collect.http_shop import Reply, shop

COLUMNS = ("customer", "order", "at", "product", "quantity", "price")
HEADER = ",".join(COLUMNS) + "\n"
ROW = "7,A1,2024-01-05,P1,1,9.50\n"


def project_with(write_project: Any, connector: dict[str, Any]) -> Any:
    given_sources = shop_settings()["sources"]
    given_sources["till"]["connector"] = connector
    return write_project(sources=given_sources)


def error_of(engine: Engine, project: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read_source(engine, project, "till")
    assert len(str(caught.value)) < 1_000
    return caught.value


# --- a row is never lost ---------------------------------------------------------------------------


@pytest.mark.parametrize("megabytes", [17, 25, 34, 40])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("after", [0, 5])
def test_a_field_that_is_too_large_is_named_with_its_line(
    megabytes: int, quote: str, after: int, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    field = quote + "x" * (megabytes << 20) + quote
    (tmp_path / "orders.csv").write_text(HEADER + ROW * 5 + f"7,{field},2024-01-05,P1,1,9\n" + ROW * after)
    error = error_of(
        engine, project_with(write_project, {"kind": "file", "format": "csv", "path": "orders.csv"})
    )
    assert error.where == "orders.csv, line 7"
    assert "longer than 16,777,216" in error.found


def test_a_large_field_of_many_lines_is_named_with_the_line_in_which_it_begins(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    field = '"' + ("x" * 1_000 + "\n") * 20_000 + '"'
    (tmp_path / "orders.csv").write_text(HEADER + ROW * 5 + f"7,{field},2024-01-05,P1,1,9\n" + ROW)
    error = error_of(
        engine, project_with(write_project, {"kind": "file", "format": "csv", "path": "orders.csv"})
    )
    assert error.where == "orders.csv, line 7"
    assert "longer than 16,777,216" in error.found


def test_a_row_that_is_long_in_bytes_alone_is_read(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    long = "漢" * (6 << 20)
    (tmp_path / "orders.csv").write_text(HEADER + ROW * 5 + f"7,{long},2024-01-05,P1,1,9\n" + ROW)
    connector = {"kind": "file", "format": "csv", "path": "orders.csv"}
    table = read_source(engine, project_with(write_project, connector), "till").order_by("_row")
    assert [len(one) for one in table.to_pyarrow()["order"].to_pylist()] == [2] * 5 + [6 << 20, 2]


def test_a_line_of_json_that_is_too_long_is_named(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "orders.jsonl").write_text('{"a": 1}\n' + json.dumps({"a": "x" * (17 << 20)}) + "\n")
    connector = {"kind": "file", "format": "jsonl", "path": "orders.jsonl"}
    error = error_of(engine, project_with(write_project, connector))
    assert error.where == "orders.jsonl, line 2"
    assert "longer than 16,777,216" in error.found


def _csv(folder: Path) -> dict[str, Any]:
    (folder / "orders.csv").write_text(HEADER + ROW * 3)
    return {"kind": "file", "format": "csv", "path": "orders.csv"}


def _other_csv(folder: Path) -> dict[str, Any]:
    (folder / "orders.csv").write_bytes((HEADER + "# not this\n" + ROW * 3).encode("utf-16"))
    return {"kind": "file", "format": "csv", "path": "orders.csv", "encoding": "utf-16", "comment": "#"}


def _zip(folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(folder / "orders.zip", "w") as archive:
        archive.writestr("orders.csv", HEADER + ROW * 3)
    return {"kind": "file", "format": "csv", "path": "orders.zip"}


def _jsonl(folder: Path) -> dict[str, Any]:
    row = json.dumps(dict(zip(COLUMNS, ROW.strip().split(","), strict=True)))
    (folder / "orders.jsonl").write_text(f"{row}\n\n{row}\n{row}\n")
    return {"kind": "file", "format": "jsonl", "path": "orders.jsonl"}


def _parquet(folder: Path) -> dict[str, Any]:
    rows = [dict(zip(COLUMNS, ROW.strip().split(","), strict=True))] * 3
    pq.write_table(pa.Table.from_pylist(rows), folder / "orders.parquet")
    return {"kind": "file", "format": "parquet", "path": "orders.parquet"}


def _excel(folder: Path) -> dict[str, Any]:
    book = Workbook()
    for cells in (COLUMNS, *[ROW.strip().split(",")] * 3):
        book.active.append(cells)
    book.save(folder / "orders.xlsx")
    return {"kind": "file", "format": "excel", "path": "orders.xlsx"}


def _sql(folder: Path) -> dict[str, Any]:
    with sqlite3.connect(folder / "till.db") as connection:
        connection.execute("CREATE TABLE sale (customer, 'order', at, product, quantity, price)")
        connection.executemany("INSERT INTO sale VALUES (?,?,?,?,?,?)", [ROW.strip().split(",")] * 3)
    connection.close()
    return {"kind": "sql", "url": "sqlite:///till.db", "query": "SELECT * FROM sale"}


FORMATS = {
    "csv": (_csv, "orders.csv"),
    "csv of another dialect": (_other_csv, "orders.csv"),
    "csv in an archive": (_zip, "orders.zip/orders.csv"),
    "json lines": (_jsonl, "orders.jsonl"),
    "parquet": (_parquet, "orders.parquet"),
    "excel": (_excel, "orders.xlsx"),
    "sql": (_sql, "source till"),
}


def _without_last(table: pa.Table) -> pa.Table:
    return table.slice(0, max(0, table.num_rows - 1))


@pytest.fixture
def losing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that loses the last row of whatever it is given, and says nothing."""
    csv, batches, parquet = sources.stage_csv, sources.stage_batches, sources._parquet

    def stage_csv(*given: Any, **options: Any) -> Path:
        staged = csv(*given, **options)
        pq.write_table(_without_last(pq.read_table(staged)), staged)
        return staged

    monkeypatch.setattr(sources, "stage_csv", stage_csv)
    monkeypatch.setattr(
        sources, "stage_batches", lambda engine, some: batches(engine, map(_without_last, some))
    )
    monkeypatch.setattr(sources, "_parquet", lambda *given: parquet(*given).limit(2))


@pytest.mark.parametrize(("write", "where"), FORMATS.values(), ids=FORMATS)
def test_a_source_of_which_a_row_gets_lost_is_refused(
    write: Any, where: str, losing: None, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    error = error_of(engine, project_with(write_project, write(tmp_path)))
    assert error.where == where
    assert error.found == "3 rows stand there, and 2 were read"
    assert "nothing of it was collected" in error.expected


def test_a_sheet_that_gives_fewer_rows_than_its_area_has_is_refused(
    engine: Engine, write_project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_with(write_project, _excel(tmp_path))
    sheet = SimpleNamespace(start=(0, 0), end=(3, 5), iter_rows=lambda: iter([list(COLUMNS), ["7"] * 6]))
    book = MagicMock(sheet_names=["Sheet"])
    book.__enter__.return_value = book
    book.get_sheet_by_name.return_value = sheet
    monkeypatch.setattr("python_calamine.CalamineWorkbook", SimpleNamespace(from_path=lambda path: book))
    error = error_of(engine, project)
    assert (error.where, error.found) == ("orders.xlsx", "4 rows stand there, and 2 were read")


def test_records_of_a_server_that_get_lost_are_refused(
    losing: None, engine: Engine, write_project: Any
) -> None:
    records = [dict(zip(COLUMNS, ROW.strip().split(","), strict=True))] * 3
    with shop(lambda server, asked: Reply(records)) as server:
        error = error_of(engine, project_with(write_project, {"kind": "http", "url": f"{server.url}/orders"}))
    assert (error.where, error.found) == ("source till", "3 rows stand there, and 2 were read")


def test_a_join_that_loses_a_row_is_refused(
    engine: Engine, write_project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.collect import reading

    given_sources = shop_settings()["sources"]
    given_sources["till"]["connector"] = _csv(tmp_path)
    (tmp_path / "products.csv").write_text("id,brand\nP1,x\n")
    given_sources["till"]["lookups"] = [
        {
            "connector": {"kind": "file", "format": "csv", "path": "products.csv"},
            "match": {"product": "id"},
            "columns": ["brand"],
        }
    ]
    joined = reading.joined
    monkeypatch.setattr(reading, "joined", lambda *given: joined(*given).limit(2))
    error = error_of(engine, write_project(sources=given_sources))
    assert (error.where, error.found) == ("source till", "3 rows stand there, and 2 were read")


# --- what is wide, blank, surplus ------------------------------------------------------------------


def test_a_header_of_a_million_columns_is_refused(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    names = ",".join([*COLUMNS, *(f"c{at}" for at in range(1_000_000))])
    (tmp_path / "orders.csv").write_text(f"{names}\n")
    error = error_of(
        engine, project_with(write_project, {"kind": "file", "format": "csv", "path": "orders.csv"})
    )
    assert (error.where, error.found) == ("orders.csv, header", "it has 1,000,006 columns")
    assert "4,096" in error.expected


def test_json_lines_with_ever_new_keys_are_refused(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    rows = (json.dumps({f"k{line * 10 + at}": 1 for at in range(10)}) for line in range(500))
    (tmp_path / "orders.jsonl").write_text("\n".join(rows))
    connector = {"kind": "file", "format": "jsonl", "path": "orders.jsonl"}
    error = error_of(engine, project_with(write_project, connector))
    assert error.where == "orders.jsonl, line 410"
    assert error.found == "it has 4,100 columns"


def test_a_message_about_a_missing_column_names_some_of_many(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(",".join(f"c{at}" for at in range(4_000)) + "\n")
    error = error_of(
        engine, project_with(write_project, {"kind": "file", "format": "csv", "path": "orders.csv"})
    )
    assert "and 3,980 more" in error.found


@pytest.mark.parametrize("comment", [None, "#"], ids=["read by the engine", "rewritten"])
def test_surplus_fields_that_are_empty_are_as_if_absent(
    comment: str | None, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    content = HEADER + ROW + ROW.strip() + ",\n" + ROW.strip() + ',,,""\n' + ROW.strip() + ",,"
    (tmp_path / "orders.csv").write_text(content)
    connector = {"kind": "file", "format": "csv", "path": "orders.csv", "comment": comment}
    table = read_source(engine, project_with(write_project, connector), "till").to_pyarrow()
    assert table["price"].to_pylist() == ["9.50"] * 4


@pytest.mark.parametrize("surplus", [",x", ",,x", ", "])
def test_surplus_fields_with_a_value_are_refused(
    surplus: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(HEADER + ROW + ROW.strip() + surplus + "\n")
    error = error_of(
        engine, project_with(write_project, {"kind": "file", "format": "csv", "path": "orders.csv"})
    )
    assert error.where == "orders.csv, line 3"
    assert "fields" in error.found


@pytest.mark.parametrize("escape", [None, "\\"], ids=["read by the engine", "rewritten"])
def test_a_blank_line_of_one_column_is_a_row_without_a_value(
    escape: str | None, engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "one.csv"
    path.write_text("\n\nid\n1\n\n2\n" + ("\\N\n" if escape else ""))
    connector = FileConnector(path="one.csv", format="csv", escape=escape)
    file = Source.of(path, "one.csv")
    staged = stage(engine, file, connector, columns(file, connector))
    read = sources.read_staged(engine, [staged]).order_by("_row").to_pyarrow()["id"].to_pylist()
    assert read == ["1", None, "2"] + ([None] if escape else [])
