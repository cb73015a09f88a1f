"""Settings of connectors: where rows of a source, or of a lookup, are.

Belongs here: files and queries, and what a connector may be. Does not belong here: addresses of the
web (``http``), what the rows become (``sources``), or reading anything (``collect``).
"""

import codecs
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, Secret, SecretStr, field_validator, model_validator

from pipeline.settings.base import Settings
from pipeline.settings.http import DAY_SECONDS, HttpConnector
from pipeline.settings.sizes import Size

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

    @field_validator(
        "delimiter",
        mode="before",
        json_schema_input_type=Annotated[str, Field(max_length=1)] | Literal["tab", "\\t"],
    )
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
