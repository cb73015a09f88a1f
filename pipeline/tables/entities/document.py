"""The entities in words, for whoever writes a project's YAML.

Belongs here: a Markdown text generated from the contracts. Does not belong here: any contract.
"""

from pipeline.tables.entities import ENTITIES
from pipeline.tables.entities.model import SOURCE_ACCOUNT_ID, Entity
from pipeline.tables.model import Field

_HEAD = """# Entities

Generated from the contracts by `make docs`. What the rows of a source become; a project maps its own
columns to these. All entities are optional but one of profiles or orders. Where it says *restricted*,
the values stay in the restricted zone (law L6).
"""


def entities_text() -> str:
    """Every entity with the columns that a source may supply, as Markdown."""
    return "\n".join([_HEAD, *(_section(one) for one in ENTITIES.values())])


def _section(entity: Entity) -> str:
    key = " · ".join(one for one in entity.clean.key if one != "period")
    kind = f"events, by `{entity.event_time}`" if entity.event_time else "a snapshot, read whole"
    lines = [f"## {entity.name}", "", f"A row is {entity.clean.row}; {kind}. Key in the clean table: {key}.", ""]
    lines += ["| column | type | meaning | |", "| --- | --- | --- | --- |"]
    if entity.has_account:
        lines.append(f"| `{SOURCE_ACCOUNT_ID}` | text | What the source calls the account. | needed |")
    restricted = {one.name for one in entity.identifiers}
    for field in (*entity.mapped, *entity.identifiers):
        marks = ["needed"] if field.name in entity.needed else []
        marks += ["restricted"] if field.name in restricted else []
        lines.append(f"| `{field.name}` | {_type(field)} | {_meaning(field)} | {', '.join(marks)} |")
    return "\n".join(lines) + "\n"


def _type(field: Field) -> str:
    names = {"string": "text", "int64": "whole number", "bool": "yes or no", "date32[day]": "day"}
    written = str(field.type)
    if written.startswith("decimal"):
        return "amount" if "currency" in field.unit else "number"
    return "time" if written.startswith("timestamp") else names.get(written, written)


def _meaning(field: Field) -> str:
    codes = f" One of {', '.join(field.values)}." if field.values else ""
    unit = f" [{field.unit}]" if field.unit and not field.unit.startswith("UTC") else ""
    return (field.meaning + codes + unit).replace("|", "\\|")
