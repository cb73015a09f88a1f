"""Queries against databases, streamed through SQLAlchemy.

Belongs here: rows of a query as text in Arrow tables of bounded size, all of them or those from a
cursor's value on. Does not belong here: files, and words for what went wrong (``database_errors``).

One statement reads all rows, so they are one consistent state of the database.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import sqlalchemy
from sqlalchemy import exc

from pipeline.collect.database_errors import failed, unreachable
from pipeline.engine.values import raw_name
from pipeline.errors import InputError
from pipeline.settings import SqlConnector

_BATCH_ROWS = 20_000
#: What rows of a query name as their ``_file``.
QUERY = "query"
#: A lost network is noticed within minutes, a host that does not answer at once.
_PATIENCE = {
    "connect_timeout": 15,
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}
_ALIKE = {"int2": "integer", "int4": "integer", "int8": "integer", "varchar": "text", "name": "text"}
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w)(?!\w+:)")


def batches(connector: SqlConnector, where: str, since: str | None = None) -> Iterator[pa.Table]:
    """Rows of the query with ``_file``, ``_row`` (order of arrival) and a text column each.

    Every value becomes text, decimals exactly, times as ISO 8601 (with a zone: in UTC), so that
    no batch decides about types. ``since`` (text, as ``newest`` gives it): only rows whose cursor
    is at least that, by the cursor; rows without a value there always come. Raises ``InputError``.
    """
    with connected(connector, where) as connection:
        statement = _all(connector) if since is None else _from(connection, connector, where, since)
        result = connection.execution_options(stream_results=True, yield_per=_BATCH_ROWS).execute(statement)
        names = list(map(str, tuple(result.keys())))
        _check_names(names, where)
        first = 1
        for rows in _chunks(result):
            columns = {
                raw_name(name): pa.array([_text(row[at]) for row in rows], pa.string())
                for at, name in enumerate(names)
            }
            counted = pa.array(range(first, first + len(rows)), pa.int64())
            yield pa.table({"_file": pa.array([QUERY] * len(rows), pa.string()), "_row": counted, **columns})
            first += len(rows)


def newest(connector: SqlConnector, where: str) -> str | None:
    """The greatest value of the connector's cursor as text; none when no row has one.

    The database finds it; with an index on the column that is quick. Raises ``InputError``.
    """
    cursor = _cursor(connector, _rows_of(connector))
    # not max(), which some types lack
    known = sqlalchemy.select(cursor).where(cursor.is_not(None)).order_by(cursor.desc()).limit(1)
    with connected(connector, where) as connection:
        _check_cursor(connection, connector, where)
        return _text(connection.execute(known).scalar())


def column_types(connector: SqlConnector, where: str) -> dict[str, str]:
    """Type of each column of the query, where the database says it (PostgreSQL does, SQLite not);
    types whose values look alike as text are one. Raises ``InputError``."""
    nothing = sqlalchemy.select(sqlalchemy.text("q.*")).where(sqlalchemy.false())
    with connected(connector, where) as connection:
        adapters = getattr(connection.connection.dbapi_connection, "adapters", None)
        if adapters is None:
            return {}
        result = connection.execute(nothing.select_from(_rows_of(connector)))
        described = getattr(result.cursor, "description", None) or ()
        return {str(one.name): _kind(adapters.types.get(one.type_code), one) for one in described}


def _kind(known: Any, column: Any) -> str:
    if known is None:
        return f"type {column.type_code}"
    name = str(known.name)
    # another number of decimals is another text
    return f"{name} with {column.scale} decimals" if column.scale is not None else _ALIKE.get(name, name)


def content_aggregate(connector: SqlConnector, where: str) -> str:
    """Count of the query's rows and the sum of their digests, whatever their order."""
    rows_count, total = 0, 0
    with connected(connector, where) as connection:
        result = connection.execution_options(stream_results=True, yield_per=_BATCH_ROWS).execute(
            _all(connector)
        )
        names = "\x1f".join(map(str, tuple(result.keys())))
        for rows in _chunks(result):
            for row in rows:
                content = json.dumps([_text(value) for value in row])
                total += int.from_bytes(hashlib.md5(content.encode(), usedforsecurity=False).digest())
            rows_count += len(rows)
    return f"{names}:{rows_count}:{total % 2**128:032x}"


def _all(connector: SqlConnector) -> sqlalchemy.TextClause:
    # ends with a line break: the last line may be a comment, and brackets come around
    return sqlalchemy.text(_PARAMETER.sub(r"\\:", connector.query.rstrip().rstrip(";")) + "\n")


def _rows_of(connector: SqlConnector) -> "sqlalchemy.FromClause":
    return _all(connector).columns(sqlalchemy.column(connector.cursor or "")).subquery("q")


def _cursor(connector: SqlConnector, rows: "sqlalchemy.FromClause") -> "sqlalchemy.ColumnElement[Any]":
    if connector.cursor is None:
        raise ValueError("the connector has no cursor")
    return rows.c[connector.cursor]


