"""What a ledger of activity is: one declaration, from which table, asset and inputs follow.

Belongs here: ``Ledger``, the measures it may have and how a feature names one (``Reading``).
Does not belong here: any single ledger (the modules beside this one), or sums over customers
and windows (``features.sums``).

A measure adds up over periods and accounts: by sum, or by taking the earliest or latest. Two kinds need more
to do so: a level (a balance) adds up over accounts only, and of several periods the last one counts; a last
value (a stage) bears the time at which it was said, so that the greatest is the last. A measure is data, not
code that calls the engine: what it is called, what it means, its unit, and the aggregate over the rows of
one account in one period.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.periods import Calendar
from pipeline.tables import fields as f
from pipeline.tables.entities import ENTITIES
from pipeline.tables.model import AMOUNT, INTEGER, TEXT, Field, Table, table

Adds = Literal["sum", "min", "max"]
Statistic = Literal[
    "distinct", "total", "squares", "logs", "largest", "largest_key", "at", "rows",
    "change_probability", "change_age", "change_index",
]  # fmt: skip


class Company(Protocol):
    """What a ledger may know of the project: its periods, its entities, what its sources map."""

    @property
    def calendar(self) -> Calendar:
        """Cuts time into periods."""
        ...

    @property
    def entities(self) -> set[str]:
        """Entities that the sources give."""
        ...

    def sources_telling(self, entity: str, columns: Sequence[str]) -> list[str]:
        """Sources of ``entity`` that map one of ``columns``."""
        ...


#: Clean rows of entities, by name; entities that the project lacks are missing.
Cleaned = Mapping[str, ir.Table]
#: Entities of a ledger that takes what no other ledger of events reads.
ALL_OTHERS: tuple[str, ...] = ("*",)


@dataclass(frozen=True)
class Measure:
    """One additive column: what it means, and its aggregate over the rows of an account and period.

    ``entity`` is the one that gives it where a ledger is made of several. ``is_level``: of several periods
    the last one with a row of the customer counts. ``is_last``: a text behind its time (see ``last``).
    """

    __texts__ = ("meaning", "unit", "null")

    meaning: str
    unit: str
    of: Callable[[ir.Table], ir.Value]
    type: pa.DataType = INTEGER
    adds: Adds = "sum"
    minimum: float | None = 0
    null: str = ""
    entity: str = ""
    is_level: bool = False
    is_last: bool = False

    def named(self, name: str) -> Field:
        """The measure as a column."""
        return Field(name, self.type, self.meaning, self.unit, minimum=self.minimum, null_meaning=self.null)


def count(meaning: str, unit: str, where: Any = None, entity: str = "") -> Measure:
    """Rows, or those of them ``where`` a deferred condition (``ibis._``) holds."""
    return Measure(meaning, unit, lambda rows: rows.count(where=_bound(rows, where)), entity=entity)


def total(
    column: str,
    meaning: str,
    unit: str,
    type: pa.DataType = INTEGER,
    entity: str = "",
    minimum: float | None = 0,
) -> Measure:
    """Sum of ``column``; zero where it is null in all rows."""
    return Measure(
        meaning, unit, lambda rows: rows[column].sum().fill_null(0), type, "sum", minimum, "", entity
    )


def amount(column: str, meaning: str, entity: str = "", minimum: float | None = 0) -> Measure:
    """Sum of an amount in the project's currency, an exact decimal."""
    return total(column, meaning, "project currency", AMOUNT, entity, minimum)


def earliest(column: str, meaning: str, type: pa.DataType, unit: str = "", null: str = "") -> Measure:
    """Least value of ``column``: a day or a time."""
    return Measure(meaning, unit, lambda rows: rows[column].min(), type, "min", None, null)


def latest(column: str, meaning: str, type: pa.DataType, unit: str = "", null: str = "") -> Measure:
    """Greatest value of ``column``: a day or a time."""
    return Measure(meaning, unit, lambda rows: rows[column].max(), type, "max", None, null)


def level(column: str, meaning: str, unit: str, type: pa.DataType = AMOUNT) -> Measure:
    """Sum of ``column`` as it stands at the end of the period: over accounts it adds up, over periods not."""
    return replace(total(column, meaning, unit, type, minimum=None), is_level=True)


#: Stands before a last value: so many seconds after 1970, of always as many digits, before 1970 too.
_SECONDS = 2 * 10**11
_DIGITS = len(str(_SECONDS))


def last(column: str, at: str, meaning: str, null: str) -> Measure:
    """The text in ``column`` of the row with the latest time ``at`` (ties: the last by alphabet).

    Stored behind its time, so that over periods and accounts the greatest is the last. Features see the text
    alone: null where the last row says nothing.
    """

    def of(rows: ir.Table) -> ir.Value:
        time = (epoch_seconds(rows[at]) + _SECONDS).cast("string")
        return (time + rows[column].fill_null("")).max()

    return Measure(meaning, "code", of, TEXT, "max", None, null, is_last=True)


