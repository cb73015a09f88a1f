"""What is taken of a source to look at: a part of its rows, its ids, how often keys repeat.

Belongs here: queries over raw rows whose results have a bounded size, whatever the source. Does not belong
here: what is made of them. A part is chosen by the numbers of rows, so that every run looks at the same one.

Ids and keys are never sampled by rows, which would tear apart what belongs together: the ids kept are those
of the smallest hashes, in every source the same (Cohen, 1997: bottom-k sketches), so that what two sources
share can be told; and of keys all rows are counted.
"""

from collections.abc import Mapping, Sequence

import ibis
import pandas as pd
from ibis.expr import types as ir

from pipeline.advice.model import SAMPLE_ROWS, Sketch
from pipeline.engine.dialect import md5
from pipeline.engine.values import (
    digest,
    held,
    identifier_text,
    instant,
    origin,
    origin_text,
    row_zone,
    source_columns,
    text,
)
from pipeline.settings import Project, SourceSettings
from pipeline.tables.model import DAY, TIMESTAMP

#: Ids of a source that are kept: what two sources share is then known to 0.4 points (one standard error at
#: most sqrt(1/4 / 20,000)), and a share of 0.02% would still be seen (95%, the rule of three).
SKETCH_IDS = 20_000
#: Knuth's multiplier: rows spread evenly over 2**32, however they are numbered.
_MULTIPLIER, _SPAN = 2_654_435_761, 2**32
_HASH_SPAN = 16**32


def part_of(raw: ir.Table, rows: int, most: int = SAMPLE_ROWS) -> ir.Table:
    """About ``most`` of the raw rows, spread over all files, held by the engine; all where there are fewer."""
    if rows <= most:
        return held(raw)
    place = (raw["_row"].cast("int64") * _MULTIPLIER) % _SPAN
    return held(raw.filter(place < _SPAN * most // rows))


def texts_of(source: SourceSettings, part: ir.Table) -> pd.DataFrame:
    """Mapped columns of a part as normalised text, as they came; those made of no column are left out."""
    found: dict[str, ir.Value] = {"_file": part["_file"]}
    for name, mapping in source.columns.items():
        if mapping.value_columns:
            value = text(origin_text(part, mapping))
            found[name] = identifier_text(value) if name.endswith(("_id", "_key")) else value
    frame: pd.DataFrame = part.select(**found).to_pandas()
    return frame


def times_of(project: Project, source: SourceSettings, part: ir.Table) -> pd.DataFrame:
    """Mapped times of a part as instants (UTC, without zone); days as they are written."""
    entity = project.entity(source.entity)
    zone = source.time_zone or project.time_zone
    found = {"_file": part["_file"]}
    for one in (*entity.mapped, *entity.identifiers):
        mapping = source.columns.get(one.name)
        if mapping is not None and one.type in (TIMESTAMP, DAY):
            at = instant(
                origin(part, mapping),
                mapping.formats,
                row_zone(part, mapping, zone) if one.type == TIMESTAMP else "UTC",
            )
            found[one.name] = at.cast("timestamp(6)")
    frame: pd.DataFrame = part.select(**found).to_pandas()
    return frame


def ids_in(raw: ir.Table, source: SourceSettings, column: str) -> ir.StringValue | None:
    """Ids of a mapped column, as cleaning reads them; none where it is not mapped."""
    mapping = source.columns.get(column)
    return None if mapping is None else identifier_text(origin(raw, mapping))


def sketch(raw: ir.Table, ids: ir.StringValue, most: int = SKETCH_IDS) -> Sketch:
    """The distinct ids of a source, or those of its smallest hashes.

    Ids that differ in signs, capitals, leading zeros or letters around a number have one hash.
    """
    distinct = raw.select(id=ids).filter(ibis._["id"].notnull()).distinct()
    digits = distinct["id"].re_replace("[^0-9]", "").re_replace("^0+", "")
    hashed = distinct.select("id", hash=md5(ibis.ifelse(digits != "", digits, distinct["id"].lower())))
    rows = hashed.order_by("hash", "id").limit(most + 1).to_pyarrow().to_pylist()
    below = rows[most]["hash"] if len(rows) > most else None
    by_hash: dict[str, set[str]] = {}
    for row in rows:
        if below is None or row["hash"] < below:
            by_hash.setdefault(row["hash"], set()).add(row["id"])
    kept = sum(map(len, by_hash.values()))
    count = kept if below is None else round(kept * _HASH_SPAN / max(int(below, 16), 1))
    return Sketch({one: frozenset(some) for one, some in by_hash.items()}, below, count)


def content(raw: ir.Table, source: SourceSettings, names: Sequence[str]) -> ir.StringValue:
    """Digest of mapped columns as they came, normalised: numbers and case written in one way."""
    return digest([_plainly(raw, source, one) for one in names])


def _plainly(raw: ir.Table, source: SourceSettings, name: str) -> ir.Value:
    written = text(origin_text(raw, source.columns[name])).lower()
    return written.re_replace(r"^([+-]?[0-9]+)\.0*$", r"\1").re_replace(
        r"^([+-]?[0-9]+\.[0-9]*[1-9])0+$", r"\1"
    )


def repeats(raw: ir.Table, keys: Mapping[str, ir.Value], version: ir.Value | None) -> dict[str, int]:
    """How far keys repeat: ``rows`` that have a whole key; ``keys`` that several rows of other content have, and
    of the same ``version`` (a time of change, which would say which is the latest); ``repeated``, the rows
    beyond the first of such a key."""
    rows = raw.select(
        **keys,
        _version=ibis.null("string") if version is None else version.cast("string"),
        _content=digest([raw[one] for one in source_columns(raw)]),
    )
    rows = rows.filter([rows[one].notnull() for one in keys])
    same = rows.group_by([*keys, "_version"]).agg(rows=rows.count(), contents=rows["_content"].nunique())
    counted = same.agg(
        rows=same["rows"].sum(),
        repeated=(same["contents"] - 1).sum(),
        keys=ibis.ifelse(same["contents"] > 1, 1, 0).sum(),
    )
    return {one: int(count or 0) for one, count in counted.to_pyarrow().to_pylist()[0].items()}


def copies(raw: ir.Table, source: SourceSettings) -> dict[str, int]:
    """Rows that repeat another: ``exact`` in every column; ``mapped`` in all that is mapped, but not in the
    rest. Of each group one row is no repetition."""
    names = [one for one, mapping in source.columns.items() if mapping.value_columns]
    rows = raw.select(
        _content=digest([raw[one] for one in source_columns(raw)]), _mapped=content(raw, source, names)
    )
    same = rows.group_by("_mapped").agg(rows=rows.count(), contents=rows["_content"].nunique())
    counted = same.agg(
        rows=same["rows"].sum(),
        exact=(same["rows"] - same["contents"]).sum(),
        mapped=(same["contents"] - 1).sum(),
    )
    return {one: int(count or 0) for one, count in counted.to_pyarrow().to_pylist()[0].items()}
