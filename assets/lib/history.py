"""Dagster's own SQLite databases, with connections that are kept open while a run goes on.

Belongs here: how events and runs are stored while this process runs a project. Does not belong
here: which instance a project has (``instance``).

Dagster opens a connection, and so plans every statement anew, for each of the hundreds of events
of a period; closing the last one also folds SQLite's log back into the database. The files and
their layout are Dagster's: its UI and daemon read them with their own classes.
"""

import sqlite3
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from dagster import AssetKey, DagsterEventType, EventLogEntry
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

#: Events between steps of one process: a third of all, and the UI shows them nowhere but in the log of a run.
#: What was read and written is told by materializations.
_BETWEEN_STEPS = {
    DagsterEventType.STEP_INPUT,
    DagsterEventType.LOADED_INPUT,
    DagsterEventType.HANDLED_OUTPUT,
}


def _engine(address: str) -> Engine:
    """An engine that keeps one connection. A transaction outlives a killed process, and the database
    a loss of power, but then perhaps without the latest events: they are history, not data."""
    engine = create_engine(
        address, poolclass=QueuePool, pool_size=1, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine


def _form(connection: Connection) -> list[str]:
    """Statements that lay out an empty database as the one behind ``connection`` is."""
    made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index', rowid"
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return [
        "PRAGMA journal_mode = WAL",
        *connection.exec_driver_sql(made).scalars(),
        f"INSERT INTO alembic_version (version_num) VALUES ('{version}')",
    ]


def _content(file: Path) -> bytes:
    """A database as one file, what is still in its log included."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.serialize()


class KeptEventLog(SqliteEventLogStorage):
    """The event log: the index and the run under way stay open, other runs are closed."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._form: list[str] = []
        self._records: dict[AssetKey, AssetRecord | None] = {}
        self._tags: dict[AssetKey, dict[Hashable, Mapping[str, Mapping[str, str]]]] = {}
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._kept(shard)
            if shard not in self._initialized_dbs:
                self._made(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _made(self, engine: Engine) -> None:
        """Lay out a database. Dagster reads its migrations for each, that is for each run; those of runs are
        all alike, so the second is laid out as the first was."""
        with engine.connect() as connection:
            is_new = not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
            if not is_new or not self._form:
                self._initdb(engine)
            else:
                for statement in self._form:
                    connection.exec_driver_sql(statement)
                connection.commit()
            if is_new and not self._form:
                self._form = _form(connection)

    def _kept(self, shard: str) -> Engine:
        if shard not in self._engines:
            for other in set(self._engines) - {INDEX_SHARD_NAME}:
                self._engines.pop(other).dispose()
            self._engines[shard] = _engine(self.conn_string_for_shard(shard))
        return self._engines[shard]

    def store_event(self, event: EventLogEntry) -> None:
        """Keep an event, unless it is one of those that nobody looks for."""
        if event.dagster_event_type not in _BETWEEN_STEPS:
            super().store_event(event)
            if event.dagster_event is not None and (key := event.dagster_event.asset_key) is not None:
                self._forget(key)

    def wipe_asset(self, asset_key: AssetKey) -> None:
        """Forget what an asset's history was."""
        super().wipe_asset(asset_key)
        self._forget(asset_key)

    def _forget(self, key: AssetKey) -> None:
        self._records.pop(key, None)
        self._tags.pop(key, None)

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """Latest events of assets. Every step asks for those of all that it reads, to tell what its data came
        from; they are read again after another event of the asset. Nobody else writes meanwhile."""
        if asset_keys is None:
            return super().get_asset_records()
        unknown = [key for key in asset_keys if key not in self._records]
        if unknown:
            found = {one.asset_entry.asset_key: one for one in super().get_asset_records(unknown)}
            self._records.update({key: found.get(key) for key in unknown})
        return [record for key in asset_keys if (record := self._records[key]) is not None]

    def get_latest_tags_by_partition(
        self,
        asset_key: AssetKey,
        event_type: DagsterEventType,
        tag_keys: Sequence[str],
        asset_partitions: Sequence[str] | None = None,
        before_cursor: int | None = None,
        after_cursor: int | None = None,
    ) -> Mapping[str, Mapping[str, str]]:
        """Tags of the latest events of partitions, kept like the records of assets."""
        partitions = None if asset_partitions is None else tuple(asset_partitions)
        asked = (event_type, tuple(tag_keys), partitions, before_cursor, after_cursor)
        known = self._tags.setdefault(asset_key, {})
        if asked not in known:
            known[asked] = super().get_latest_tags_by_partition(
                asset_key, event_type, tag_keys, partitions, before_cursor, after_cursor
            )
        return known[asked]

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked for most events, and none is ever dropped."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()


class KeptRuns(SqliteRunStorage):
    """The list of runs, in one connection."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._kept = _engine(conn_string)
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction in the kept connection; a second one at the same time gets its own."""
        with self._kept.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        self._kept.dispose()


class KeptStorage(DagsterSqliteStorage):
    """Dagster's default storage with kept connections.

    Its migrations lay out a new instance in a third of a second; those of one process are all alike, so the
    second begins as the first did.
    """

    _new: ClassVar[dict[str, bytes]] = {}

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        folder = Path(base_dir)
        is_new = not any(folder.rglob("*.db"))
        for name, content in self._new.items() if is_new else ():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        super().__init__(base_dir, inst_data)
        if is_new and not self._new:
            self._new.update({str(one.relative_to(folder)): _content(one) for one in folder.rglob("*.db")})
        self._run_storage = KeptRuns(self._run_storage._conn_string)
        self._event_log_storage = KeptEventLog(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptStorage":
        """Called by Dagster with the settings of the storage."""
        return cls.from_local(inst_data=inst_data, **config_value)
