"""The swap: a period is staged in a new publication, validated, and swapped in as a whole (law L5).

Belongs here: the lock, the order of writing. Does not belong here: staging (``staging``), what is checked
(``validate``), what the documents say (``documents``), what is carried over (``carried``), files and links
(``folders``).

::

    publications/7/    the last publication but one, for readers that have it open
    publications/8/    the newest
    published          -> publications/8, a relative link, replaced in one step
    published/<table>/2017-03.parquet                  one file a period, which holds its period
    published/<table>/newest.parquet                   of some tables: what only the newest period has
    history/<table>/2017-03.revision-1.parquet         what later revisions replaced
    history/restatements/2017-03.revision-2.parquet    whom the second revision moved

A publication is never modified. Files that did not change are hard links, so a publication
costs what is new in it.
"""

import fcntl
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.engine import Engine, Lake
from pipeline.engine.writing import write_partitions
from pipeline.errors import InputError
from pipeline.publish.carried import carry_over, keep_superseded, renew_history, superseded_rows
from pipeline.publish.contracts import SEGMENT_ASSIGNMENTS, tables_of
from pipeline.publish.documents import REPORT, write_documents
from pipeline.publish.folders import prune, swap_in, sync_folders, write
from pipeline.publish.manifest import (
    EARLIER,
    FORMAT_VERSION,
    MANIFEST,
    Manifest,
    SourceReading,
    history_file,
    published_folder,
    read_manifest,
    schema_version,
)
from pipeline.publish.next_manifest import entry_for, entry_of, next_manifest
from pipeline.publish.restatements import customers_in, restatement_cause, restatements
from pipeline.publish.staging import Given, Staged, stage
from pipeline.publish.validate import problems_of
from pipeline.settings import Project
from pipeline.tables.zones import RESTATEMENTS


@dataclass(frozen=True)
class Publication:
    """What ``publish_period`` did: number of the publication and revision of the period in force.

    ``changed`` says whether the period's content is new; ``rows`` counts rows by table, ``contents``
    has the digest of its file for the period, or of the newest's where it has no other; ``path`` is the
    folder of the publication.
    """

    number: int
    revision: int
    changed: bool
    rows: dict[str, int]
    contents: dict[str, str]
    path: Path


def publish_period(
    engine: Engine,
    lake: Lake,
    project: Project,
    period: str,
    tables: Mapping[str, Given],
    provenance: Mapping[str, str],
    now: datetime,
    readings: Sequence[SourceReading] = (),
    files: Mapping[str, Path] | None = None,
    is_followed: bool = False,
) -> Publication:
    """Publish ``tables`` (by name, all of ``PUBLISHED``) as the content of ``period``: see ``staging.stage``.

    ``readings`` go into the manifest: rows that lie in no period. ``files`` are those of tables that may
    stand in the lake as they are to be published: these are linked, not written anew. Where the period
    ``is_followed`` by others that are published next, the report waits for the last of them: that of the
    last publication stays, and the manifest says so. Equal content keeps
    the period's revision and only refreshes its provenance; with equal provenance as well nothing is written.
    Raises ``ValueError`` that lists all problems when the tables break a contract or contradict each
    other, ``InputError`` when another run is publishing; either way the last publication stays in
    place.
    """
    with _alone(lake):
        previous = read_manifest(lake, any_form=True)
        number = (previous.publication if previous else 0) + 1
        prune(lake, number - 1)
        contracts = tables_of(project)
        is_newest = previous is None or period >= max(previous.periods, default=period)
        staged = stage(engine, lake, number, period, tables, contracts, is_newest, files or {})
        try:
            validate(engine, staged, project)
            published = None if previous is None else previous.periods.get(period)
            changed = _changed_files(staged, previous)
            is_same = previous and published and not changed and published.provenance == dict(provenance)
            if previous and is_same and (is_followed or _has_documents(previous, provenance)):
                shutil.rmtree(staged.folder)
                path = lake.root / "publications" / str(previous.publication)
                return _outcome(previous, staged, False, path)
            earlier = _report(lake) if is_followed else None
            return _publish(
                engine, lake, project, staged, previous, changed, provenance, now, readings, earlier
            )
        except BaseException:
            # Unless it has been swapped in already, the staged folder must not look like a publication.
            if published_folder(lake).resolve() != staged.folder.resolve():
                shutil.rmtree(staged.folder, ignore_errors=True)
            raise


def validate(engine: Engine, staged: Staged, project: Project) -> None:
    """Raise ``ValueError`` that lists everything wrong with the staged period."""
    problems = [
        *staged.problems,
        *problems_of(engine, staged.folder, staged.period, project, staged.is_newest),
    ]
    if problems:
        listed = "\n".join(f"- {one}" for one in problems)
        raise ValueError(f"period {staged.period} was not published, the last publication stays:\n{listed}")


