"""What the Dagster UI shows of a table: column schema, provenance, numbers worth plotting.

Belongs here: translation of contracts and results into Dagster metadata. Does not belong
here: computing the numbers. No value of a customer ever becomes metadata (law L6).
"""

from collections.abc import Mapping, Sequence

from dagster import MetadataValue, TableColumn, TableColumnConstraints, TableSchema

from pipeline.tables.model import Table


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


def markdown_table(rows: Sequence[Mapping[str, object]]) -> MetadataValue:
    """Rows of equal keys as a Markdown table."""
    if not rows:
        return MetadataValue.md("*nothing*")
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(row[name]) for name in names) + " |" for row in rows]
    return MetadataValue.md("\n".join(lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).replace("|", "\\|")
