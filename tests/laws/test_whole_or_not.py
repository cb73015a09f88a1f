"""Law L5 at the level of files: whatever instant a publication is cut off at, a reader sees a whole one."""

import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.engine import Engine, Lake
from pipeline.engine.writing import write_partitions
from pipeline.publish import swap
from pipeline.publish.manifest import Manifest, published_folder, read_manifest, verify
from pipeline.settings import Project
from tests.unit.publish.world import World, plain_documents

NOW = datetime(2024, 6, 1, tzinfo=UTC)


class Killed(BaseException):
    """Stands for SIGKILL: nothing after it runs, not even clean-up."""


def content(lake: Lake) -> dict[str, dict[str, str]]:
    manifest = read_manifest(lake)
    assert manifest is not None
    return {
        name: {period: one.content_digest for period, one in table.periods.items()}
        for name, table in manifest.tables.items()
    }


def test_a_run_cut_off_at_any_step_leaves_the_last_publication_and_the_next_run_completes(
    engine: Engine, write_project: Callable[..., Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "write_documents", plain_documents)
    project = write_project(last_period="2024-04")
    worlds = {"old": World(customers=5, periods=1), "new": World(customers=6, periods=1, seed=8)}
    tables: Any = {name: world.bound(engine, "2024-01") for name, world in worlds.items()}

    def publish(lake: Lake, name: str) -> None:
        swap.publish_period(engine, lake, project, "2024-01", tables[name], {"fingerprint": name}, NOW)

    def copied(name: str) -> Lake:
        return Lake(shutil.copytree(started.root, tmp_path / name, symlinks=True))

    started = Lake(tmp_path / "started")
    publish(started, "old")
    expected = copied("expected")
    with monkeypatch.context() as patch:
        counter = _cut_at(patch, None)
        publish(expected, "new")
    steps = counter[0]
    assert steps > 40

    seen = set()
    # a few instants while staging, and every one around the swap
    for cut in sorted({*range(0, steps, steps // 5), *range(steps - 5, steps)}):
        lake = copied(f"cut{cut}")
        with monkeypatch.context() as patch:
            _cut_at(patch, cut)
            with pytest.raises(Killed):
                publish(lake, "new")
        assert verify(lake) == [], f"cut at step {cut} of {steps}"
        seen.add("new" if content(lake) == content(expected) else "old")
        if seen == {"old"}:
            assert content(lake) == content(started)
        publish(lake, "new")
        assert verify(lake) == []
        assert content(lake) == content(expected)
        assert read_manifest(lake).publication == 2  # type: ignore[union-attr]
        assert not list(lake.root.glob(".*partial*"))
        assert {path.name for path in (lake.root / "publications").iterdir() if path.is_dir()} == {"1", "2"}
    assert seen == {"old", "new"}


def test_a_reader_who_followed_the_link_once_keeps_a_whole_publication(
    engine: Engine, write_project: Callable[..., Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "write_documents", plain_documents)
    project, lake, world = (
        write_project(last_period="2024-04"),
        Lake(tmp_path / "lake"),
        World(customers=5, periods=3),
    )
    opened = None
    for period in world.periods[:2]:
        tables: Any = world.bound(engine, period)
        swap.publish_period(engine, lake, project, period, tables, {}, NOW)
        if opened is None:
            opened = published_folder(lake).resolve()
    assert opened is not None
    manifest = Manifest.model_validate_json((opened / "manifest.json").read_text())
    assert list(manifest.periods) == ["2024-01"]
    assert (opened / "segment_flows/2024-01.parquet").is_file()


def test_a_table_that_breaks_off_leaves_all_its_partitions_as_they_were(tmp_path: Path) -> None:
    schema = pa.schema([("customer_id", pa.string())])
    paths = {period: tmp_path / f"period={period}" / "part-0.parquet" for period in ("2024-01", "2024-02")}

    def batches(value: str, breaks: bool) -> Iterator[pa.RecordBatch]:
        for period in paths:
            yield pa.RecordBatch.from_pydict({"period": [period], "customer_id": [value]})
        if breaks:
            raise Killed

    write_partitions(batches("old", breaks=False), schema, paths)
    with pytest.raises(Killed):
        write_partitions(batches("new", breaks=True), schema, paths)
    for path in paths.values():
        assert pq.read_table(path, partitioning=None).to_pylist() == [{"customer_id": "old"}]
        assert [one.name for one in path.parent.iterdir()] == ["part-0.parquet"]
    write_partitions(batches("new", breaks=False), schema, paths)
    assert {pq.read_table(path, partitioning=None)["customer_id"][0].as_py() for path in paths.values()} == {
        "new"
    }


#: Every change of the lake passes one of these.
_CALLS = ("os.fsync", "os.link", "pathlib.Path.replace", "pathlib.Path.symlink_to", "shutil.rmtree")


def _cut_at(patch: pytest.MonkeyPatch, cut: int | None) -> list[int]:
    """Raise ``Killed`` at call number ``cut`` of those that change the lake, and at every later one."""
    counter = [0]

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            # finalizers of dead engines, and other libraries, may call these at any time: not our steps
            if not sys._getframe(1).f_globals["__name__"].startswith("pipeline."):
                return original(*args, **options)
            if cut is not None and counter[0] >= cut:
                raise Killed
            counter[0] += 1
            return original(*args, **options)

        return call

    for name in _CALLS:
        owner_name, _, attribute = name.rpartition(".")
        owner: Any = {"os": os, "shutil": shutil, "pathlib.Path": pathlib.Path}[owner_name]
        patch.setattr(owner, attribute, counted(getattr(owner, attribute)))
    return counter
