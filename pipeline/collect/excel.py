"""Sheets of Excel and OpenDocument workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods) by calamine.

Belongs here: sheets into Arrow tables of text. Does not belong here: other formats. A sheet is
held in memory while it is read: that is how calamine works, and sheets end at 1,048,576 rows
(``sheet_area`` refuses those that span too much). What becomes of it is staged in batches.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa

from pipeline.collect.counting import check_all_arrived
from pipeline.collect.csvfiles import check_names
from pipeline.collect.files import Source, permitted
from pipeline.collect.jsonlines import table
from pipeline.collect.sheet_area import check_area
from pipeline.errors import InputError
from pipeline.settings import FileConnector

_BATCH_ROWS = 20_000


def read(file: Source, connector: FileConnector) -> tuple[list[str], Iterator[pa.Table]]:
    """Columns of the connector's sheet, and its rows with ``_file``, ``_row`` (as the sheet numbers
    its rows) and a text column each, in tables of bounded size, the first of them empty.

    Empty rows are no rows. Numbers have the 15 digits that a spreadsheet keeps, whole ones no
    ``.0``; dates and times are ISO 8601, durations ``hours:minutes:seconds``; cells with an error
    (``#N/A``) are null. Formulae give their stored result. Raises ``InputError``.
    """
    names, rows = _header(file, connector, _cells(file, connector))
    return names, _batches(file, names, rows)


def sheets(file: Source) -> list[str]:
    """Names of the workbook's sheets, in order. Raises ``InputError``."""
    with _opened(file) as book:
        return list(book.sheet_names)


def _batches(
    file: Source, names: list[str], rows: Iterator[tuple[int, list[str | None]]]
) -> Iterator[pa.Table]:
    yield table(file.name, names, [], [])
    while chunk := list(islice(rows, _BATCH_ROWS)):
        for number, cells in chunk:
            if len(cells) > len(names):
                raise _unnamed(file, number, len(names))
        found = [dict(zip(names, cells, strict=False)) for _, cells in chunk]
        yield table(file.name, names, found, [number for number, _ in chunk])


def _header(
    file: Source, connector: FileConnector, rows: Iterator[tuple[int, list[str | None]]]
) -> tuple[list[str], Iterator[tuple[int, list[str | None]]]]:
    if connector.columns_in_order is not None:
        return connector.columns_in_order, rows
    first = next(rows, None)
    if first is None:
        raise InputError(
            f"{file.name}, header",
            f"the sheet has no row with names{' after those skipped' if connector.skip_lines else ''}",
            "names of columns in the first row that is not skipped",
            "Correct sheet or skip_lines, or name the columns with columns_in_order.",
        )
    number, cells = first
    names = [one or "" for one in cells]
    check_names(f"{file.name}, row {number}", names)
    return names, rows


def _cells(file: Source, connector: FileConnector) -> Iterator[tuple[int, list[str | None]]]:
    """Number and texts of each row that is not empty, without the empty cells at its end."""
    import python_calamine

    with _opened(file) as book:
        try:
            name = _sheet_name(book, file, connector.sheet)
            check_area(file, name)
            sheet = book.get_sheet_by_name(name)
            blank: list[str | None] = [None] * (sheet.start[1] if sheet.start else 0)
            number = 0
            for number, cells in enumerate(sheet.iter_rows(), 1):
                texts = [*blank, *(_text(one) for one in cells)]
                while texts and texts[-1] is None:
                    texts.pop()
                if texts and number > connector.skip_lines:
                    yield number, texts
            check_all_arrived(file.name, sheet.end[0] + 1 if sheet.end else 0, number)
        except python_calamine.CalamineError as error:
            raise _damaged(file) from error


def _opened(file: Source) -> Any:
    import python_calamine

    with permitted(file.name):
        try:
            return python_calamine.CalamineWorkbook.from_path(str(file.path))
        except python_calamine.PasswordError as error:
            raise InputError(
                file.name,
                "it is locked with a password",
                "a workbook that opens without one",
                "Save it unlocked.",
            ) from error
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            if isinstance(error, (PermissionError, FileNotFoundError)):
                raise
            raise _damaged(file) from error


def _sheet_name(book: Any, file: Source, wanted: str | int | None) -> str:
    names: Sequence[str] = book.sheet_names
    if isinstance(wanted, str) and wanted not in names:
        wanted = next((one for one in names if one.strip().casefold() == wanted.strip().casefold()), wanted)
    if (isinstance(wanted, str) and wanted not in names) or (
        not isinstance(wanted, str) and not 1 <= (wanted or 1) <= len(names)
    ):
        raise InputError(
            file.name,
            f"there is no sheet {wanted}; it has: {', '.join(names)}",
            "the sheet that the settings name, by name or number from 1",
            "Correct sheet in the connector's settings.",
        )
    return wanted if isinstance(wanted, str) else names[(wanted or 1) - 1]


def _damaged(file: Source) -> InputError:
    return InputError(
        file.name,
        "the file is not whole, or not a workbook at all",
        "a workbook of Excel or OpenDocument (.xlsx, .xlsm, .xlsb, .xls, .ods)",
        "Copy or save the file again.",
    )


def _unnamed(file: Source, number: int, width: int) -> InputError:
    return InputError(
        f"{file.name}, row {number}",
        f"it has a value beyond the {width} columns that have names",
        "a name for every column",
        "Name the column in the sheet's header, or remove the stray cell.",
    )


def _text(value: Any) -> str | None:
    if value == "" or value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _digits(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        sign, seconds = ("-" if value < timedelta() else ""), abs(round(value.total_seconds()))
        return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)


def _digits(value: float) -> str:
    """A number in plain digits: 15 of them count, as in a spreadsheet."""
    written = format(Decimal(format(value, ".15g")), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