def _from(
    connection: sqlalchemy.Connection, connector: SqlConnector, where: str, since: str
) -> "sqlalchemy.Executable":
    """The query's rows from ``since`` on, the value bound with the type that the column has."""
    rows = _rows_of(connector)
    cursor = _cursor(connector, rows)
    _check_cursor(connection, connector, where)
    found = connection.execute(sqlalchemy.select(cursor).where(cursor.is_not(None)).limit(1)).scalar()
    if found is None:
        return _all(connector)
    # no type of SQLAlchemy: the driver knows best what the value is in its database
    bound = sqlalchemy.bindparam("since", _like(found, since, connector, where), sqlalchemy.types.NullType())
    wanted = sqlalchemy.or_(cursor >= bound, cursor.is_(None))
    return sqlalchemy.select(sqlalchemy.text("q.*")).select_from(rows).where(wanted).order_by(cursor)


def _check_cursor(connection: sqlalchemy.Connection, connector: SqlConnector, where: str) -> None:
    nothing = (
        sqlalchemy.select(sqlalchemy.text("q.*")).select_from(_rows_of(connector)).where(sqlalchemy.false())
    )
    names = list(map(str, tuple(connection.execute(nothing).keys())))
    if connector.cursor not in names:
        raise InputError(
            where,
            f"the query gives no column {connector.cursor}; it gives: {', '.join(names)}",
            "the column that cursor names, written alike",
            "Correct cursor in the connector's settings, or add the column to the query.",
        )


def _like(found: Any, since: str, connector: SqlConnector, where: str) -> Any:
    """``since`` as a value of the type of ``found``."""
    try:
        value = _typed(found, since)
    except (ValueError, ArithmeticError):
        value = None
    if value is None or (isinstance(found, datetime) and (found.tzinfo is None) != (value.tzinfo is None)):
        raise InputError(
            where,
            f"the cursor {connector.cursor} holds values of another type than at the last collection"
            f" ({type(found).__name__} now)",
            "a cursor whose type stays",
            "Give the column its former type in the query (CAST), or take cursor out of the settings to"
            " read everything again.",
        )
    return value


def _typed(found: Any, since: str) -> Any:
    for kind, read in (
        (bool, None),
        (str, str),
        (int, int),
        (Decimal, Decimal),
        (float, float),
        (datetime, datetime.fromisoformat),
        (date, date.fromisoformat),
        (UUID, UUID),
        (bytes, bytes.fromhex),
    ):
        if isinstance(found, kind):
            return read(since) if read else None
    return None


def _check_names(names: list[str], where: str) -> None:
    folded = [one.casefold() for one in names]
    if twice := sorted({one for one, low in zip(names, folded, strict=True) if folded.count(low) > 1}):
        raise InputError(
            where,
            f"the query gives the column {', '.join(twice)} more than once",
            "every column named once",
            "Name the columns apart with AS.",
        )


def _chunks(result: "sqlalchemy.CursorResult[Any]") -> Iterator[list[Any]]:
    """Lists of rows; an empty result gives one empty list, so that its columns are known."""
    rows = list(result.fetchmany(_BATCH_ROWS))
    yield rows
    while rows:
        rows = list(result.fetchmany(_BATCH_ROWS))
        if rows:
            yield rows


@contextmanager
def connected(connector: SqlConnector, where: str) -> Iterator[sqlalchemy.Connection]:
    """A connection; whatever the database says against it or a query is an ``InputError``."""
    database = _database(connector, where)
    try:
        try:
            connection = database.connect()
        except (exc.SQLAlchemyError, OSError) as error:
            # the driver's message may hold host, user or password: it is not shown, nor chained
            raise unreachable(error, where) from None
        with connection:
            try:
                yield connection
            except exc.SQLAlchemyError as error:
                raise failed(error, connector, where) from None
    finally:
        database.dispose()


def _database(connector: SqlConnector, where: str) -> sqlalchemy.Engine:
    try:
        url = sqlalchemy.make_url(connector.url.get_secret_value())
        patience = _PATIENCE if url.drivername in ("postgresql+psycopg", "postgresql+psycopg2") else {}
        given = {key: value for key, value in patience.items() if key not in url.query}
        database = sqlalchemy.create_engine(url, hide_parameters=True, connect_args=given)
    except (exc.ArgumentError, exc.NoSuchModuleError, ValueError):
        raise InputError(
            where,
            "the database's URL is not one that SQLAlchemy knows (it is not shown here)",
            "dialect+driver://user:password@host/database",
            "Correct url in the connector's settings.",
        ) from None
    except ImportError as error:
        raise InputError(
            where,
            f"the driver {error.name or 'of the database'} is not installed",
            "the Python package of the database's driver",
            "Install it beside customer-segments, for instance psycopg for PostgreSQL.",
        ) from None
    _check_file(url, where)
    return database


def _check_file(url: sqlalchemy.URL, where: str) -> None:
    """SQLite would make a missing file, empty, and then miss the tables."""
    path = url.database
    if url.get_backend_name() != "sqlite" or not path or path.startswith((":", "file:")):
        return
    if not Path(path).is_file():
        raise InputError(
            where,
            "the database cannot be reached: there is no file at the url's path (it is not shown here)",
            "the file of a SQLite database",
            "Correct the path in the url (relative to the project's YAML), or put the file there.",
        )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        # the zone of the session must not change what is read
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)
