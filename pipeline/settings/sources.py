"""Settings of sources: where they are, what they become, how their columns map.

Belongs here: connectors, lookups, column maps. Does not belong here: reading anything (``collect``).
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from pipeline.settings.base import Settings
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID


class FileConnector(Settings):
    """One file or a glob of files of one format.

    ``path`` is relative to the project's YAML, absolute, or ``package:NAME/inner/path`` for data
    that an installed Python package carries.
    """

    kind: Literal["file"] = "file"
    path: str
    format: Literal["csv", "jsonl", "parquet"]
    delimiter: str = ","
    encoding: str = "utf-8"


class SqlConnector(Settings):
    """A query against a database that SQLAlchemy can reach; the URL usually holds ``${SECRETS}``."""

    kind: Literal["sql"] = "sql"
    url: SecretStr
    query: str


Connector = Annotated[FileConnector | SqlConnector, Field(discriminator="kind")]


class Lookup(Settings):
    """Columns taken from a second file or query, many rows of the source to at most one of it."""

    connector: Connector
    match: dict[str, str] = Field(min_length=1, description="source column -> column of the looked-up table")
    columns: list[str] = Field(min_length=1)


class ColumnMap(Settings):
    """How one column of an entity is made from columns of the source.

    Exactly one of ``column``, ``sum_of`` or ``constant``; then ``values`` recodes (an unlisted
    value is kept unless ``strict``), ``scale`` multiplies, ``format`` parses dates (strptime).
    """

    column: str | None = None
    sum_of: list[str] | None = None
    constant: str | None = None
    values: dict[str, str | int | float | None] | None = None
    strict: bool = False
    scale: float | None = None
    format: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(one is not None for one in (self.column, self.sum_of, self.constant)) != 1:
            raise ValueError("give exactly one of column, sum_of, constant")
        return self

    @property
    def source_columns(self) -> list[str]:
        """Columns of the source that are read."""
        return [self.column] if self.column else list(self.sum_of or [])


class SourceSettings(Settings):
    """One source: where it is, what it becomes, how its columns map."""

    entity: str
    connector: Connector
    lookups: list[Lookup] = []
    account_space: str | None = Field(
        None, description="sources that share account ids name the same space; default: the source's name"
    )
    time_zone: str | None = Field(None, description="zone of timestamps without one; default: the project's")
    columns: dict[str, ColumnMap]
    exact_duplicates: Literal["drop", "keep"] = "drop"
    priority: int = Field(0, description="on equal keys the higher priority survives")

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, columns: Any) -> Any:
        if isinstance(columns, dict):
            return {name: {"column": one} if isinstance(one, str) else one for name, one in columns.items()}
        return columns

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        if self.entity not in ENTITIES:
            raise ValueError(f"unknown entity {self.entity!r}; known: {', '.join(sorted(ENTITIES))}")
        entity = ENTITIES[self.entity]
        known = {one.name for one in (*entity.mapped, *entity.identifiers)}
        needed = set(entity.needed)
        if entity.has_account:
            known.add(SOURCE_ACCOUNT_ID)
            needed.add(SOURCE_ACCOUNT_ID)
        if unknown := sorted(set(self.columns) - known):
            raise ValueError(
                f"columns names {', '.join(unknown)}, which {self.entity} does not have;"
                f" it has: {', '.join(sorted(known))}"
            )
        if missing := sorted(needed - set(self.columns)):
            raise ValueError(f"columns lacks {', '.join(missing)}, which {self.entity} needs")
        if self.entity == "orders" and not {"net_amount", "unit_price_amount"} & set(self.columns):
            raise ValueError("columns needs net_amount or unit_price_amount for orders")
        return self