def _publish(
    engine: Engine,
    lake: Lake,
    project: Project,
    staged: Staged,
    previous: Manifest | None,
    changed: set[tuple[str, str]],
    provenance: Mapping[str, str],
    now: datetime,
    readings: Sequence[SourceReading],
    earlier: Path | None,
) -> Publication:
    """Complete the staged folder with what is carried over and the documents, and swap it in."""
    restated = 0
    carried = previous
    if previous:
        renew_history(engine, lake)
        restated = _restate(engine, lake, staged, previous, changed, provenance)
        new = [staged.written[one].path for one in changed]
        carried = carry_over(engine, lake, staged.folder, previous, new)
    manifest = next_manifest(
        project,
        int(staged.folder.name),
        staged.period,
        staged.written,
        carried,
        changed,
        provenance,
        restated,
        now,
        readings,
    )
    digests = write_documents(engine, staged.folder, manifest, project, earlier)
    version = EARLIER if earlier else manifest.documents_version
    manifest = manifest.model_copy(update={"documents": digests, "documents_version": version})
    write(staged.folder / MANIFEST, manifest.model_dump_json(indent=2) + "\n")
    sync_folders(staged.folder)
    if previous:
        keep_superseded(engine, lake, staged.period, previous, changed)
    swap_in(lake, manifest.publication)
    prune(lake, manifest.publication)
    return _outcome(manifest, staged, bool(changed), staged.folder)


def _outcome(manifest: Manifest, staged: Staged, is_changed: bool, path: Path) -> Publication:
    rows = dict.fromkeys(manifest.tables, 0)
    for (name, _), one in staged.written.items():
        rows[name] += one.rows
    found = {name: entry_for(manifest, name, staged.period) for name in manifest.tables}
    contents = {name: one.content_digest for name, one in found.items() if one}
    revision = manifest.periods[staged.period].revision
    return Publication(manifest.publication, revision, is_changed, rows, contents, path)


def _has_documents(previous: Manifest, provenance: Mapping[str, str]) -> bool:
    """Whether the documents were made from what they would be made from now."""
    return previous.documents_version == provenance.get("documents", "")


def _report(lake: Lake) -> Path | None:
    """The report of the last publication, if it has one."""
    path = published_folder(lake).resolve() / REPORT
    return path if path.is_file() else None


def _changed_files(staged: Staged, previous: Manifest | None) -> set[tuple[str, str]]:
    """Files whose content or schema is not what is published."""
    return {(table, name) for table, name in staged.written if not _same(staged, previous, table, name)}


def _same(staged: Staged, previous: Manifest | None, table: str, name: str) -> bool:
    entry = entry_of(previous, table, name)
    if previous is None or entry is None or previous.format_version != FORMAT_VERSION:
        return False
    # A renamed column leaves the data pages as they are, so the schema is compared as well.
    same_schema = previous.tables[table].schema_version == schema_version(staged.contracts[table])
    return same_schema and entry.content_digest == staged.written[table, name].digest


def _restate(
    engine: Engine,
    lake: Lake,
    staged: Staged,
    previous: Manifest,
    changed: set[tuple[str, str]],
    provenance: Mapping[str, str],
) -> int:
    """Write whose segments the new revision changes into the history; how many customers that are."""
    name, period = SEGMENT_ASSIGNMENTS.name, staged.period
    entry = entry_of(previous, name, period)
    if entry is None or (name, period) not in changed:
        return 0
    revision = previous.periods[period].revision + 1
    before, after = (
        engine.read([path], SEGMENT_ASSIGNMENTS)
        for path in (superseded_rows(lake, name, period, previous), staged.written[name, period].path)
    )
    cause = restatement_cause(previous.periods[period].provenance, provenance)
    rows = restatements(before, after, period, revision, cause)
    place = history_file(lake, RESTATEMENTS.name, period, revision)
    write_partitions(engine.batches(rows), RESTATEMENTS.schema, {period: place})
    return customers_in(place)


@contextmanager
def _alone(lake: Lake) -> Iterator[None]:
    """Hold the lock of publishing; the system gives it back when a run is killed."""
    published = published_folder(lake)
    if published.exists() and not published.is_symlink():
        raise InputError(
            str(published),
            "it is a folder",
            "a link to the newest publication, which only publishing makes",
            "Move it away; nothing but publishing may write there.",
        )
    folder = lake.root / "publications"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                str(lake.root),
                "another run is publishing into this lake",
                "one publishing run at a time",
                "Wait until it has ended, then run again.",
            ) from error
        yield
