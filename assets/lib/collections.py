"""Reading sources before anything is written: what a collection will add, and to which periods.

Belongs here: from what is due to rows to write. Does not belong here: what is due
(``collected_state``), or rules of new rows (``pipeline.collect``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from ibis.expr import types as ir

from assets.lib.collected_state import (
    Collection,
    Due,
    due,
    known_parts,
    same_mapping,
    uncollected,
    with_reading,
)
from assets.lib.platform import Platform
from pipeline.collect import Shared, changes, is_snapshot, with_added


def planned(platform: Platform, periods: Sequence[str]) -> dict[str, Collection]:
    """Every source that must be collected, read to its end.

    A source that cannot be read is an ``InputError`` here, before anything of any source is
    written. Periods that get no rows are left alone, unless they were never collected.
    """
    project, lake, now = platform.project, platform.lake, platform.now()
    shared = Shared()
    found = uncollected(project, lake, periods, certain=True, shared=shared)
    return {name: read(platform, name, one, list(periods), now, shared) for name, one in found.items()}


def alone(platform: Platform, name: str, periods: Sequence[str]) -> Collection:
    """One source read for ``periods`` only, as when somebody materializes them by hand.

    What other periods lack stays due: nothing of it may be remembered.
    """
    one = due(platform.project, platform.lake, name, periods)
    every = sorted(
        {*platform.lake.periods(f"raw/{name}"), *periods}, key=platform.project.calendar.start_date
    )
    return read(platform, name, one, every, platform.now(), Shared())


def read(
    platform: Platform, name: str, one: Due, every: Sequence[str], now: datetime, shared: Shared
) -> Collection:
    """Read ``name`` as far as is due; ``every`` period may hold rows that are corrected now. Sources of one
    file or query are read once (``shared``)."""
    collected = same_mapping(platform.project, platform.lake, name, every)
    keyed = bool(platform.project.sources[name].keyed_by)
    parts = known_parts(platform.project, platform.lake, name, one)
    # of the last period as well: its columns are compared, and its state may be that of a new one
    newest = collected[-1:] if parts or is_snapshot(platform.project, name) else []
    some = list(dict.fromkeys([*(i for i in one.periods if i in collected), *newest]))
    existing = platform.read_raw(name, collected if keyed else some)
    found = changes(
        *(platform.engine, platform.project, name, one.periods, existing, now, one.since, collected, shared),
        parts=parts,
    )
    touched = set(one.never) if set(one.never) >= set(one.periods) else {*one.never, *found.periods()}
    written = [period for period in one.periods if period in touched]
    state = with_reading(platform.lake, name, one, found.reading, now)
    kept = None if found.parts is None else [asdict(part) for part in found.parts]
    return Collection(replace(state, cursor=found.cursor, parts=kept), written, found)


def rows(platform: Platform, name: str, collection: Collection, periods: Sequence[str]) -> ir.Table:
    """Raw rows of ``periods``: those collected before, and those that ``collection`` adds."""
    known = same_mapping(platform.project, platform.lake, name, periods)
    return with_added(platform.read_raw(name, known), collection.changes.added, list(periods))


def spans(collections: Mapping[str, Collection], periods: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    """Sources by runs of consecutive ``periods`` that they write: what one Dagster run can do."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, one in collections.items():
        run: list[str] = []
        for period in [*periods, None]:
            if period in one.periods:
                run.append(str(period))
            elif run:
                found.setdefault(tuple(run), []).append(name)
                run = []
    return dict(sorted(found.items()))
