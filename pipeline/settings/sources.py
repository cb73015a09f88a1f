"""Settings of sources: where they are, what they become, how their columns map.

Belongs here: connectors, lookups, sources. Does not belong here: how a column is made from others
(``columns``), or reading anything (``collect``).
"""

import codecs
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, Secret, SecretStr, ValidationInfo, field_validator, model_validator

from pipeline.settings.base import Settings, known_zone
from pipeline.settings.columns import ColumnMap, NumberForm, number_columns
from pipeline.settings.http import DAY_SECONDS, HttpConnector
from pipeline.settings.problems import meant
from pipeline.settings.sizes import Size
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID

#: What text of every encoding can hold.
_SAMPLE = 'id,name\n1,"a b"\n'
#: Python's codecs that turn text into other text.
_NO_TEXT = ("unicode-escape", "raw-unicode-escape", "idna", "punycode", "rot13")


class FileConnector(Settings):
    """Files of one format: a file, a glob, a folder (all its files of the format), a ZIP archive (the
    same), or several.

    ``path`` is relative to the project's YAML, absolute, ``package:NAME/inner/path`` for data that
    an installed Python package carries, or a URL (``s3://bucket/orders/*.csv``, ``https://…``).
    """

    kind: Literal["file"] = "file"
    path: str | list[str]
    format: Literal["csv", "jsonl", "parquet", "excel"]
    encoding: str = Field("utf-8", description="of CSV and JSON lines; a byte order mark in the file wins")
    delimiter: str = Field(",", min_length=1, max_length=1, description="CSV: between fields")
    quote: str | None = Field(
        '"', min_length=1, max_length=1, description="CSV: around fields; none: no quotes"
    )
    escape: str | None = Field(
        None,
        min_length=1,
        max_length=1,
        description="CSV: before a quote or delimiter; none: quotes are doubled",
    )
    comment: str | None = Field(None, min_length=1, description="CSV: lines that start with it are skipped")
    skip_lines: int = Field(0, ge=0, description="CSV: lines, Excel: rows, before the header")
    columns_in_order: list[str] | None = Field(
        None, min_length=1, description="CSV and Excel: names of the columns of files without a header"
    )
    sheet: str | int | None = Field(None, description="Excel: name or number (from 1); none: the first")
    storage_options: Secret[dict[str, Any]] | None = Field(
        None, description="URLs: what the store needs (fsspec's options; headers for https), with ${SECRETS}"
    )
    timeout_seconds: float = Field(
        3600,
        gt=0,
        le=DAY_SECONDS,
        description="https: longest that one download may take, from connecting to its last byte",
    )
    max_size: Size = Field("20GB", description="URLs: largest file that is downloaded, unpacked")

    @property
    def paths(self) -> list[str]:
        """All places, in the order of the settings."""
        return [self.path] if isinstance(self.path, str) else self.path

    @field_validator("path")
    @classmethod
    def _some_path(cls, path: str | list[str]) -> str | list[str]:
        if not path or not all(path):
            raise ValueError("give at least one path")
        return path

    @field_validator("encoding")
    @classmethod
    def _encoding_of_text(cls, name: str) -> str:
        try:
            decoder = codecs.getincrementaldecoder(name)()
            is_good = decoder.decode(_SAMPLE.encode(name), final=True) == _SAMPLE
        except (LookupError, ValueError, TypeError, AttributeError):
            is_good = False
        if not is_good or codecs.lookup(name).name in _NO_TEXT:
            raise ValueError(
                f"{name!r} is not an encoding of text that is known; write one such as utf-8, utf-16,"
                " latin-1, cp1252, gb18030, shift_jis, or another of Python's standard encodings"
            )
        return name

    @field_validator("delimiter", mode="before")
    @classmethod
    def _tab(cls, delimiter: Any) -> Any:
        return "\t" if delimiter in ("\\t", "tab") else delimiter

    @field_validator("sheet")
    @classmethod
    def _sheet_number(cls, sheet: str | int | None) -> str | int | None:
        if isinstance(sheet, int) and sheet < 1:
            raise ValueError("sheets are numbered from 1")
        return sheet

    @model_validator(mode="after")
    def _dialect(self) -> Self:
        marks = [one for one in (self.delimiter, self.quote, self.escape) if one is not None]
        if self.escape == self.quote:
            marks.pop()
        if len(set(marks)) < len(marks) or set(marks) & set("\r\n"):
            raise ValueError("delimiter, quote and escape must differ, and be no line breaks")
        if twice := sorted(_repeated(self.columns_in_order or [])):
            raise ValueError(
                f"columns_in_order names {', '.join(twice)} more than once (case does not count)"
            )
        return self


def _repeated(names: list[str]) -> set[str]:
    folded = [one.casefold() for one in names]
    return {name for name, one in zip(names, folded, strict=True) if folded.count(one) > 1}


class SqlConnector(Settings):
    """A query against a database that SQLAlchemy can reach; the URL usually holds ``${SECRETS}``.

    The file of a SQLite database is relative to the project's YAML. With ``cursor``, a column of
    the query that only grows (when a row was changed, or its number), later collections read only
    rows from the greatest value on that was collected before.
    """

    kind: Literal["sql"] = "sql"
    url: SecretStr
    query: str
    cursor: str | None = None


Connector = Annotated[FileConnector | SqlConnector | HttpConnector, Field(discriminator="kind")]


