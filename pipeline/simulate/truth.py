"""What is known of the company: tables that tests and benchmarks compare the pipeline with.

Belongs here: the truth as Parquet files. Does not belong here: comparing.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.simulate.accounts import SYSTEMS
from pipeline.simulate.archetypes import archetype_events, drift_events
from pipeline.simulate.frames import Frame, size
from pipeline.simulate.plan import NEVER
from pipeline.simulate.profiles import change_periods, planted_profiles
from pipeline.simulate.sources import EVENT_SOURCES, SNAPSHOTS
from pipeline.simulate.true_segments import segments_table
from pipeline.simulate.true_traits import traits_table
from pipeline.simulate.world import World

PLANTED = pa.schema(
    [
        ("source", pa.string()), ("entity", pa.string()), ("period", pa.string()), ("kind", pa.string()),
        ("rule", pa.string()),
        ("visible_period", pa.string()), ("gone_period", pa.string()), ("rows_count", pa.int64()),
        ("is_snapshot", pa.bool_()),
        ("has_row_key", pa.bool_()),
    ]
)  # fmt: skip
EVENTS = pa.schema([(one, pa.string()) for one in ("event", "period", "from_archetypes", "to_archetypes")])
DRIFT = pa.schema(
    [
        *((one, pa.string()) for one in ("kind", "subject", "first_period", "last_period")),
        ("change_share", pa.float64()),
    ]
)
#: Source, period, kind, rule, visible, gone (numbers of periods).
Key = tuple[str, int, str, str | None, int, int]


def counted(source: str, rows: Frame, counts: Counter[Key]) -> None:
    """Add the marked rows of a source to the counts."""
    if size(rows):
        marks = (rows[one] for one in ("_period", "_kind", "_rule", "_visible", "_gone"))
        counts.update((source, *one) for one in zip(*marks, strict=True))


def counted_snapshots(
    world: World, counts: Counter[Key], products_count: int, rates_count: Callable[[int], int]
) -> None:
    """Rows of profiles, products and rates: every version of a row, from when to when it was held."""
    plan = world.plan
    for account in range(world.accounts.count):
        system = str(world.accounts.system[account])
        first = max(0, int(world.accounts.created_period[account]))
        starts = [first, *change_periods(plan, world.accounts, account)]
        for at, start in enumerate(starts):
            end = starts[at + 1] if at + 1 < len(starts) else NEVER
            counts[system, first, "good" if end == NEVER else "superseded", None, start, end] += 1
    for system in SYSTEMS:
        for kind, rows in planted_profiles(world.plan, world.people, world.accounts, system, 0)[1].items():
            name, _, rule = kind.partition(":")
            counts[system, 0, name, rule or None, 0, NEVER] += size(rows)
    counts["catalogue", 0, "good", None, 0, NEVER] += products_count
    for period in range(plan.periods):
        counts["rates", 0, "good", None, period, NEVER] += rates_count(period)


def write_truth(folder: Path, world: World, counts: Counter[Key], has_row_key: set[str]) -> None:
    """Write all tables of the truth into a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = world.plan
    entities = {name: one[0] for name, one in SNAPSHOTS.items()} | {
        name: one.entity for name, one in EVENT_SOURCES.items()
    }
    rows = [
        {
            "source": source, "entity": entities[source], "period": plan.keys[period], "kind": kind,
            "rule": rule,
            "visible_period": plan.keys[visible],
            "gone_period": plan.keys[gone] if gone < plan.periods else None,
            "rows_count": number, "is_snapshot": source in SNAPSHOTS, "has_row_key": source in has_row_key,
        }
        for (source, period, kind, rule, visible, gone), number in sorted(counts.items(), key=str)
        if number and visible < plan.periods
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, PLANTED), folder / "planted.parquet")
    pq.write_table(_accounts(world), folder / "accounts.parquet")
    pq.write_table(_identity_events(world), folder / "identity_events.parquet")
    pq.write_table(_archetypes(world), folder / "archetypes.parquet")
    pq.write_table(pa.Table.from_pylist(archetype_events(plan), EVENTS), folder / "archetype_events.parquet")
    pq.write_table(pa.Table.from_pylist(drift_events(plan), DRIFT), folder / "drift_events.parquet")
    pq.write_table(traits_table(world), folder / "traits.parquet")
    pq.write_table(segments_table(world), folder / "segments.parquet")
    pq.write_table(_persons(world), folder / "persons.parquet")


def _accounts(world: World) -> pa.Table:
    one = world.accounts
    systems, ids = one.system.tolist(), one.id.tolist()
    return pa.table(
        {
            "source": systems,
            "source_account_id": ids,
            "person_id": [f"person{number}" for number in one.person.tolist()],
            "created_period": [world.plan.keys[max(0, number)] for number in one.created_period.tolist()],
        }
    )


def _identity_events(world: World) -> pa.Table:
    one = world.accounts
    rows = [
        {
            "event": case.event,
            "period": world.plan.keys[case.period],
            "accounts": [f"{one.system[at]}/{one.id[at]}" for at in case.accounts],
            "person_ids": [f"person{one.person[at]}" for at in case.accounts],
        }
        for case in one.cases
    ]
    return pa.Table.from_pylist(rows)


def _archetypes(world: World) -> pa.Table:
    count, plan = world.people.count, world.plan
    names = np.concatenate([world.archetypes.names(one) for one in range(plan.periods)])
    table = pa.table(
        {
            "person_id": [f"person{one}" for one in range(count)] * plan.periods,
            "period": [one for one in plan.keys for _ in range(count)],
            "archetype": pa.array(names.tolist(), pa.string()),
        }
    )
    return table.filter(table["archetype"].is_valid())


def _persons(world: World) -> pa.Table:
    """Persons with the identifiers that a leak would show, for the search of identifiers in publications."""
    people = world.people
    count = people.count
    return pa.table(
        {
            "person_id": [f"person{one}" for one in range(count)],
            "household": people.household,
            "language": people.language.tolist(),
            "given_name": [one[0] for one in people.given],
            "family_name": [one[0] for one in people.families[0]],
            "birth_date": people.birth_date.tolist(),
            "emails": [list(pair) for pair in zip(*people.emails, strict=True)],
            "phones": [list(pair) for pair in zip(*people.phones, strict=True)],
            "national_id": people.national_id.tolist(),
            "addresses": [[a.street, b.street] for a, b in zip(*people.homes, strict=True)],
        }
    )


def read_planted(folder: Path) -> list[dict[str, Any]]:
    """Rows of ``planted.parquet``."""
    found: list[dict[str, Any]] = pq.read_table(folder / "planted.parquet").to_pylist()
    return found
