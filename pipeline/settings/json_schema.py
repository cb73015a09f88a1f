"""The settings as a JSON Schema, by which an editor completes, explains and checks a project.yaml.

Belongs here: what the schema says beyond pydantic's own: references to the environment, one form for
each kind, columns of each entity, files that extend others. Does not belong here: any setting. What is
written in another form than it is kept in says so where it is validated (``json_schema_input_type``).

The schema knows forms, names and bounds; what follows from several settings, ``segments check`` tells.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from pipeline.settings.project import Project
from pipeline.settings.schemes.documents import BUILT_IN
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID, Entity

Schema: TypeAlias = dict[str, Any]

#: Where the definitions stand; those of files that are laid over others bear this prefix.
_DEFS, _PART = "#/$defs/", "part."
_REFERENCE: Schema = {
    "type": "string",
    "pattern": r"\$\{[A-Z][A-Z0-9_]*(:-[^}]*)?\}",
    "description": "taken from the environment: ${NAME}, or ${NAME:-default}",
}
#: Keywords that explain a value, and do not bound it.
_ANNOTATIONS = ("description", "default")
_LISTS, _SINGLE, _BY_NAME = (
    ("anyOf", "oneOf", "allOf"),
    ("items", "additionalProperties"),
    ("properties", "$defs"),
)


def project_schema() -> Schema:
    """JSON Schema (draft 2020-12) of a project.yaml, and of one that extends others."""
    raw = Project.model_json_schema()
    raw = _everywhere(_everywhere(raw, _plain), _of_kinds)
    definitions: Schema = {**raw.pop("$defs"), "Project": raw}
    for one in definitions.values():
        if {"entity", "columns"} <= one.get("properties", {}).keys():
            _name_columns(one)
    form = definitions["SourceSettings"]["properties"]["columns"]["additionalProperties"]
    columns = {f"columns.{name}": {"properties": _columns(one, form)} for name, one in ENTITIES.items()}
    definitions |= _parts(definitions) | columns
    _lay_over_built_in(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "project.yaml",
        "description": "One company's settings: see docs/settings.md",
        "if": {"required": ["extends"]},
        "then": {"$ref": f"{_DEFS}{_PART}Project"},
        "else": {"$ref": f"{_DEFS}Project"},
        "$defs": {"reference": _REFERENCE} | dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """The schema as it is written into a file."""
    return json.dumps(project_schema(), ensure_ascii=False, indent=1) + "\n"


def _everywhere(schema: Any, change: Callable[[Schema], Schema]) -> Any:
    """``schema`` with every schema in it changed, the inner ones first."""
    if not isinstance(schema, dict):
        return schema
    found = dict(schema)
    for word in _LISTS:
        if word in found:
            found[word] = [_everywhere(one, change) for one in found[word]]
    for word in _SINGLE:
        if word in found:
            found[word] = _everywhere(found[word], change)
    for word in _BY_NAME:
        if word in found:
            found[word] = {name: _everywhere(one, change) for name, one in found[word].items()}
    return change(found)


def _plain(schema: Schema) -> Schema:
    """Without what only pydantic reads; values that are bounded may be taken from the environment."""
    found = {key: value for key, value in schema.items() if key not in ("title", "writeOnly")}
    if isinstance(found.get("default"), dict):  # a whole part: its own settings say their defaults
        del found["default"]
    if "description" in found:
        found["description"] = found["description"].replace("``", "`")
    is_bounded = found.get("type") in ("integer", "number", "boolean") or (
        found.get("type") == "string" and {"enum", "pattern", "minLength", "maxLength"} & found.keys()
    )
    if not is_bounded:
        return found
    said = {key: value for key, value in found.items() if key in _ANNOTATIONS}
    bounds = {key: value for key, value in found.items() if key not in _ANNOTATIONS}
    return {"anyOf": [bounds, {"$ref": f"{_DEFS}reference"}], **said}


def _of_kinds(schema: Schema) -> Schema:
    """One of several kinds, as conditions: an editor then names what is wrong with the one that is meant."""
    if "discriminator" not in schema:
        return schema
    found = {key: value for key, value in schema.items() if key not in ("discriminator", "oneOf")}
    word, kinds = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
    return found | {
        "type": "object",
        "required": [word],
        "properties": {word: {"enum": list(kinds)}},
        "allOf": [_where(word, {"const": kind}) | {"then": {"$ref": place}} for kind, place in kinds.items()],
    }


def _where(word: str, condition: Schema) -> Schema:
    return {"if": {"properties": {word: condition}, "required": [word]}}


def _name_columns(source: Schema) -> None:
    """Name the entities in the schema of what maps columns to one, and the columns that each has."""
    properties = source["properties"]
    properties["entity"] = {**properties["entity"], "enum": sorted(ENTITIES)}
    source["allOf"] = [
        _where("entity", {"const": name})
        | {"then": {"properties": {"columns": {"$ref": f"{_DEFS}columns.{name}"}}}}
        for name in sorted(ENTITIES)
    ]


def _columns(entity: Entity, form: Schema) -> Schema:
    fields = {one.name: one.meaning for one in (*entity.mapped, *entity.identifiers)}
    if entity.has_account:
        fields = {SOURCE_ACCOUNT_ID: "What the source calls the account.", **fields}
    return {name: {**form, "description": meaning} for name, meaning in fields.items()}


def _parts(definitions: Mapping[str, Schema]) -> Schema:
    """The same definitions for files that are laid over others: what is missing may stand there."""

    def partial(schema: Schema) -> Schema:
        found = {key: value for key, value in schema.items() if key != "required"}
        if str(found.get("$ref", "")).removeprefix(_DEFS) in definitions:
            found["$ref"] = f"{_DEFS}{_PART}{found['$ref'].removeprefix(_DEFS)}"
        if "then" in found:
            found["then"] = _everywhere(found["then"], partial)
        return found

    return {f"{_PART}{name}": _everywhere(one, partial) for name, one in definitions.items()}


def _lay_over_built_in(definitions: Mapping[str, Schema]) -> None:
    """An entry that bears the name of a built-in scheme says what differs; any other one is whole."""
    for prefix in ("", _PART):
        schemes = definitions[f"{prefix}Project"]["properties"]["schemes"]
        own, part = schemes["items"], definitions[f"{_PART}Project"]["properties"]["schemes"]["items"]
        kinds = {one["if"]["properties"]["kind"]["const"]: one["then"] for one in _conditions(part)}
        schemes["items"] = {
            "type": "object",
            "required": ["scheme"],
            "properties": {"scheme": {"anyOf": [{"enum": list(BUILT_IN)}, {"type": "string"}]}},
            "allOf": [
                *(
                    _where("scheme", {"enum": [name for name, one in BUILT_IN.items() if one.kind == kind]})
                    | {"then": then}
                    for kind, then in kinds.items()
                ),
                _where("scheme", {"not": {"enum": list(BUILT_IN)}}) | {"then": own},
            ],
        }


def _conditions(schema: Schema) -> list[Schema]:
    found: list[Schema] = schema["allOf"]
    return found
