"""Where exports go: all rows or none, and what is there stays when they fail."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy

from pipeline.errors import InputError
from pipeline.export import Destination, destination_of
from pipeline.export.database import DatabaseTable

SCHEMA = pa.schema(
    [pa.field("source_account_id", pa.string(), nullable=False), pa.field("confidence", pa.float64())]
)
SECRET = "correct-horse"


def batches(*rows: tuple[str, float | None]) -> Iterator[pa.RecordBatch]:
    for number, confidence in rows:
        columns = [pa.array([number]), pa.array([confidence], pa.float64())]
        yield pa.RecordBatch.from_arrays(columns, names=SCHEMA.names)


def cut_off() -> Iterator[pa.RecordBatch]:
    yield from batches(("1", 0.5))
    raise RuntimeError("cut off")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def file_at(path: Path, scratch: Path, replace: bool = False) -> Destination:
    return destination_of(str(path), None, replace, scratch.parent / "lake", scratch)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".CSV"])
def test_a_file_is_there_when_it_is_complete_and_not_before(ending: str, place: Path, scratch: Path) -> None:
    to = file_at(place / f"x{ending}", scratch)
    to.check(SCHEMA)
    with pytest.raises(RuntimeError):
        to.deliver(cut_off(), SCHEMA)
    assert [*place.iterdir(), *scratch.iterdir()] == []
    to.deliver(batches(("1", 0.5), ("2", None)), SCHEMA)
    assert [one.name for one in place.iterdir()] == [f"x{ending}"]
    if ending == ".parquet":
        found = pq.read_table(place / "x.parquet")
        assert found.to_pylist() == [
            {"source_account_id": "1", "confidence": 0.5},
            {"source_account_id": "2", "confidence": None},
        ]
    else:
        assert (place / f"x{ending}").read_bytes() == b"source_account_id,confidence\r\n1,0.5\r\n2,\r\n"
    assert list(scratch.iterdir()) == []


def test_a_file_that_is_there_stays_when_its_successor_fails(place: Path, scratch: Path) -> None:
    there = place / "x.csv"
    there.write_text("precious", encoding="utf-8")
    to = file_at(there, scratch, replace=True)
    to.check(SCHEMA)
    with pytest.raises(RuntimeError):
        to.deliver(cut_off(), SCHEMA)
    assert there.read_text(encoding="utf-8") == "precious"


def test_an_export_without_rows_has_its_columns(place: Path, scratch: Path) -> None:
    for name in ("x.csv", "x.parquet"):
        file_at(place / name, scratch).deliver(iter(()), SCHEMA)
    assert (place / "x.csv").read_bytes() == b"source_account_id,confidence\r\n"
    assert pq.read_table(place / "x.parquet").schema.names == SCHEMA.names


def test_a_name_that_is_a_link_into_the_lake_is_refused(place: Path, scratch: Path) -> None:
    lake = scratch.parent / "lake"
    lake.mkdir()
    (place / "inside").symlink_to(lake)
    with pytest.raises(InputError, match="it lies in the lake"):
        file_at(place / "inside" / "x.csv", scratch).check(SCHEMA)


# --- databases -------------------------------------------------------------------------


def rows_in(url: str, table: str) -> list[tuple[object, ...]]:
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        found = [
            tuple(row) for row in connection.execute(sqlalchemy.text(f"SELECT * FROM {table} ORDER BY 1"))
        ]
    engine.dispose()
    return found


@pytest.fixture
def url(place: Path) -> str:
    (place / "crm.db").touch()
    return f"sqlite:///{place / 'crm.db'}"


def test_a_table_is_filled_as_a_whole_or_not_made(url: str) -> None:
    to = DatabaseTable.of(url, "active", replace=False)
    with pytest.raises(RuntimeError):
        to.deliver(cut_off(), SCHEMA)
    engine = sqlalchemy.create_engine(url)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    engine.dispose()
    to.deliver(batches(("1", 0.5), ("2", None)), SCHEMA)
    assert rows_in(url, "active") == [("1", 0.5), ("2", None)]
    with pytest.raises(RuntimeError):
        DatabaseTable.of(url, "active", replace=True).deliver(cut_off(), SCHEMA)
    assert rows_in(url, "active") == [("1", 0.5), ("2", None)], "what was there stays"
    DatabaseTable.of(url, "active", replace=True).deliver(batches(("3", 1.0)), SCHEMA)
    assert rows_in(url, "active") == [("3", 1.0)]


def test_a_table_that_came_meanwhile_is_not_written_over(url: str) -> None:
    to = DatabaseTable.of(url, "active", replace=False)
    to.check(SCHEMA)
    DatabaseTable.of(url, "active", replace=False).deliver(batches(("1", 0.5)), SCHEMA)
    with pytest.raises(InputError, match="it is there already"):
        to.deliver(batches(("2", 0.5)), SCHEMA)
    assert rows_in(url, "active") == [("1", 0.5)]


@pytest.mark.parametrize(
    ("to", "table", "said"),
    [
        ("postgresql://u@h/d", None, "no table of the database is named"),
        ("postgresql://u@h/d", "a.b.c", "it is no name of a table"),
        ("postgresql://u@h/d", "a.", "it is no name of a table"),
        ("postgresql://u@h:port/d", "t", "it is not a URL that SQLAlchemy knows"),
        (f"nonsense://u:{SECRET}@h/d", "t", "no database nonsense is known"),
        (f"postgresql+asyncpg9://u:{SECRET}@h/d", "t", "no database postgresql.asyncpg9 is known"),
        (f"mysql+pymysql://u:{SECRET}@h/d", "t", "the driver pymysql is not installed"),
        ("sqlite:///no/such.db", "t", "there is no file at the url's path"),
        ("sqlite://", "t", "there is no file at the url's path"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/d", "t", "the database cannot be reached"),
    ],
)
def test_what_is_wrong_with_a_database_is_said_without_its_password(
    to: str, table: str | None, said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        DatabaseTable.of(to, table, replace=False).check(SCHEMA)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_name_of_a_table_tells_neither_user_nor_password() -> None:
    to = DatabaseTable.of(
        f"postgresql://anna:{SECRET}@db.example:5433/crm?sslpassword={SECRET}", "s.t", False
    )
    assert to.name.endswith("://db.example:5433/crm table s.t")
    assert to.name.startswith("postgresql")
