"""Settings of sources: where their rows are, and what they become.

Belongs here: one source, of one entity or of several. Does not belong here: what an entity takes from the
rows (``rows``), where they are (``connectors``), or reading anything (``collect``).
"""

import json
from typing import Any, Self

from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails

from pipeline.expressions import Expression
from pipeline.settings.base import wrong
from pipeline.settings.columns import ColumnMap, number_columns
from pipeline.settings.connectors import Connector, FileConnector
from pipeline.settings.declared import declared
from pipeline.settings.problems import meant
from pipeline.settings.rows import RowSettings
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID, Entity

#: What decides the rows of a source and their periods, in the order of the first version: digests of what
#: was collected outlive versions of the program.
_DECIDING = (
    "entity", "connector", "lookups", "account_space", "time_zone", "default_country", "columns",
    "exact_duplicates", "priority", "row_key", "deletions", "deleted",
)  # fmt: skip
#: Settings that came later: they count where they are used.
_LATER = ("where", "compute", "latest_by")
#: What one entity of several takes from its source where it says nothing itself.
_SHARED = (
    "account_space", "time_zone", "default_country", "exact_duplicates", "priority", "decimal", "thousands",
)  # fmt: skip
#: What only one entity can say.
_OF_ONE = ("entity", "latest_by", "columns", "row_key", "deletions", "deleted")


class Given(RowSettings):
    """One of several entities that a source gives."""

    columns: dict[str, ColumnMap]


