"""Rows that are there twice: keys that are not unique, sources that hold the same rows, joins that multiply.

Belongs here: what repeats within a source and between sources. Does not belong here: which of equal rows stays
(``clean.duplicates``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ibis.expr import types as ir

from pipeline.advice import sampling
from pipeline.advice.model import (
    LEAST_VALUES,
    SAMPLE_ROWS,
    Advice,
    Sketch,
    column_lines,
    lines,
    percent,
    surely_above,
)
from pipeline.advice.spaces import shared
from pipeline.engine.dialect import md5
from pipeline.engine.values import raw_name
from pipeline.settings import SourceSettings
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID
from pipeline.tables.model import TEXT

#: One key in a hundred may be mistyped; where more repeat, they are none.
_REPEATED = 0.01
#: Rows that come again in all that they hold: one in twenty is an export that was made twice.
_COPIED = 0.05
#: Rows that differ in nothing that is read: a fifth of them, and a join has multiplied them.
_MULTIPLIED = 0.2
#: What two sources hold of the same: below, equal rows of few columns may be two events.
_SAME = 0.2
#: Fewer columns in common are equal by chance.
_COLUMNS = 3
#: Keys are counted in a part of their own (all rows of a key), bounded as samples are.
_MOST = 4 * SAMPLE_ROWS


def repeated_keys(name: str, source: SourceSettings, raw: ir.Table, rows: int) -> list[Advice]:
    """Keys of a source that other rows have as well, with other content, and nothing that says which is the
    latest. Reads the rows once for each key."""
    version = None
    if "updated_at" in source.columns:
        version = sampling.ids_in(raw, source, "updated_at")
    advice = []
    for said, columns, keys in _keys(source, raw):
        found = sampling.repeats(_of_whole_keys(raw, keys, rows), keys, version)
        if surely_above(found["repeated"], found["rows"], _REPEATED):
            advice.append(_repeated(name, source, said, columns, found))
    return advice


def _keys(source: SourceSettings, raw: ir.Table) -> list[tuple[str, list[str], dict[str, ir.Value]]]:
    """What should be unique in a source: what it is called, its columns, their values."""
    entity = ENTITIES[source.entity]
    found: list[tuple[str, list[str], dict[str, ir.Value]]] = []
    if source.row_key:
        found.append(
            (
                "row_key",
                source.row_key,
                {f"k{at}": raw[raw_name(one)] for at, one in enumerate(source.row_key)},
            )
        )
    if source.latest_by is not None:
        return found  # of each account the latest event: the key is unique by construction
    inner = {"account_id": SOURCE_ACCOUNT_ID}
    names = [inner.get(one, one) for one in entity.clean.key if one not in ("period", "source")]
    if all(one in source.columns for one in names):
        values = {f"k{at}": sampling.ids_in(raw, source, one) for at, one in enumerate(names)}
        columns = [column for one in names for column in source.columns[one].value_columns]
        if sorted(columns) != sorted(source.row_key):
            given = {key: value for key, value in values.items() if value is not None}
            found.append((" and ".join(names), columns, given))
    return found


def _of_whole_keys(raw: ir.Table, keys: Mapping[str, ir.Value], rows: int) -> ir.Table:
    """The rows of a part of the keys, all rows of each, where there are many."""
    if rows <= _MOST:
        return raw
    first = next(iter(keys.values()))
    below = format(16**8 * _MOST // rows, "08x")
    return raw.filter(md5(first.cast("string")).left(8) < below)


def _repeated(
    name: str, source: SourceSettings, said: str, columns: Sequence[str], found: Mapping[str, int]
) -> Advice:
    key = ", ".join(columns)
    seen = (
        f"{said} ({key}) does not identify a row: {found['keys']:,} keys have several rows of other content,"
        f" {found['repeated']:,} of {found['rows']:,} rows more than there are keys"
    )
    has_version = "updated_at" in source.columns
    seen += ", with the same updated_at" if has_version else "; no updated_at says which is the latest"
    if ENTITIES[source.entity].event_time is None:
        why = "One row of each key stays and the others are dropped, whichever was read last"
        remedy = f"Map updated_at, so that the latest stays, or the column that really identifies {'an account' if SOURCE_ACCOUNT_ID in source.columns else 'a row'}"
        return Advice(
            "key_not_unique", (name,), seen, why, remedy, column_lines(name, "updated_at: changed_at")
        )
    why = "All but one of the rows of a key are taken for older versions of it, and dropped"
    if said == "row_key":
        remedy = "Name all columns that together identify a row, or take row_key off"
        return Advice(
            "key_not_unique", (name,), seen, why, remedy, lines(name, f"row_key: [{key}, another_column]")
        )
    remedy = f"Map {said} from a column that identifies a row, or take it off: rows are then known by their content"
    return Advice("key_not_unique", (name,), seen, why, remedy, column_lines(name, f"{said}: another_column"))


def copied_rows(name: str, source: SourceSettings, raw: ir.Table, rows: int) -> list[Advice]:
    """Rows of a source that repeat others: wholly, or in all that is mapped."""
    names = [one for one, mapping in source.columns.items() if mapping.value_columns]
    if rows < LEAST_VALUES or not names:
        return []
    part = raw
    if rows > _MOST:
        below = format(16**8 * _MOST // rows, "08x")
        part = raw.filter(sampling.content(raw, source, names).left(8) < below)
    found = sampling.copies(part, source)
    advice = []
    if source.exact_duplicates == "drop" and surely_above(found["exact"], found["rows"], _COPIED):
        advice.append(
            Advice(
                "rows_copied", (name,),
                f"{percent(found['exact'] / found['rows'])} of its rows are exact copies of others",
                "Copies are dropped: right for an export that was made twice, wrong where equal rows are separate events"
                " (two of the same on one receipt)",
                "If they are real, keep them; if not, nothing need be done",
                lines(name, "exact_duplicates: keep"),
            )
        )  # fmt: skip
    is_event = ENTITIES[source.entity].event_time is not None
    if is_event and not source.row_key and surely_above(found["mapped"], found["rows"], _MULTIPLIED):
        advice.append(
            Advice(
                "rows_multiplied", (name,),
                f"{percent(found['mapped'] / found['rows'])} of its rows are like another in all that is mapped, and differ"
                " only in columns that nothing reads",
                "Each of them counts: if a join has multiplied the rows, so are quantities and amounts",
                "Leave out the columns that were joined where the source is read; or, if every row is an event of its own,"
                " map what tells them apart to line_key",
                column_lines(name, "line_key: line_number"),
            )
        )  # fmt: skip
    return advice


@dataclass(frozen=True)
class Held:
    """A source with its raw rows."""

    name: str
    source: SourceSettings
    raw: ir.Table
    rows: int


def same_sources(sources: Sequence[Held]) -> list[Advice]:
    """Pairs of sources of one entity that hold the same rows, as told by the columns that both map."""
    known: dict[tuple[str, tuple[str, ...]], Sketch] = {}

    def contents(one: Held, names: tuple[str, ...]) -> Sketch:
        if (one.name, names) not in known:
            known[one.name, names] = sampling.sketch(one.raw, sampling.content(one.raw, one.source, names))
        return known[one.name, names]

    advice = []
    for one, other in combinations(sources, 2):
        names = _in_common(one.source, other.source)
        if one.source.entity != other.source.entity or len(names) < _COLUMNS:
            continue
        count, total = shared(contents(one, names), contents(other, names))
        if total >= LEAST_VALUES and surely_above(count, total, _SAME):
            advice.append(_same(one, other, count, total, names))
    return advice


def _in_common(one: SourceSettings, other: SourceSettings) -> tuple[str, ...]:
    """Columns that both sources read, and that can tell rows apart; sorted."""
    texts = {field.name for field in ENTITIES[one.entity].mapped if field.type == TEXT and field.values}
    names = {name for name, mapping in one.columns.items() if mapping.value_columns}
    names &= {name for name, mapping in other.columns.items() if mapping.value_columns}
    return tuple(sorted(names - texts - {"updated_at"}))


def _same(one: Held, other: Held, count: int, total: int, names: Sequence[str]) -> Advice:
    is_file = one.source.connector == other.source.connector
    seen = f"{percent(count / total)} of the rows of the smaller are in the other as well (equal in {', '.join(names)})"
    return Advice(
        "sources_alike",
        (one.name, other.name),
        seen + ("; both read the same place" if is_file else ""),
        "Equal rows of two sources are two events: what these customers did would count twice",
        f"Take one of the two out ({other.name}), or let each read its own part",
        f"sources:\n  # {other.name}: the same rows as {one.name}",
    )
