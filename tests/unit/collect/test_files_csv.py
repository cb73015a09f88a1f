"""CSV of any dialect, encoding and compression: the same rows whatever the form of the file."""

import bz2
import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.collect import read_source
from pipeline.collect.csvfiles import columns, stage
from pipeline.collect.files import Source
from pipeline.engine import Engine, sources
from pipeline.errors import InputError
from pipeline.settings import FileConnector
from tests.conftest import shop_settings

HEADER = "customer,order,at,product,quantity,price\n"
ROWS = HEADER + '张伟,"A,1",2024-01-05,P1,1,"9,50"\n李娜,A2,2024-01-06,,2,"say ""hi"""\n'
COLUMNS = ("customer", "order", "at", "product", "quantity", "price")
EXPECTED = [
    ("张伟", "A,1", "2024-01-05", "P1", "1", "9,50"),
    ("李娜", "A2", "2024-01-06", None, "2", 'say "hi"'),
]


def project_with(write_project: Any, **connector: Any) -> Any:
    given_sources = shop_settings()["sources"]
    given_sources["till"]["connector"] |= connector
    return write_project(sources=given_sources)


def rows_of(engine: Engine, project: Any) -> list[tuple[str | None, ...]]:
    table = read_source(engine, project, "till").order_by("_file", "_row")
    return [tuple(one[name] for name in COLUMNS) for one in table.to_pyarrow().to_pylist()]


