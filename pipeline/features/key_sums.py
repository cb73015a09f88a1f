"""Sums by key of a ledger, and what features read of them: one pass for all keys of all kinds.

Belongs here: readings of kinds of key, or of a key column. Does not belong here: sums over all keys
(``sums``), or what a reading is (``ledgers``).
"""

from collections.abc import Mapping, Sequence

from ibis.expr import types as ir

from pipeline.features.window import Window
from pipeline.ledgers import ByKey, Reading

#: What a feature may read of a ledger.
Read = Reading | ByKey
#: More than any sum by key can be; all sums below it, taken from it, have 12 digits.
_MANY = 10**12
_DIGITS = len(str(_MANY - 1))
#: Decimals of n ln n: exact sums of them are the same in any order (law L3).
_LOGARITHM = "decimal(38, 9)"


def name_of(reading: Read) -> str:
    """Name of the column that holds a reading."""
    if isinstance(reading, ByKey):
        return f"{reading.ledger.name}_{reading.name}"
    spanned = f"{reading.ledger.name}_{reading.measure}_{reading.periods}_{reading.before}"
    if reading.is_change:
        return f"{reading.ledger.name}_{reading.measure}_{reading.statistic}"
    if reading.kind:
        at = f"_{reading.key}" if reading.key else ""
        return f"{spanned}_{reading.kind}_{reading.statistic}{at}"
    return f"{spanned}_rows" if reading.statistic == "rows" else spanned


def key_sums(rows: ir.Table, readings: Sequence[Read], window: Window) -> ir.Table:
    """``readings`` of kinds of key, or of one key column, by ``customer_id``; no distinct count.

    ``rows`` carry ``customer_id``; sums by key are whole numbers. The least text is the key with the
    largest sum, ties by alphabet: the complement of the sum, always of 12 digits, stands before the key.
    """
    ledger = readings[0].ledger
    if ledger.kinds:
        kind, key = (one.name for one in ledger.keys)
        rows = rows.filter(rows[kind].isin(sorted({one.kind for one in readings})))
        by = [kind, key]
    else:
        by = [key] = [readings[0].kind]
    every = [part for one in readings for part in (one.parts if isinstance(one, ByKey) else [one])]
    keys = rows.group_by("customer_id", *by).agg(**_sums(rows, every, window))
    aggregates = {}
    for one in readings:
        where = keys[kind] == one.kind if ledger.kinds else None
        aggregates[name_of(one)] = _statistic(keys, key, one, where)
    sums = keys.group_by("customer_id").agg(**aggregates)
    texts = [name_of(one) for one in readings if isinstance(one, Reading) and one.statistic == "largest_key"]
    return sums.mutate(**{name: sums[name].substr(_DIGITS) for name in texts})


def _sums(rows: ir.Table, parts: Sequence[Reading], window: Window) -> Mapping[str, ir.IntegerValue]:
    """Each measure over each span that is asked for."""
    found = {}
    for one in parts:
        periods = window.span(one.periods, one.before)
        where = None if periods == window.periods else rows.period.isin(periods)
        found[_spanned(one)] = rows[one.measure].sum(where=where).fill_null(0).cast("int64")
    return found


def _spanned(one: Reading) -> str:
    return f"{one.measure}_{one.periods}_{one.before}"


def _statistic(keys: ir.Table, key: str, one: Read, where: ir.BooleanValue | None) -> ir.Value:
    """What ``one`` reads of the sums by key, of the keys ``where`` (none: all)."""
    if isinstance(one, ByKey):
        return one.of(lambda part: keys[_spanned(part)]).sum(where=where)
    value = keys[_spanned(one)]
    some = value > 0 if where is None else where & (value > 0)
    match one.statistic:
        case "distinct":
            return keys.count(where=some)
        case "squares":
            return (value * value).sum(where=where)
        case "logs":
            n = value.cast("float64")
            return (n * n.ln()).round(9).cast(_LOGARITHM).sum(where=some)
        case "largest":
            return value.max(where=where)
        case "largest_key":
            return ((_MANY - value).cast("string") + keys[key]).min(where=some)
        case "at":
            is_key = keys[key] == one.key
            return value.sum(where=is_key if where is None else where & is_key)
        case _:
            return value.sum(where=where)
