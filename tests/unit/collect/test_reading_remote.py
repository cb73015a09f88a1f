"""Databases and HTTP servers as sources of a project: columns, lookups, reading from a cursor on."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipeline.collect import fingerprint, read_source
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.settings import Project, SqlConnector, load_project
from tests.conftest import shop_settings
from tests.unit.collect.http_shop import Reply, replies, shop

ORDER = {"customer": 7, "order": "A1", "at": "2024-01-05", "product": "P", "quantity": 1, "price": 9.90}


def with_connector(write_project: Any, connector: dict[str, Any], **changes: Any) -> Project:
    sources = shop_settings()["sources"]
    sources["till"] |= {"connector": connector} | changes
    return write_project(sources=sources)


def rows_of(engine: Engine, project: Project, since: str | None = None) -> list[dict[str, Any]]:
    return read_source(engine, project, "till", since).order_by("_row").to_pyarrow().to_pylist()


def test_records_of_a_server_are_rows_of_the_source(engine: Engine, write_project: Any) -> None:
    with shop(replies(Reply([ORDER, ORDER | {"order": "A2", "note": {"gift": True}}]))) as web:
        project = with_connector(write_project, {"kind": "http", "url": web.url})
        first, second = rows_of(engine, project)
    assert (first["_source"], first["_file"], first["_row"]) == ("till", "answers", 1)
    assert (first["price"], first["quantity"], first["note"]) == ("9.9", "1", None)
    assert (second["order"], second["note"]) == ("A2", '{"gift":true}')


def test_a_mapped_key_that_no_record_has_is_an_error(engine: Engine, write_project: Any) -> None:
    renamed = {("prize" if key == "price" else key): value for key, value in ORDER.items()}
    with shop(replies(Reply([renamed]))) as web:
        project = with_connector(write_project, {"kind": "http", "url": web.url})
        with pytest.raises(InputError, match=r"source till: there is no column price; it has: .*prize"):
            rows_of(engine, project)


def test_a_server_without_records_gives_no_rows_and_every_mapped_column(
    engine: Engine, write_project: Any
) -> None:
    with shop(replies(Reply([]))) as web:
        project = with_connector(write_project, {"kind": "http", "url": web.url})
        table = read_source(engine, project, "till")
    assert {"customer", "order", "price"} <= set(table.columns)
    assert table.count().execute() == 0


def test_a_lookup_may_be_on_a_server(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as till:
        till.execute("CREATE TABLE line (customer, 'order', at, product, quantity, price)")
        till.execute("INSERT INTO line VALUES (7, 'A1', '2024-01-05', 'P', 1, 9.9)")
    with shop(replies(Reply([{"id": "P", "shelf": "North"}]))) as web:
        lookup = {
            "connector": {"kind": "http", "url": web.url},
            "match": {"product": "id"},
            "columns": ["shelf"],
        }
        connector = {"kind": "sql", "url": f"sqlite:///{tmp_path}/shop.db", "query": "SELECT * FROM line"}
        project = with_connector(write_project, connector, lookups=[lookup])
        [row] = rows_of(engine, project)
    assert (row["product"], row["shelf"]) == ("P", "North")


@pytest.fixture
def till(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE line (customer, 'order', at, product, quantity, price, number INTEGER)"
        )
        rows = [(7, f"A{at}", "2024-01-05", "P", 1, 9.9, at) for at in range(1, 12)]
        database.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return path


def sql(**changes: Any) -> dict[str, Any]:
    return {"kind": "sql", "url": "sqlite:///shop.db", "query": "SELECT * FROM line"} | changes


def test_rows_are_read_from_a_cursor_on(engine: Engine, write_project: Any, till: Path) -> None:
    project = with_connector(write_project, sql(cursor="number"))
    assert [row["number"] for row in rows_of(engine, project, since="9")] == ["9", "10", "11"]
    assert len(rows_of(engine, project)) == 11


def test_the_fingerprint_of_a_source_with_a_cursor_is_its_greatest_value(
    write_project: Any, till: Path
) -> None:
    project = with_connector(write_project, sql(cursor="number"))
    before = fingerprint(project, "till")
    assert fingerprint(project, "till") == before
    with sqlite3.connect(till) as database:
        database.execute(
            "INSERT INTO line SELECT customer, 'A12', at, product, quantity, price, 12 FROM line LIMIT 1"
        )
    assert fingerprint(project, "till") != before


def test_the_file_of_a_sqlite_database_is_relative_to_the_project(
    write_project: Any, till: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_connector(write_project, sql())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    connector = load_project(tmp_path).sources["till"].connector
    assert isinstance(connector, SqlConnector)
    assert connector.url.get_secret_value() == f"sqlite:///{till.as_posix()}"


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:////data/shop.db", "postgresql://a/b"]
)
def test_other_urls_stay_as_they_are(url: str, write_project: Any) -> None:
    connector = with_connector(write_project, sql(url=url)).sources["till"].connector
    assert isinstance(connector, SqlConnector)
    assert connector.url.get_secret_value() == url
