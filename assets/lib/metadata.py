"""What the Dagster UI shows of a table: column schema, provenance, numbers worth plotting.

Belongs here: translation of contracts and results into Dagster metadata. Does not belong
here: computing the numbers. No value of a customer ever becomes metadata (law L6).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypedDict

from dagster import MetadataValue, TableColumn, TableColumnConstraints, TableSchema

from pipeline.publish.formats import markdown_text
from pipeline.tables.model import Table
from pipeline.tables.overview import OVERVIEW

#: Zones that may hold direct identifiers (law L6); the UI shows it as a tag.
RESTRICTED = ("raw", "quarantine", "restricted")

#: Markdown of fewer characters is shown at once in the UI; of more, behind a button.
_SHOWN_AT_ONCE = 1000

#: For each zone: whom its tables serve, and what to do when one fails.
PURPOSES: Mapping[str, tuple[str, str]] = {
    "raw": (
        "cleaning only; every value as the source gave it, append-only, restricted.",
        "the source is missing or has changed its shape: `segments check` says where. Mend the source"
        " or its mapping, run again.",
    ),
    "clean": (
        "the activity ledgers and customers; no direct identifiers.",
        "read the failed check: it names the columns and rules. Mend the source or its mapping, run again;"
        " what is published stays.",
    ),
    "quarantine": (
        "whoever mends the sources: each row with the rule it broke and what was expected. Restricted.",
        "see the clean table of the same name; both are written together. A growing table is shown by"
        " `quarantined_share` of clean/row_accounts.",
    ),
    "restricted": (
        "identity and contact only; direct identifiers and free text, kept apart. Restricted.",
        "see the clean table of the same name; both are written together.",
    ),
    "texts": (
        "the ledger of texts: language and tone of what was written, never a word of it.",
        "the error names the line, not the text: leave it out by `where`, run again, and report it.",
    ),
    "activity": (
        "the features: additive, so that history is never read again.",
        "its clean tables are missing or of another version: materialize them for the period, then this.",
    ),
    "health": (
        "everybody: whether each source is whole, before anything is made of it (law L13).",
        "the check `whole` names sources that are broken in the period: nothing of it is published. Deliver"
        " them anew, or accept the period by name: `segments run --accept SOURCE:PERIOD`.",
    ),
    "customers": (
        "features and flows: who counts as a customer, and since when.",
        "the period before must be there: periods run in order. If the check `guards` failed, accounts of"
        " different people were probably merged: it names the customers, `segments show customer ID` the"
        " links; keep accounts apart under identity.overrides, run again.",
    ),
    "features": (
        "every scheme: the same features as of the end of the period, no later row in them (law L2).",
        "one of the ledgers of the last twelve periods is missing: materialize it, then this.",
    ),
    "models": (
        "assignment and audit: borders and parameters, fitted in a refit and then frozen (law L7).",
        "the period before must be there. A scheme that says insufficient_data or not_applicable has not"
        " failed: its `gates` say what the data lack.",
    ),
    "segments": (
        "drift and publication.",
        "the period before must be there: periods run in order. Materialize it, then this.",
    ),
    "plans": (
        "marketing: whom to contact in the next period, and what earlier contacts earned beside a hold-out.",
        "the period before must be there: customers are followed from period to period. Materialize it, then"
        " this.",
    ),
    "drift": (
        "Operations: what changed, why, and whether to act.",
        "nothing is published for the period and the last publication stays. `balanced` or `explained`"
        " failing is a fault of the program: keep the run and report it.",
    ),
    "published": (
        "analysts: validated, and visible together with all other published tables or not at all (law L5).",
        "readers still see the last publication. Mend what the run names, run again.",
    ),
}


#: What people read of these tables is their metadata; the columns would stand above it.
TOLD_BY_METADATA = (OVERVIEW.path,)


@cache  # it is told thrice of each table of a period
def column_schema(table: Table) -> TableSchema:
    """The contract's columns as the UI's column schema, with meaning, unit and constraints."""
    return TableSchema(
        columns=[
            TableColumn(
                name=one.name,
                type=str(one.type),
                description=one.meaning + (f" [{one.unit}]" if one.unit else ""),
                constraints=TableColumnConstraints(
                    nullable=one.name not in table.required, unique=table.key == (one.name,)
                ),
            )
            for one in table.fields
        ]
    )


class Shown(TypedDict):
    """Arguments of an asset that change what people see, not what it does."""

    group_name: str
    description: str
    metadata: dict[str, Any]
    tags: dict[str, str]
    kinds: set[str]


def shown(table: Table, group: str | None = None) -> Shown:
    """What the UI shows of ``table`` before it is ever materialized.

    ``group`` is its zone unless it is made in the steps of another: groups that need each other
    would make the graph unreadable.
    """
    purpose, remedy = PURPOSES[table.zone]
    return {
        "group_name": group or table.zone,
        "description": f"Rows: {table.row}.\n\nFor: {purpose}\n\nIf it fails: {remedy}",
        "metadata": {} if table.path in TOLD_BY_METADATA else {"dagster/column_schema": column_schema(table)},
        "tags": {"access": "restricted"} if table.zone in RESTRICTED else {},
        "kinds": {"parquet"},
    }


def markdown_table(rows: Sequence[Mapping[str, object]]) -> MetadataValue:
    """Rows of equal keys as a Markdown table; every value is shown as it is."""
    if not rows:
        return MetadataValue.md("*nothing*")
    names = list(rows[0])
    lines = ["| " + " | ".join(map(markdown_text, names)) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(row[name]) for name in names) + " |" for row in rows]
    return MetadataValue.md("\n".join(lines))


def small_table(rows: Sequence[Mapping[str, object]]) -> MetadataValue:
    """The first of ``rows`` as a Markdown table that the UI shows at once, and how many more there are."""
    for count in range(len(rows), 0, -1):
        text = str(markdown_table(rows[:count]).value)
        more = f"\n\n… {len(rows) - count} more" if count < len(rows) else ""
        if len(text + more) < _SHOWN_AT_ONCE or count == 1:
            return MetadataValue.md(text + more)
    return markdown_table(rows)


def markdown_list(items: Sequence[str]) -> MetadataValue:
    """Items as a Markdown list; every one is shown as it is."""
    return MetadataValue.md("\n".join(f"- {markdown_text(one)}" for one in items) or "*none*")


def span(periods: Sequence[str]) -> str:
    """Consecutive periods as one text."""
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}" if periods else "none"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value) if isinstance(value, int) else markdown_text(value)
