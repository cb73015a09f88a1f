"""Sheets of workbooks as text: what a reader of the sheet sees, in one form whatever the program."""

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.collect import read_source
from pipeline.engine import Engine
from tests.unit.collect.test_files_csv import COLUMNS, error_of, project_with

Rows = list[tuple[int, tuple[str | None, ...]]]
DATA = Path(__file__).parent / "data"


def workbook(path: Path, rows: list[list[Any]], sheet: str = "Answers", first_column: int = 1) -> None:
    book = openpyxl.load_workbook(path) if path.exists() else openpyxl.Workbook()
    if not path.exists():
        book.remove(book.active)
    there = book.create_sheet(sheet)
    for number, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            there.cell(number, first_column + at, value)
    book.save(path)


def excel(write_project: Any, path: str = "survey.xlsx", **options: Any) -> Any:
    return project_with(write_project, format="excel", path=path, **options)


def rows_of(engine: Engine, project: Any) -> Rows:
    rows = read_source(engine, project, "till").order_by("_file", "_row").to_pyarrow().to_pylist()
    return [(one["_row"], tuple(one[name] for name in COLUMNS)) for one in rows]


def test_cells_are_text_in_one_form(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    workbook(
        tmp_path / "survey.xlsx",
        [
            list(COLUMNS),
            [7, "007", date(2024, 1, 5), True, 1.5, 19.989999999999998],
            [12345678901234, "#N/A", datetime(2024, 1, 5, 10, 30), False, -0.25, 1e21],
            [],
            ["张伟", None, time(9, 5), " x ", timedelta(hours=30, minutes=1), 1e-7],
        ],
    )

    assert rows_of(engine, excel(write_project)) == [
        (2, ("7", "007", "2024-01-05", "true", "1.5", "19.99")),
        (3, ("12345678901234", None, "2024-01-05 10:30:00", "false", "-0.25", "1000000000000000000000")),
        (5, ("张伟", None, "09:05:00", " x ", "30:01:00", "0.0000001")),
    ]


@pytest.mark.parametrize("sheet", ["Answers", " answers", 2])
def test_a_sheet_by_name_or_number(
    sheet: str | int, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    workbook(tmp_path / "survey.xlsx", [["nothing here"]], "Cover")
    workbook(tmp_path / "survey.xlsx", [list(COLUMNS), [1]])

    assert rows_of(engine, excel(write_project, sheet=sheet)) == [(2, ("1", None, None, None, None, None))]


def test_a_table_that_starts_somewhere_in_the_sheet(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    workbook(tmp_path / "survey.xlsx", [["Survey of spring"], [], list(COLUMNS), [1, 2, 3, 4, 5, 6]])

    assert rows_of(engine, excel(write_project, skip_lines=1)) == [(4, ("1", "2", "3", "4", "5", "6"))]


def test_a_sheet_without_header(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    workbook(tmp_path / "survey.xlsx", [[1, 2, 3, 4, 5, 6], [7]])

    rows = rows_of(engine, excel(write_project, columns_in_order=list(COLUMNS)))

    assert rows == [(1, ("1", "2", "3", "4", "5", "6")), (2, ("7", None, None, None, None, None))]


def test_a_header_alone_is_an_empty_source(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    workbook(tmp_path / "survey.xlsx", [list(COLUMNS)])

    assert rows_of(engine, excel(write_project)) == []


def test_sheets_of_the_nineties(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "survey.xls").write_bytes((DATA / "survey.xls").read_bytes())

    assert rows_of(engine, excel(write_project, "survey.xls")) == [
        (2, ("7", "A1", "2024-01-05", "P1", "1", "9.5")),
        (3, ("张伟", "A2", None, None, None, None)),
    ]


def open_document(path: Path, rows: list[list[str]]) -> None:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{one}</text:p></table:table-cell>'
            for one in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = "".join(
        f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"'
        for one in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}><office:body>'
        f'<office:spreadsheet><table:table table:name="Answers">{cells}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest'
        ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", kind)
        book.writestr("META-INF/manifest.xml", manifest)
        book.writestr("content.xml", content)


def test_open_document_sheets(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    open_document(tmp_path / "survey.ods", [list(COLUMNS), ["李娜", "A1", "2024-01-05", "P1", "1", "9,5"]])

    assert rows_of(engine, excel(write_project, "survey.ods")) == [
        (2, ("李娜", "A1", "2024-01-05", "P1", "1", "9,5"))
    ]


def test_a_folder_of_workbooks(engine: Engine, write_project: Any, tmp_path: Path) -> None:
    (tmp_path / "sheets").mkdir()
    workbook(tmp_path / "sheets/b.xlsx", [list(COLUMNS), [2]])
    workbook(tmp_path / "sheets/a.xlsx", [[*COLUMNS, "note"], [1, None, None, None, None, None, "x"]])

    rows = (
        read_source(engine, excel(write_project, "sheets"), "till").order_by("_file").to_pyarrow().to_pylist()
    )

    assert [(one["_file"], one["customer"], one["note"]) for one in rows] == [
        ("a.xlsx", "1", "x"),
        ("b.xlsx", "2", None),
    ]


BAD: dict[str, tuple[list[list[Any]], dict[str, Any], str, str]] = {
    "missing sheet": (
        [list(COLUMNS)],
        {"sheet": "Spring"},
        "survey.xlsx",
        "no sheet Spring; it has: Answers",
    ),
    "missing number": ([list(COLUMNS)], {"sheet": 2}, "survey.xlsx", "no sheet 2"),
    "empty sheet": ([], {}, "survey.xlsx, header", "no row with names"),
    "duplicate header": ([[*COLUMNS, "Price"]], {}, "survey.xlsx, row 1", "Price, price stands there more"),
    "unnamed column": ([[*COLUMNS[:5], None, "price"]], {}, "survey.xlsx, row 1", "column 6 has no name"),
    "renamed column": ([[*COLUMNS[:5], "amount"]], {}, "survey.xlsx", "no column price"),
    "value without a name": (
        [list(COLUMNS), [], [1, 2, 3, 4, 5, 6, "stray"]],
        {},
        "survey.xlsx, row 3",
        "a value beyond the 6 columns",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_sheets_are_one_clear_error(
    case: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    rows, options, where, found = BAD[case]
    workbook(tmp_path / "survey.xlsx", rows)

    error = error_of(engine, excel(write_project, **options))

    assert error.where == where
    assert found in error.found


@pytest.mark.parametrize("damage", ["cut off", "cut in the sheet", "CSV", "an old one cut off"])
def test_a_damaged_workbook_is_one_clear_error(
    damage: str, engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    path = tmp_path / "survey.xlsx"
    workbook(path, [list(COLUMNS), *([at] for at in range(500))])
    whole = path.read_bytes()
    sheet = whole.index(b"xl/worksheets/sheet1.xml") + 60
    old = (DATA / "survey.xls").read_bytes()
    path.write_bytes(
        {
            "cut off": whole[: len(whole) // 2],
            "cut in the sheet": whole[:sheet] + b"\0" * 300 + whole[sheet + 300 :],
            "CSV": b"a,b\n1,2\n",
            "an old one cut off": old[: len(old) // 2],
        }[damage]
    )

    error = error_of(engine, excel(write_project))

    assert (error.where, error.found) == ("survey.xlsx", "the file is not whole, or not a workbook at all")


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> None:
    """The workbook with its first sheet's XML changed."""
    with zipfile.ZipFile(path) as book:
        parts = {one: book.read(one) for one in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, change(content) if name.endswith("sheet1.xml") else content)


def test_a_stray_value_at_the_end_of_a_sheet_is_one_clear_error(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    """It would end the process: the reader holds all cells between the first and the last."""
    workbook(tmp_path / "survey.xlsx", [["nothing here"]], "Cover")
    workbook(tmp_path / "survey.xlsx", [list(COLUMNS), ["1"]])
    book = openpyxl.load_workbook(tmp_path / "survey.xlsx")
    book["Answers"]["XFD1048576"] = "stray"
    book.save(tmp_path / "survey.xlsx")

    error = error_of(engine, excel(write_project, sheet="Answers"))

    assert error.where == "survey.xlsx"
    assert "sheet Answers span 1,048,576 rows and 16,384 columns" in error.found
    assert "stray" in error.remedy
    assert "no column" in error_of(engine, excel(write_project, sheet="Cover")).found


def test_a_sheet_that_says_it_is_larger_than_it_is_is_read(
    engine: Engine, write_project: Any, tmp_path: Path
) -> None:
    """Programs count cells that only have a format: they take no memory."""
    workbook(tmp_path / "survey.xlsx", [list(COLUMNS), ["1"]])

    def formatted(sheet: bytes) -> bytes:
        said = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', sheet)
        last = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
        return said.replace(b"</sheetData>", last)

    rewritten(tmp_path / "survey.xlsx", formatted)

    assert rows_of(engine, excel(write_project)) == [(2, ("1", None, None, None, None, None))]
