"""One entity from the raw rows of its sources.

Belongs here: the order of work: type, judge, drop duplicates, split. Does not belong here: how
each step is done (the modules beside this one).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
from ibis.expr import types as ir

from pipeline.clean.duplicates import ROW_ID, occurrences, superseded
from pipeline.clean.orders import derived
from pipeline.clean.rules import Rule, rules
from pipeline.clean.typed import missing, origins, typed
from pipeline.engine.values import (
    digest,
    held,
    identifier_text,
    json_text,
    md5,
    origin,
    origin_text,
    raw_name,
    source_columns,
)
from pipeline.errors import InputError
from pipeline.settings import ColumnMap, Project, SourceSettings
from pipeline.tables.entities import SOURCE_ACCOUNT_ID, Entity
from pipeline.tables.model import Field
from pipeline.tables.zones import set_aside

_EXACT, _KEY = -1, -2
_UNIT = "\x1f"


@dataclass(frozen=True)
class Cleaned:
    """Good rows (``entity.clean``), the others with reasons (``zones.set_aside``), and direct
    identifiers of good rows (``entity.restricted``; none for entities without)."""

    kept: ir.Table
    set_aside: ir.Table
    restricted: ir.Table | None


@dataclass(frozen=True)
class _Part:
    """One source under way: its raw rows, its rules, and its rows with the values of the clean
    table, ``broken`` being the number of the first rule broken, or null."""

    name: str
    source: SourceSettings
    raw: ir.Table
    rules: list[Rule]
    rows: ir.Table


def clean(entity: Entity, raw: Mapping[str, ir.Table], project: Project) -> Cleaned:
    """Type, judge and deduplicate the raw rows of one or many periods.

    ``raw`` maps each source of the entity to its rows (``period``, ``RAW_COLUMNS``, the source's
    columns). Every raw row is in ``kept`` or in ``set_aside``, once (law L1). Raises
    ``InputError`` when a mapped column is not among those collected.
    """
    if not raw:
        raise ValueError(f"no source of {entity.name}")
    parts = [_typed(entity, name, rows, project) for name, rows in raw.items()]
    parts, exact = _without_exact_duplicates(parts)
    good = ibis.union(*(part.rows.filter(part.rows["broken"].isnull()) for part in parts))
    good = good.anti_join(exact, list(ROW_ID)) if exact is not None else good
    losers = superseded(good, entity.clean.key) if _keys_may_repeat(entity, parts) else None
    aside = _aside(parts, exact, losers)
    kept = good if losers is None else good.anti_join(aside.filter(aside["broken"] == _KEY), list(ROW_ID))
    identified = kept.select(entity.restricted.columns) if entity.restricted is not None else None
    reasons = ibis.union(*(_with_reasons(entity, part, aside) for part in parts))
    return Cleaned(kept.select(entity.clean.columns), reasons, identified)


def _typed(entity: Entity, name: str, raw: ir.Table, project: Project) -> _Part:
    source = project.sources[name]
    _check_columns(name, source, raw)
    mapped = [
        (field, source.columns[field.name])
        for field in (*entity.mapped, *entity.identifiers)
        if field.name in source.columns
    ]
    row = typed(_started(raw, name, source, mapped, project), mapped, source.time_zone or project.time_zone)
    if entity.name == "orders":
        row = derived(row, project.time_zone)
    row = _completed(row, entity, name)
    judged = rules(entity, source, row)
    tests = [(rule.broken.fill_null(False), number) for number, rule in enumerate(judged)]
    rows = row.select(
        **{one.name: row[f"c:{one.name}"] for one in (*entity.clean.fields, *entity.identifiers)},
        **{one: row[one] for one in ("file", "row", "collected_at", "content")},
        priority=ibis.literal(source.priority, "int64"),
        broken=ibis.cases(*tests, else_=ibis.null("int64")).cast("int64"),
    )
    return _Part(name, source, raw, judged, held(rows))


def _started(
    raw: ir.Table, name: str, source: SourceSettings, mapped: list[tuple[Field, ColumnMap]], project: Project
) -> ir.Table:
    """Row ids, content digest, account and the columns that fields are read from."""
    found = [item for field, mapping in mapped for item in origins(raw, field, mapping).items()]
    account = source.columns.get(SOURCE_ACCOUNT_ID)
    ids = {"account": ibis.null("string") if account is None else identifier_text(origin(raw, account))}
    table = raw.select(
        period=raw["period"],
        file=raw["_file"],
        row=raw["_row"].cast("int64"),
        collected_at=raw["_collected_at"],
        content=digest([raw[one] for one in source_columns(raw)]),
        **ids,
        **dict(found),
    )
    return table.mutate(
        account_id=account_id(project.project, source.account_space or name, table["account"])
    )


def _completed(row: ir.Table, entity: Entity, name: str) -> ir.Table:
    """``row`` with every column of the clean table, and identifiers, as ``c:name``."""
    given: dict[str, ir.Value] = {
        "period": row["period"],
        "source": ibis.literal(name),
        "account_id": row["account_id"],
    }
    if "line_key" in entity.clean.columns:
        given["line_key"] = (
            row["v:line_key"].coalesce(row["content"]) if "v:line_key" in row.columns else row["content"]
        )

    def value(field: Field) -> ir.Value:
        if field.name in given:
            return given[field.name]
        return row[f"v:{field.name}"] if f"v:{field.name}" in row.columns else missing(field)

    fields = (*entity.clean.fields, *entity.identifiers)
    return row.mutate(**{f"c:{one.name}": value(one) for one in fields if f"c:{one.name}" not in row.columns})


def account_id(project: str, space: str, source_account_id: ir.StringValue) -> ir.StringValue:
    """Id of an account: the same source id in the same account space is the same account."""
    prefix = f"{project}{_UNIT}{space}{_UNIT}"
    return ibis.literal("a_") + md5(ibis.literal(prefix) + source_account_id).substr(0, 20)


def _check_columns(name: str, source: SourceSettings, raw: ir.Table) -> None:
    mapped = {raw_name(one) for mapping in source.columns.values() for one in mapping.source_columns}
    if lost := sorted(mapped - set(raw.columns)):
        raise InputError(
            f"source {name}",
            f"the rows collected earlier have no column {', '.join(lost)}",
            "every column that the settings map",
            f"Remove raw/{name} from the lake to collect the source anew, or correct columns.",
        )


def _without_exact_duplicates(parts: list[_Part]) -> tuple[list[_Part], ir.Table | None]:
    """Ids of rows to drop; sources that keep equal rows get their line keys numbered instead."""
    result, dropped = [], []
    for part in parts:
        repeated = occurrences(part.rows.filter(part.rows["broken"].isnull())).filter(ibis._.occurrence > 0)
        if part.source.exact_duplicates == "drop":
            dropped.append(repeated.drop("occurrence"))
        elif "line_key" in part.rows.columns and "line_key" not in part.source.columns:
            part = _numbered(part, repeated)
        result.append(part)
    return result, held(ibis.union(*dropped)) if dropped else None


def _numbered(part: _Part, repeated: ir.Table) -> _Part:
    joined = part.rows.left_join(repeated, list(ROW_ID))
    number = joined["occurrence"].cast("string")
    key = (joined["line_key"] + "-" + number).coalesce(joined["line_key"])
    rows = joined.mutate(line_key=key).select(part.rows.columns)
    return _Part(part.name, part.source, part.raw, part.rules, rows)


def _keys_may_repeat(entity: Entity, parts: list[_Part]) -> bool:
    """Keys made of the content are unique once exact duplicates are gone."""
    return "line_key" not in entity.clean.key or any("line_key" in part.source.columns for part in parts)


def _aside(parts: list[_Part], exact: ir.Table | None, losers: ir.Table | None) -> ir.Table:
    """Ids of all rows set aside, with the number of the rule, or that of a kind of duplicate."""
    broken = [part.rows.filter(part.rows["broken"].notnull()).select(*ROW_ID, "broken") for part in parts]
    doubled = [(exact, _EXACT), (losers, _KEY)]
    ids = [
        table.select(*ROW_ID, broken=ibis.literal(code, "int64"))
        for table, code in doubled
        if table is not None
    ]
    return held(ibis.union(*broken, *ids))


def _with_reasons(entity: Entity, part: _Part, aside: ir.Table) -> ir.Table:
    """Rows of a source that were set aside, as ``zones.set_aside``."""
    mine = aside.filter(aside["source"] == part.name)
    raw = part.raw
    ids = mine.select(_p="period", _f="file", _r="row", _c="collected_at", _broken="broken")
    rows = raw.join(ids, [("period", "_p"), ("_file", "_f"), ("_row", "_r"), ("_collected_at", "_c")])
    number = rows["_broken"]
    named = list(enumerate(part.rules))
    key = ", ".join(entity.clean.key)
    none = ibis.null("string")
    found = [
        (at, origin_text(rows, part.source.columns[rule.column]))
        for at, rule in named
        if rule.column in part.source.columns
    ]
    return rows.select(
        period=rows["period"],
        source=ibis.literal(part.name),
        file=rows["_file"],
        row=rows["_row"].cast("int64"),
        disposition=ibis.ifelse(number < 0, "duplicate", "quarantined"),
        rule=number.cases(
            (_EXACT, "exact_duplicate"), (_KEY, "key_duplicate"), *((at, rule.name) for at, rule in named)
        ),
        column=number.cases(*((at, rule.column) for at, rule in named), else_=none) if named else none,
        found=number.cases(*found, else_=none) if found else none,
        expected=number.cases(
            (_EXACT, "every row of the source once"),
            (_KEY, f"one row for each {key}"),
            *((at, rule.expected) for at, rule in named),
        ),
        raw_row=json_text(ibis.struct({one: rows[one].cast("string") for one in source_columns(raw)})),
        collected_at=rows["_collected_at"],
    ).select(set_aside(entity.name).columns)
