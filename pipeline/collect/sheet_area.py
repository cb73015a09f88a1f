"""How large an area the cells of a sheet span, seen before the sheet is read.

Belongs here: the area of a sheet of .xlsx and .xlsm, from its own words. Does not belong here: its
rows (``excel``).

A workbook's reader holds the whole rectangle from the first cell to the last, so one stray value in
the last row and column would take half a terabyte, and end the process without a word.
"""

import re
from xml.etree import ElementTree
from zipfile import ZipFile

from pipeline.collect.archives import BROKEN
from pipeline.collect.files import Source
from pipeline.errors import InputError

#: At 32 bytes each, 2 GB.
MOST_CELLS = 60_000_000
_HEAD = 1 << 13
_BLOCK = 1 << 20
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s+ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"')
#: Opening tags of cells with something in them: those without close at once.
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*(?<!/)>')


def check_area(file: Source, sheet: str) -> None:
    """``InputError`` when the cells of ``sheet`` span more than ``MOST_CELLS``.

    Only a sheet that says so itself is looked at cell by cell, as many say too much. What cannot be
    understood here is left to the reader.
    """
    try:
        with ZipFile(file.path) as whole:
            part = _part(whole, sheet)
            if part is None or _said(whole, part) <= MOST_CELLS:
                return
            rows, columns = _area(whole, part)
    except (*BROKEN, ElementTree.ParseError, KeyError):
        return
    if rows * columns > MOST_CELLS:
        raise InputError(
            file.name,
            f"the cells of sheet {sheet} span {rows:,} rows and {columns:,} columns,"
            " more than can be held in memory",
            f"a sheet of at most {MOST_CELLS:,} cells, empty ones between others included",
            "Remove stray values at the sheet's end (Excel: Ctrl+End shows the last), or save it as CSV.",
        )


def _part(whole: ZipFile, sheet: str) -> str | None:
    """Name of the sheet's file in the workbook; none where it is no .xlsx."""
    if "xl/workbook.xml" not in whole.namelist():
        return None
    book = ElementTree.fromstring(whole.read("xl/workbook.xml"))
    links = ElementTree.fromstring(whole.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    for one in book.iterfind(".//{*}sheet"):
        if one.get("name") == sheet:
            link = next((value for key, value in one.items() if key.endswith("}id")), None)
            target = targets.get(link, "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return None


def _said(whole: ZipFile, part: str) -> int:
    with whole.open(part) as stream:
        found = _DIMENSION.search(stream.read(_HEAD))
    return _number(found[1]) * int(found[2]) if found else 0


def _area(whole: ZipFile, part: str) -> tuple[int, int]:
    """Rows and columns up to the last cell that has something in it."""
    rows = columns = 0
    rest = b""
    with whole.open(part) as stream:
        while block := stream.read(_BLOCK):
            block = rest + block
            whole_tags = block.rfind(b">") + 1
            for column, row in _CELL.findall(block, 0, whole_tags):
                rows, columns = max(rows, int(row)), max(columns, _number(column))
            rest = block[whole_tags:]
    return rows, columns


def _number(letters: bytes) -> int:
    """Number of a column: A is 1, AA is 27."""
    number = 0
    for one in letters:
        number = number * 26 + one - ord("A") + 1
    return number
