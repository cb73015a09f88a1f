"""The same customers, had their periods come in another order: what chance alone would have shown.

Belongs here: ledgers of some customers with their periods in another order. Does not belong here: features
made of them (``customer_features``, as ever), or what segments make of those (``segments.noise_floor``).

If nothing about a customer changes, its periods are exchangeable: any order of them is as likely as the one
that came. So a customer's periods in a random order are another course that it might have taken (a
permutation: Fisher, 1935; Pitman, 1937), whatever its rate, rhythm or spread, and with all that it did in
a period left together. The period in which it came, and those before, stand; so does what ledgers
keep as words of the moment ("the last stage"), which is a state and no luck.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine.protocol import engine_of
from pipeline.features.sums import FeatureInputs
from pipeline.features.window import Window
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.models.frame import Integers
from pipeline.periods import Calendar

#: Two windows, one period apart, are made of so many periods.
PERIODS = WINDOW_PERIODS + 1
_BECOMES = "becomes"


def reordered(inputs: FeatureInputs, window: Window, customers: pa.Array, seed: int) -> FeatureInputs:
    """``inputs`` of ``customers`` alone, with their last ``PERIODS`` periods in another order.

    ``inputs`` hold customers and links of the window's period and the one before, ledgers of up to
    ``PERIODS`` periods. What comes out serves for features of both these periods. The order follows from
    ``seed`` and the place of a customer among ``customers``.
    """
    engine = engine_of(inputs.customers)
    periods = window.history[-PERIODS:]
    chosen = engine.from_arrow(pa.table({"customer_id": customers}))
    mine, links = (
        one.filter(one.period.isin(periods[-2:])).semi_join(chosen, "customer_id")
        for one in (inputs.customers, inputs.links)
    )
    now = mine.filter(mine.period == window.period)
    known = engine.to_arrow(now.select("customer_id", "first_seen_at").order_by("customer_id"))
    order = engine.from_arrow(_orders(known, periods, window.calendar, seed))
    accounts = links.filter(links.period == window.period).select("account_id", "customer_id")
    by_account = accounts.inner_join(order, "customer_id").drop("customer_id")
    ledgers = {
        name: engine.from_arrow(
            _moved(engine.to_arrow(ledger.inner_join(by_account, ["account_id", "period"])), window.calendar)
        )
        for name, ledger in inputs.ledgers.items()
    }
    return FeatureInputs(engine.hold(mine), engine.hold(links), ledgers)


def _orders(customers: pa.Table, periods: Sequence[str], calendar: Calendar, seed: int) -> pa.Table:
    """What each period of each of ``customers`` (``customer_id``, ``first_seen_at``) ``becomes``."""
    places = {one: place for place, one in enumerate(periods)}
    first = [places.get(_period_of(at, calendar), -1) for at in customers.column("first_seen_at").to_pylist()]
    size, rng = len(periods), np.random.default_rng([seed, 1])
    keys = rng.random((len(first), size))
    at = np.arange(size)
    stands = at <= np.array(first, np.int64).reshape(-1, 1)
    order = np.argsort(np.where(stands, at - size, keys), axis=1, kind="stable")
    names = np.array(periods, dtype=object)
    ids = customers.column("customer_id").take(pa.array(np.repeat(np.arange(len(first)), size)))
    return pa.table(
        {
            "customer_id": ids,
            "period": pa.array(np.tile(names, len(first)), pa.string()),
            _BECOMES: pa.array(names[order.ravel()], pa.string()),
        }
    )


def _period_of(at: datetime, calendar: Calendar) -> str:
    return calendar.key(at.replace(tzinfo=at.tzinfo or UTC).astimezone(ZoneInfo(calendar.time_zone)).date())


def _moved(rows: pa.Table, calendar: Calendar) -> pa.Table:
    """Rows of a ledger in the period that theirs ``becomes``, with their days and times moved along.

    What lay within the period lies within the other; one that is shorter ends with its last day.
    """
    moved = rows.drop_columns([_BECOMES]).set_column(
        rows.schema.get_field_index("period"), "period", rows.column(_BECOMES)
    )
    for place, field in enumerate(moved.schema):
        if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type):
            bounds = _bounds(rows, calendar, in_days=pa.types.is_date(field.type))
            moved = moved.set_column(place, field.name, _shifted(rows, field.name, bounds, field.type))
    return moved


#: First and last moment of periods: microseconds, or days, since 1970.
_Bounds = Mapping[str, tuple[int, int]]


def _bounds(rows: pa.Table, calendar: Calendar, in_days: bool) -> _Bounds:
    periods = {one for name in ("period", _BECOMES) for one in pc.unique(rows[name]).to_pylist()}
    if in_days:
        starts = {one: calendar.start_date(one) for one in periods}
        return {
            one: (_day(start), _day(start) + round(calendar.days(one)) - 1) for one, start in starts.items()
        }
    return {
        one: (_microseconds(calendar.starts_at(one)), _microseconds(calendar.as_of(one)) - 1)
        for one in periods
    }


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _microseconds(at: datetime) -> int:
    return round(at.timestamp()) * 1_000_000


def _shifted(rows: pa.Table, name: str, bounds: _Bounds, type_: pa.DataType) -> pa.ChunkedArray:
    """Column ``name`` as far from the start of the period that its own becomes as it was from its own."""
    integer = pa.int32() if pa.types.is_date(type_) else pa.int64()
    numbers = rows[name].cast(integer).combine_chunks()
    values = numbers.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    (start, end), (other_start, other_end) = (
        _looked_up(rows[column], bounds) for column in ("period", _BECOMES)
    )
    shifted = values - start + other_start
    is_within = (values >= start) & (values <= end)
    shifted = np.where(is_within, np.minimum(shifted, other_end), shifted)
    unknown = numbers.is_null().to_numpy(zero_copy_only=False)
    return pa.chunked_array([pa.array(shifted, pa.int64(), mask=unknown).cast(integer).cast(type_)])


def _looked_up(periods: pa.ChunkedArray, bounds: _Bounds) -> tuple[Integers, Integers]:
    names = [*bounds]
    places = pc.index_in(periods, value_set=pa.array(names, pa.string())).to_numpy()
    found = np.array([bounds[one] for one in names], np.int64).reshape(-1, 2)[places]
    return found[:, 0], found[:, 1]
