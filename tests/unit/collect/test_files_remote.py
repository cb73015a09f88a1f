"""Object stores by URL: the same rows as from a folder, whole or not at all, no secret shown.

``memory://`` is a store of fsspec like ``s3://``; http is tested against a real server, see
``tests/integration/test_file_connectors.py``.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.collect import filetables, fingerprint, read_source
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.settings import load_project
from tests.conftest import shop_settings
from tests.unit.collect.test_files_csv import HEADER, error_of, project_with

ROW = "7,{},2024-01-05,P1,1,9\n"


@pytest.fixture
def store() -> Iterator[Any]:
    """An object store that is empty before and after."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()


def orders_of(engine: Engine, project: Any) -> list[tuple[str, str]]:
    rows = read_source(engine, project, "till").order_by("_file", "_row").to_pyarrow().to_pylist()
    return [(one["_file"], one["order"]) for one in rows]


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("memory://bucket/tills/a.csv", ["a.csv"]),
        ("memory://bucket/tills", ["a.csv", "inner/b.csv.gz"]),
        ("memory://bucket/tills/*.csv", ["a.csv"]),
        ("memory://bucket/tills/**/*.gz", ["inner/b.csv.gz"]),
    ],
)
def test_files_globs_and_folders_of_a_store(
    place: str, names: list[str], store: Any, engine: Engine, write_project: Any
) -> None:
    store.pipe("/bucket/tills/a.csv", (HEADER + ROW.format("A1")).encode())
    store.pipe("/bucket/tills/inner/b.csv.gz", gzip.compress((HEADER + ROW.format("B1")).encode()))
    store.pipe("/bucket/tills/notes.md", b"no data")

    found = orders_of(engine, project_with(write_project, path=place))

    assert [name for name, _ in found] == names
    assert [order for _, order in found] == [
        name[-8 if name.endswith("gz") else 0].upper() + "1" for name in names
    ]


def test_parquet_json_lines_and_workbooks_of_a_store(
    store: Any, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    names = HEADER.strip().split(",")
    pq.write_table(pa.table({one: ["A1"] for one in names}), tmp_path / "x.parquet")
    book = openpyxl.Workbook()
    book.active.append(names)
    book.active.append(["A1"] * 6)
    book.save(tmp_path / "x.xlsx")
    (tmp_path / "x.jsonl").write_text("{" + ", ".join(f'"{one}": "A1"' for one in names) + "}\n")
    for suffix, kind in (("parquet", "parquet"), ("xlsx", "excel"), ("jsonl", "jsonl")):
        store.pipe(f"/b/x.{suffix}", (tmp_path / f"x.{suffix}").read_bytes())
        project = project_with(write_project, path=f"memory://b/x.{suffix}", format=kind)

        assert orders_of(engine, project) == [(f"x.{suffix}", "A1")]


def test_a_file_url_is_a_local_path(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + ROW.format("A1"))

    assert orders_of(engine, project_with(write_project, path=f"file://{tmp_path}/*.csv")) == [
        ("a.csv", "A1")
    ]


def test_local_and_remote_places_in_one_source(
    store: Any, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    store.pipe("/b/orders.csv", (HEADER + ROW.format("R1")).encode())
    (tmp_path / "orders.csv").write_text(HEADER + ROW.format("L1"))

    project = project_with(write_project, path=["orders.csv", "memory://b/orders.csv"])

    assert orders_of(engine, project) == [("1/orders.csv", "L1"), ("2/orders.csv", "R1")]


def test_the_fingerprint_sees_what_changed_in_a_store(store: Any, write_project: Any) -> None:
    project = project_with(write_project, path="memory://b/tills")
    store.pipe("/b/tills/a.csv", b"same size")
    seen = [fingerprint(project, "till"), fingerprint(project, "till")]
    store.pipe("/b/tills/a.csv", b"size same")
    seen.append(fingerprint(project, "till"))
    store.pipe("/b/tills/b.csv", b"new")
    seen.append(fingerprint(project, "till"))

    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


def test_a_store_that_tells_no_version_is_known_by_content(
    store: Any, write_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_with(write_project, path="memory://b/a.csv")
    info = type(store).info
    monkeypatch.setattr(
        type(store),
        "info",
        lambda self, path, **more: {
            key: value for key, value in info(self, path, **more).items() if key in ("name", "size", "type")
        },
    )
    store.pipe("/b/a.csv", b"same size")
    first = fingerprint(project, "till")
    store.pipe("/b/a.csv", b"same size")
    assert fingerprint(project, "till") == first

    store.pipe("/b/a.csv", b"size same")
    assert fingerprint(project, "till") != first


def test_an_object_replaced_during_the_download_is_an_error(
    store: Any, engine: Engine, write_project: Any
) -> None:
    store.pipe("/b/a.csv", (HEADER + ROW.format("A1")).encode())
    project = project_with(write_project, path="memory://b/a.csv")
    connector = project.sources["till"].connector
    found = filetables.find(project, connector)
    store.pipe("/b/a.csv", (HEADER + ROW.format("A2")).encode())

    with pytest.raises(InputError, match=r"a\.csv: the file changed, or broke off, while it was downloaded"):
        list(filetables._fetched(engine, found, connector))


BAD = {
    "nothing there": ("memory://b/none.csv", "there is no such file", "memory://b/none.csv"),
    "an empty folder": ("memory://b/*.csv", "there is no such file", "memory://b/*.csv"),
    "an unknown scheme": ("nosuch://bucket/a.csv", "could not be read (ValueError)", "nosuch://bucket/a.csv"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_urls_are_one_clear_error(case: str, store: Any, engine: Engine, write_project: Any) -> None:
    place, found, where = BAD[case]

    error = error_of(engine, project_with(write_project, path=place))

    assert error.where == where
    assert found in error.found


def test_an_empty_object_is_an_error(store: Any, engine: Engine, write_project: Any) -> None:
    store.pipe("/b/a.csv", b"")

    assert (
        error_of(engine, project_with(write_project, path="memory://b/a.csv")).found == "the file has 0 bytes"
    )


def test_a_store_whose_package_is_missing_names_the_package(engine: Engine, write_project: Any) -> None:
    error = error_of(engine, project_with(write_project, path="s3://bucket/orders.csv"))

    assert "s3fs" in error.remedy
    assert "not installed" in error.found


def test_secrets_come_from_the_environment_and_are_never_shown(
    store: Any, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_KEY", "hunter2")
    settings = shop_settings()
    settings["sources"]["till"]["connector"] |= {
        "path": "s3://user:${STORE_KEY}@bucket/orders.csv?token=${STORE_KEY}",
        "storage_options": {"key": "${STORE_KEY}", "client_kwargs": {"token": "${STORE_KEY}"}},
    }
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(settings))
    project = load_project(tmp_path)
    connector: Any = project.sources["till"].connector

    assert connector.storage_options.get_secret_value()["client_kwargs"] == {"token": "hunter2"}
    error = error_of(engine, project)
    assert error.where == "s3://bucket/orders.csv"
    for shown in (str(error), filetables.shown(connector), repr(connector.storage_options)):
        assert "hunter2" not in shown
    assert error.__cause__ is None
