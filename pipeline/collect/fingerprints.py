"""Whether a source may have changed, cheaply.

Belongs here: digests of what a source consists of. Does not belong here: which rows are new
(``collecting``).
"""

import hashlib
import json

from pipeline.collect import database, filetables
from pipeline.collect.sharing import Shared
from pipeline.settings import Connector, HttpConnector, Project, SqlConnector


def fingerprint(project: Project, name: str, since: str | None = None, shared: Shared | None = None) -> str:
    """Digest that changes when the source, or one of its lookups, changes.

    Files: names, sizes, times of change, behind URLs the store's version of them; their content is
    read only where a store gives no version. Queries and addresses with a cursor: its greatest
    value (looked for from ``since`` on, where the source is read page by page), so rows that bear
    the same value are not told apart. Others have no cheap way: they are read and their rows
    digested, whatever their order, so that equal content gives an equal digest. Settings are not
    part of it. What ``shared`` knows is not looked at again. Raises ``InputError`` like reading does.
    """
    shared = shared or Shared()
    own = _state(project, project.sources[name].connector, name, since, shared)
    return _digest([own, *_lookups(project, name, shared)])


def lookups_fingerprint(project: Project, name: str, shared: Shared | None = None) -> str:
    """Digest that changes when a lookup of the source changes; tables in the settings are none of it."""
    return _digest(_lookups(project, name, shared or Shared()))


def column_types(project: Project, name: str) -> dict[str, str]:
    """Types of the columns of a query, where its database says them; of other sources none.

    Queries are collected as text, so that a changed type would pass for changed rows: 9 and 9.00.
    Raises ``InputError`` like reading does.
    """
    connector = project.sources[name].connector
    return database.column_types(connector, f"source {name}") if isinstance(connector, SqlConnector) else {}


def _lookups(project: Project, name: str, shared: Shared) -> list[list[list[str | int]]]:
    return [
        _state(project, lookup.connector, name, None, shared)
        for lookup in project.sources[name].lookups
        if lookup.connector is not None
    ]


def _state(
    project: Project, connector: Connector, name: str, since: str | None, shared: Shared
) -> list[list[str | int]]:
    return shared.state(connector, since, lambda: _parts(project, connector, name, since))


def _parts(project: Project, connector: Connector, name: str, since: str | None) -> list[list[str | int]]:
    where = f"source {name}"
    if isinstance(connector, SqlConnector):
        if connector.cursor is not None:
            return [["newest", database.newest(connector, where) or ""]]
        return [[database.content_aggregate(connector, where)]]
    if isinstance(connector, HttpConnector):
        from pipeline.collect import http  # its client is not cheap to import

        if connector.cursor is not None:
            return [["newest", http.newest(connector, where, since) or ""]]
        return [[http.content_aggregate(connector, where)]]
    return [filetables.state(file) for file in filetables.find(project, connector)]


def _digest(parts: list[list[list[str | int]]]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
