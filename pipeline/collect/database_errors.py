"""What went wrong with a database, in words.

Belongs here: errors of drivers into messages that hold no secret and no value of a row. Does not
belong here: connections and queries (``database``).
"""

from typing import NamedTuple

import sqlalchemy
from sqlalchemy import exc

from pipeline.errors import InputError, MayPassError
from pipeline.settings import SqlConnector


class _Words(NamedTuple):
    found: str
    expected: str
    remedy: str


_QUERY = "Correct query in the connector's settings; a table or column may have another name."
_ACCESS = "Correct the url in the settings, or the environment variable that it is taken from."
_REFUSED = _Words("the database refused the user or the password", "a user that may log in", _ACCESS)
_NO_DATABASE = _Words(
    "there is no database of the url's name on the server", "the name of a database", _ACCESS
)
_NO_HOST = _Words("the host in the url is not known", "a host that the network knows", _ACCESS)
_CLOSED = _Words(
    "the database cannot be reached: nothing listens at the url's host and port",
    "a database that answers there",
    "Check that it runs, that no firewall is between, and host and port in the url.",
)
_SILENT = _Words(
    "the database cannot be reached: it did not answer in time",
    "a database that answers within seconds",
    "Check that no firewall is between, and host and port in the url.",
)
_UNREACHABLE = _Words(
    "the database cannot be reached",
    "a database that answers to the connector's url",
    "Check that it runs, and user, password, host and database in the url.",
)
_CUT = _Words(
    "the connection was cut while the query was read",
    "a query that runs to its end",
    "Nothing of it was collected. Run again; if it is cut again, see the database's log.",
)
_FULL = _Words(
    "the database takes no more connections",
    "room for one connection",
    "Run again later, or raise the number of connections that the database or the user may have.",
)
_LOCKED = _Words(
    "the database is locked by a program that writes into it",
    "a database that can be read",
    "Run again when that program is done.",
)
_NO_FILE = _Words(
    "the file of the database cannot be opened or is no database",
    "a database file that may be read",
    "Correct the path in the url, or the file's permissions.",
)

#: What may be otherwise a few minutes later.
_PASSING = (_CLOSED, _SILENT, _UNREACHABLE, _CUT, _FULL, _LOCKED)

#: By SQLSTATE, as PostgreSQL and most others give it; ``{said}`` is what the driver says.
_BY_STATE = {
    "28P01": _REFUSED,
    "28000": _REFUSED,
    "3D000": _NO_DATABASE,
    "42P01": _Words("the query names a table that is not there ({said})", "tables of the database", _QUERY),
    "42703": _Words("the query names a column that is not there ({said})", "columns of its tables", _QUERY),
    "42501": _Words(
        "the user of the url may not read this ({said})",
        "permission to read what the query names",
        "Have the database's owner grant SELECT to that user.",
    ),
    "42601": _Words("the query is not valid SQL ({said})", "a query that the database can run", _QUERY),
    "57014": _Words(
        "the database stopped the query ({said})",
        "a query that ends within the database's time limit",
        "Raise statement_timeout for that user, read less at a time (cursor), or add an index.",
    ),
    "53300": _FULL,
    "57P03": _UNREACHABLE,
}
#: Beginnings of SQLSTATEs of lost connections: connection exception, operator intervention.
_LOST_STATES = ("08", "57P")
#: Parts of what libpq says when no connection comes about: it gives no state then.
_ON_CONNECTING = (
    ("password authentication failed", _REFUSED),
    ("no password supplied", _REFUSED),
    ("role", _REFUSED),
    ("no pg_hba.conf entry", _REFUSED),
    ("database", _NO_DATABASE),
    ("resolve host", _NO_HOST),
    ("could not translate host name", _NO_HOST),
    ("Connection refused", _CLOSED),
    ("No such file or directory", _CLOSED),
    ("timeout", _SILENT),
    ("timed out", _SILENT),
    ("too many", _FULL),
    ("remaining connection slots", _FULL),
    ("unable to open database file", _NO_FILE),
)
#: Parts of what SQLite says, which has no states.
_OF_SQLITE = (
    ("no such table", _BY_STATE["42P01"]),
    ("no such column", _BY_STATE["42703"]),
    ("syntax error", _BY_STATE["42601"]),
    ("incomplete input", _BY_STATE["42601"]),
    ("locked", _LOCKED),
    ("unable to open database file", _NO_FILE),
    ("not a database", _NO_FILE),
    ("malformed", _NO_FILE),
    ("disk I/O error", _NO_FILE),
)


def unreachable(error: BaseException, where: str) -> InputError:
    """The message for a connection that did not come about; what the driver says is never shown,
    since it may hold host, user or password."""
    said = str(getattr(error, "orig", None) or error)
    words = _BY_STATE.get(_state(error)) or next(
        (words for part, words in _ON_CONNECTING if part in said), _UNREACHABLE
    )
    return (MayPassError if words in _PASSING else InputError)(where, *words)


def failed(error: exc.SQLAlchemyError, connector: SqlConnector, where: str) -> InputError:
    """The message for a query that failed or was cut. What the driver says is shown only where it
    is about the query; elsewhere it may hold a value of a row."""
    said, state = _said(error, connector), _state(error)
    if state in _BY_STATE:
        words = _BY_STATE[state]
    elif _is_lost(error, state):
        words = _CUT
    elif words_of_sqlite := next((words for part, words in _OF_SQLITE if part in said), None):
        words = words_of_sqlite
    else:
        about_query = state.startswith("42") or (not state and isinstance(error, exc.ProgrammingError))
        kind = type(getattr(error, "orig", None) or error).__name__
        reason = said if about_query else f"{kind} {state}".strip()
        words = _Words(f"the query failed ({reason})", "a query that the database can run", _QUERY)
    kind_of = MayPassError if words in _PASSING else InputError
    return kind_of(where, words.found.format(said=said), words.expected, words.remedy)


def _is_lost(error: exc.SQLAlchemyError, state: str) -> bool:
    if state:
        return state.startswith(_LOST_STATES)
    said = str(getattr(error, "orig", error))
    lost = "connection" in said and isinstance(error, exc.OperationalError)
    return lost or bool(getattr(error, "connection_invalidated", False))


def _state(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def _said(error: exc.SQLAlchemyError, connector: SqlConnector) -> str:
    """First line of what the driver says, unless it repeats a part of the URL that is secret."""
    lines = str(getattr(error, "orig", None) or "").strip().splitlines()
    said = lines[0] if lines else type(error).__name__
    url = sqlalchemy.make_url(connector.url.get_secret_value())
    secrets = [str(one) for one in (url.password, *url.query.values()) if one]
    # SQLite repeats the text of a row that is not UTF-8
    unsafe = any(one in said for one in secrets) or "with text" in said
    return type(error).__name__ if unsafe else said
