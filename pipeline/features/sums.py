"""Sums of ledgers over the window: one row a customer of the population, all that formulae read.

Belongs here: adding up ledgers through the links, as the features' readings ask for. Does not
belong here: features (one module a family), or what a measure is (``ledgers``).

Where the project has no ledger, its columns are null; where it has one but a customer has no
row in it, sums are zero, earliest, latest and levels null. Sums of a customer with several accounts are
those of its accounts: a day on which two of them ordered counts twice, and gaps within a
period are those within each account.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.engine.values import moment
from pipeline.features.changes import change_sums
from pipeline.features.key_sums import Read, key_sums, name_of
from pipeline.features.window import Window
from pipeline.ledgers import LEDGERS, ByKey, Reading
from pipeline.ledgers.declaration import said


@dataclass(frozen=True)
class FeatureInputs:
    """Customers and links of the period; ledgers by name, of up to the last twelve periods.

    Ledgers that the project cannot fill are missing. Periods outside the window are ignored.
    """

    customers: ir.Table
    links: ir.Table
    ledgers: Mapping[str, ir.Table]


@dataclass(frozen=True)
class Measured:
    """What a formula sees of a customer: ``m[orders.lines_count]``, ``m.customer.first_seen_at``.

    ``exposure_days``: from the later of the window's start and the first event to as_of, at least
    one. ``observed_periods_count``: periods of the project since the first event.
    """

    customer: ir.Table
    window: Window
    readings: frozenset[Read]

    def __getitem__(self, reading: Read) -> ir.Value:
        """The sum that ``reading`` asks for. Raises ``KeyError`` for what is not in ``reads``."""
        [column] = self._columns(reading)
        return _shown(reading, column)

    def by_period(self, reading: Reading) -> list[ir.Value]:
        """Sums of ``reading`` in each period of the window, oldest first."""
        return [_shown(reading, one) for one in self._columns(reading.by_period())]

    def _columns(self, reading: Read) -> list[ir.Value]:
        if reading not in self.readings:
            raise KeyError(f"{name_of(reading)} is used by a formula that does not say so in reads=")
        return [self.customer[name] for name in _parts(reading, self.window)]

    @property
    def exposure_days(self) -> ir.FloatingValue:
        """Days of the window that the customer could have been seen in."""
        since_start = (
            self.window.as_of - self.window.calendar.starts_at(self.window.periods[0])
        ).total_seconds()
        since_first = days_until(self.window.as_of, self.customer.first_seen_at)
        return ibis.greatest(1.0, ibis.least(since_start / 86_400, since_first))

    @property
    def observed_periods_count(self) -> ir.IntegerValue:
        """Periods of the project since the first event, at least one."""
        return periods_since(self.customer.first_seen_at, self.window.history, self.window)

    def of(self, readings: Iterable[Read]) -> "Measured":
        """The same customers, of whom only ``readings`` may be looked at."""
        return Measured(self.customer, self.window, frozenset(readings))


def measured(inputs: FeatureInputs, window: Window, readings: Iterable[Read]) -> Measured:
    """One row a customer of the population, with the columns of ``CUSTOMERS`` and a column a reading."""
    customers = inputs.customers
    base = customers.filter((customers.period == window.period) & customers.is_in_population)
    observed = base.select(
        "customer_id", observed_periods_count=periods_since(base.first_seen_at, window.history, window)
    )
    links = inputs.links.filter(inputs.links.period == window.period).select("account_id", "customer_id")
    wanted = frozenset(readings)
    by_ledger: dict[str, list[Read]] = defaultdict(list)
    for one in wanted:
        by_ledger[one.ledger.name].append(one)
    come_along = [one for one in LEDGERS if one in by_ledger]
    sums: list[tuple[ir.Table | None, list[Read]]] = []
    for name in (*come_along, *sorted(by_ledger.keys() - LEDGERS.keys())):
        ledger = inputs.ledgers.get(name)
        rows = None
        if ledger is not None:
            rows = ledger.filter(ledger.period.isin(window.periods)).inner_join(links, "account_id")
        for group in _groups(by_ledger[name]):
            sums.append((None if rows is None else _summed(rows, observed, group, window), group))
    return Measured(_joined(base, sums, window), window, wanted)


def _groups(readings: Iterable[Read]) -> list[list[Read]]:
    """Readings of one ledger that one pass sums: plain ones; by kind of key; other sums by key; changes."""
    found: dict[str, list[Read]] = defaultdict(list)
    for one in sorted(readings, key=_place):
        if isinstance(one, ByKey) and not one.kind:
            found["keys"].append(one)
        elif isinstance(one, Reading) and one.is_change:
            found[f"changes of {one.measure}"].append(one)
        elif not one.kind:
            found[""].append(one)
        else:
            found["kinds" if one.ledger.kinds else f"column {one.kind}"].append(one)
    return [found[one] for one in sorted(found)]


def _place(reading: Read) -> tuple[str, bool]:
    """What readings are sorted by: no two have the same, so that columns have one order in every
    process, and its SQL is that which was kept."""
    return name_of(reading), isinstance(reading, Reading) and reading.is_by_period


def _parts(reading: Read, window: Window) -> dict[str, Sequence[str]]:
    """Columns of a reading, with the periods of each: one, or one a period of the window."""
    if isinstance(reading, ByKey):
        return {name_of(reading): window.periods}
    if reading.is_by_period:
        return {f"{name_of(reading)}_at_{at}": [one] for at, one in enumerate(window.periods)}
    return {name_of(reading): window.span(reading.periods, reading.before)}


def _summed(rows: ir.Table, observed: ir.Table, readings: Sequence[Read], window: Window) -> ir.Table | None:
    """Readings of one group by ``customer_id``, which ``rows`` carry; none: unknown of everybody."""
    first = readings[0]
    changes = [one for one in readings if isinstance(one, Reading) and one.is_change]
    if changes:
        return change_sums(rows, observed, changes, window)
    if first.kind:
        return key_sums(rows, readings, window)
    by_key = [one for one in readings if isinstance(one, ByKey)]
    if by_key:
        return _by_key(rows, by_key, window)
    plain = [one for one in readings if isinstance(one, Reading)]
    return rows.group_by("customer_id").agg(**_aggregates(rows, plain, window))


def _aggregates(rows: ir.Table, readings: Iterable[Reading], window: Window) -> dict[str, ir.Value]:
    """The aggregate of each column of ``readings``, all in one pass."""
    found = {}
    for one in readings:
        for column, periods in _parts(one, window).items():
            where = None if list(periods) == window.periods else rows.period.isin(periods)
            value = rows[one.measure]
            if one.statistic == "rows":
                has_some = value > 0
                found[column] = rows.count(where=has_some if where is None else has_some & where)
            elif one.is_level:
                newest_first = list(periods)[::-1]
                found[column] = ibis.coalesce(
                    *(value.sum(where=rows.period == at) for at in newest_first), ibis.null(one.type)
                )
            else:
                if one.adds == "max" and value.type().is_timestamp():
                    is_known = value < moment(window.as_of)
                    where = is_known if where is None else is_known & where
                found[column] = getattr(value, one.adds)(where=where)
    return found


def _by_key(rows: ir.Table, readings: Sequence[ByKey], window: Window) -> ir.Table:
    """Sums over keys by ``customer_id``, of what formulae make of each key; in two roll-ups for all."""
    parts = {name_of(part): part for one in readings for part in one.parts}
    aggregates = {
        name: value.fill_null(0) if parts[name].adds == "sum" else value
        for name, value in _aggregates(rows, parts.values(), window).items()
    }
    keys = rows.group_by("customer_id", *(one.name for one in readings[0].ledger.keys)).agg(**aggregates)
    values = {
        name_of(one): getattr(one.of(lambda part: _shown(part, keys[name_of(part)])), one.adds)()
        for one in readings
    }
    return keys.group_by("customer_id").agg(**values)


def _shown(reading: Read, column: ir.Value) -> ir.Value:
    """What a formula sees of the sum in ``column``: last values without their times."""
    return said(column) if isinstance(reading, Reading) and reading.is_last else column


def _joined(
    base: ir.Table, sums: Sequence[tuple[ir.Table | None, Sequence[Read]]], window: Window
) -> ir.Table:
    """``base`` with the columns of ``sums``: zero or null without a row, null without a ledger.

    One chain of joins and one selection: a selection after each join would name every column each time.
    """
    joined, values = base, dict[str, ir.Value]()
    for place, (one, _) in enumerate(sums):
        if one is not None:
            theirs = f"customer_{place}"
            joined = joined.left_join(one.rename({theirs: "customer_id"}), [("customer_id", theirs)])
    for one, readings in sums:
        for name, reading in ((name, it) for it in readings for name in _parts(it, window)):
            if one is None:
                values[name] = ibis.null(reading.type)
            elif _is_counted(reading):
                values[name] = joined[name].fill_null(0).cast(reading.type)
            else:
                values[name] = joined[name]
    return joined.select(*base.columns, **values)


def _is_counted(reading: Read) -> bool:
    """Whether a customer without a row has zero of it."""
    is_level = isinstance(reading, Reading) and reading.is_level
    is_change = isinstance(reading, Reading) and reading.is_change
    return reading.adds == "sum" and reading.type != "string" and not is_level and not is_change


def periods_since(at: ir.TimestampValue, periods: Sequence[str], window: Window) -> ir.IntegerValue:
    """How many of ``periods``, which end with the window's, end after ``at``; at least one.

    The comparisons form a balanced tree, so that a long history makes neither a deep expression
    nor many comparisons a row.
    """
    days = days_until(window.as_of, at)

    def counted(low: int, high: int) -> ir.IntegerValue:
        """Count for times within or after period ``low`` and within or before period ``high``."""
        if low == high:
            return ibis.literal(len(periods) - low, "int64")
        middle = (low + high) // 2
        after_middle = (window.as_of - window.calendar.as_of(periods[middle])).total_seconds() / 86_400
        return ibis.ifelse(days > after_middle, counted(low, middle), counted(middle + 1, high))

    return counted(0, len(periods) - 1)