class SourceSettings(RowSettings):
    """One source: where it is, what it becomes, how its columns map.

    With ``gives``, its rows become several entities, each with columns of its own; the source is read
    once. Each is a source of its own from then on, named ``source_name`` by the source and its name there;
    they share account ids.
    """

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["entity", "columns"]}, {"required": ["gives"]}]}
    )

    connector: Connector
    gives: dict[str, Given] | None = Field(
        None, description="several entities from the same rows, by name; in place of entity and columns"
    )

    @model_validator(mode="after")
    def _one_or_several(self, info: ValidationInfo) -> Self:
        if self.gives == {}:
            raise wrong((("gives",), "it names no entity"))
        if self.gives:
            self._check_gives(self.gives, info.context)
        elif lost := [one for one in ("entity", "columns") if not getattr(self, one)]:
            details = [InitErrorDetails(type="missing", loc=(one,), input=None) for one in lost]
            raise ValidationError.from_exception_data("source", details)
        return self

    def _check_gives(self, gives: dict[str, Given], context: Any) -> None:
        if mine := [one for one in _OF_ONE if self._says(one)]:
            raise wrong(
                *(((one,), f"a source with gives says {one} of each entity: move it there") for one in mine)
            )
        problems: list[tuple[tuple[str | int, ...], str]] = [
            (("gives", key, "compute", name), "the source computes a column of this name for all: rename one")
            for key, one in gives.items()
            for name in one.compute
            if name in self.compute
        ]
        for key, one in gives.items():
            try:
                self._given("", key, one, context)
            except ValidationError as error:
                problems += [
                    (("gives", key, *it["loc"]), it["msg"].removeprefix("Value error, "))
                    for it in error.errors(include_input=False, include_url=False)
                ]
        if problems:
            raise wrong(*problems)

    def _says(self, setting: str) -> bool:
        """Whether a setting differs from what it is where nothing is said."""
        return bool(getattr(self, setting) != type(self).model_fields[setting].default)

    def by_entity(self, name: str, context: Any = None) -> dict[str, "SourceSettings"]:
        """The sources that the source ``name`` stands for, each of one entity: itself, or all it gives.
        ``context`` is that of validation."""
        if not self.gives:
            return {name: self}
        return {f"{name}_{key}": self._given(name, key, one, context) for key, one in self.gives.items()}

    def _given(self, name: str, key: str, one: Given, context: Any) -> "SourceSettings":
        said = {field: getattr(one, field) for field in one.model_fields_set}
        mine = {field: getattr(self, field) for field in _SHARED if field in self.model_fields_set}
        shared = {"account_space": name or None, **{k: v for k, v in mine.items() if v is not None}}
        together = {
            "entity": one.entity or key,
            "connector": self.connector,
            "lookups": [*self.lookups, *one.lookups],
            "compute": {**self.compute, **one.compute},
            "where": [*self.where, *one.where],
        }
        return SourceSettings.model_validate({**shared, **said, **together}, context=context)

    @model_validator(mode="after")
    def _columns_exist(self, info: ValidationInfo) -> Self:
        if self.gives:
            return self
        entities = declared(info).entities
        if self.entity not in entities:
            near = meant(self.entity, entities)
            said = f" (did you mean {near}?)" if near else ""
            raise ValueError(f"unknown entity {self.entity!r}{said}; known: {', '.join(sorted(entities))}")
        entity = entities[self.entity]
        known = {one.name for one in (*entity.mapped, *entity.identifiers)}
        needed = set(entity.needed)
        if self.row_key:
            known.add("updated_at")
        if entity.has_account:
            known.add(SOURCE_ACCOUNT_ID)
            needed.add(SOURCE_ACCOUNT_ID)
        unknown = sorted(set(self.columns) - known)
        if unknown and (declared(info).is_whole or entity.event_time is not None):
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
    def _computed_are_new(self) -> Self:
        taken = [column.casefold() for lookup in self.lookups for column in lookup.columns]
        if twice := [one for one in self.compute if one.casefold() in taken]:
            raise wrong(
                *((("compute", one), "a lookup gives a column of this name: rename") for one in twice)
            )
        return self

    @model_validator(mode="after")
    def _numbers_have_a_form(self, info: ValidationInfo) -> Self:
        if self.gives:
            return self
        there = declared(info)
        numbers = number_columns(there.entities[self.entity])
        named = {one.name for one in there.entities[self.entity].mapped}
        for name, mapping in self.columns.items():
            is_known = there.is_whole or name in named
            if mapping.has_number_form and name not in numbers and is_known:
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

    @model_validator(mode="after")
    def _state_is_told(self) -> Self:
        if self.latest_by is None:
            return self
        if ENTITIES[self.entity].event_time is not None:
            states = ", ".join(sorted(name for name, one in ENTITIES.items() if one.event_time is None))
            raise wrong(
                (
                    ("latest_by",),
                    f"{self.entity} are events, of which each counts; latest_by makes a state of events, for"
                    f" {states}",
                )
            )
        if not self.latest_by.value_columns or self.latest_by.sum_of:
            raise wrong((("latest_by",), "name the one column that says when an event happened"))
        if said := [one for one in ("row_key", "deletions", "deleted") if self._says(one)]:
            raise wrong(
                *(
                    ((one,), "with latest_by the account is the key, and events tell its state")
                    for one in said
                )
            )
        if not self.keyed_by:
            raise wrong(
                *(
                    (("columns", one), "latest_by needs a column of the source that says who an event is of")
                    for one in _told_of(ENTITIES[self.entity])
                )
            )
        return self

    @property
    def keyed_by(self) -> list[str]:
        """Columns of the source that together identify a row in it; none: its content does."""
        if self.latest_by is None:
            return self.row_key
        told = (self.columns.get(one) for one in _told_of(ENTITIES[self.entity]))
        return [column for one in told if one is not None for column in one.value_columns]

    @property
    def own_columns(self) -> set[str]:
        """Columns that must be there: those mapped, of its key, of its mark of deletion, computed or not."""
        mapped = {column for mapping in self.columns.values() for column in mapping.source_columns}
        latest = set(self.latest_by.source_columns) if self.latest_by else set()
        return mapped | latest | set(self.row_key) | ({self.deleted.column} if self.deleted else set())

    @property
    def conditions(self) -> dict[str, Expression]:
        """Expressions of ``where`` by their keys."""
        if len(self.where) == 1:
            return {"where": self.where[0]}
        return {f"where.{at}": one for at, one in enumerate(self.where)}

    def deciding(self) -> str:
        """JSON of all that decides which rows of the source there are, and which period each belongs to."""
        # how numbers are written decides no period: rows that were collected stay
        form = {"decimal": True, "thousands": True}
        # nor do the bounds of asking for it
        bounds = {"connector": {"timeout_seconds", "max_size"}}
        found = self.model_dump(
            mode="json",
            exclude=form | {"columns": {"__all__": form}} | bounds | {"lookups": {"__all__": bounds}},
        )
        for part, later in ((found["lookups"], "table"), (found["columns"].values(), "expression")):
            for one in part:
                if one[later] is None:
                    del one[later]
        used = [one for one in _LATER if found[one]]
        deciding = {one: found[one] for one in (*_DECIDING, *used)}
        return json.dumps(deciding, ensure_ascii=False, separators=(",", ":"))


def _told_of(entity: Entity) -> list[str]:
    """Columns of a state that say whose it is."""
    own = [one for one in entity.clean.key if one not in ("period", "source", "account_id")]
    return [SOURCE_ACCOUNT_ID] if entity.has_account else own
