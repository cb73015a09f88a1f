"""The data dictionary: every published column in words, generated from the contracts.

Belongs here: the dictionary as a table and as Markdown. Does not belong here: any meaning
(``pipeline.tables``).
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from pipeline.features import FEATURES, Feature
from pipeline.publish.contracts import published_tables
from pipeline.settings import BUILT_IN, Scheme
from pipeline.tables.model import TEXT, Field, Table

_SCHEMA = pa.schema(
    [
        pa.field("table", TEXT, nullable=False),
        pa.field("column", TEXT, nullable=False),
        pa.field("type", TEXT, nullable=False),
        pa.field("unit", TEXT, nullable=False),
        pa.field("nullable", pa.bool_(), nullable=False),
        pa.field("allowed_values", TEXT, nullable=False),
        pa.field("meaning", TEXT, nullable=False),
        pa.field("null_meaning", TEXT, nullable=False),
        pa.field("privacy", TEXT, nullable=False),
    ]
)

#: The dictionary as a file: the columns of tables, and everything else that has a name.
_WHOLE = pa.schema(
    [
        pa.field("kind", TEXT, nullable=False),
        pa.field("name", TEXT, nullable=False),
        pa.field("table", TEXT),
        pa.field("column", TEXT),
        pa.field("label", TEXT),
        pa.field("label_zh", TEXT),
        *(_SCHEMA.field(name).with_nullable(True) for name in _SCHEMA.names[2:]),
        pa.field("meaning_zh", TEXT),
    ]
)

#: One word for one thing.
GLOSSARY: tuple[tuple[str, str], ...] = (
    ("account", "A record of one customer in one source."),
    ("customer", "The person or firm behind one or more accounts."),
    ("period", "A week or a month, cut in the project's time zone; stored times are UTC."),
    ("as_of", "The end of a period, exclusive: features use only what happened before it."),
    ("ledger of activity", "Additive measures per account and period, from which features are computed."),
    ("population", "Customers first seen before as_of and active within the retention window."),
    ("feature family", "Features of one theme."),
    ("scheme", "One way of segmenting."),
    ("segment", "One part of a scheme."),
    ("assignment", "A customer's segment in a scheme in a period."),
    ("register of segments", "Every segment that ever lived, with its events."),
    ("move", "A customer's change of segment between two periods."),
    ("cause", "Why a customer moved: late data, identity, behaviour, or the model."),
    ("refit", "Fitting a scheme anew. Between refits its borders are frozen."),
    ("champion, challenger", "The version of a scheme in force, and the candidate to replace it."),
    ("finding", "One drift measurement with its verdict."),
    ("quarantine", "Rows set aside with reasons."),
    ("restricted zone", "Where direct identifiers live; nothing published comes from there."),
    ("publication", "One consistent set of published tables."),
    ("manifest", "What a publication contains: tables, periods, revisions, rows, checksums."),
    ("portrait", "The description of a segment: what sets it apart from the population."),
    ("playbook", "The recommended handling of a segment."),
    ("action", "A kind of contact that a company can afford a number of in each period."),
    ("action plan", "Who is to be contacted by which action in the next period."),
    ("hold-out", "Customers whom an action would choose and never contacts, so that it can be measured."),
    ("project", "One company's configuration."),
)


def dictionary_table(
    schemes: Mapping[str, Scheme] = BUILT_IN,
    features: Mapping[str, Feature] = FEATURES,
    with_texts: bool = False,
    with_actions: bool = False,
) -> pa.Table:
    """One row a column of a published table of a project with ``schemes``, in the order of the contracts.

    Columns: table, column, type, unit, nullable, allowed_values, meaning, null_meaning, privacy
    (none, quasi or direct); texts are empty where there is nothing to say.
    """
    tables = published_tables(schemes, features, with_texts, with_actions).values()
    rows = [_row(table, field) for table in tables for field in table.fields]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _row(table: Table, field: Field) -> dict[str, object]:
    nullable = field.name not in table.required
    return {"table": table.name, "column": field.name} | _described(field, nullable)


def _described(field: Field, nullable: bool) -> dict[str, object]:
    return {
        "type": type_name(field.type),
        "unit": field.unit,
        "nullable": nullable,
        "allowed_values": allowed_values(field),
        "meaning": field.meaning,
        "null_meaning": field.null_meaning if nullable else "",
        "privacy": field.pii,
    }


def whole_dictionary(
    schemes: Mapping[str, Scheme],
    features: Mapping[str, Feature],
    segments: Iterable[Mapping[str, str]],
    with_texts: bool = False,
    with_actions: bool = False,
) -> pa.Table:
    """One row a column of a published table, a feature, a scheme, a segment: the dictionary as a file.

    ``kind`` says which; ``name`` is that of the column or feature, or the id; ``table`` and ``column`` are
    null but for columns. ``label`` and ``label_zh`` are what readers call it, null for columns that are no
    feature; ``meaning`` and ``meaning_zh`` say what it is, in Chinese for a feature with no more words than
    its label. ``segments`` are those of the register, with ``segment_id``, ``label`` and ``label_zh``;
    declared ones are in the dictionary before anybody is in them.
    """
    rows: list[dict[str, object]] = []
    for table in published_tables(schemes, features, with_texts, with_actions).values():
        for one in table.fields:
            more = {"kind": "column", "name": one.name, "meaning_zh": one.zh}
            rows.append(_row(table, one) | _called(features.get(one.name)) | more)
    for feature in features.values():
        one = feature.field
        more = {"kind": "feature", "name": one.name, "meaning_zh": one.zh}
        rows.append(_described(one, bool(one.null_meaning)) | _called(feature) | more)
    named = {one["segment_id"]: (one["label"], one["label_zh"]) for one in segments}
    for scheme in schemes.values():
        rows.append({"kind": "scheme", "name": scheme.name} | _labels(scheme.label.en, scheme.label.zh))
        for name, segment in scheme.segments.items():
            named[scheme.segment_id(name)] = segment.label.en, segment.label.zh
    for name, labels in sorted(named.items()):
        rows.append({"kind": "segment", "name": name} | _labels(*labels))
    return pa.Table.from_pylist(rows, schema=_WHOLE)


def _called(feature: Feature | None) -> dict[str, object]:
    return _labels(*feature.label) if feature else _labels(None, None)


def _labels(label: str | None, label_zh: str | None) -> dict[str, object]:
    return {"label": label, "label_zh": label_zh}


def allowed_values(field: Field) -> str:
    """Listed values, or the range of a number, in words; empty when anything goes."""
    if field.values:
        return ", ".join(field.values)
    if field.minimum is not None and field.maximum is not None:
        return f"{field.minimum:g} to {field.maximum:g}"
    if field.minimum is not None:
        return f"at least {field.minimum:g}"
    return "" if field.maximum is None else f"at most {field.maximum:g}"


def type_name(type: pa.DataType) -> str:
    """A type in the words of a reader."""
    if pa.types.is_list(type):
        inner = type.value_type
        if pa.types.is_struct(inner):
            return f"list of ({', '.join(f'{one.name} {type_name(one.type)}' for one in inner)})"
        return f"list of {type_name(inner)}"
    if pa.types.is_decimal(type):
        return f"decimal({type.precision}, {type.scale})"
    names = {
        "string": "text",
        "int64": "integer",
        "double": "number",
        "bool": "boolean",
        "date32[day]": "date",
    }
    return "timestamp (UTC)" if pa.types.is_timestamp(type) else names.get(str(type), str(type))


def dictionary_text(
    schemes: Mapping[str, Scheme] = BUILT_IN,
    features: Mapping[str, Feature] = FEATURES,
    with_texts: bool = False,
    with_actions: bool = False,
) -> str:
    """The dictionary as Markdown: tables, features, schemes and segments, glossary."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("pipeline.publish"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    columns = dictionary_table(schemes, features, with_texts, with_actions).to_pylist()
    return templates.get_template("data_dictionary.md.j2").render(
        tables=[
            (table, [one for one in columns if one["table"] == table.name])
            for table in published_tables(schemes, features, with_texts, with_actions).values()
        ],
        features=features.values(),
        schemes=schemes.values(),
        glossary=GLOSSARY,
        allowed_values=allowed_values,
        type_name=type_name,
    )
