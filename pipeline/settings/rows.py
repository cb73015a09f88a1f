"""Settings of what rows of a source become: an entity, its columns, which rows count.

Belongs here: what a source says of its rows, once for a source of one entity, or for each entity under
``gives``. Does not belong here: where the rows are (``connectors``), or how a column is made from others
(``columns``).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from pipeline.expressions import Expression
from pipeline.settings.base import Settings, known_zone, wrong
from pipeline.settings.columns import ColumnMap, NumberForm, named, number_columns
from pipeline.settings.declared import declared
from pipeline.settings.lookups import Lookup

_NAME = re.compile(r"[^\W\d]\w*")


class DeletedFlag(Settings):
    """How a source marks a row as deleted: a column, and the values that mean it (case does not
    count; none: any value, as in a column of the time of deletion)."""

    column: str
    values: list[str | int | bool] | None = Field(None, min_length=1)


class RowSettings(NumberForm):
    """What rows become. ``decimal`` and ``thousands`` are those of all columns of numbers that say neither.

    With ``row_key``, a row of a known key and other content is a correction of the one collected
    before: the latest ``updated_at``, which every entity may then map, is in force, else the one
    read last. With ``latest_by``, rows are events that tell a state: of each account the latest before
    the end of a period is its row in that period.
    """

    entity: str = Field("", description="what a row becomes; under gives: by default the name given there")
    lookups: list[Lookup] = []
    compute: dict[str, Expression] = Field(
        {}, description="further columns by name, computed from those of a row"
    )
    where: list[Expression] = Field(
        [], description="only rows for which it is true are collected; of several, all"
    )
    latest_by: ColumnMap | None = Field(
        None,
        description="of a state that events tell: when one happened; of each account the latest counts",
    )
    account_space: str | None = Field(
        None,
        description="sources that share account ids name the same space; default: the source's name, for all"
        " that it gives",
    )
    time_zone: str | None = Field(None, description="zone of timestamps without one; default: the project's")
    default_country: str | None = Field(
        None,
        pattern="^[A-Z]{2}$",
        description="country of phone numbers in national form (ISO 3166-1); default: the project's",
    )
    columns: dict[str, ColumnMap] = {}
    exact_duplicates: Literal["drop", "keep"] = "drop"
    priority: int = Field(0, description="on equal keys the higher priority survives")
    row_key: list[str] = Field([], description="columns of the source that together identify a row in it")
    deletions: Literal["ignore", "missing"] = Field(
        "ignore", description="missing: a row whose key the source no longer gives has been deleted"
    )
    deleted: DeletedFlag | None = Field(None, description="column by which the source marks deleted rows")

    @field_validator("where", mode="before", json_schema_input_type=Expression | list[Expression])
    @classmethod
    def _one_condition(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given

    @field_validator("compute")
    @classmethod
    def _computable(cls, given: dict[str, Expression]) -> dict[str, Expression]:
        problems: list[tuple[tuple[str | int, ...], str]] = []
        folded = Counter(one.casefold() for one in given)
        for name in given:
            if not _NAME.fullmatch(name):
                problems.append(((name,), "the name of a column is one word of letters, digits and _"))
            elif folded[name.casefold()] > 1:
                problems.append(((name,), "two columns have this name (case does not count)"))
            elif round_trip := _back_to(name, given):
                problems.append(((name,), f"it is computed from itself: {' from '.join(round_trip)}"))
        if problems:
            raise wrong(*problems)
        return given

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        return name if name is None else known_zone(name)

    @field_validator("latest_by", mode="before", json_schema_input_type=str | ColumnMap | None)
    @classmethod
    def _short_column(cls, column: Any) -> Any:
        return named(column, "latest_by")

    @field_validator("columns", mode="before", json_schema_input_type=dict[str, str | ColumnMap])
    @classmethod
    def _short_form(cls, columns: Any) -> Any:
        if isinstance(columns, dict):
            return {name: named(one, name) for name, one in columns.items()}
        return columns

    @field_validator("columns")
    @classmethod
    def _with_form_of_source(
        cls, columns: dict[str, ColumnMap], info: ValidationInfo
    ) -> dict[str, ColumnMap]:
        form = {one: info.data.get(one) for one in NumberForm.model_fields}
        entity = declared(info).entities.get(info.data.get("entity", ""))
        numbers = number_columns(entity) if entity else set()
        return {
            name: one.model_copy(update=form)
            if name in numbers and one.constant is None and not one.has_number_form
            else one
            for name, one in columns.items()
        }

    @property
    def computed(self) -> dict[str, Expression]:
        """Every computed column by its name in the rows, those that are mapped at once among them."""
        mapped = (*self.columns.values(), *([self.latest_by] if self.latest_by else []))
        return self.compute | {
            one.column: one.expression
            for one in mapped
            if one.column is not None and one.expression is not None
        }

    def made_from(self, columns: Iterable[str]) -> set[str]:
        """``columns`` with all that those of them that are computed are made from."""
        found: set[str] = set()
        todo = list(columns)
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo += self.computed[one].names if one in self.computed else ()
        return found


def _back_to(name: str, computed: Mapping[str, Expression]) -> list[str] | None:
    """The way on which ``name`` is computed from itself; none if it is not."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for one in computed[way[-1]].names:
            if one == name:
                return [*way, name]
            if one in computed and one not in seen:
                seen.add(one)
                ways.append([*way, one])
    return None