def with_sqlite_in(folder: Path, settings: Any) -> Any:
    """Settings as they stand in YAML, where files of SQLite databases are relative to ``folder``."""
    if isinstance(settings, list):
        return [with_sqlite_in(folder, one) for one in settings]
    if not isinstance(settings, dict):
        return settings
    found = {key: with_sqlite_in(folder, one) for key, one in settings.items()}
    url = found.get("url")
    relative = (
        re.fullmatch(r"(sqlite(?:\+\w+)?:///)(?!/|file:|:)([^?]+)(.*)", url) if isinstance(url, str) else None
    )
    if found.get("kind") != "sql" or relative is None or Path(relative[2]).is_absolute():
        return found
    return found | {"url": f"{relative[1]}{(folder / relative[2]).as_posix()}{relative[3]}"}


class Lookup(Settings):
    """Columns taken from a second file or query, many rows of the source to at most one of it."""

    connector: Connector
    match: dict[str, str] = Field(min_length=1, description="source column -> column of the looked-up table")
    columns: list[str] = Field(min_length=1)


class DeletedFlag(Settings):
    """How a source marks a row as deleted: a column, and the values that mean it (case does not
    count; none: any value, as in a column of the time of deletion)."""

    column: str
    values: list[str | int | bool] | None = Field(None, min_length=1)


class SourceSettings(NumberForm):
    """One source: where it is, what it becomes, how its columns map.

    ``decimal`` and ``thousands`` are those of all its columns of numbers that say neither.
    With ``row_key``, a row of a known key and other content is a correction of the one collected
    before: the latest ``updated_at``, which every entity may then map, is in force, else the one
    read last.
    """

    entity: str
    connector: Connector
    lookups: list[Lookup] = []
    account_space: str | None = Field(
        None, description="sources that share account ids name the same space; default: the source's name"
    )
    time_zone: str | None = Field(None, description="zone of timestamps without one; default: the project's")
    default_country: str | None = Field(
        None,
        pattern="^[A-Z]{2}$",
        description="country of phone numbers in national form (ISO 3166-1); default: the project's",
    )
    columns: dict[str, ColumnMap]
    exact_duplicates: Literal["drop", "keep"] = "drop"
    priority: int = Field(0, description="on equal keys the higher priority survives")
    row_key: list[str] = Field([], description="columns of the source that together identify a row in it")
    deletions: Literal["ignore", "missing"] = Field(
        "ignore", description="missing: a row whose key the source no longer gives has been deleted"
    )
    deleted: DeletedFlag | None = Field(None, description="column by which the source marks deleted rows")

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        return name if name is None else known_zone(name)

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, columns: Any) -> Any:
        if isinstance(columns, dict):
            return {name: {"column": one} if isinstance(one, str) else one for name, one in columns.items()}
        return columns

    @field_validator("columns")
    @classmethod
    def _with_form_of_source(
        cls, columns: dict[str, ColumnMap], info: ValidationInfo
    ) -> dict[str, ColumnMap]:
        form = {one: info.data.get(one) for one in NumberForm.model_fields}
        entity = ENTITIES.get(info.data.get("entity", ""))
        numbers = number_columns(entity) if entity else set()
        return {
            name: one.model_copy(update=form)
            if name in numbers and one.constant is None and not one.has_number_form
            else one
            for name, one in columns.items()
        }

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        if self.entity not in ENTITIES:
            near = meant(self.entity, ENTITIES)
            said = f" (did you mean {near}?)" if near else ""
            raise ValueError(f"unknown entity {self.entity!r}{said}; known: {', '.join(sorted(ENTITIES))}")
        entity = ENTITIES[self.entity]
        known = {one.name for one in (*entity.mapped, *entity.identifiers)}
        needed = set(entity.needed)
        if self.row_key:
            known.add("updated_at")
        if entity.has_account:
            known.add(SOURCE_ACCOUNT_ID)
            needed.add(SOURCE_ACCOUNT_ID)
        if unknown := sorted(set(self.columns) - known):
            close = {name: meant(name, known) for name in unknown}
            words = (f"{name} (did you mean {close[name]}?)" if close[name] else name for name in unknown)
            raise ValueError(
                f"columns names {', '.join(words)}, which {self.entity} does not have;"
                f" it has: {', '.join(sorted(known))}"
            )
        if missing := sorted(needed - set(self.columns)):
            raise ValueError(f"columns lacks {', '.join(missing)}, which {self.entity} needs")
        if self.entity == "orders" and not {"net_amount", "unit_price_amount"} & set(self.columns):
            raise ValueError("columns needs net_amount or unit_price_amount for orders")
        return self

    @model_validator(mode="after")
    def _numbers_have_a_form(self) -> Self:
        numbers = number_columns(ENTITIES[self.entity])
        for name, mapping in self.columns.items():
            if mapping.has_number_form and name not in numbers:
                raise ValueError(f"columns.{name} says decimal or thousands, and is no column of numbers")
            if mapping.thousands == "." and any(map(self._is_of_a_sheet, mapping.value_columns)):
                raise ValueError(
                    f"columns.{name}: numbers of a workbook are read with a decimal point however the sheet"
                    " shows them, so 1.125 could mean two numbers; take thousands off"
                )
        return self

    def _is_of_a_sheet(self, column: str) -> bool:
        there = next((one.connector for one in self.lookups if column in one.columns), self.connector)
        return isinstance(there, FileConnector) and there.format == "excel"

    @model_validator(mode="after")
    def _keys_serve(self) -> Self:
        if not self.row_key and (self.deleted or self.deletions == "missing"):
            raise ValueError("deletions and deleted need row_key: the columns that identify a row")
        if self.deletions == "missing" and getattr(self.connector, "cursor", None):
            raise ValueError(
                "deletions: missing needs the whole source each time; take cursor off, or use deleted"
            )
        return self

    @property
    def own_columns(self) -> set[str]:
        """Columns of the source that must be there: those mapped, of its key, of its mark of deletion."""
        mapped = {column for mapping in self.columns.values() for column in mapping.source_columns}
        return mapped | set(self.row_key) | ({self.deleted.column} if self.deleted else set())
