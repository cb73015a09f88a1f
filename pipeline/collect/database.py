"""Queries against databases, streamed through SQLAlchemy.

Belongs here: rows of a query as text in Arrow tables of bounded size, and messages that never
show the URL. Does not belong here: files.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa
import sqlalchemy
from sqlalchemy import exc

from pipeline.engine.values import raw_name
from pipeline.errors import InputError
from pipeline.settings import SqlConnector

_BATCH_ROWS = 20_000
#: What rows of a query name as their ``_file``.
QUERY = "query"


def batches(connector: SqlConnector, where: str) -> Iterator[pa.Table]:
    """Rows of the query with ``_file``, ``_row`` (order of arrival) and a text column each.

    Every value becomes text, decimals and timestamps exactly (ISO 8601), so that no batch
    decides about types. Raises ``InputError``.
    """
    with _result(connector, where) as result:
        names = list(map(str, tuple(result.keys())))
        folded = [one.casefold() for one in names]
        if twice := sorted({one for one, low in zip(names, folded, strict=True) if folded.count(low) > 1}):
            raise InputError(
                where,
                f"the query gives the column {', '.join(twice)} more than once",
                "every column named once",
                "Name the columns apart with AS.",
            )
        first = 1
        for rows in _chunks(result):
            columns = {
                raw_name(name): pa.array([_text(row[at]) for row in rows], pa.string())
                for at, name in enumerate(names)
            }
            counted = pa.array(range(first, first + len(rows)), pa.int64())
            yield pa.table({"_file": pa.array([QUERY] * len(rows), pa.string()), "_row": counted, **columns})
            first += len(rows)


def content_aggregate(connector: SqlConnector, where: str) -> str:
    """Count of the query's rows and the sum of their digests, whatever their order."""
    rows_count, total = 0, 0
    with _result(connector, where) as result:
        names = "\x1f".join(map(str, tuple(result.keys())))
        for rows in _chunks(result):
            for row in rows:
                content = json.dumps([_text(value) for value in row])
                total += int.from_bytes(hashlib.md5(content.encode(), usedforsecurity=False).digest())
            rows_count += len(rows)
    return f"{names}:{rows_count}:{total % 2**128:032x}"


def _chunks(result: "sqlalchemy.CursorResult[Any]") -> Iterator[list[Any]]:
    """Lists of rows; an empty result gives one empty list, so that its columns are known."""
    rows = list(result.fetchmany(_BATCH_ROWS))
    yield rows
    while rows:
        rows = list(result.fetchmany(_BATCH_ROWS))
        if rows:
            yield rows


@contextmanager
def _result(connector: SqlConnector, where: str) -> Iterator["sqlalchemy.CursorResult[Any]"]:
    try:
        database = sqlalchemy.create_engine(connector.url.get_secret_value(), hide_parameters=True)
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
    try:
        yield from _running(database, connector, where)
    finally:
        database.dispose()


def _running(
    database: sqlalchemy.Engine, connector: SqlConnector, where: str
) -> Iterator["sqlalchemy.CursorResult[Any]"]:
    try:
        connection = database.connect()
    except (exc.SQLAlchemyError, OSError):
        # the driver's message may hold host, user or password: it is not shown, nor chained
        raise InputError(
            where,
            "the database cannot be reached",
            "a database that answers to the connector's url",
            "Check that it runs, and user, password, host and database in the url.",
        ) from None
    with connection:
        try:
            result = connection.execution_options(stream_results=True, yield_per=_BATCH_ROWS).execute(
                sqlalchemy.text(connector.query)
            )
        except exc.SQLAlchemyError as error:
            raise InputError(
                where,
                f"the query failed ({_reason(error, connector)})",
                "a query that the database can run",
                "Correct query in the connector's settings; a table or column may have another name.",
            ) from None
        try:
            yield result
        except exc.SQLAlchemyError as error:
            raise InputError(
                where,
                f"the query broke off ({_reason(error, connector)})",
                "a query that runs to its end",
                "Run again; if it breaks off again, see the database's log.",
            ) from None


def _reason(error: exc.SQLAlchemyError, connector: SqlConnector) -> str:
    """First line of what the driver says, unless it repeats a part of the URL that is secret."""
    said = (str(getattr(error, "orig", None) or "").strip().splitlines() or [type(error).__name__])[0]
    url = sqlalchemy.make_url(connector.url.get_secret_value())
    secrets = [str(one) for one in (url.password, *url.query.values()) if one]
    return type(error).__name__ if any(one in said for one in secrets) else said


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)
