"""A table of a database as destination, through SQLAlchemy; in one transaction.

Belongs here: connecting, the table, its rows, what goes wrong with them in words. Does not belong here:
files (``destinations``), databases that are read (``collect``).

What the driver says is never shown: it may hold a password, or values of the rows.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import sqlalchemy
from sqlalchemy import event, exc

from pipeline.errors import InputError
from pipeline.tables.model import NUMBER, TEXT

#: Rows sent at once: bounds memory, and the length of a statement.
_ROWS = 5_000
_TYPES: dict[pa.DataType, type[sqlalchemy.types.TypeEngine[Any]]] = {
    TEXT: sqlalchemy.Text,
    NUMBER: sqlalchemy.Double,
}


class _Words(NamedTuple):
    found: str
    expected: str
    remedy: str


_URL = "Correct --to, or the environment variable that it is taken from."
#: By SQLSTATE, as PostgreSQL and most others give it.
_BY_STATE = {
    "42501": _Words(
        "the user may not write this table", "permission to make and fill it", "Have the owner grant it."
    ),
    "3F000": _Words(
        "there is no schema of this name", "a schema of the database", "Correct --table, or make the schema."
    ),
    "40001": _Words(
        "another transaction wrote the table at the same time",
        "a table that nobody else writes meanwhile",
        "Nothing was exported. Export again.",
    ),
    "53100": _Words("the database's disk is full", "room for the rows", "Make room and export again."),
    "28P01": _Words("the database refused the user or the password", "a user that may log in", _URL),
    "28000": _Words("the database refused the user or the password", "a user that may log in", _URL),
    "3D000": _Words("there is no database of this name on the server", "the name of a database", _URL),
}


class DatabaseTable:
    """One table of a database: made, or (``replace``) filled anew if an export made it."""

    def __init__(self, url: sqlalchemy.URL, schema: str | None, table: str, replace: bool) -> None:
        self._url, self._schema, self._table, self._replace = url, schema, table, replace

    @classmethod
    def of(cls, to: str, table: str | None, replace: bool) -> "DatabaseTable":
        """The table ``[schema.]table`` of the database at the URL ``to``. Raises ``InputError``."""
        try:
            url = sqlalchemy.make_url(to)
        except (exc.ArgumentError, ValueError):
            raise InputError(
                "--to",
                "it is not a URL that SQLAlchemy knows (it is not shown here)",
                "dialect+driver://user:password@host/database",
                _URL,
            ) from None
        if url.drivername == "postgresql" and find_spec("psycopg2") is None and find_spec("psycopg"):
            url = url.set(drivername="postgresql+psycopg")
        parts = (table or "").split(".")
        if not 1 <= len(parts) <= 2 or not all(one.strip() for one in parts):
            raise InputError(
                "--table" if table is None else f"--table {table}",
                "no table of the database is named" if table is None else "it is no name of a table",
                "--table NAME or --table SCHEMA.NAME",
                "Name the table that the rows shall go to.",
            )
        return cls(url, parts[0] if len(parts) == 2 else None, parts[-1], replace)

    @property
    def name(self) -> str:
        """URL without user, password and options, and the table."""
        url = self._url
        place = sqlalchemy.URL.create(url.drivername, host=url.host, port=url.port, database=url.database)
        return f"{place.render_as_string()} table {self._full_name}"

    @property
    def _full_name(self) -> str:
        return f"{self._schema}.{self._table}" if self._schema else self._table

    def check(self, schema: pa.Schema) -> None:
        """Raise ``InputError`` where the table cannot be made, or may not be filled anew."""
        with self._connected() as connection:
            self._is_there(connection, schema)

    def deliver(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        """Make or empty the table and fill it, in one transaction."""
        table = sqlalchemy.Table(
            self._table,
            sqlalchemy.MetaData(schema=self._schema),
            *(sqlalchemy.Column(one.name, _TYPES[one.type], nullable=one.nullable) for one in schema),
        )
        with self._connected() as connection, connection.begin():
            if self._is_there(connection, schema):
                connection.execute(table.delete())
            else:
                table.create(connection)
            for batch in batches:
                for start in range(0, batch.num_rows, _ROWS):
                    connection.execute(table.insert(), batch.slice(start, _ROWS).to_pylist())

    def _is_there(self, connection: sqlalchemy.Connection, schema: pa.Schema) -> bool:
        """Whether there is such a table. Raises ``InputError`` where there is, and it may not be filled."""
        inspector = sqlalchemy.inspect(connection)
        if not inspector.has_table(self._table, schema=self._schema):
            return False
        where = f"table {self._full_name}"
        if not self._replace:
            raise InputError(
                where,
                "it is there already",
                "a new table, or --replace",
                "Name another table, or say --replace to fill it anew.",
            )
        columns = [one["name"] for one in inspector.get_columns(self._table, schema=self._schema)]
        if columns != list(schema.names):
            raise InputError(
                where,
                f"it has other columns than this export ({', '.join(columns[:12])})",
                f"a table that an export of this form made ({', '.join(schema.names)})",
                "Nothing of it was touched. Name another table, or drop this one by hand.",
            )
        return True

    @contextmanager
    def _connected(self) -> Iterator[sqlalchemy.Connection]:
        database = self._database()
        try:
            try:
                connection = database.connect()
            except (exc.SQLAlchemyError, OSError) as error:
                raise self._failed(error, "the database cannot be reached") from None
            with connection:
                try:
                    yield connection
                except (exc.SQLAlchemyError, ValueError) as error:
                    raise self._failed(error, "the database did not take the rows") from None
        finally:
            database.dispose()

    def _database(self) -> sqlalchemy.Engine:
        path = self._url.database
        is_sqlite = self._url.get_backend_name() == "sqlite"
        if is_sqlite and not (path and Path(path).is_file()):
            raise InputError("--to", "there is no file at the url's path", "a SQLite database", _URL)
        waiting = {"connect_timeout": 15} if self._url.drivername.startswith("postgresql+psycopg") else {}
        try:
            # two exports into one table at once: the second is refused, not added
            database = sqlalchemy.create_engine(
                self._url, hide_parameters=True, isolation_level="SERIALIZABLE", connect_args=waiting
            )
        except (exc.ArgumentError, exc.NoSuchModuleError, ValueError):
            raise InputError(
                "--to",
                f"no database {self._url.drivername} is known",
                "dialect+driver://user:password@host/database",
                _URL,
            ) from None
        except ImportError as error:
            raise InputError(
                "--to",
                f"the driver {error.name or 'of the database'} is not installed",
                "the Python package of the database's driver",
                "Install it beside customer-segments, for instance psycopg for PostgreSQL.",
            ) from None
        if is_sqlite:
            _in_transactions(database)
        return database

    def _failed(self, error: BaseException, what: str) -> InputError:
        state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
        kind = f"{type(getattr(error, 'orig', None) or error).__name__} {state}".strip()
        words = _BY_STATE.get(state) or _Words(
            f"{what} ({kind})",
            "a database that answers and takes the rows",
            "Nothing was exported. Check that it runs, and host, database and user of --to.",
        )
        return InputError(self.name, *words)


def _in_transactions(database: sqlalchemy.Engine) -> None:
    """Python's SQLite begins no transaction before a table is made, which would stay when the rows fail.
    Source: SQLAlchemy, dialects, "SQLite transactions"."""

    @event.listens_for(database, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(database, "begin")
    def begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
