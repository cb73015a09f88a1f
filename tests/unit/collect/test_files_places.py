"""Which files a connector has: globs, folders, several places, rights; and files that change."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.collect import csvfiles, fingerprint, jsonlines, read_source
from pipeline.engine import Engine
from pipeline.errors import InputError
from tests.unit.collect.test_files_csv import HEADER, error_of, project_with

ROW = "7,{},2024-01-05,P1,1,9\n"


def put(path: Path, *orders: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(ROW.format(one) for one in orders))


def orders_of(engine: Engine, project: Any) -> list[tuple[str, str]]:
    rows = read_source(engine, project, "till").order_by("_file", "_row").to_pyarrow().to_pylist()
    return [(one["_file"], one["order"]) for one in rows]


def test_a_folder_gives_all_its_files_of_the_format(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    put(tmp_path / "tills/b.csv", "B1")
    put(tmp_path / "tills/a/x.TXT", "A1")
    for other in ("notes.md", "_SUCCESS", ".hidden.csv", "~$a.csv", "_tmp/half.csv"):
        put(tmp_path / "tills" / other, "not read")

    assert orders_of(engine, project_with(write_project, path="tills")) == [
        ("a/x.TXT", "A1"),
        ("b.csv", "B1"),
    ]


def test_several_places_in_one_source(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    put(tmp_path / "north/orders.csv", "N1")
    put(tmp_path / "south/orders.csv", "S1")
    put(tmp_path / "west.csv", "W1")

    project = project_with(write_project, path=["south/orders.csv", "north/*.csv", "west.csv", "west.csv"])

    assert orders_of(engine, project) == [("1/orders.csv", "S1"), ("2/orders.csv", "N1"), ("west.csv", "W1")]


def test_a_name_with_brackets_is_a_name_when_there_is_such_a_file(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    put(tmp_path / "orders [1].csv", "A1")

    assert orders_of(engine, project_with(write_project, path="orders [1].csv")) == [("orders [1].csv", "A1")]


def test_an_empty_file_among_others_is_named(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    put(tmp_path / "tills/a.csv", "A1")
    (tmp_path / "tills/b.csv").touch()

    error = error_of(engine, project_with(write_project, path="tills"))

    assert (error.where, error.found) == ("b.csv", "the file has 0 bytes")


def test_an_integer_that_becomes_text_in_one_file_of_a_glob_is_text_in_all(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    for name, customers in (("a", pa.array([7], pa.int32())), ("b", ["7b"])):
        columns = {one: ["1"] for one in HEADER.strip().split(",")} | {"customer": customers}
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")

    table = read_source(engine, project_with(write_project, path="*.parquet", format="parquet"), "till")

    assert table.order_by("_file").customer.to_pyarrow().to_pylist() == ["7", "7b"]


def test_integers_of_different_width_stay_integers(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    for name, kind in (("a", pa.int32()), ("b", pa.int64())):
        columns = {one: ["1"] for one in HEADER.strip().split(",")} | {"customer": pa.array([7], kind)}
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")

    table = read_source(engine, project_with(write_project, path="*.parquet", format="parquet"), "till")

    assert str(table.customer.type()) == "int64"


@pytest.fixture
def as_other_user() -> Iterator[Callable[[], None]]:
    """Makes the process a user without rights, when it is one who may do all."""
    yield lambda: os.seteuid(65534) if os.geteuid() == 0 else None
    if os.getuid() == 0:
        os.seteuid(0)


@pytest.mark.parametrize("what", ["a file", "its folder"])
def test_what_may_not_be_read_is_one_clear_error(
    what: str, engine: Engine, write_project: Any, as_other_user: Callable[[], None]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        put(folder / "inner/orders.csv", "A1")
        folder.chmod(0o755)
        locked = folder / ("inner/orders.csv" if what == "a file" else "inner")
        locked.chmod(0)
        project = project_with(write_project, path=f"{name}/inner/orders.csv")
        as_other_user()
        try:
            error = error_of(engine, project)
        finally:
            if os.getuid() == 0:
                os.seteuid(0)
            locked.chmod(0o755)

    assert "may not be read" in error.found
    assert "right to read" in error.remedy


# ------------------------------------------------------------------ files that change meanwhile


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Has something happen to files once, while the first of them is being read."""

    def arrange(happens: Callable[[], None]) -> None:
        waiting = [happens]

        def then(read: Any) -> Any:
            def reading(*arguments: Any, **named: Any) -> Any:
                if waiting:
                    waiting.pop()()
                return read(*arguments, **named)

            return reading

        monkeypatch.setattr(csvfiles, "stage", then(csvfiles.stage))
        monkeypatch.setattr(jsonlines, "batches", then(jsonlines.batches))

    return arrange


