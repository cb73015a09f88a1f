"""Settings of lookups: columns that a second table adds to the rows of a source.

Belongs here: where such a table is, small ones that stand in the settings themselves. Does not belong
here: joining (``collect``).
"""

import re
from collections import Counter
from typing import Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pipeline.engine.values import normal
from pipeline.settings.base import Settings, wrong
from pipeline.settings.connectors import Connector
from pipeline.settings.problems import meant

_WHOLE_NUMBER = re.compile(r"^(-?[0-9]+)\.0+$")
#: Values of a table that stands in the settings.
Value = str | int | float | bool | None


class Lookup(Settings):
    """Columns taken from a second file or query, or from a table written here, many rows of the source
    to at most one of it.

    A ``table`` is a list of rows, each with all columns; with one column to match and one to take,
    ``{key: value}`` is short for it. Its keys are compared as codes are: whatever their blanks, and
    7.0 is 7.
    """

    connector: Connector | None = None
    match: dict[str, str] = Field(min_length=1, description="source column -> column of the looked-up table")
    columns: list[str] = Field(min_length=1)
    table: list[dict[str, Value]] | None = Field(
        None, description="small tables: rows with their columns, or, of two columns, {key: value}"
    )

    @field_validator(
        "table", mode="before", json_schema_input_type=list[dict[str, Value]] | dict[str, Value] | None
    )
    @classmethod
    def _short_table(cls, table: Any, info: ValidationInfo) -> Any:
        if not isinstance(table, dict):
            return table
        if not {"match", "columns"} <= info.data.keys():
            return None  # what is wrong with them is said already
        match, columns = list(info.data["match"].values()), info.data["columns"]
        if (len(match), len(columns)) != (1, 1):
            raise ValueError(
                "{key: value} has two columns: match one column and take one, or write a list of rows,"
                " each with all its columns"
            )
        return [{match[0]: key, columns[0]: value} for key, value in table.items()]

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.connector is None) == (self.table is None):
            raise ValueError("a lookup has either a connector or a table of its own; give one of the two")
        return self

    @model_validator(mode="after")
    def _rows_are_whole(self) -> Self:
        needed = list(dict.fromkeys((*self.match.values(), *self.columns)))
        keys = Counter(self._key(row) for row in self.table or [] if set(needed) <= set(row))
        problems = []
        for at, row in enumerate(self.table or []):
            if found := self._wrong_row(row, needed) or self._wrong_key(row, keys):
                problems.append((("table", at), found))
        if problems:
            raise wrong(*problems)
        if self.table == []:
            raise wrong((("table",), "it has no row"))
        return self

    def _wrong_row(self, row: dict[str, Value], needed: list[str]) -> str | None:
        more = [one for one in row if one not in needed]
        if lost := [one for one in needed if one not in row]:
            close = meant(lost[0], more)
            return f"the row lacks {', '.join(lost)}" + (f" (is {close} meant to be it?)" if close else "")
        if more:
            return f"the row has {', '.join(more)}, which match and columns do not name"
        return None

    def _wrong_key(self, row: dict[str, Value], keys: Counter[tuple[str, ...]]) -> str | None:
        names = ", ".join(self.match.values())
        if any(row[one] is None for one in self.match.values()):
            return f"its key ({names}) has no value"
        if keys[self._key(row)] > 1:
            return f"its key ({names}) stands there more than once; at most one row a key"
        return None

    def _key(self, row: dict[str, Value]) -> tuple[str, ...]:
        return tuple(code(row[one]) or "" for one in self.match.values())

    @property
    def own_rows(self) -> list[dict[str, str | None]]:
        """Rows of a table that stands in the settings, every value as text."""
        keys = set(self.match.values())
        return [
            {name: code(one) if name in keys else _text(one) for name, one in row.items()}
            for row in self.table or []
        ]


def code(value: Value) -> str | None:
    """A key as it is compared, as ``engine.values.identifier_text`` writes those of the source."""
    written = _text(value)
    return None if written is None else _WHOLE_NUMBER.sub(r"\1", normal(written))


def _text(value: Value) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
