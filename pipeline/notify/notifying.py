"""Telling people: what is new is written down, and what is written down is sent.

Belongs here: reading the publication and the states of sources, and the two steps. Does not belong here: when
it is done (the shell), or who failed to run (it is told).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engine import Lake
from pipeline.notify import outbox
from pipeline.notify.alarms import Alarm, Row, of_findings, of_health
from pipeline.notify.causes import as_one
from pipeline.notify.messages import Teller
from pipeline.notify.news import news
from pipeline.notify.outbox import Message, Outbox
from pipeline.notify.sending import SendingError, receiver, send
from pipeline.publish.bundles import sources_by_subject
from pipeline.publish.manifest import Manifest, published_folder, read_manifest, table_file
from pipeline.settings import Project
from pipeline.tables.health import SOURCE_HEALTH

#: Seconds after which sending stops until the next time: Dagster gives a sensor sixty.
_BUDGET = 40.0
_FINDINGS, _REGISTER = "drift_findings", "segment_register"
_ALWAYS = ("source", "run", "late")


@dataclass(frozen=True)
class Told:
    """Titles of messages that every receiver has now; those that wait; why sending failed."""

    sent: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def tell(project: Project, of_runs: Sequence[Alarm], now: datetime, prefix: tuple[str, ...] = ()) -> Told:
    """Tell the project's receivers what they were not told yet.

    ``of_runs``: alarms of runs, which no table holds. Does nothing where there is no receiver, or where
    another process is at it.
    """
    addresses, lake = project.notify.receivers, project.lake_path
    if not addresses or not lake.is_dir():
        return Told()
    with outbox.alone(lake) as is_alone:
        if not is_alone:
            return Told()
        box = _looked(project, of_runs, now, prefix, outbox.read(lake))
        outbox.write(lake, box)
        return _sent(lake, box, addresses)


def preview(
    project: Project, of_runs: Sequence[Alarm], now: datetime, prefix: tuple[str, ...] = ()
) -> list[Message]:
    """What ``tell`` would send; nothing is sent, and nothing remembered."""
    return _looked(project, of_runs, now, prefix, outbox.read(project.lake_path)).waiting


def try_receivers(project: Project) -> list[str]:
    """Send a test to every receiver; why some did not take it."""
    message, problems = Teller(project, {}).test(), []
    for place, address in enumerate(project.notify.receivers, 1):
        try:
            send(address, message.title, message.body, message.tone)
        except SendingError as error:
            problems.append(f"receiver {place}: {error}")
    return problems


def _looked(
    project: Project, of_runs: Sequence[Alarm], now: datetime, prefix: tuple[str, ...], box: Outbox
) -> Outbox:
    """``box`` with what is new written down."""
    lake = Lake(project.lake_path)
    folder = published_folder(lake).resolve()  # whole, whatever is published meanwhile
    manifest = read_manifest(lake, any_form=True)
    day = now.astimezone(ZoneInfo(project.time_zone)).date()
    seen = _state(project, lake, manifest, of_runs, day.isoformat())
    if seen == box.looked_at:
        return box
    alarms = [*_of_publication(folder, manifest), *_of_sources(project, lake), *of_runs]
    found, known = news(
        alarms,
        box.known,
        box.seen_through,
        lambda one: one.key.startswith(_ALWAYS) or one.severity in project.notify.severities,
        lambda key: project.notify.is_muted(key, day),
    )
    teller = Teller(project, _labels(folder, manifest, project) if found else {}, prefix)
    told = as_one(found, sources_by_subject(project)) if found else []
    newest = max(manifest.periods) if manifest and manifest.periods else box.seen_through
    return Outbox(
        known=known,
        waiting=[*box.waiting, *(teller.message(one) for one in told)],
        seen_through=newest,
        looked_at=seen,
    )


def _state(
    project: Project, lake: Lake, manifest: Manifest | None, of_runs: Sequence[Alarm], day: str
) -> str:
    """By what it is known that nothing changed: the publication, states of sources, failed runs, settings,
    day."""
    judged = sorted((lake.root / SOURCE_HEALTH.path).glob("period=*/*.parquet"))
    parts = [
        str(manifest.publication if manifest else 0),
        str(max((one.stat().st_mtime_ns for one in judged), default=0)),
        str(len(judged)),
        *(f"{one.key} {one.row.get('failed_at')}" for one in of_runs),
        project.notify.model_dump_json(exclude={"urls"}),
        project.report.language,
        ",".join(project.sources),
        day,
    ]
    return "; ".join(parts)


def _of_publication(folder: Path, manifest: Manifest | None) -> list[Alarm]:
    """Alarms of the findings of every published period."""
    if manifest is None or not manifest.periods:
        return []
    rows: list[Row] = []
    measured: set[str] = set()
    for period in sorted(manifest.periods):
        file = table_file(folder, _FINDINGS, period, manifest.format_version)
        if not file.is_file():
            continue
        table = pq.read_table(file, partitioning=None)
        named = zip(table["level"].to_pylist(), table["subject"].to_pylist(), strict=True)
        measured = {f"{level}:{subject}" for level, subject in named}
        tells = pc.not_equal(table["severity"], "none")
        if "change_status" in table.column_names:  # earlier versions published none
            tells = pc.or_(tells, pc.is_in(table["change_status"], pa.array(["ended", "settled"])))
        if "part_of" in table.column_names:
            tells = pc.or_(tells, pc.is_valid(table["part_of"]))
        rows += [{**row, "period": period} for row in table.filter(tells).to_pylist()]
    return of_findings(rows, sorted(manifest.periods), measured)


def _of_sources(project: Project, lake: Lake) -> list[Alarm]:
    """Alarms of the sources, also of periods that are not published because a source is broken."""
    files = lake.files(SOURCE_HEALTH.path, lake.periods(SOURCE_HEALTH.path))
    rows = [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]
    return of_health(rows, project.sources)


def _labels(folder: Path, manifest: Manifest | None, project: Project) -> dict[str, str]:
    """Label of every segment that is known, in the project's language."""
    if manifest is None or not manifest.periods:
        return {}
    file = table_file(folder, _REGISTER, max(manifest.periods), manifest.format_version)
    name = "label_zh" if project.report.language == "zh" else "label"
    rows = pq.read_table(file, columns=["segment_id", name], partitioning=None).to_pylist()
    return {row["segment_id"]: row[name] for row in rows}


def _sent(lake: Path, box: Outbox, addresses: Sequence[str]) -> Told:
    """Send what waits, oldest first; after each, remember who has it. Receivers that fail wait until next
    time."""
    by_name = {receiver(one): one for one in addresses}
    ends, failed = time.monotonic() + _BUDGET, {}
    sent: list[str] = []
    for message in list(box.waiting):
        for name in message.lacks(list(by_name)):
            if name in failed or time.monotonic() > ends:
                continue
            try:
                send(by_name[name], message.title, message.body, message.tone)
            except SendingError as error:
                failed[name] = f"receiver {list(by_name).index(name) + 1}: {error}"
                continue
            had, message = message, message.sent(name)
            box = box.model_copy(update={"waiting": [message if one is had else one for one in box.waiting]})
            outbox.write(lake, box)
        if not message.lacks(list(by_name)):
            sent.append(message.title)
            box = box.model_copy(update={"waiting": [one for one in box.waiting if one is not message]})
            outbox.write(lake, box)
    return Told(sent, [one.title for one in box.waiting], list(failed.values()))
