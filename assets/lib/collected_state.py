"""What has been collected: the state of a source, how far it was read, which periods hold it.

Belongs here: comparing sources with the raw zone, and remembering. Does not belong here: reading
rows (``assets.lib.collections``).

Every raw file says in its footer which mapping it was read with, and whether the first collection
of its period gave no row: then every row of it is late. One small file a source,
``raw/<source>/collected.json``, says up to which state of the source all its periods are complete.
It is written after them, so it is never ahead: a run that is killed between reads again.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.collect import Changes, Part, Reading, Shared, column_types, fingerprint, lookups_fingerprint
from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES

#: Footer entry of a raw file: mapping and state of the source that it was read from.
COLLECTED_FROM = "collected_from"
#: Footer entry: those periods, of all written with it, whose first collection gave no row.
BEGAN_EMPTY = "began_empty"
REMEMBERED = "collected.json"
#: Kinds of readings: of all that a source holds, or of what came since the last.
WHOLE, FROM_CURSOR = "whole", "from_cursor"


@dataclass(frozen=True)
class State:
    """A source as it was when it was last read: digests of its settings, of what it and its
    lookups hold, the last period that is complete, the cursor to read on from, and the types of
    the columns of a query. ``readings``: what the last whole reading read, and the last one from the
    cursor on if that came later, with the counts of ``pipeline.collect.Reading``. ``parts``: what was read of
    the parts of its files, with the fields of ``pipeline.collect.Part``."""

    mapping: str
    source: str
    lookups: str
    through: str
    cursor: str | None = None
    types: dict[str, str] | None = None
    readings: dict[str, dict[str, Any]] | None = None
    parts: list[dict[str, Any]] | None = None

    @property
    def origin(self) -> str:
        """What the footer of a raw file says: ``mapping:state``."""
        return f"{self.mapping}:{self.source}"


@dataclass(frozen=True)
class Due:
    """Collection that a source needs: its state now, periods never collected, periods in which
    rows may be new, and the cursor from which it is enough to read (none: all of it)."""

    state: State
    never: list[str]
    periods: list[str]
    since: str | None


@dataclass(frozen=True)
class Collection:
    """One source, read and compared: the periods to write, and the state to remember afterwards."""

    state: State
    periods: list[str]
    changes: Changes


def uncollected(
    project: Project,
    lake: Lake,
    periods: Sequence[str],
    certain: bool = False,
    shared: Shared | None = None,
) -> dict[str, Due]:
    """What must be collected so that ``periods`` (consecutive from the first) hold all that the
    sources give; sources that need nothing are left out.

    A source that changed may hold late rows of any period; of one that did not, only periods
    after those that were complete can lack rows (law L10). With ``certain`` sources with a cursor
    are always due: a row may have come that bears the greatest value, too. A file or query that several
    sources name is looked at once, and not at all if ``shared`` knows it. Raises ``InputError``.
    """
    shared = shared or Shared()
    found: dict[str, Due] = {}
    for source in project.sources:
        one, known = due(project, lake, source, periods, shared), remembered(lake, source)
        same = known is not None and known.origin == one.state.origin
        if known is None or not same or (certain and _has_cursor(project, source)):
            found[source] = one
            continue
        later = [period for period in periods if _after(project, period, known.through)]
        if rest := sorted({*later, *one.never}, key=project.calendar.start_date):
            found[source] = replace(one, periods=rest)
    return found


def due(
    project: Project, lake: Lake, source: str, periods: Sequence[str], shared: Shared | None = None
) -> Due:
    """What collecting ``source`` for ``periods`` has to read."""
    mapping, known = project.source_digest(source), remembered(lake, source)
    lookups = lookups_fingerprint(project, source, shared)
    read = set(same_mapping(project, lake, source, periods))
    never = [one for one in periods if one not in read]
    since = _since(project, known, mapping, lookups, never, source)
    through = max(periods, key=project.calendar.start_date)
    given, types = fingerprint(project, source, since, shared), column_types(project, source)
    if known is not None and known.mapping == mapping:
        _check_types(source, known.types or {}, types)
    state = State(mapping, given, lookups, through, since, types)
    return Due(state, never, list(periods), since)


def _check_types(source: str, before: dict[str, str], now: dict[str, str]) -> None:
    """A column of a query that changed its type gives other texts for the same values."""
    changed = [one for one in before if one in now and before[one] != now[one]]
    if changed:
        words = ", ".join(f"{one} ({before[one]} before, {now[one]} now)" for one in changed)
        raise InputError(
            f"source {source}",
            f"columns of its query have changed their type: {words}",
            "the types that were collected before, so that no row passes for a changed one",
            f"Restore them, or remove raw/{source} from the lake to collect the source anew.",
        )


def _has_cursor(project: Project, source: str) -> bool:
    return getattr(project.sources[source].connector, "cursor", None) is not None


def _since(
    project: Project, known: State | None, mapping: str, lookups: str, never: list[str], source: str
) -> str | None:
    """A cursor is worth something only where everything else is as it was when it was remembered."""
    if known is None or (known.mapping, known.lookups) != (mapping, lookups):
        return None
    settings = project.sources[source]
    snapshot = ENTITIES[settings.entity].event_time is None and settings.latest_by is None
    if any(snapshot or not _after(project, one, known.through) for one in never):
        return None
    return known.cursor


def _after(project: Project, period: str, other: str) -> bool:
    return project.calendar.start_date(period) > project.calendar.start_date(other)


def known_parts(project: Project, lake: Lake, source: str, one: Due) -> list[Part]:
    """Parts of the files of ``source`` that need not be read again: what they gave to all periods that were
    complete is collected, with the settings and lookups of today."""
    known = remembered(lake, source)
    if known is None or (known.mapping, known.lookups) != (one.state.mapping, one.state.lookups):
        return []
    if any(not _after(project, period, known.through) for period in one.never):
        return []
    try:
        return [Part(**part) for part in known.parts or ()]
    except TypeError:  # of an earlier version of the program
        return []


def same_mapping(project: Project, lake: Lake, source: str, periods: Sequence[str]) -> list[str]:
    """Those of ``periods`` whose raw rows were read with today's mapping.

    Rows read with another mapping may stand in the wrong period: they are read anew.
    """
    mapping = project.source_digest(source)
    return [one for one in periods if _collected_from(lake, source, one).startswith(f"{mapping}:")]


def began_empty(lake: Lake, source: str, periods: Sequence[str]) -> list[str]:
    """Those of ``periods`` whose first collection is known to have given no row of ``source``."""
    return [one for one in periods if one in lake.footer(f"raw/{source}", one).get(BEGAN_EMPTY, "").split()]


def empty_so_far(project: Project, lake: Lake, source: str, periods: Sequence[str]) -> list[str]:
    """Those of ``periods`` whose collections gave no row so far, or none at first: what to write as
    ``BEGAN_EMPTY`` with the files that replace theirs.

    A file without rows stands for collections that gave none; one with rows says it in its footer.
    A period collected with another mapping begins anew.
    """
    known = same_mapping(project, lake, source, periods)
    said = set(began_empty(lake, source, known))
    return [one for one in known if one in said or not _rows(lake, source, one)]


def _rows(lake: Lake, source: str, period: str) -> int:
    return int(pq.read_metadata(lake.file(f"raw/{source}", period)).num_rows)


def remembered(lake: Lake, source: str) -> State | None:
    """What was remembered of ``source``; none when nothing was, or it cannot be read."""
    try:
        return State(**json.loads(_place(lake, source).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def with_reading(lake: Lake, source: str, one: Due, reading: Reading, now: datetime) -> State:
    """The state to remember, with what was ``reading`` read at ``now``."""
    said = {"collected_at": now.isoformat(), **asdict(reading)}
    if one.since is None:
        return replace(one.state, readings={WHOLE: said})
    known = remembered(lake, source)
    return replace(one.state, readings={**((known and known.readings) or {}), FROM_CURSOR: said})


def readings(project: Project, lake: Lake) -> list[dict[str, Any]]:
    """Readings remembered of every source: source, entity, reading and its counts."""
    return [
        {"source": name, "entity": source.entity, "reading": kind, **said}
        for name, source in project.sources.items()
        if (known := remembered(lake, name)) is not None
        for kind, said in (known.readings or {}).items()
    ]


def remember(lake: Lake, source: str, state: State) -> None:
    """Say that every period up to ``state.through`` holds all that ``source`` gave: only call it
    when that has been written."""
    path = _place(lake, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    partial.replace(path)


def _place(lake: Lake, source: str) -> Path:
    return lake.root / "raw" / source / REMEMBERED


def _collected_from(lake: Lake, source: str, period: str) -> str:
    return lake.footer(f"raw/{source}", period).get(COLLECTED_FROM, "")