def error_of(engine: Engine, project: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read_source(engine, project, "till")
    return caught.value


def zstd(content: bytes) -> bytes:
    target = pa.BufferOutputStream()
    with pa.CompressedOutputStream(target, "zstd") as stream:
        stream.write(content)
    return bytes(target.getvalue())


ENCODINGS = {
    "utf-8 with a mark": ("utf-8", "utf-8-sig"),
    "a mark wins over the settings": ("latin-1", "utf-8-sig"),
    "utf-16 with a mark": ("utf-16", "utf-16"),
    "utf-16 with a mark, named with its byte order": ("utf-16-le", "utf-16"),
    "utf-16 little endian without a mark": ("utf-16", "utf-16-le"),
    "utf-16 big endian without a mark": ("utf-16", "utf-16-be"),
    "utf-32": ("utf-32", "utf-32"),
    "gbk": ("gbk", "gbk"),
    "gb18030": ("gb18030", "gb18030"),
    "big5": ("big5hkscs", "big5hkscs"),
}


@pytest.mark.parametrize("case", ENCODINGS)
def test_every_encoding_gives_the_same_rows(
    case: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    named, written = ENCODINGS[case]
    text = ROWS if named != "big5hkscs" else ROWS.replace("张伟", "張偉")
    (tmp_path / "orders.csv").write_bytes(text.encode(written))

    rows = rows_of(engine, project_with(write_project, encoding=named))

    assert rows == [(text[len(HEADER) : len(HEADER) + 2], *EXPECTED[0][1:]), EXPECTED[1]]


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "Müller"), ("shift_jis", "山田"), ("cp1251", "Иван")]
)
def test_national_encodings(
    encoding: str, name: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_bytes(f"{HEADER}{name},A1,2024-01-05,P1,1,9\n".encode(encoding))

    assert rows_of(engine, project_with(write_project, encoding=encoding))[0][0] == name


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstd), (".GZ", gzip.compress)],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_compressed_by_suffix(
    suffix: str, pack: Any, encoding: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    (tmp_path / f"orders.csv{suffix}").write_bytes(pack(ROWS.encode(encoding)))

    assert (
        rows_of(engine, project_with(write_project, path=f"orders.csv{suffix}", encoding=encoding))
        == EXPECTED
    )


DIALECTS = {
    "semicolons": (ROWS.replace("9,50", "x").replace("A,1", "y").replace(",", ";"), {"delimiter": ";"}),
    "tabs": (ROWS.replace("9,50", "x").replace("A,1", "y").replace(",", "\t"), {"delimiter": "\\t"}),
    "single quotes": (
        ROWS.replace('""hi""', "//hi//").replace('"', "'").replace("//", '"'),
        {"quote": "'"},
    ),
    "escaped quotes": (ROWS.replace('""hi""', r"\"hi\""), {"escape": "\\"}),
    "line feeds and carriage returns": (ROWS.replace("\n", "\r\n"), {}),
    "carriage returns alone": (ROWS.replace("\n", "\r"), {}),
    "several kinds of line breaks": (ROWS.replace("P1,1,", "P1,1,").replace("\n", "\r\n", 1), {}),
    "no line break at the end": (ROWS.rstrip("\n"), {}),
    "lines before the header": ("Report of the till\n\n" + ROWS, {"skip_lines": 2}),
    "comments": ("# from the till\n" + ROWS.replace("李娜", "#2024\n李娜"), {"comment": "#"}),
    "no header": (ROWS.removeprefix(HEADER), {"columns_in_order": list(COLUMNS)}),
    "blank lines": (ROWS.replace("李娜", "\n李娜") + "\n", {}),
}


@pytest.mark.parametrize("case", DIALECTS)
def test_every_dialect_gives_the_same_rows(
    case: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    text, options = DIALECTS[case]
    (tmp_path / "orders.csv").write_bytes(text.encode())

    rows = rows_of(engine, project_with(write_project, **options))

    assert [tuple({"x": "9,50", "y": "A,1"}.get(one or "", one) for one in row) for row in rows] == EXPECTED


def test_text_dumps_of_databases(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    """Tabs, no quotes, backslashes before tabs, ``\\N`` where there is no value."""
    (tmp_path / "orders.csv").write_text('7\tsay "\tB\\\tC\tP\\\\1\t\\N\t\\N\n')

    options = {"delimiter": "\t", "quote": None, "escape": "\\", "columns_in_order": list(COLUMNS)}
    rows = rows_of(engine, project_with(write_project, **options))

    assert rows == [("7", 'say "', "B\tC", "P\\1", None, None)]


def test_a_comment_mark_inside_quotes_is_text(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEADER + '7,"A\n# still A",x,P#1,1,9\n')

    assert rows_of(engine, project_with(write_project, comment="#")) == [
        ("7", "A\n# still A", "x", "P#1", "1", "9")
    ]


@pytest.mark.parametrize("options", [{}, {"comment": "#"}, {"skip_lines": 1}])
def test_the_line_of_an_error_is_that_of_the_file(
    options: dict[str, Any], engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    first = "" if not options else "# a first line\n"
    (tmp_path / "orders.csv").write_text(first + HEADER + '7,"A\nB",x,P,1,9\n7,A1\n')

    error = error_of(engine, project_with(write_project, **options))

    assert error.where == f"orders.csv, line {4 + bool(options)}"
    assert error.found == "it has 2 fields"


BAD = {
    "no line left for the header": (b"a\nb\n", {"skip_lines": 5}, "no line with names"),
    "a cut gz": (
        gzip.compress(ROWS.encode() * 50)[:-20],
        {"path": "orders.csv.gz"},
        "gzip data is damaged or cut",
    ),
    "no gz at all": (ROWS.encode(), {"path": "orders.csv.gz"}, "gzip data is damaged or cut"),
    "a cut zst": (zstd(ROWS.encode() * 50)[:-9], {"path": "orders.csv.zst"}, "zstd data is damaged or cut"),
    "utf-16 cut in a character": (
        ROWS.encode("utf-16")[:-1],
        {"encoding": "utf-16"},
        "bytes that are not utf-16",
    ),
    "utf-16 that the settings do not name": (ROWS.encode("utf-16-le"), {}, "they look like utf-16-le"),
    "wrong number of names": (b"1,2\n", {"columns_in_order": list(COLUMNS)}, "it has 2 fields"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_one_clear_error(case: str, engine: Engine, write_project: Any, tmp_path: Path) -> None:
    content, options, found = BAD[case]
    (tmp_path / options.get("path", "orders.csv")).write_bytes(content)

    error = error_of(engine, project_with(write_project, **options))

    assert error.where.startswith("orders.csv")
    assert found in error.found


def test_undecodable_bytes_name_line_and_likely_encoding(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    names = "王小明先生购买了商品,欧阳娜娜女士的订单,上海市浦东新区,张伟和李娜,数量,价格\n"
    (tmp_path / "orders.csv").write_bytes((HEADER * 3).encode() + (names * 40).encode("gb18030"))

    error = error_of(engine, write_project())

    assert error.where == "orders.csv, line 4"
    assert "not utf-8; they look like gb" in error.found
    assert "王" not in str(error)


def test_a_late_undecodable_byte_is_found_in_its_line(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    line = "7,A1,2024-01-05,P1,1,9\n".encode("gb18030")
    (tmp_path / "orders.csv").write_bytes(HEADER.encode() + line * 60_000 + b"\xff" + line)

    error = error_of(engine, project_with(write_project, encoding="gb18030"))

    assert error.where == "orders.csv, line 60002"
    assert "not gb18030" in error.found


field = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(field, field, field), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;|\t^"),
    quote=st.sampled_from("\"'"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    line_break=st.sampled_from(["\n", "\r\n"]),
)
def test_law_what_was_written_is_read(
    rows: list[tuple[str, str, str]],
    delimiter: str,
    quote: str,
    encoding: str,
    line_break: str,
    engine: Engine,
    tmp_path: Path,
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(
        written, delimiter=delimiter, quotechar=quote, lineterminator=line_break, quoting=csv.QUOTE_ALL
    )
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    path = tmp_path / "any.csv"
    path.write_bytes(written.getvalue().encode(encoding))
    connector = FileConnector(
        path="any.csv", format="csv", delimiter=delimiter, quote=quote, encoding=encoding
    )
    file = Source.of(path, "any.csv")

    staged = stage(engine, file, connector, columns(file, connector))

    read = sources.read_staged(engine, [staged]).order_by("_row").to_pyarrow().to_pylist()
    assert [tuple(one[name] or "" for name in "abc") for one in read] == rows


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": "||"}, "at most 1 character"),
        ({"delimiter": '"'}, "must differ"),
        ({"escape": ","}, "must differ"),
        ({"columns_in_order": ["a", "A"]}, "more than once"),
        ({"path": []}, "at least one path"),
        ({"sheet": 0}, "numbered from 1"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FileConnector(**({"path": "a.csv", "format": "csv"} | options))