def append(path: Path, text: str, encoding: str = "utf-8") -> None:
    with path.open("a", encoding=encoding, newline="") as stream:
        stream.write(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("half", ["", "8,A2,2024"])
def test_a_csv_that_grows_gives_the_lines_that_were_complete(
    half: str, encoding: str, engine: Engine, write_project: Any, tmp_path: Path, meanwhile: Any
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes((HEADER + ROW.format("A1") + half).encode(encoding))
    meanwhile(lambda: append(path, "-01-05,P1,1,9\n" if half else ROW.format("A2"), encoding))
    project = project_with(write_project, encoding=encoding)

    assert orders_of(engine, project) == [("orders.csv", "A1")]
    assert orders_of(engine, project) == [("orders.csv", "A1"), ("orders.csv", "A2")]


def test_json_lines_that_grow_give_the_lines_that_were_complete(
    engine: Engine, write_project: Any, tmp_path: Path, meanwhile: Any
) -> None:
    path = tmp_path / "orders.jsonl"
    line = '{"customer": 1, "order": "A1", "at": "", "product": "", "quantity": 1, "price": 1}\n'
    path.write_text(line + line[:20])
    meanwhile(lambda: append(path, line[20:].replace("A1", "A2")))
    project = project_with(write_project, path="orders.jsonl", format="jsonl")

    assert [one for _, one in orders_of(engine, project)] == ["A1"]
    assert [one for _, one in orders_of(engine, project)] == ["A1", "A2"]


def rewritten_longer(path: Path) -> None:
    path.write_text(HEADER + "".join(ROW.format(f"B{at}") for at in range(9)))


def replaced(path: Path) -> None:
    rewritten_longer(path.with_name("new"))
    path.with_name("new").replace(path)


def cut_short(path: Path) -> None:
    path.write_text(HEADER)


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("change", [rewritten_longer, replaced, cut_short, gone])
def test_a_file_that_changed_otherwise_is_an_error_and_nothing_is_read(
    change: Callable[[Path], None],
    engine: Engine,
    write_project: Any,
    tmp_path: Path,
    meanwhile: Any,
) -> None:
    path = tmp_path / "orders.csv"
    put(path, "A1", "A2")
    meanwhile(lambda: change(path))

    error = error_of(engine, write_project())

    assert error.where == "orders.csv"
    assert "while it was read" in error.found
    assert "Run again" in error.remedy


def test_parquet_is_read_from_a_copy_that_nobody_changes(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table({one: ["1"] for one in HEADER.strip().split(",")}), path)
    table = read_source(engine, project_with(write_project, path=path.name, format="parquet"), "till")

    path.write_bytes(b"rewritten before the rows are used")

    assert table.count().execute() == 1


def test_the_fingerprint_sees_new_and_changed_files_of_folders_and_workbooks(
    write_project: Any, tmp_path: Path
) -> None:
    put(tmp_path / "tills/a.csv", "A1")
    project = project_with(write_project, path="tills")
    seen = [fingerprint(project, "till"), fingerprint(project, "till")]
    put(tmp_path / "tills/notes.md", "x")
    seen.append(fingerprint(project, "till"))
    put(tmp_path / "tills/b.csv", "B1")
    seen.append(fingerprint(project, "till"))
    os.utime(tmp_path / "tills/b.csv", ns=(1, 1))
    seen.append(fingerprint(project, "till"))

    assert seen[0] == seen[1] == seen[2]
    assert len(set(seen[2:])) == 3


def test_an_error_that_is_not_the_writers_fault_stays_what_it_is(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(HEADER + "7,A1\n")

    with pytest.raises(InputError, match="2 fields"):
        read_source(engine, write_project(), "till")
