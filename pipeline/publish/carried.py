"""What a new publication takes over from the last one: linked, or brought into today's form.

Belongs here: files that did not change, files that are superseded, the form of earlier publications.
Does not belong here: what is new in a publication (``swap``).

Files of format 1 stood in hive folders, which alone named their period, and held money as decimals. They
are written anew, with equal values, by the first publication after it: so a folder never holds files of
both forms.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine import Engine, Lake, Written
from pipeline.engine.partitions import PART, sync
from pipeline.engine.writing import write_partitions
from pipeline.publish.contracts import OF_ACTIONS, OF_TEXTS, PUBLISHED
from pipeline.publish.folders import link
from pipeline.publish.manifest import (
    Manifest,
    PublishedTable,
    TablePeriod,
    file_digest,
    history_file,
    published_folder,
    table_file,
)
from pipeline.tables import fields
from pipeline.tables.model import INTEGER, NUMBER, TEXT


def carry_over(engine: Engine, lake: Lake, folder: Path, previous: Manifest, new: Iterable[Path]) -> Manifest:
    """Take all files of ``previous`` into ``folder`` but those in whose place something ``new`` stands.

    Gives ``previous`` with the checksums of the files as they are now.
    """
    source, taken = published_folder(lake).resolve(), set(new)
    tables = {}
    for name, table in previous.tables.items():
        if name not in (*PUBLISHED, *(one.name for one in (*OF_TEXTS, *OF_ACTIONS))):
            continue
        periods = {}
        for period, entry in table.periods.items():
            target = table_file(folder, name, period)
            if target not in taken:
                entry = _carried(engine, _file_of(source, name, period, previous), target, period, entry)
            periods[period] = entry
        tables[name] = PublishedTable(**(dict(table) | {"periods": periods}))
    return previous.model_copy(update={"tables": tables})


def keep_superseded(
    engine: Engine, lake: Lake, period: str, previous: Manifest, changed: Iterable[tuple[str, str]]
) -> None:
    """Take files of ``period`` that the new publication replaces into the history, before they can vanish.

    What only the newest period has is not kept: it follows from the rest.
    """
    source = published_folder(lake).resolve()
    for name in sorted(table for table, file in changed if file == period and table in previous.tables):
        if entry := previous.tables[name].periods.get(period):
            place = history_file(lake, name, period, entry.revision)
            _carried(engine, _file_of(source, name, period, previous), place, period, entry)
            sync(place.parent)


def superseded_rows(lake: Lake, name: str, period: str, previous: Manifest) -> Path:
    """File of ``name`` in ``period`` as ``previous``, which is published now, has it."""
    return _file_of(published_folder(lake).resolve(), name, period, previous)


def renew_history(engine: Engine, lake: Lake) -> None:
    """Bring what the history holds in the form of earlier versions into today's.

    A file goes only when it stands anew, so a run that is killed here is made good by the next.
    """
    for path in sorted((lake.root / "history").glob(f"*/period=*/revision=*/{PART}")):
        table, period, revision = path.parts[-4], *(one.partition("=")[2] for one in path.parts[-3:-1])
        place = history_file(lake, table, period, int(revision))
        is_numbered = table == "restatements"
        _renewed(engine, path, place, period, int(revision) if is_numbered else None)
        sync(place.parent)
        path.unlink()
        path.parent.rmdir()
        if not any(path.parents[1].iterdir()):
            path.parents[1].rmdir()


def _file_of(folder: Path, name: str, period: str, manifest: Manifest) -> Path:
    return table_file(folder, name, period, manifest.format_version)


def _carried(engine: Engine, source: Path, target: Path, period: str, entry: TablePeriod) -> TablePeriod:
    if source.name != PART:
        link(source, target)
        return entry
    written = _renewed(engine, source, target, period)
    digests = {"sha256": file_digest(target), "content_digest": written.digest}
    return entry.model_copy(update=digests)


def _renewed(engine: Engine, source: Path, target: Path, period: str, revision: int | None = None) -> Written:
    """Rows of a file of format 1 with their period (and their ``revision``) in the file, money as double."""
    first = [pa.field("period", TEXT, False, {"meaning": fields.period.meaning})]
    if revision is not None:
        first.append(pa.field("revision", INTEGER, False, {"meaning": fields.revision.meaning}))
    told = [one.with_type(NUMBER) if pa.types.is_decimal(one.type) else one for one in pq.read_schema(source)]
    schema = pa.schema([*first, *told])
    rows = engine.read_any([source])
    columns = [
        rows[one.name].cast("float64").name(one.name) if one.type == NUMBER else rows[one.name]
        for one in schema
    ]
    return write_partitions(engine.batches(rows.select(columns)), schema, {period: target})[period]
