"""What is due: tables whose values do not come from today's versions and inputs.

Belongs here: walking the graph of stages over periods, comparing what each file says of its origin
with what it would say today. Does not belong here: reading files, running anything.

A table is up to date in a period when it was made by today's version of its stage, from the contents
that its inputs have now, and passed its blocking checks. One whose input is due may be due after
that: it *follows*, and is not due at all when the input comes out as it was.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

#: In place of the content of a table that has no file.
ABSENT = "-"


@dataclass(frozen=True)
class Input:
    """A table that a stage reads: in periods from ``first`` to ``last``, counted from its own (0)."""

    table: str
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Stage:
    """What writes some tables in one step, the id of its version, and what it reads."""

    name: str
    tables: tuple[str, ...]
    inputs: tuple[Input, ...]
    version: str


@dataclass(frozen=True)
class Record:
    """What a file says of itself: version, contents of its inputs by table (oldest period first),
    its own content, and whether what is there passed its blocking checks."""

    version: str
    inputs: Mapping[str, Sequence[str]]
    content: str
    passed: bool = True


@dataclass(frozen=True)
class Cause:
    """Why something is due. ``kind``: ``missing``, ``version`` (from ``before``), ``check``, ``input``
    (a table that differs in ``periods``), ``reads`` (other tables or windows than before)."""

    kind: str
    table: str
    before: str = ""
    periods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Due:
    """A stage in a period: why it is due, and the stages (with periods) that it follows."""

    stage: str
    period: str
    causes: tuple[Cause, ...]
    follows: tuple[tuple[str, str], ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether it is due whatever comes out of the stages before it."""
        return bool(self.causes)


#: Record of a table in a period; none when it has no file.
Records: TypeAlias = Callable[[str, str], Record | None]


@dataclass(frozen=True)
class Plan:
    """All that is due, in an order in which it can be done."""

    due: tuple[Due, ...]

    @property
    def periods(self) -> list[str]:
        """Periods in which anything is due, oldest first."""
        return list(dict.fromkeys(one.period for one in self.due))

    def ready(self, done: Collection[tuple[str, str]] = ()) -> list[Due]:
        """What can be done at once: due for sure, and all that it follows is due for sure and ready, too.

        The rest waits: what it follows may come out as it was. What was ``done`` is not ready again.
        """
        found: dict[tuple[str, str], Due] = {}
        for one in self.due:
            key = (one.stage, one.period)
            if one.is_certain and key not in done and all(before in found for before in one.follows):
                found[key] = one
        return list(found.values())


def periods_of(one: Input, period: str, periods: Sequence[str]) -> list[str]:
    """Those of ``periods`` (consecutive from the project's first) that ``one`` reads for ``period``."""
    at = periods.index(period)
    return list(periods[max(at + one.first, 0) : max(at + one.last + 1, 0)])


def contents(stage: Stage, period: str, periods: Sequence[str], records: Records) -> dict[str, list[str]]:
    """Contents that the inputs of ``stage`` have now, by table: what a file made now says of them."""
    found = {}
    for one in stage.inputs:
        some = (records(one.table, key) for key in periods_of(one, period, periods))
        found[one.table] = [ABSENT if record is None else record.content for record in some]
    return found


def plan(
    stages: Sequence[Stage], periods: Sequence[str], records: Records, of: Sequence[str] | None = None
) -> Plan:
    """What is due of ``stages``, which stand in an order in which they can be done.

    ``periods`` are consecutive from the project's first; ``of`` are those looked at (none: all).
    """
    known = cache(records)
    maker = {table: one.name for one in stages for table in one.tables}
    found: dict[tuple[str, str], Due] = {}
    for period in periods if of is None else of:
        for stage in stages:
            causes = tuple(_causes(stage, period, periods, known))
            follows = tuple(
                dict.fromkeys(
                    (maker[one.table], key)
                    for one in stage.inputs
                    if one.table in maker
                    for key in periods_of(one, period, periods)
                    if (maker[one.table], key) in found
                )
            )
            if causes or follows:
                found[stage.name, period] = Due(stage.name, period, causes, follows)
    return Plan(tuple(found.values()))


def _causes(stage: Stage, period: str, periods: Sequence[str], records: Records) -> list[Cause]:
    """Why what is there is not what would be made now; nothing when it is."""
    made = [(table, records(table, period)) for table in stage.tables]
    if absent := next((table for table, record in made if record is None), None):
        return [Cause("missing", absent)]
    table, record = next(
        ((table, one) for table, one in made if one and one.version != stage.version),
        (made[0][0], made[0][1]),
    )
    assert record is not None
    found = [] if record.version == stage.version else [Cause("version", table, record.version)]
    found += [Cause("check", table) for table, one in made if one and not one.passed]
    now = contents(stage, period, periods, records)
    for one in stage.inputs:
        then, today = list(record.inputs.get(one.table, ())), now[one.table]
        if len(then) != len(today) or one.table not in record.inputs:
            found.append(Cause("reads", one.table))
        elif then != today:
            keys = periods_of(one, period, periods)
            found.append(
                Cause(
                    "input",
                    one.table,
                    periods=tuple(key for key, a, b in zip(keys, then, today, strict=True) if a != b),
                )
            )
    found += [Cause("reads", table) for table in record.inputs if table not in now]
    return found


def batches(due: Sequence[Due], stages: Sequence[Stage]) -> list[tuple[tuple[str, ...], list[str]]]:
    """``due`` as few runs: (periods, stages) in an order in which no run needs a later one.

    Stages that are due in the same periods share a run where nothing due lies between them. A stage that
    reads what it made of earlier periods is done period by period.
    """
    wanted: dict[str, tuple[str, ...]] = {}
    for one in due:
        wanted[one.stage] = (*wanted.get(one.stage, ()), one.period)
    maker = {table: one.name for one in stages for table in one.tables}
    runs: list[tuple[tuple[str, ...], list[str]]] = []
    place: dict[str, int] = {}
    for stage in stages:
        if stage.name not in wanted:
            continue
        before = [
            place[maker[one.table]]
            for one in stage.inputs
            if maker.get(one.table) in place and maker[one.table] != stage.name
        ]
        earliest = max(before, default=0)
        follows_itself = any(maker.get(one.table) == stage.name for one in stage.inputs)
        if follows_itself and len(wanted[stage.name]) > 1:
            runs += [((period,), [stage.name]) for period in wanted[stage.name]]
            place[stage.name] = len(runs) - 1
            continue
        at = next((i for i in range(earliest, len(runs)) if runs[i][0] == wanted[stage.name]), None)
        if at is None:
            runs.append((wanted[stage.name], []))
            at = len(runs) - 1
        runs[at][1].append(stage.name)
        place[stage.name] = at
    return runs


def consecutive(some: Sequence[str], periods: Sequence[str]) -> list[list[str]]:
    """``some`` of ``periods``, cut where one between them is missing: what one Dagster run can do."""
    runs: list[list[str]] = []
    for period in sorted(some, key=periods.index):
        if runs and periods.index(runs[-1][-1]) + 1 == periods.index(period):
            runs[-1].append(period)
        else:
            runs.append([period])
    return runs
