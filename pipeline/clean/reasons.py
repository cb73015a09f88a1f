"""Rows set aside: which ones, and why, in words.

Belongs here: the ids of all rows that are not kept, and their quarantine rows. Does not belong here:
what makes a row bad (``rules``), or which of equal rows stays (``duplicates``).
"""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from pipeline.clean.duplicates import ROW_ID
from pipeline.clean.entity_rules import Rule
from pipeline.engine.values import held, json_text, origin_text, source_columns
from pipeline.settings import SourceSettings
from pipeline.tables.entities import Entity
from pipeline.tables.zones import set_aside

#: Numbers of reasons that are no rule of quarantine. The first exclusion of the settings has ``EXCLUDED``,
#: the next one less, and so on.
EXACT, KEY, WITHDRAWN, EXCLUDED = -1, -2, -3, -4


def ids_aside(rows: Sequence[ir.Table], exact: ir.Table | None, losers: ir.Table | None) -> ir.Table:
    """Ids of all rows set aside, with the number of the rule, or that of another reason."""
    broken = [one.filter(one["broken"].notnull()).select(*ROW_ID, "broken") for one in rows]
    doubled = [(exact, EXACT), (losers, KEY)]
    ids = [
        table.select(*ROW_ID, broken=ibis.literal(code, "int64"))
        for table, code in doubled
        if table is not None
    ]
    return held(ibis.union(*broken, *ids))


def with_reasons(
    entity: Entity,
    name: str,
    source: SourceSettings,
    raw: ir.Table,
    rules: Sequence[Rule],
    aside: ir.Table,
    exclusions: Sequence[str] = (),
) -> ir.Table:
    """Rows of a source that were set aside, as ``zones.set_aside``; ``raw`` are its rows read,
    ``exclusions`` the names of those of the settings that hold here."""
    mine = aside.filter(aside["source"] == name)
    ids = mine.select(_p="period", _f="file", _r="row", _c="collected_at", _broken="broken")
    rows = raw.join(ids, [("period", "_p"), ("_file", "_f"), ("_row", "_r"), ("_collected_at", "_c")])
    number = rows["_broken"]
    named = list(enumerate(rules))
    key = ", ".join(entity.clean.key)
    none = ibis.null("string")
    excluded = [(EXCLUDED - place, one) for place, one in enumerate(exclusions)]
    found = [
        (at, origin_text(rows, source.columns[rule.column]))
        for at, rule in named
        if rule.column in source.columns
    ]
    return rows.select(
        period=rows["period"],
        source=ibis.literal(name),
        file=rows["_file"],
        row=rows["_row"].cast("int64"),
        disposition=number.cases(
            (EXACT, "duplicate"),
            (KEY, "duplicate"),
            (WITHDRAWN, "withdrawn"),
            *((code, "excluded") for code, _ in excluded),
            else_="quarantined",
        ),
        rule=number.cases(
            (EXACT, "exact_duplicate"),
            (KEY, "key_duplicate"),
            (WITHDRAWN, "deleted_or_corrected"),
            *excluded,
            *((at, rule.name) for at, rule in named),
        ),
        column=number.cases(*((at, rule.column) for at, rule in named), else_=none) if named else none,
        found=number.cases(*found, else_=none) if found else none,
        expected=number.cases(
            (EXACT, "every row of the source once"),
            (KEY, f"one row for each {key}"),
            (WITHDRAWN, "a row that its source still holds"),
            *((code, "an account that the project does not exclude") for code, _ in excluded),
            *((at, rule.expected) for at, rule in named),
        ),
        raw_row=json_text(ibis.struct({one: rows[one].cast("string") for one in source_columns(raw)})),
        collected_at=rows["_collected_at"],
    ).select(set_aside(entity.name).columns)
