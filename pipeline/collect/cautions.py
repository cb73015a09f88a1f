"""Small things in how a source is mapped that are worth a look, in words.

Belongs here: notes of ``segments check``, which may well be meant. Does not belong here: errors
(``reading``), rows that break a rule (``clean``), and what looks wrong (``advice``). No note names a value
of a row.
"""

import ibis
from ibis.expr import types as ir

from pipeline.collect.placing import mapped_instant
from pipeline.engine.values import identifier_text, normal, origin, origin_text, raw_name, text
from pipeline.settings import ColumnMap, FileConnector, Project, SourceSettings
from pipeline.settings.columns import number_columns
from pipeline.tables.entities import ENTITIES

_OWN = frozenset(("_source", "_file", "_row"))
#: What can say that two accounts are one customer.
_TELLING = frozenset(("full_name", "given_name", "family_name", "email", "phone", "national_id"))
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
#: 1,5 and 0,125 and 1.234,567: not 1,234, which may be a thousand.
_DECIMAL_COMMA = r"^[+-]?([0-9]+,([0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9]{1,3}([.'’ ][0-9]{3})+,[0-9]+)$"
#: So many of a hundred values with a decimal comma are no slips of the pen.
_MANY_PERCENT = 10
_PHONE = r"[0-9０-９]([^0-9０-９]*[0-9０-９]){5}"


def cautions(project: Project, name: str, raw: ir.Table) -> list[str]:
    """Notes about a source whose rows are ``raw``: columns of it that nothing reads, mapped
    columns without any value, codes that do not occur, decimal commas that the settings do not
    mention, identifiers that cannot be read or are not there.
    Reads the rows a few times."""
    source = project.sources[name]
    found = _unmapped(project, source, raw)
    if int(raw.count().execute()):
        empty, said = _empty(source, raw)
        found += said + _absent_codes(source, raw, empty) + _decimal_commas(project, source, raw, empty)
        found += _unreadable(project, name, raw, empty)
    found += _without_identifiers(source)
    return [f"source {name}: {one}" for one in found]


def _unmapped(project: Project, source: SourceSettings, raw: ir.Table) -> list[str]:
    """Columns that nothing reads, neither this source nor another of the same rows."""
    alike = [one for one in project.sources.values() if one.connector == source.connector]
    names = sorted(set(raw.columns) - _OWN - {raw_name(column) for one in alike for column in _read(one)})
    if not names:
        return []
    return [f"nothing reads its {_columns(names)}; map them under columns if they are wanted"]


def _read(source: SourceSettings) -> set[str]:
    mentioned = (name for one in source.conditions.values() for name in one.names)
    matched = (column for lookup in source.lookups for column in lookup.match)
    read = source.made_from([*source.own_columns, *mentioned, *matched])
    if not isinstance(source.connector, FileConnector) and source.connector.cursor is not None:
        read.add(source.connector.cursor)
    return read


def _empty(source: SourceSettings, raw: ir.Table) -> tuple[set[str], list[str]]:
    """Mapped columns that have no value in any row, and what to say about them."""
    mapped = {name: one for name, one in source.columns.items() if one.constant is None}
    if not mapped:
        return set(), []
    counts = raw.agg(**{name: _given(raw, one).sum() for name, one in mapped.items()})
    found = {name for name, count in counts.to_pyarrow().to_pylist()[0].items() if not count}
    said = [
        f"{name} is read from {_columns(source.columns[name].value_columns)}, which no row has a value in"
        for name in mapped
        if name in found
    ]
    return found, said


def _absent_codes(source: SourceSettings, raw: ir.Table, empty: set[str]) -> list[str]:
    found = []
    for name, mapping in source.columns.items():
        if mapping.column is None or not mapping.values or name in empty:
            continue
        codes = {normal(one): one for one in mapping.values}
        rows = raw.select(code=identifier_text(raw[raw_name(mapping.column)]))
        given = set(rows.filter(rows["code"].isin(list(codes))).distinct().to_pyarrow()["code"].to_pylist())
        if absent := sorted(one for code, one in codes.items() if code not in given):
            found.append(f"values of {name} lists {', '.join(absent)}, which no row has")
    return found


def _decimal_commas(project: Project, source: SourceSettings, raw: ir.Table, empty: set[str]) -> list[str]:
    """Numbers that only a decimal comma explains, where the mapping states none."""
    numbers = number_columns(project.entity(source.entity)) - empty
    counted: dict[str, ir.Value] = {}
    for name, mapping in source.columns.items():
        columns = [raw[raw_name(one)] for one in mapping.value_columns]
        texts = [text(one) for one in columns if one.type().is_string()]
        if name in numbers and texts and not mapping.has_number_form:
            seen = [one.re_search(_DECIMAL_COMMA).fill_null(False).cast("int64") for one in texts]
            counted[f"commas {name}"] = sum(seen[1:], seen[0]).sum()
            given = [one.notnull().cast("int64") for one in texts]
            counted[f"given {name}"] = sum(given[1:], given[0]).sum()
    if not counted:
        return []
    counts = raw.agg(**counted).to_pyarrow().to_pylist()[0]
    return [
        f"{counts[f'commas {name}']} of {counts[f'given {name}']} values of {name} look like numbers with a"
        ' decimal comma, which are not read unless the settings say so: give the column decimal: ","'
        " (and thousands, where they are separated)"
        for name in source.columns
        if counts.get(f"commas {name}")
        and counts[f"commas {name}"] * 100 >= counts[f"given {name}"] * _MANY_PERCENT
    ]


def _unreadable(project: Project, name: str, raw: ir.Table, empty: set[str]) -> list[str]:
    """Identifiers that are given and are plainly none."""
    source = project.sources[name]
    good: dict[str, ir.BooleanValue] = {}
    for column, pattern in (("email", _EMAIL), ("phone", _PHONE)):
        if column in source.columns and column not in empty:
            good[column] = text(origin(raw, source.columns[column]).cast("string")).re_search(pattern)
    birth = mapped_instant(project, name, raw, "birth_date")
    if birth is not None and "birth_date" not in empty:
        good["birth_date"] = birth.notnull()
    if not good:
        return []
    bad = {
        column: (_given(raw, source.columns[column]) & ~is_good.fill_null(False)).sum()
        for column, is_good in good.items()
    }
    counts = raw.agg(**bad).to_pyarrow().to_pylist()[0]
    return [
        f"{count} values of {column} cannot be read; the rows are kept without them. Check the column"
        + (" and its format" if column == "birth_date" else "")
        for column, count in counts.items()
        if count
    ]


def _without_identifiers(source: SourceSettings) -> list[str]:
    entity = ENTITIES[source.entity]
    if not _TELLING & {one.name for one in entity.identifiers} or _TELLING & set(source.columns):
        return []
    if source.latest_by is not None:  # events say what their accounts are like, and seldom who they are
        return []
    return [
        "no name, email, phone or national_id is mapped, so its accounts are linked to those of other"
        " sources only by account_space and overrides"
    ]


def _given(raw: ir.Table, mapping: ColumnMap) -> ir.BooleanValue:
    if mapping.constant is not None:
        return ibis.literal(True)
    return text(origin_text(raw, mapping)).notnull()


def _columns(names: list[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {', '.join(names)}"
