"""The manifest of the next publication.

Belongs here: revisions, restatements, what is carried over in words. Does not belong here: files
(``swap``), the manifest's shape (``manifest``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pipeline
from pipeline.engine.writing import Written
from pipeline.publish.contracts import NEWEST, files_of, tables_of
from pipeline.publish.manifest import (
    Manifest,
    PublishedPeriod,
    PublishedTable,
    Restatement,
    RowsChange,
    SourceReading,
    TablePeriod,
    file_digest,
    schema_version,
)
from pipeline.publish.restatements import restatement_cause
from pipeline.settings import Project


def next_manifest(
    project: Project,
    number: int,
    period: str,
    written: Mapping[tuple[str, str], Written],
    previous: Manifest | None,
    changed: set[tuple[str, str]],
    provenance: Mapping[str, str],
    customers_restated: int,
    now: datetime,
    readings: Sequence[SourceReading] = (),
) -> Manifest:
    """Manifest of publication ``number``: the previous one with ``period`` as it was ``written``.

    ``changed`` names the files (table and period, or ``newest``) whose content is new,
    ``customers_restated`` counts the customers of a period published before whose segment the new revision
    changes. ``readings``: what the sources gave when they were last read.
    """
    before = previous.periods.get(period) if previous else None
    period_revision = 1 if before is None else before.revision + bool(changed)
    tables = {}
    for table in tables_of(project).values():
        kept = dict(previous.tables[table.name].periods) if previous and table.name in previous.tables else {}
        for name in sorted(file for of, file in changed if of == table.name):
            one = written[table.name, name]
            revision = kept[name].revision + 1 if name in kept else 1
            kept[name] = TablePeriod(
                revision=period_revision if name == NEWEST else revision,
                rows=one.rows,
                sha256=file_digest(one.path),
                content_digest=one.digest,
            )
        tables[table.name] = PublishedTable(
            row=table.row,
            key=list(table.key),
            schema_version=schema_version(table),
            periods=dict(sorted(kept.items())),
        )
    entry = PublishedPeriod(
        revision=period_revision, as_of=project.calendar.as_of(period), provenance=dict(provenance)
    )
    periods = {**(previous.periods if previous else {}), period: entry}
    restatements = list(previous.restatements) if previous else []
    if previous and before and changed:
        rows = {
            name: RowsChange(
                before=old.rows if (old := entry_of(previous, name, period)) else 0,
                after=written[name, period].rows,
            )
            for name in sorted(table for table, file in changed if file == period)
        }
        restatements.append(
            Restatement(
                period=period,
                revision=period_revision,
                publication=number,
                published_at=now,
                cause=restatement_cause(before.provenance, provenance),
                customers_restated=customers_restated,
                tables=rows,
            )
        )
    return Manifest(
        project=project.project,
        title=project.title,
        currency=project.currency,
        time_zone=project.time_zone,
        code_version=pipeline.__version__,
        publication=number,
        published_at=now,
        tables=tables,
        periods=dict(sorted(periods.items())),
        restatements=restatements,
        documents_version=provenance.get("documents", ""),
        readings=list(readings),
    )


def entry_for(manifest: Manifest, name: str, period: str) -> TablePeriod | None:
    """What ``manifest`` lists of table ``name`` for ``period``: its own file, or that of the newest where
    it has no other; or none."""
    return entry_of(manifest, name, next(iter(files_of(name, period, is_newest=False)), NEWEST))


def entry_of(manifest: Manifest | None, name: str, file: str) -> TablePeriod | None:
    """The file of table ``name`` of a period, or ``newest``, that ``manifest`` lists, or none."""
    table = manifest.tables.get(name) if manifest else None
    return table.periods.get(file) if table else None
