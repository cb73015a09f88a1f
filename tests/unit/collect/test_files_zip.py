"""ZIP archives: folders in one file, unpacked as a stream, or one clear error."""

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.collect import fingerprint, read_source
from pipeline.collect.archives import members
from pipeline.collect.files import Source
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.settings import FileConnector
from tests.unit.collect.test_files_csv import COLUMNS, EXPECTED, HEADER, ROWS, error_of, project_with, rows_of
from tests.unit.collect.test_files_excel import workbook
from tests.unit.collect.test_files_places import ROW, orders_of


def pack(path: Path, files: dict[str, str | bytes], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", **({"compression": zipfile.ZIP_DEFLATED} | options)) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def zipped(write_project: Any, **options: Any) -> Any:
    return project_with(write_project, **({"path": "orders.zip"} | options))


def orders(*names: str) -> str:
    return HEADER + "".join(ROW.format(one) for one in names)


def test_an_archive_is_a_folder_of_its_files(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    files = {"2024-02.csv": orders("B1"), "inner/2024-01.TXT": orders("A1", "A2"), "empty/": ""}
    others = dict.fromkeys(("notes.md", "_SUCCESS", "__MACOSX/._2024-02.csv", ".x.csv"), "not read")
    pack(tmp_path / "orders.zip", files | others)

    assert orders_of(engine, zipped(write_project)) == [
        ("orders.zip/2024-02.csv", "B1"),
        ("orders.zip/inner/2024-01.TXT", "A1"),
        ("orders.zip/inner/2024-01.TXT", "A2"),
    ]


def test_archives_by_glob_and_beside_other_files(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pack(tmp_path / name / "day.zip", {"orders.csv": orders(name)})
    (tmp_path / "today.csv").write_text(orders("today"))

    assert orders_of(engine, zipped(write_project, path=["*/*.zip", "today.csv"])) == [
        ("a/day.zip/orders.csv", "a"),
        ("b/day.zip/orders.csv", "b"),
        ("today.csv", "today"),
    ]


def test_an_archive_in_a_folder_is_read_only_where_a_path_names_it(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "tills").mkdir()
    (tmp_path / "tills/a.csv").write_text(orders("A1"))
    pack(tmp_path / "tills/a.zip", {"a.csv": orders("A1")})

    assert orders_of(engine, zipped(write_project, path="tills")) == [("a.csv", "A1")]


@pytest.mark.parametrize("form", ["utf-8", "gb18030", "gzip", "stored"])
def test_files_in_an_archive_are_read_as_they_would_be_outside(
    form: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    import gzip

    content = ROWS.encode("gb18030" if form == "gb18030" else "utf-8")
    packed = {"rows.csv.gz": gzip.compress(content)} if form == "gzip" else {"rows.csv": content}
    how = zipfile.ZIP_STORED if form == "stored" else zipfile.ZIP_DEFLATED
    pack(tmp_path / "orders.zip", packed, compression=how)
    encoding = {"encoding": "gb18030"} if form == "gb18030" else {}

    assert rows_of(engine, zipped(write_project, **encoding)) == EXPECTED


def test_every_format_may_be_packed(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    row = dict.fromkeys(COLUMNS, "1")
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([row]), buffer)
    workbook(tmp_path / "a.xlsx", [list(COLUMNS), ["1"] * len(COLUMNS)])
    line = "{" + ", ".join(f'"{one}": 1' for one in COLUMNS) + "}\n"
    contents = {
        "parquet": {"a.parquet": buffer.getvalue(), "b.parquet": buffer.getvalue()},
        "excel": {"a.xlsx": (tmp_path / "a.xlsx").read_bytes()},
        "jsonl": {"a.jsonl": line},
    }
    for kind, files in contents.items():
        pack(tmp_path / "orders.zip", files)

        found = rows_of(engine, zipped(write_project, format=kind))

        assert found == [("1",) * len(COLUMNS)] * len(files)


def test_nothing_of_an_archive_stays_in_the_scratch_folder_but_what_was_staged(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    pack(tmp_path / "orders.zip", {f"{at}.csv": orders("A") for at in range(3)})
    project, before = zipped(write_project), set(engine.scratch.iterdir())

    read_source(engine, project, "till")

    assert {one.suffix for one in set(engine.scratch.iterdir()) - before} == {".parquet"}


def test_the_fingerprint_changes_with_the_archive(write_project: Any, tmp_path: Path) -> None:
    pack(tmp_path / "orders.zip", {"a.csv": orders("A1")})
    project = zipped(write_project)
    before = fingerprint(project, "till")
    pack(tmp_path / "orders.zip", {"a.csv": orders("A1"), "b.csv": orders("B1")})

    assert fingerprint(project, "till") != before


# ------------------------------------------------------------------ what cannot be unpacked


def encrypted(path: Path) -> None:
    pack(path, {"a.csv": orders("A1")})
    content = bytearray(path.read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + at] |= 1
    path.write_bytes(content)


def twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", orders("A1"))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.csv", orders("A2"))


def too_large(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", orders("A1"))
        archive.infolist()[0].file_size = 1 << 50


def another_content(path: Path) -> None:
    pack(path, {"a.csv": orders("A1")}, compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"2024-01-05", b"2024-01-06"))


def cut(path: Path) -> None:
    pack(path, {"a.csv": orders(*map(str, range(500)))})
    path.write_bytes(path.read_bytes()[:-30])


BAD: dict[str, tuple[Any, str, str]] = {
    "no file": (lambda path: pack(path, {}), "orders.zip", "holds no file"),
    "folders only": (lambda path: pack(path, {"inner/": ""}), "orders.zip", "holds no file"),
    "0 bytes": (lambda path: path.touch(), "orders.zip", "0 bytes"),
    "others only": (
        lambda path: pack(path, {"b.pdf": "x", "a.doc": "x"}),
        "orders.zip",
        "holds no csv file; it holds: a.doc, b.pdf",
    ),
    "an empty file": (lambda path: pack(path, {"a.csv": ""}), "orders.zip/a.csv", "0 bytes"),
    "encrypted": (encrypted, "orders.zip/a.csv", "locked with a password"),
    "twice": (twice, "orders.zip", "holds a.csv more than once"),
    "too large": (too_large, "orders.zip/a.csv", "1,125,899.9 GB"),
    "cut off": (cut, "orders.zip", "damaged or cut off"),
    "no archive": (lambda path: path.write_text(ROWS), "orders.zip", "not a ZIP archive"),
    "another content": (another_content, "orders.zip/a.csv", "damaged"),
    "another method": (
        lambda path: pack(path, {"a.csv": ROWS}, compression=zipfile.ZIP_LZMA),
        "orders.zip/a.csv",
        "a method that is not read (number 14)",
    ),
    "a bad line": (
        lambda path: pack(path, {"a.csv": HEADER + "7,A1\n"}),
        "orders.zip/a.csv, line 2",
        "2 fields",
    ),
    "a renamed column": (
        lambda path: pack(path, {"a.csv": ROWS, "b.csv": ROWS.replace("price", "prize")}),
        "orders.zip/b.csv",
        "no column price",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_unpacked_is_one_clear_error(
    case: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    make, where, found = BAD[case]
    make(tmp_path / "orders.zip")

    error = error_of(engine, zipped(write_project))

    assert error.where == where
    assert found in error.found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(1, 8), st.binary(min_size=8, max_size=8), st.booleans())
def test_law_a_damaged_archive_is_read_whole_or_an_error(
    engine: Engine, tmp_path: Path, at: int, length: int, noise: bytes, cuts: bool
) -> None:
    path = pack(tmp_path / "orders.zip", {"a.csv": orders("A1"), "b.csv": orders("B1", "B2")})
    whole = path.read_bytes()
    at %= len(whole)
    path.write_bytes(whole[:at] if cuts else whole[:at] + noise[:length] + whole[at + length :])
    connector = FileConnector(path="orders.zip", format="csv")

    try:
        found = [one.path.read_text() for one in members(engine, Source.of(path, "orders.zip"), connector)]
    except InputError:
        return
    assert set(found) <= {orders("A1"), orders("B1", "B2")}


def test_a_bomb_does_not_fill_the_memory(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as member:
        for _ in range(256):
            member.write(bytes(1 << 20))
    assert (tmp_path / "orders.zip").stat().st_size < 1 << 19
    archive_file = Source.of(tmp_path / "orders.zip", "orders.zip")
    tracemalloc.start()
    try:
        [one] = members(engine, archive_file, FileConnector(path="orders.zip", format="csv"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert one.size == 256 << 20
    one.path.unlink()
    assert peak < 8 << 20
