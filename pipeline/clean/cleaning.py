"""One entity from the raw rows of its sources.

Belongs here: the order of work: type, judge, drop duplicates, split. Does not belong here: how
each step is done (the modules beside this one).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import ibis
from ibis.expr import types as ir

from pipeline.clean.canonical import canonical
from pipeline.clean.currencies import converted
from pipeline.clean.duplicates import ROW_ID, occurrences, superseded
from pipeline.clean.entity_rules import Rule
from pipeline.clean.exclusions import without_excluded
from pipeline.clean.orders import derived
from pipeline.clean.reasons import KEY, WITHDRAWN, ids_aside, with_reasons
from pipeline.clean.rules import rules
from pipeline.clean.typed import missing, origins, typed
from pipeline.clean.withdrawals import marked, rows_read, withdrawn
from pipeline.engine.keyed import Key
from pipeline.engine.values import digest, held, raw_name, source_columns
from pipeline.errors import InputError
from pipeline.ids.accounts import account_space, source_account, with_account_ids
from pipeline.settings import ColumnMap, Project, SourceSettings
from pipeline.tables import fields as f
from pipeline.tables.entities import Entity
from pipeline.tables.model import Field

_REFERRED = "referred_source_account_id"


@dataclass(frozen=True)
class Cleaned:
    """Good rows (``entity.clean``), the others with reasons (``zones.set_aside``), and direct
    identifiers and free text of good rows (``entity.restricted``; none for entities without).
    Events without any have no row there."""

    kept: ir.Table
    set_aside: ir.Table
    restricted: ir.Table | None


@dataclass(frozen=True)
class _Part:
    """One source under way: its raw rows (those read), its rules, and its rows with the values of
    the clean table, ``broken`` being the number of the first rule broken, or null."""

    name: str
    source: SourceSettings
    raw: ir.Table
    rules: list[Rule]
    rows: ir.Table


def clean(
    entity: Entity,
    raw: Mapping[str, ir.Table],
    project: Project,
    key: Key,
    rates: ir.Table | None = None,
    excluded: ir.Table | None = None,
) -> Cleaned:
    """Type, normalise, judge and deduplicate the raw rows of one or many periods.

    ``raw`` maps each source of the entity to its rows (``period``, ``RAW_COLUMNS``, the source's
    columns; markers of withdrawn rows among them). Every row read is in ``kept`` or in
    ``set_aside``, once (law L1): as excluded, else as quarantined, else as withdrawn, else as a
    duplicate of a kept row. ``excluded`` (``EXCLUDED_ACCOUNTS`` of the same periods) are the accounts
    that are kept out; none: nobody is. Account ids are made with ``key``. ``rates``
    (``clean/exchange_rates`` of the same periods) turn amounts of other currencies into the project's.
    Raises ``InputError`` when a mapped column is not among those collected.
    """
    if not raw:
        raise ValueError(f"no source of {entity.name}")
    parts = [_typed(entity, name, rows, project, key, rates) for name, rows in raw.items()]
    exclusions: list[str] = []
    if excluded is not None and entity.has_account:
        exclusions = [one.name for one in project.exclude]
        parts = [replace(part, rows=held(without_excluded(part.rows, excluded, project))) for part in parts]
    parts, exact = _without_exact_duplicates(parts)
    good = ibis.union(*(part.rows.filter(part.rows["broken"].isnull()) for part in parts))
    good = good.anti_join(exact, list(ROW_ID)) if exact is not None else good
    losers = superseded(good, entity.clean.key) if _keys_may_repeat(entity, parts) else None
    aside = ids_aside([part.rows for part in parts], exact, losers)
    kept = good if losers is None else good.anti_join(aside.filter(aside["broken"] == KEY), list(ROW_ID))
    reasons = ibis.union(
        *(
            with_reasons(entity, part.name, part.source, part.raw, part.rules, aside, exclusions)
            for part in parts
        )
    )
    return Cleaned(kept.select(entity.clean.columns), reasons, _identified(entity, kept))


def _identified(entity: Entity, kept: ir.Table) -> ir.Table | None:
    if entity.restricted is None:
        return None
    some = kept.select(entity.restricted.columns)
    if entity.event_time is None:
        return some
    return some.filter(ibis.or_(*(some[one.name].notnull() for one in entity.identifiers)))


def _typed(
    entity: Entity, name: str, raw: ir.Table, project: Project, key: Key, rates: ir.Table | None
) -> _Part:
    source = project.sources[name]
    _check_columns(name, source, raw)
    read = rows_read(raw)
    fields = [one for one in (*entity.mapped, *entity.identifiers) if one.name in source.columns]
    if f.updated_at.name in source.columns and f.updated_at not in fields:
        fields.append(f.updated_at)  # decides between rows of one key, wherever it is mapped
    mapped = [(field, source.columns[field.name]) for field in fields]
    started = _started(read, name, source, mapped, project, key)
    row = typed(started, mapped, source.time_zone or project.time_zone)
    row = canonical(row, fields, source.default_country or project.default_country)
    row = _completed(_derived(row, entity, name, source, project, key), entity, name)
    if "currency" in source.columns:
        row = converted(row, entity, project, rates)
    judged = rules(entity, source, row, project.time_zone)
    tests = [(rule.broken.fill_null(False), number) for number, rule in enumerate(judged)]
    values = {one.name: row[f"c:{one.name}"] for one in (*entity.clean.fields, *entity.identifiers)}
    given = row["v:updated_at"] if "v:updated_at" in row.columns else missing(f.updated_at)
    rows = row.select(
        **({"updated_at": given} | values),
        **{one: row[one] for one in ("file", "row", "collected_at", "content")},
        priority=ibis.literal(source.priority, "int64"),
        broken=ibis.cases(*tests, else_=ibis.null("int64")).cast("int64") if tests else ibis.null("int64"),
    )
    gone = withdrawn(raw, name)
    return _Part(
        name, source, read, judged, held(rows if gone is None else marked(held(rows), gone, WITHDRAWN))
    )


def _derived(
    row: ir.Table, entity: Entity, name: str, source: SourceSettings, project: Project, key: Key
) -> ir.Table:
    """``row`` with the columns that an entity derives from others as ``c:name``."""
    if entity.name == "orders":
        return derived(row, project.time_zone)
    if entity.name == "referrals":
        space = account_space(name, source)
        return with_account_ids(row, key, project, space, f"v:{_REFERRED}", "c:referred_account_id")
    if entity.name == "holdings":
        # what is owed is positive: many banks write it with a minus
        owed = row["v:is_liability"].fill_null(False)
        balance = row["v:balance_amount"]
        return row.mutate(**{"c:balance_amount": ibis.ifelse(owed, balance.abs(), balance)})
    return row


def _started(
    raw: ir.Table,
    name: str,
    source: SourceSettings,
    mapped: list[tuple[Field, ColumnMap]],
    project: Project,
    key: Key,
) -> ir.Table:
    """Row ids, content digest, account and the columns that fields are read from."""
    found = [item for field, mapping in mapped for item in origins(raw, field, mapping).items()]
    table = raw.select(
        period=raw["period"],
        file=raw["_file"],
        row=raw["_row"].cast("int64"),
        collected_at=raw["_collected_at"],
        content=digest([raw[one] for one in source_columns(raw)]),
        account=source_account(raw, source),
        **dict(found),
    )
    return with_account_ids(table, key, project, account_space(name, source), "account", "account_id")


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
