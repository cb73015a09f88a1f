"""Accounts that the project excludes: those that an exclusion names, or whose rows meet its condition.

Belongs here: finding them in the rows of a period, before anything is set aside. Does not belong here:
accounts that are linked to them (``identity``), their rows (``exclusions``), or what an exclusion may say
(``settings``).
"""

from collections.abc import Iterator, Mapping

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.clean.cleaning import clean
from pipeline.clean.withdrawals import rows_read, withdrawn
from pipeline.engine.keyed import Key
from pipeline.ids.accounts import (
    account_id,
    account_space,
    source_account_text,
    with_account_ids,
)
from pipeline.ids.conditions import accounts_meeting, condition
from pipeline.settings import Exclusion, Project
from pipeline.tables.entities import Entity

_FOUND = pa.schema({"account_id": pa.string(), "exclusion": pa.string(), "exclusion_route": pa.string()})


def sources_looked_at(project: Project) -> set[str]:
    """Sources whose rows the conditions of the exclusions look at."""
    by_entity = {name for one in project.exclude if one.entity for name in project.sources_of(one.entity)}
    return by_entity | {one.source for one in project.exclude if one.source}


def accounts_to_exclude(period: str, project: Project, raw: Mapping[str, ir.Table], key: Key) -> pa.Table:
    """Accounts that the settings exclude by number, or by a row of ``period`` in ``raw`` (by source, those
    of ``sources_looked_at``): ``account_id``, ``exclusion`` (the first that names it), ``exclusion_route``.

    Accounts named by number need not be in any source. Rows that their source has withdrawn count for
    nothing. Raises ``InputError`` for a condition that the columns of its source do not allow.
    """
    found: dict[str, tuple[str, str]] = {}
    for one in project.exclude:
        if not one.holds_in(period, project.calendar):
            continue
        route = "condition" if one.where else "listed"
        accounts = _meeting(one, period, project, raw, key) if one.where else _listed(one, project, key)
        for account in accounts:
            found.setdefault(account, (one.name, route))
    rows = [
        {"account_id": account, "exclusion": name, "exclusion_route": route}
        for account, (name, route) in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, _FOUND)


def as_if_nobody_were_excluded(
    entity: Entity, raw: Mapping[str, ir.Table], project: Project, key: Key
) -> ir.Table:
    """Good rows of ``entity`` with their identifiers, those of excluded accounts among them.

    Amounts of other currencies stay as they are: exclusions do not look at them.
    """
    sources = {
        name: one.model_copy(
            update={"columns": {field: it for field, it in one.columns.items() if field != "currency"}}
        )
        for name, one in project.sources.items()
    }
    cleaned = clean(entity, raw, project.model_copy(update={"sources": sources}), key)
    if cleaned.restricted is None:
        return cleaned.kept
    keys = [one for one in entity.clean.key if one in cleaned.restricted.columns]
    names = [one.name for one in entity.identifiers]
    return cleaned.kept.left_join(cleaned.restricted.select(*keys, *names), keys).select(
        *cleaned.kept.columns, *names
    )


def _listed(one: Exclusion, project: Project, key: Key) -> Iterator[str]:
    for space, numbers in (one.accounts or {}).items():
        for number in numbers:
            yield account_id(key, project, space, source_account_text(number))


def _meeting(
    one: Exclusion, period: str, project: Project, raw: Mapping[str, ir.Table], key: Key
) -> list[str]:
    """Accounts of which a row of the period meets the condition, sorted."""
    if one.entity is not None:
        mine = {
            name: raw[name].filter(raw[name]["period"] == period) for name in project.sources_of(one.entity)
        }
        rows = as_if_nobody_were_excluded(project.entity(one.entity), mine, project, key)
        accounts = rows.filter(condition(one, {name: rows[name] for name in rows.columns}))
    else:
        source = str(one.source)
        live = _live(raw[source].filter(raw[source]["period"] == period), source)
        accounts = accounts_meeting(one, live, project)
        space = account_space(source, project.sources[source])
        accounts = with_account_ids(accounts, key, project, space, "account", "account_id")
    ids = accounts.select("account_id").distinct()
    found: list[str] = ids.filter(ids["account_id"].notnull()).to_pyarrow()["account_id"].to_pylist()
    return sorted(found)


def _live(raw: ir.Table, source: str) -> ir.Table:
    """Rows of ``raw`` that were read and not withdrawn since."""
    gone = withdrawn(raw, source)
    read = rows_read(raw)
    if gone is None:
        return read
    ids = gone.select("period", _file="file", _row="row", _collected_at="collected_at")
    return read.mutate(_row=read["_row"].cast("int64")).anti_join(
        ids, ["period", "_file", "_row", "_collected_at"]
    )
