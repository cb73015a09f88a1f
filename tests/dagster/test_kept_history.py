"""Databases of runs are laid out as Dagster would, the second and later ones without its migrations."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetExecutionContext,
    DagsterEventType,
    DagsterInstance,
    DataVersion,
    Output,
    StaticPartitionsDefinition,
    asset,
    materialize,
)
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from assets.lib.history import KeptEventLog, KeptStorage


def layout(file: Path) -> list[Any]:
    """Tables, indexes, version and mode of a database."""
    with sqlite3.connect(file) as connection:
        return [
            connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall(),
            connection.execute("SELECT * FROM alembic_version").fetchall(),
            connection.execute("PRAGMA journal_mode").fetchall(),
        ]


def built(file: Path) -> list[Any]:
    """Names of data that Dagster has brought into today's form."""
    with sqlite3.connect(file) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        some = [name for name in ("secondary_indexes", "secondary_indexes_v2") if name in names]
        return [connection.execute(f"SELECT name FROM {one} ORDER BY name").fetchall() for one in some]


def test_every_run_has_a_database_as_dagster_would_have_made_it(tmp_path: Path) -> None:
    folders = {kind: tmp_path / kind.__name__ for kind in (SqliteEventLogStorage, KeptEventLog)}
    with DagsterInstance.ephemeral() as instance:
        for kind, folder in folders.items():
            log = kind(str(folder))
            log.register_instance(instance)
            for run in ("one", "two", "three"):
                with log.run_connection(run):
                    pass
            log.dispose()

    for run in ("one", "two", "three"):
        plain, kept = (layout(folder / f"{run}.db") for folder in folders.values())
        assert plain == kept, run


def test_a_database_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    for _ in range(2):
        log = KeptEventLog(str(tmp_path))
        for run in ("one", "two"):
            with log.run_connection(run):
                pass
        log.dispose()

    assert layout(tmp_path / "one.db") == layout(tmp_path / "two.db")


def test_every_new_instance_is_laid_out_as_dagster_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeptStorage, "_new", {})
    plain, *kept = (tmp_path / name for name in ("plain", "first", "second", "third"))
    DagsterSqliteStorage.from_local(str(plain)).dispose()
    for folder in kept:
        KeptStorage.from_local(str(folder)).dispose()

    names = sorted(str(one.relative_to(plain)) for one in plain.rglob("*.db"))
    assert names == ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"]
    for folder in kept:
        assert sorted(str(one.relative_to(folder)) for one in folder.rglob("*.db")) == names
        for name in names:
            assert layout(folder / name) == layout(plain / name), (folder, name)
            assert built(folder / name) == built(plain / name), (folder, name)


def test_what_passes_between_steps_is_not_kept(tmp_path: Path) -> None:
    @asset
    def first() -> int:
        return 1

    @asset
    def second(first: int) -> int:
        return first + 1

    with DagsterInstance.ephemeral() as instance:
        log = KeptEventLog(str(tmp_path))
        log.register_instance(instance)
        instance._event_storage = log
        result = materialize([first, second], instance=instance)
        kept = {one.dagster_event_type for one in log.get_logs_for_run(result.run_id)}
        log.dispose()

    assert result.output_for_node("second") == 2
    between = {DagsterEventType.STEP_INPUT, DagsterEventType.LOADED_INPUT, DagsterEventType.HANDLED_OUTPUT}
    assert not between & kept
    assert {DagsterEventType.STEP_OUTPUT, DagsterEventType.ASSET_MATERIALIZATION} < kept


def test_what_an_asset_was_is_read_once_until_it_has_another_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps ask for the latest events of what they read: those of assets that nobody made since are known."""
    read: list[str] = []
    plain = SqliteEventLogStorage.get_asset_records

    def counted(log: SqliteEventLogStorage, keys: Any = None) -> Any:
        read.extend(key.to_user_string() for key in keys)
        return plain(log, keys)

    monkeypatch.setattr(SqliteEventLogStorage, "get_asset_records", counted)

    @asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
    def source(context: AssetExecutionContext) -> Output[int]:
        return Output(1, data_version=DataVersion(f"{context.partition_key} {len(read)}"))

    @asset(partitions_def=source.partitions_def)
    def reader(source: int) -> int:
        return source

    with DagsterInstance.ephemeral() as instance:
        log = KeptEventLog(str(tmp_path))
        log.register_instance(instance)
        instance._event_storage = log

        def origin() -> str:
            made = instance.get_latest_materialization_event(reader.key)
            assert made is not None
            assert made.asset_materialization is not None
            return dict(made.asset_materialization.tags or {})["dagster/input_data_version/source"]

        materialize([source, reader], instance=instance, partition_key="a", selection=[source, reader])
        first, once = origin(), len(read)
        materialize([source, reader], instance=instance, partition_key="a", selection=[reader])
        assert (origin(), len(read)) == (first, once), "nothing new was made: nothing is read again"
        materialize([source, reader], instance=instance, partition_key="a", selection=[source])
        materialize([source, reader], instance=instance, partition_key="a", selection=[reader])
        assert origin() != first, "the source was made anew: its new version is told"
        log.wipe_asset(source.key)
        assert not log.get_asset_records([source.key]), "its history is gone"
        log.dispose()
