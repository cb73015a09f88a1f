"""Rows counted where they stand, beside those that arrived (law L1).

Belongs here: the two counts compared, and how wide a table may be. Does not belong here: counting in
a format (``csvrecords``, ``jsonlines``, ``excel``).
"""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from pipeline.errors import InputError

#: No export of a company's records has more; the engine holds a buffer for every column.
MOST_COLUMNS = 4_096


class Handed:
    """Tables on their way into the engine, with the ``rows`` that have passed."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        self._tables, self.rows = tables, 0

    def __iter__(self) -> Iterator[pa.Table]:
        for one in self._tables:
            self.rows += one.num_rows
            yield one


def check_all_arrived(where: str, there: int, arrived: int) -> None:
    """``InputError`` when not exactly the rows that stand ``there`` have ``arrived`` in the engine."""
    if there != arrived:
        raise InputError(
            where,
            f"{there:,} rows stand there, and {arrived:,} were read",
            "every row read, once; nothing of it was collected",
            "Look for fields of many megabytes, quotes that do not match, or damage, and deliver it anew,"
            " best as Parquet or plain CSV; if nothing is wrong with it, report a fault of the program.",
        )


def check_width(where: str, columns: int) -> None:
    """``InputError`` for more columns than any table may have."""
    if columns > MOST_COLUMNS:
        raise InputError(
            where,
            f"it has {columns:,} columns",
            f"at most {MOST_COLUMNS:,} columns",
            "Deliver a row for each record; check the delimiter, or leave out what is not mapped.",
        )