def said(stored: ir.StringValue) -> ir.StringValue:
    """The text of a ``last`` measure, without its time."""
    return stored.substr(_DIGITS).nullif("")


def _bound(rows: ir.Table, where: Any) -> ir.BooleanValue | None:
    return None if where is None else rows.bind(where)[0]


@dataclass(frozen=True, eq=False)
class Ledger:
    """One row an account and period (and key): the measures of what the account did.

    ``entities``: one of them must be there; the entity itself where it is one. ``also`` are read
    where the project has them. ``rows`` prepares what is summed from the clean rows; without it
    the rows of the one entity are summed as they are. ``events`` names the columns of the
    prepared rows with the earliest and latest time at which something happened; none: the ledger
    does not say when an account was active. ``kinds``, of a ledger with keys: the kinds of key,
    each with the further entity that it needs ("" for none). ``settings`` are paths of settings, beside
    the calendar, that ``rows`` asks the company for. ``of_texts``: the rows are not the clean ones but scores
    of what was written in its entities, where a source of one tells it.
    """

    __texts__ = ("row",)

    name: str
    row: str
    entities: tuple[str, ...]
    measures: Mapping[str, Measure]
    also: tuple[str, ...] = ()
    keys: tuple[Field, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    rows: Callable[[Cleaned, Company], ir.Table] | None = None
    events: tuple[str, str] | None = None
    settings: tuple[str, ...] = ()
    of_texts: bool = False

    def __post_init__(self) -> None:
        unknown = {*self.entities, *self.also, *filter(None, self.kinds.values())} - {*ENTITIES, *ALL_OTHERS}
        if unknown:
            raise ValueError(
                f"ledger {self.name}: unknown entities {sorted(unknown)}; known: {', '.join(ENTITIES)}"
            )
        if self.rows is None and (len(self.entities) != 1 or self.also):
            raise ValueError(
                f"ledger {self.name} reads several entities: say in rows= how they become one table"
            )
        for name, one in self.measures.items():
            if hasattr(type(self), name) or name in self.__dataclass_fields__:
                raise ValueError(f"ledger {self.name}: a ledger has a {name} of its own: rename the measure")
            if not one.meaning:
                raise ValueError(f"ledger {self.name}: measure {name} needs a meaning")
            if not one.unit and not (pa.types.is_date(one.type) or pa.types.is_timestamp(one.type)):
                raise ValueError(f"ledger {self.name}: measure {name} needs a unit")

    def __getattr__(self, name: str) -> "Reading":
        """``orders.lines_count``: how a feature names a measure it reads."""
        if name.startswith("__") or name not in self.measures:
            raise AttributeError(
                f"ledger {self.name} has no measure {name!r}; it has {', '.join(self.measures)}"
            )
        return Reading(self, name, LEVEL_PERIODS if self.measures[name].is_level else WINDOW_PERIODS)

    def measure(self, name: str) -> "Reading":
        """The same by a ``name`` that is put together. Raises ``AttributeError`` for an unknown one."""
        reading: Reading = getattr(self, name)
        return reading

    def check_kind(self, kind: str) -> None:
        """Raises ``ValueError`` where the ledger has no keys of ``kind``."""
        known = [*self.kinds] or [one.name for one in self.keys]
        if kind not in known:
            said = ", ".join(known) or "none"
            raise ValueError(f"ledger {self.name} has no keys of kind {kind!r}; known: {said}")

    @property
    def table(self) -> Table:
        """Contract of the ledger: zone ``activity``."""
        columns = [f.period, f.account_id, *self.keys]
        columns += [one.named(name) for name, one in self.measures.items()]
        columns += [f.first_event_at, f.last_event_at] if self.events else []
        key = " ".join(["period account_id", *(one.name for one in self.keys)])
        optional = " ".join(name for name, one in self.measures.items() if one.null)
        return table("activity", self.name, self.row, key, columns, optional)

    def reads(self, entities: Collection[str], with_texts: Collection[str] = ()) -> list[str]:
        """Those of a project's ``entities`` that the ledger is made of; none: it cannot be filled.

        ``with_texts`` are those in which a source tells what was written.
        """
        there = with_texts if self.of_texts else entities
        if not set(self.entities) & set(there):
            return []
        return [one for one in (*self.entities, *self.also) if one in there]

    @property
    def zone(self) -> str:
        """Zone of the tables that it is made of, each called as its entity."""
        return "texts" if self.of_texts else "clean"

    def of(self, cleaned: Cleaned, company: Company) -> ir.Table:
        """The ledger of clean rows of one or many periods: rows of its ``table``.

        Raises ``ValueError`` when none of its entities is there.
        """
        if not set(self.entities) & set(cleaned):
            raise ValueError(f"no {' or '.join(self.entities)}: there is no ledger of {self.name}")
        rows = self.rows(cleaned, company) if self.rows else cleaned[self.entities[0]]
        measures = {name: one.of(rows) for name, one in self.measures.items()}
        if self.events:
            first, last = self.events
            measures |= {"first_event_at": rows[first].min(), "last_event_at": rows[last].max()}
        by = ["period", "account_id", *(one.name for one in self.keys)]
        return rows.group_by(*by).agg(**measures).select(*self.table.columns)


#: Periods in the longest window, so the most that any ledger is read for (law L10).
WINDOW_PERIODS = 12
#: Periods for which a level holds when nothing newer is known: statements come once a quarter at least.
LEVEL_PERIODS = 3


@dataclass(frozen=True)
class Reading:
    """A measure as a feature reads it: summed over a span of periods, over all accounts of a customer.

    The span are ``periods`` that end ``before`` periods before the row's own; of a level the last of them in
    which the customer has a row. Times at or after as_of are not known yet. ``by_period`` keeps
    the periods of the window apart. Of a ledger with keys, ``kind`` says which kind of key, and
    ``statistic`` what of the sums by key: how many keys, the total, the sum of squares, that of n ln n
    (from which entropy follows), the largest and its key (ties: alphabetical), the sum at one ``key``.
    """

    ledger: Ledger
    measure: str
    periods: int = WINDOW_PERIODS
    before: int = 0
    is_by_period: bool = False
    kind: str = ""
    statistic: Statistic = "total"
    key: str = ""

    def over(self, periods: int, before: int = 0) -> "Reading":
        """The same measure over fewer periods, or earlier ones. Raises ``ValueError`` beyond the window."""
        if not 0 < periods + before <= WINDOW_PERIODS:
            raise ValueError(f"{self.measure}: a window has {WINDOW_PERIODS} periods, not {periods + before}")
        return replace(self, periods=periods, before=before)

    def by_period(self) -> "Reading":
        """The same measure, the periods of the window apart, oldest first."""
        return replace(self, is_by_period=True)

    def of(self, kind: str, statistic: Statistic) -> "Reading":
        """A statistic of the sums by key of one ``kind``, or by one of the key columns of a ledger without.

        Raises ``ValueError`` for an unknown kind.
        """
        self.ledger.check_kind(kind)
        return replace(self, kind=kind, statistic=statistic)

    def at(self, kind: str, key: str) -> "Reading":
        """The sum at one ``key`` of a ``kind``. Raises ``ValueError`` for an unknown kind."""
        return replace(self.of(kind, "at"), key=key)

    def rows(self) -> "Reading":
        """How many rows of the ledger (accounts, periods, keys) have some of the measure."""
        return replace(self, statistic="rows")

    def changed(self, statistic: Statistic) -> "Reading":
        """The ``change_probability`` of its rate in the window, the ``change_age`` or ``change_index``."""
        return replace(self, statistic=statistic)

    @property
    def is_change(self) -> bool:
        """Whether it asks for a change of the rate."""
        return self.statistic.startswith("change_")

    @property
    def entities(self) -> tuple[str, ...]:
        """Entities that a project must have for the reading to be known; none of texts: any may tell them."""
        if self.ledger.of_texts:
            return ()
        own = self.ledger.measures[self.measure].entity or self.ledger.entities[0]
        further = self.ledger.kinds.get(self.kind, "")
        return (own, further) if further else (own,)

    @property
    def adds(self) -> Adds:
        """How values of several accounts and periods become one."""
        return self.ledger.measures[self.measure].adds

    @property
    def is_level(self) -> bool:
        """Whether the last period counts, not the sum over periods; unknown where no period has a row."""
        return self.ledger.measures[self.measure].is_level

    @property
    def is_last(self) -> bool:
        """Whether it is stored behind its time."""
        return self.ledger.measures[self.measure].is_last

    @property
    def type(self) -> str:
        """Type of the sum as the engine has it: decimals wide enough for any sum."""
        if self.statistic == "largest_key":
            return "string"
        if self.statistic in ("rows", "change_age"):
            return "int64"
        if self.is_change:
            return "float64"
        if self.statistic == "logs":
            return "decimal(38, 9)"
        kind = self.ledger.measures[self.measure].type
        if pa.types.is_decimal(kind):
            return f"decimal(38, {kind.scale})"
        return str(ibis.dtype(kind))


@dataclass(frozen=True, eq=False)
class ByKey:
    """A sum (or least, greatest) over the keys of a ledger of what ``of`` makes of the ``parts`` of each.

    Where something of one key must be known before it is added up: that a campaign was answered, say,
    by one account of a customer or by another; that a product was never bought at its full price; that a
    lead is open. Of a ledger with kinds of key, ``kind`` says which: its keys are summed once for all that
    is read of them.
    """

    name: str
    parts: tuple[Reading, ...]
    of: Callable[[Callable[[Reading], ir.Value]], ir.Value]
    adds: Adds = "sum"
    type: str = "int64"
    kind: str = ""

    def __post_init__(self) -> None:
        if self.kind or self.ledger.kinds:
            self.ledger.check_kind(self.kind)

    @property
    def ledger(self) -> Ledger:
        """The ledger that is read."""
        return self.parts[0].ledger

    @property
    def entities(self) -> tuple[str, ...]:
        """Entities that a project must have: those of the first part; the others add to it."""
        return self.parts[0].entities
