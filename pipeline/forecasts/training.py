"""Training sets: stored features of earlier periods, and what came after them.

Belongs here: which customers at which origin, and the outcome of each. Does not belong here: fitting
(``fitting``).

Features at an origin are read as they were stored for its period, and outcomes are features stored for later
ones: nothing that was computed with knowledge of the future can come in. A customer that is missing later
because it had long done nothing had no order; one that is missing although it was active lately was merged,
erased or excluded, and is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.engine.dialect import md5
from pipeline.forecasts.asked import is_asked
from pipeline.forecasts.declaration import Course, Forecast
from pipeline.models.frame import Flags, Floats, Frame, frame_of
from pipeline.models.rolling import Origin
from pipeline.periods import Calendar

_HASHES = 16**8


@dataclass(frozen=True)
class History:
    """Stored features of ``periods``, oldest first, by customer: ``frames`` and last events.

    ``first_place`` is the number of the first of them among all periods of the project; ``retention_days``
    after the last event a customer leaves the population.
    """

    calendar: Calendar
    periods: Sequence[str]
    first_place: int
    frames: Sequence[Frame]
    last_active_at: Sequence[pa.Array]
    retention_days: float

    def origins(self, forecast: Forecast) -> list[Origin]:
        """Every period whose horizon is over: customers of whom ``forecast`` is asked, and their outcome.

        Periods in which nobody is asked are left out, and those of a project that was younger than what the
        forecast learns from.
        """
        found = []
        youngest = max(0, forecast.least_periods - 1 - self.first_place)
        for place in range(youngest, len(self.periods) - forecast.horizon):
            origin = self._origin(forecast, place)
            if len(origin.frame):
                found.append(origin)
        return found

    def _origin(self, forecast: Forecast, place: int) -> Origin:
        now = self.frames[place]
        ahead = range(place + 1, place + 1 + forecast.horizon)
        later = {one.name: self.later(one.name, place, ahead) for one in forecast.measures}
        at_end = {one.name: self.later(one.name, place, ahead[-1:]) for one in forecast.at_end}
        asked = is_asked({one.name: least for one, least in forecast.at_least.items()}, now)
        for values in (*later.values(), *at_end.values()):
            asked &= ~np.isnan(values)
        days = [self.calendar.days(one) for one in self.periods]
        course = Course(
            now.taken(asked),
            {name: values[asked] for name, values in later.items()},
            {name: values[asked] for name, values in at_end.items()},
            lambda periods: float(sum(days[max(0, place + 1 - periods) : place + 1])),
            float(sum(days[place + 1 : place + 1 + forecast.horizon])),
        )
        outcome = forecast.outcome(course).astype(np.float64)
        known = ~np.isnan(outcome)
        return Origin(self.periods[place], self.first_place + place, course.now.taken(known), outcome[known])

    def later(self, measure: str, place: int, periods: Iterable[int]) -> Floats:
        """Sum of ``measure`` over later ``periods`` for each customer of the origin; NaN where nobody can
        know."""
        ids = self.frames[place].customer_id
        total = np.zeros(len(ids))
        for ahead in periods:
            there = self.frames[ahead]
            at = pc.index_in(ids, value_set=there.customer_id).fill_null(-1).to_numpy(zero_copy_only=False)
            missing = np.where(self._has_faded(place, ahead), 0.0, np.nan)
            values = np.append(there.number(measure), np.nan)  # -1 takes the last
            total += np.where(at >= 0, values[at], missing)
        return total

    def _has_faded(self, place: int, ahead: int) -> Flags:
        """Customers who leave the population by the end of period ``ahead`` if they do nothing."""
        border = self.calendar.as_of(self.periods[ahead]) - timedelta(days=self.retention_days)
        last = self.last_active_at[place]
        found: Flags = pc.less(last, pa.scalar(border, last.type)).to_numpy(zero_copy_only=False)
        return found


def read_history(
    features: ir.Table,
    read: Sequence[Sequence[str]],
    calendar: Calendar,
    first_period: str,
    periods: Sequence[str],
    retention_days: float,
    most_rows: int,
) -> History:
    """Stored ``features`` of ``periods``, those that are ``read``, of about ``most_rows`` rows at most.

    Customers are chosen by the hash of their id, so that the same ones are seen in every period, whatever the
    order of rows or the number of threads.
    """
    rows = features.filter(features.period.isin(list(periods)))
    names = list(dict.fromkeys(name for one in read for name in one))
    count = int(rows.count().to_pyarrow().as_py())
    if count > most_rows:
        rows = rows.filter(md5(rows.customer_id).substr(0, 8) < f"{int(_HASHES * most_rows / count):08x}")
    table = rows.select("period", "customer_id", "last_active_at", *names).to_pyarrow()
    frames, last = [], []
    for one in periods:
        part = table.filter(pc.equal(table["period"], one)).sort_by("customer_id").combine_chunks()
        frames.append(frame_of(part, names))
        last.append(_whole(part["last_active_at"]))
    first_place = len(calendar.between(first_period, periods[0])) - 1
    return History(calendar, list(periods), first_place, frames, last, retention_days)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
